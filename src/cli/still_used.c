/* Before `contract`: does the project's code still use what goes? */
#include "cli/cli.h"
#include "framework/files.h"
#include "refs/refs.h"
#include "sql/sql.h"

#include <string.h>

/* What the old code knows: a step of `contract` drops it, or hides it under a name of our own. */
static bool goes(const struct iw_operation *operation, bool *is_column)
{
	static const struct {
		enum iw_operation_kind kind;
		bool is_column;
	} kinds[] = {
		{IW_OP_DROP_COLUMN, true},   {IW_OP_RENAME_COLUMN, true}, {IW_OP_DROP_TABLE, false},
		{IW_OP_RENAME_TABLE, false}, {IW_OP_DROP_OBJECT, false},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (kinds[i].kind == operation->kind) {
			*is_column = kinds[i].is_column;
			return operation->kind != IW_OP_DROP_OBJECT || operation->object_kind == IW_OBJECT_VIEW;
		}
	return false;
}

static bool is_ours(const char *name)
{
	return name == NULL || g_str_has_prefix(name, "_inchworm_");
}

/* The author's own statement about the column says what the code called it. */
static const char *field_of(struct iw_cli *cli, const struct iw_migration *migration, const char *table,
			    const char *column)
{
	g_autoptr(iw_source) source = iw_migration_open(migration, IW_UP, NULL);
	g_autoptr(iw_arena) arena = iw_arena_new();
	g_autoptr(iw_reader) reader =
		source == NULL ? NULL : iw_reader_new(cli->project->engine, source, &migration->up);
	const char *field = NULL;
	const struct iw_statement *statement;
	while (field == NULL && reader != NULL && (statement = iw_reader_next(reader, arena, NULL)) != NULL) {
		for (guint i = 0; field == NULL && i < statement->operations->len; i++) {
			const struct iw_operation *one = statement->operations->pdata[i];
			if (g_strcmp0(one->name.name, table) == 0 && g_strcmp0(one->member, column) == 0)
				field = iw_refs_field_of(cli->arena, &one->place);
		}
		iw_arena_reset(arena);
	}
	return field;
}

static void add_target(struct iw_cli *cli, iw_refs *refs, const struct iw_migration *migration,
		       const struct iw_operation *operation, GPtrArray *targets)
{
	bool is_column = false;
	if (!goes(operation, &is_column) || is_ours(operation->name.name) || (is_column && is_ours(operation->member)))
		return;
	struct iw_ref_target *target = iw_new(cli->arena, struct iw_ref_target);
	if (g_strcmp0(operation->name.schema, "public") != 0)
		target->table.schema = operation->name.schema;
	target->table.name = operation->name.name;
	if (is_column) {
		target->column = operation->member;
		target->field = field_of(cli, migration, operation->name.name, operation->member);
	}
	iw_refs_add(refs, target);
	g_ptr_array_add(targets, target);
}

static void add_plan(struct iw_cli *cli, iw_refs *refs, const struct iw_migration_plan *plan, GPtrArray *targets)
{
	for (guint i = plan->contract_from; i < plan->purge_from; i++) {
		const struct iw_step *step = plan->steps->pdata[i];
		for (guint j = 0; step->statement != NULL && j < step->statement->operations->len; j++)
			add_target(cli, refs, plan->migration, step->statement->operations->pdata[j], targets);
	}
}

/* "\"users.nick\" by shop/views.py:12:5, shop/views.py:20:9 and 3 more" */
static void list_uses(struct iw_cli *cli, GString *text, const iw_refs *refs, guint target,
		      const struct iw_ref_target *what)
{
	enum { MOST = 5 };
	guint shown = 0, count = refs->counts[target][IW_CERTAIN];
	if (count == 0)
		return;
	g_string_append_printf(text, "%s\"%s\" by", text->len > 0 ? "; " : "", iw_ref_target_words(cli->arena, what));
	for (guint i = 0; i < refs->references->len && shown < MOST; i++) {
		const struct iw_reference *one = &g_array_index(refs->references, struct iw_reference, i);
		if (one->target != target || one->certainty != IW_CERTAIN)
			continue;
		struct iw_line_column at = iw_source_locate(one->place.source, one->place.offset);
		g_string_append_printf(text, "%s %s:%d:%d", shown++ > 0 ? "," : "", one->place.source->path, at.line,
				       at.column);
	}
	if (count > shown)
		g_string_append_printf(text, " and %u more", count - shown);
}

bool iw_cli_check_unused(struct iw_cli *cli, GPtrArray *plans, GError **error)
{
	if (cli->options.despite_references)
		return true;
	const char *top = iw_path_repository(cli->arena, cli->project->directory);
	iw_refs *refs = iw_refs_new(cli->arena, top, cli->project->migrations, false);
	GPtrArray *targets = iw_arena_ptr_array(cli->arena);
	for (guint i = 0; i < plans->len; i++)
		add_plan(cli, refs, plans->pdata[i], targets);
	g_autoptr(GError) failure = NULL;
	if (targets->len == 0)
		return true;
	if (!iw_refs_find(refs, &failure)) {
		iw_cli_note(cli, "warning: the code was not looked through: %s", failure->message);
		return true;
	}
	g_autoptr(GString) uses = g_string_new(NULL);
	for (guint i = 0; i < targets->len; i++)
		list_uses(cli, uses, refs, i, targets->pdata[i]);
	if (uses->len == 0)
		return true;
	iw_fail(error, IW_ERROR_LOSSY, "the project's code still uses what would go: %s", uses->str);
	iw_error_hint(error, "Nothing was removed. Deploy code that does not need it first; `inchworm refs` shows each "
			     "use. Where they are no uses, or are never run, --despite-references goes on.");
	return false;
}
