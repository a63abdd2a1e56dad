/* inchworm-docs: see docs.h. */
#include "docs.h"

#include "base/error.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char *const FOLDERS[] = {"rules", "engines", "recipes"};
static const char BY_HAND[] = "rules/compared.md"; /* checked by tests/conformance/test_lint_compared.py */

void add_page(GPtrArray *pages, const char *path, GString *text)
{
	struct page *page = g_new(struct page, 1);
	page->path = g_strdup(path);
	page->text = g_string_free(text, FALSE);
	g_ptr_array_add(pages, page);
}

static void free_page(void *data)
{
	struct page *page = data;
	g_free(page->path);
	g_free(page->text);
	g_free(page);
}

void add_exit_status_page(GPtrArray *pages)
{
	static const struct {
		const char *name;
		int status;
		const char *text;
	} ROWS[] = {
#define EXIT_ROW(name, status, text) {#name, status, text},
		IW_ERROR_TABLE(EXIT_ROW)
#undef EXIT_ROW
	};
	GString *out = g_string_new(
		"# Exit status\n\n"
		"One number for each class of error, the same for every command; the class is `error.class` in "
		"JSON.\n\n"
		"| status | class | meaning |\n|---|---|---|\n"
		"| 0 | - | done; nothing to complain about |\n"
		"| 1 | - | done; there are findings (lint), or something is pending or differs (status) |\n");
	for (size_t i = 0; i < G_N_ELEMENTS(ROWS); i++)
		g_string_append_printf(out, "| %d | %s | %s |\n", ROWS[i].status, ROWS[i].name, ROWS[i].text);
	add_page(pages, "exit-status.md", out);
}

static bool check_page(const char *directory, const struct page *page)
{
	g_autofree char *path = g_build_filename(directory, page->path, NULL);
	g_autofree char *found = NULL;
	if (g_file_get_contents(path, &found, NULL, NULL) && strcmp(found, page->text) == 0)
		return true;
	fprintf(stderr, "%s differs from the tables: run inchworm-docs %s\n", path, directory);
	return false;
}

static bool write_page(const char *directory, const struct page *page)
{
	g_autofree char *path = g_build_filename(directory, page->path, NULL);
	g_autofree char *folder = g_path_get_dirname(path);
	g_autoptr(GError) error = NULL;
	if (g_mkdir_with_parents(folder, 0777) != 0) {
		fprintf(stderr, "could not make %s: %s\n", folder, g_strerror(errno));
		return false;
	}
	if (g_file_set_contents(path, page->text, -1, &error))
		return true;
	fprintf(stderr, "%s\n", error->message);
	return false;
}

static bool is_known(GPtrArray *pages, const char *path)
{
	for (guint i = 0; i < pages->len; i++)
		if (strcmp(((struct page *)g_ptr_array_index(pages, i))->path, path) == 0)
			return true;
	return false;
}

/* Pages of rules and engines that are no more: removed when writing, an error when checking. */
static bool sweep(const char *directory, GPtrArray *pages, bool is_check)
{
	bool is_clean = true;
	for (size_t i = 0; i < G_N_ELEMENTS(FOLDERS); i++) {
		g_autofree char *folder = g_build_filename(directory, FOLDERS[i], NULL);
		g_autoptr(GDir) entries = g_dir_open(folder, 0, NULL);
		const char *name;
		while (entries != NULL && (name = g_dir_read_name(entries)) != NULL) {
			g_autofree char *path = g_build_filename(FOLDERS[i], name, NULL);
			g_autofree char *full = g_build_filename(directory, path, NULL);
			if (!g_str_has_suffix(name, ".md") || is_known(pages, path) || strcmp(path, BY_HAND) == 0)
				continue;
			is_clean = false;
			if (is_check)
				fprintf(stderr, "%s is not rendered from any table\n", full);
			else
				g_unlink(full);
		}
	}
	return is_clean || !is_check;
}

int main(int count, char **arguments)
{
	bool is_check = count == 3 && strcmp(arguments[1], "--check") == 0;
	if (count != 2 && !is_check) {
		fprintf(stderr, "usage: inchworm-docs [--check] DIRECTORY\n");
		return IW_ERROR_USAGE;
	}
	const char *directory = arguments[count - 1];
	g_autoptr(GPtrArray) pages = g_ptr_array_new_with_free_func(free_page);
	add_rule_pages(pages);
	add_engine_pages(pages);
	add_recipe_pages(pages);
	add_exit_status_page(pages);
	bool is_good = true;
	for (guint i = 0; i < pages->len; i++) {
		const struct page *page = g_ptr_array_index(pages, i);
		is_good &= is_check ? check_page(directory, page) : write_page(directory, page);
	}
	is_good &= sweep(directory, pages, is_check);
	return is_good ? 0 : 1;
}
