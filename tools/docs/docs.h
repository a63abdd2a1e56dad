/*
 * inchworm-docs: renders the pages that come from tables (rules, facts, recipes, exit statuses), or checks that they
 * are up to date.
 *
 *     inchworm-docs DIRECTORY           writes DIRECTORY/rules/..., DIRECTORY/engines/..., DIRECTORY/exit-status.md
 *     inchworm-docs --check DIRECTORY   writes nothing; names what differs or is left over and exits with 1
 */
#pragma once

#include <glib.h>

/* One page: path below the documentation's folder, and its whole text. */
struct page {
	char *path;
	char *text;
};

/* Each adds pages (struct page, owned by the array) to `pages`. */
void add_rule_pages(GPtrArray *pages);
void add_engine_pages(GPtrArray *pages);
void add_recipe_pages(GPtrArray *pages);
void add_exit_status_page(GPtrArray *pages);

void add_page(GPtrArray *pages, const char *path, GString *text);
