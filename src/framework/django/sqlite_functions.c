/*
 * Functions that SQLite has only on Django's own connection, written in Python: what names one in its SQL can be run by
 * Django alone. After django/db/backends/sqlite3/_functions.py; those of its mathematics that SQLite itself has since
 * 3.35 are left out.
 */
#include "framework/django/editor.h"

#include <string.h>

static const char *const functions[] = {
	"any_value",
	"bitxor",
	"bit_and",
	"bit_or",
	"bit_xor",
	"cot",
	"django_date_extract",
	"django_date_trunc",
	"django_datetime_cast_date",
	"django_datetime_cast_time",
	"django_datetime_extract",
	"django_datetime_trunc",
	"django_format_dtdelta",
	"django_time_diff",
	"django_time_extract",
	"django_time_trunc",
	"django_timestamp_diff",
	"lpad",
	"md5",
	"rand",
	"repeat",
	"reverse",
	"rpad",
	"sha1",
	"sha224",
	"sha256",
	"sha384",
	"sha512",
	"stddev_pop",
	"stddev_samp",
	"uuidv4",
	"uuidv7",
	"var_pop",
	"var_samp",
};

static bool is_word_character(char character)
{
	return g_ascii_isalnum(character) || character == '_';
}

/* Behind a string, a quoted name or a comment that begins here; `at` itself: none does. */
static const char *skip(const char *at)
{
	if (g_str_has_prefix(at, "--"))
		return at + strcspn(at, "\n");
	if (g_str_has_prefix(at, "/*")) {
		const char *end = strstr(at + 2, "*/");
		return end == NULL ? at + strlen(at) : end + 2;
	}
	char quote = *at == '[' ? ']' : *at;
	if (*at == '\0' || strchr("'\"`[", *at) == NULL)
		return at;
	const char *end = strchr(at + 1, quote);
	return end == NULL ? at + strlen(at) : end + 1;
}

/* The word at [begin, end), if it is one of them: REGEXP is an operator, the others are called. */
static const char *find(const char *begin, const char *end)
{
	g_autofree char *word = g_ascii_strdown(begin, end - begin);
	if (strcmp(word, "regexp") == 0)
		return "REGEXP";
	if (end[strspn(end, " \t\r\n")] != '(')
		return NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(functions); i++)
		if (strcmp(functions[i], word) == 0)
			return functions[i];
	return NULL;
}

const char *iw_django_own_function(const char *sql)
{
	for (const char *at = sql; *at != '\0';) {
		const char *behind = skip(at);
		if (behind != at) {
			at = behind;
			continue;
		}
		const char *end = at;
		while (is_word_character(*end))
			end++;
		const char *found = end == at ? NULL : find(at, end);
		if (found != NULL)
			return found;
		at = end > at ? end : at + 1;
	}
	return NULL;
}
