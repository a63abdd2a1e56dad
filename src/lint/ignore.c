/* Findings that a comment turns off: "-- inchworm: ignore rule-id[, rule-id] reason"; see lint_internal.h. */
#include "lint/lint_internal.h"

#include <string.h>

static const char WORD[] = "inchworm: ignore";

static bool is_id_character(char c)
{
	return g_ascii_isalnum(c) || c == '-';
}

/* `list` is what stands behind the words; ids are words with a hyphen or followed by a comma. */
static bool list_names(const char *list, size_t length, const char *rule)
{
	const char *end = list + length;
	bool has_id = false;
	while (list < end) {
		while (list < end && (*list == ' ' || *list == ','))
			list++;
		const char *word = list;
		while (list < end && is_id_character(*list))
			list++;
		size_t size = (size_t)(list - word);
		g_autofree char *id = g_strndup(word, size);
		if (size == 0 || iw_rule_find(id) == NULL)
			break;
		has_id = true;
		if (strcmp(id, rule) == 0)
			return true;
	}
	return !has_id;
}

bool iw_lint_is_ignored(const struct iw_statement *statement, const char *rule)
{
	for (guint i = 0; statement != NULL && statement->comments != NULL && i < statement->comments->len; i++) {
		const struct iw_place *place = g_ptr_array_index(statement->comments, i);
		const char *text = place->source->text + place->offset;
		const char *found = memmem(text, place->length, WORD, sizeof WORD - 1);
		if (found == NULL)
			continue;
		const char *list = found + sizeof WORD - 1;
		if (list_names(list, (size_t)(text + place->length - list), rule))
			return true;
	}
	return false;
}
