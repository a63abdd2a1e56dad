/* Squawk's rules in the words of this linter, so that its comments can be honoured; see lint_internal.h. */
#include "lint/lint_internal.h"

#include <string.h>

static const struct {
	const char *theirs;
	const char *ours[3];
} TABLE[] = {
	{"adding-field-with-default", {"add-column-rewrite"}},
	{"adding-foreign-key-constraint", {"add-foreign-key-blocking", "add-column-scan"}},
	{"adding-not-nullable-field", {"set-not-null-scan"}},
	{"adding-required-field", {"add-column-not-null"}},
	{"adding-serial-primary-key-field", {"add-primary-key-blocking", "add-column-rewrite"}},
	{"ban-concurrent-index-creation-in-transaction", {"concurrently-in-transaction"}},
	{"ban-drop-column", {"drop-column"}},
	{"ban-drop-table", {"drop-table"}},
	{"ban-truncate-cascade", {"truncate"}},
	{"changing-column-type", {"change-type"}},
	{"constraint-missing-not-valid", {"add-foreign-key-blocking", "add-check-blocking"}},
	{"disallowed-unique-constraint", {"add-unique-blocking"}},
	{"renaming-column", {"rename-column"}},
	{"renaming-table", {"rename-table"}},
	{"require-concurrent-index-creation", {"create-index-blocking"}},
	{"require-concurrent-index-deletion", {"drop-index-blocking"}},
};

void iw_lint_squawk_rules(const char *name, GPtrArray *rules)
{
	for (size_t i = 0; i < G_N_ELEMENTS(TABLE); i++) {
		if (strcmp(TABLE[i].theirs, name) != 0)
			continue;
		for (size_t j = 0; j < G_N_ELEMENTS(TABLE[i].ours) && TABLE[i].ours[j] != NULL; j++) {
			const struct iw_rule *rule = iw_rule_find(TABLE[i].ours[j]);
			g_assert(rule != NULL);
			g_ptr_array_add(rules, (void *)rule);
		}
	}
}
