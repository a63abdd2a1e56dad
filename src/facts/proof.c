/*
 * Does a CHECK prove a condition? PostgreSQL skips scans when it can prove them from valid constraints; this repeats
 * the simple cases: a conjunct of the CHECK is literally the condition.
 */
#include "facts/proof.h"

#include "facts/conditions.h"

#include <string.h>

/* Lower case outside quotes, runs of blanks to one, identifier quotes that were not needed taken off. */
static char *normalised(const char *text, gsize length)
{
	GString *out = g_string_new(NULL);
	char quote = '\0';
	for (gsize i = 0; i < length; i++) {
		char c = text[i];
		if (quote != '\0') {
			if (c == quote)
				quote = '\0';
			if (c != '"')
				g_string_append_c(out, c);
		} else if (c == '"' || c == '\'') {
			quote = c;
			if (c != '"')
				g_string_append_c(out, c);
		} else if (g_ascii_isspace(c)) {
			if (out->len > 0 && out->str[out->len - 1] != ' ')
				g_string_append_c(out, ' ');
		} else {
			g_string_append_c(out, g_ascii_tolower(c));
		}
	}
	g_strchomp(out->str);
	return g_string_free(out, FALSE);
}

/* Offset after the parenthesis that closes the one at `at`; `length` when there is none. */
static gsize skip_parentheses(const char *text, gsize at, gsize length)
{
	int depth = 0;
	char quote = '\0';
	for (; at < length; at++) {
		char c = text[at];
		if (quote != '\0') {
			if (c == quote)
				quote = '\0';
			continue;
		}
		if (c == '\'' || c == '"')
			quote = c;
		else if (c == '(')
			depth++;
		else if (c == ')' && --depth == 0)
			return at + 1;
	}
	return length;
}

static void strip(const char **text, gsize *length)
{
	bool changed = true;
	while (changed) {
		changed = false;
		while (*length > 0 && g_ascii_isspace(**text)) {
			++*text;
			--*length;
		}
		while (*length > 0 && g_ascii_isspace((*text)[*length - 1]))
			--*length;
		if (*length >= 2 && **text == '(' && skip_parentheses(*text, 0, *length) == *length) {
			++*text;
			*length -= 2;
			changed = true;
		}
	}
}

static bool is_and(const char *text, gsize at, gsize length)
{
	return at + 5 <= length && g_ascii_isspace(text[at]) && g_ascii_strncasecmp(text + at + 1, "and", 3) == 0 &&
	       (g_ascii_isspace(text[at + 4]) || text[at + 4] == '(');
}

static bool is_or(const char *text, gsize at, gsize length)
{
	return at + 4 <= length && g_ascii_isspace(text[at]) && g_ascii_strncasecmp(text + at + 1, "or", 2) == 0 &&
	       (g_ascii_isspace(text[at + 3]) || text[at + 3] == '(');
}

static void add_conjuncts(GPtrArray *out, const char *text, gsize length)
{
	strip(&text, &length);
	GArray *cuts = g_array_new(FALSE, FALSE, sizeof(gsize));
	bool has_or = false;
	for (gsize at = 0; at < length; at++) {
		if (text[at] == '(') {
			at = skip_parentheses(text, at, length) - 1;
		} else if (text[at] == '\'' || text[at] == '"') {
			const char *end = memchr(text + at + 1, text[at], length - at - 1);
			at = end == NULL ? length : (gsize)(end - text);
		} else if (is_and(text, at, length)) {
			g_array_append_val(cuts, at);
		} else if (is_or(text, at, length)) {
			has_or = true;
		}
	}
	if (has_or || cuts->len == 0) {
		g_ptr_array_add(out, normalised(text, length));
	} else {
		gsize begin = 0;
		for (guint i = 0; i <= cuts->len; i++) {
			gsize end = i < cuts->len ? g_array_index(cuts, gsize, i) : length;
			add_conjuncts(out, text + begin, end - begin);
			begin = end + 4;
		}
	}
	g_array_free(cuts, TRUE);
}

GPtrArray *iw_conjuncts(const char *text)
{
	GPtrArray *out = g_ptr_array_new_with_free_func(g_free);
	add_conjuncts(out, text, strlen(text));
	return out;
}

bool iw_check_proves_not_null(const char *text, const char *column)
{
	g_autoptr(GPtrArray) conjuncts = iw_conjuncts(text);
	g_autofree char *wanted = g_strconcat(column, " is not null", NULL);
	for (guint i = 0; i < conjuncts->len; i++)
		if (strcmp(g_ptr_array_index(conjuncts, i), wanted) == 0)
			return true;
	return false;
}
