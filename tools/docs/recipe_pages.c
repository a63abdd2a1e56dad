/* One page a recipe, with the plan of its example as the planner makes it, and an index. */
#include "docs.h"

#include "plan/recipe.h"
#include "report/report.h"
#include "sql/sql.h"
#include "model/replay.h"

#include <glib/gstdio.h>
#include <stdint.h>
#include <string.h>

static iw_schema *schema_of(iw_arena *arena, struct iw_engine engine, const char *sql)
{
	iw_schema *schema = iw_schema_new(arena, engine);
	schema->is_inspected = true;
	iw_source *source = iw_source_from_text(sql, strlen(sql), "setup.sql");
	iw_arena_defer(arena, (GDestroyNotify)iw_source_unref, source);
	GPtrArray *statements = iw_read_all(arena, engine, source, NULL, NULL);
	for (guint i = 0; i < statements->len; i++)
		iw_schema_apply_statement(schema, statements->pdata[i], NULL);
	return schema;
}

/* What `inchworm plan` shows of the example; the planner reads migrations from files. */
static void add_plan(GString *out, const struct iw_recipe *recipe)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	bool is_postgres = (recipe->dialects & 1U << IW_POSTGRES) != 0;
	const struct iw_engine engine = is_postgres ? (struct iw_engine){.dialect = IW_POSTGRES, .version = 170000}
						    : (struct iw_engine){.dialect = IW_MYSQL, .version = 80400};
	g_autofree char *path = g_build_filename(g_get_tmp_dir(), "inchworm-recipe-XXXXXX", NULL);
	int file = g_mkstemp(path);
	g_autoptr(GError) error = NULL;
	if (file < 0 || !g_close(file, &error) || !g_file_set_contents(path, recipe->example, -1, &error))
		g_error("cannot write %s", path);
	struct iw_migration migration = {
		.name = "example",
		.up = {.path = path, .shown_path = "example.sql", .length = SIZE_MAX, .is_atomic = true}};
	const struct iw_plan_options options = {.engine = engine, .transactional_ddl = is_postgres};
	iw_planner *planner = iw_planner_new(arena, &options, schema_of(arena, engine, recipe->setup));
	struct iw_migration_plan *plan = iw_planner_plan(planner, arena, &migration, IW_UP, &error);
	if (plan == NULL || !plan->is_phased)
		g_error("the example of %s has no plan in phases", recipe->id);
	g_autoptr(GString) text = g_string_new(NULL);
	iw_report_plan_text(text, (struct iw_style){.width = 120}, plan);
	g_string_append_printf(out, "```\n%s```\n", text->str + strspn(text->str, "\n"));
	g_unlink(path);
}

static void add_recipe_page(GPtrArray *pages, const struct iw_recipe *recipe)
{
	GString *out = g_string_new(NULL);
	g_string_append_printf(
		out, "# %s\n\n`%s`\n\n**When.** %s\n\n**How.** %s\n\n**Cost.** %s\n\n**Point of no return.** %s\n\n",
		recipe->title, recipe->id, recipe->when, recipe->how, recipe->cost, recipe->no_return);
	g_string_append_printf(
		out,
		"## For example\n\nWith\n\n```sql\n%s\n```\n\nthe migration\n\n```sql\n%s\n```\n\nis planned as\n\n",
		recipe->setup, recipe->example);
	add_plan(out, recipe);
	g_autofree char *path = g_strdup_printf("recipes/%s.md", recipe->id);
	add_page(pages, path, out);
}

void add_recipe_pages(GPtrArray *pages)
{
	GString *out = g_string_new(
		"# Recipes\n\nWhat `inchworm up` does instead of a statement that would block or break, on a table "
		"that is there and not tiny. [How plans in phases run](../phases.md).\n\n"
		"| recipe | when | point of no return |\n|---|---|---|\n");
	for (size_t i = 0; iw_recipes[i] != NULL; i++) {
		g_string_append_printf(out, "| [%s](%s.md) | %s | %s |\n", iw_recipes[i]->title, iw_recipes[i]->id,
				       iw_recipes[i]->when, iw_recipes[i]->no_return);
		add_recipe_page(pages, iw_recipes[i]);
	}
	add_page(pages, "recipes/index.md", out);
}
