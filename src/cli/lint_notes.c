/* What lint says beside statements: of the code of migrations, of the project as a whole, of what is dropped and still
 * used. */
#include "cli/lint_notes.h"

#include "framework/files.h"
#include "framework/notes.h"
#include "git/git.h"
#include "refs/refs.h"

#include <string.h>

/* A table or column that is gone after an operation. */
struct gone {
	struct iw_ref_target target;
	const char *verb; /* "dropped" */
	struct iw_place place;
	const struct iw_migration *migration;
};

struct iw_lint_notes {
	struct iw_cli *cli;
	iw_lint *lint;
	iw_arena *arena;
	GArray *gone; /* struct gone */
	enum iw_lint_scope scope;
};

struct iw_lint_notes *iw_lint_notes_new(struct iw_cli *cli, iw_lint *lint, iw_arena *arena, enum iw_lint_scope scope)
{
	struct iw_lint_notes *self = iw_new(arena, struct iw_lint_notes);
	*self = (struct iw_lint_notes){cli, lint, arena, g_array_new(FALSE, FALSE, sizeof(struct gone)), scope};
	iw_arena_defer(arena, (GDestroyNotify)g_array_unref, self->gone);
	return self;
}

void iw_lint_notes_migration(struct iw_lint_notes *self, const struct iw_migration *migration)
{
	if (self->cli->project == NULL)
		return;
	g_autoptr(iw_arena) arena = iw_arena_new();
	GPtrArray *notes = iw_migration_notes(arena, self->cli->project, migration);
	for (guint i = 0; i < notes->len; i++)
		iw_lint_note(self->lint, notes->pdata[i]);
}

/* what is dropped or renamed ----------------------------------------------------------------------------------------
 */

static void add_gone(struct iw_lint_notes *self, const struct iw_migration *migration,
		     const struct iw_operation *operation)
{
	static const struct {
		enum iw_operation_kind kind;
		bool is_column;
		const char *verb;
	} kinds[] = {
		{IW_OP_DROP_COLUMN, true, "dropped"},
		{IW_OP_RENAME_COLUMN, true, "renamed"},
		{IW_OP_DROP_TABLE, false, "dropped"},
		{IW_OP_RENAME_TABLE, false, "renamed"},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
		if (kinds[i].kind != operation->kind || operation->name.name == NULL)
			continue;
		const struct gone gone = {
			.target = {{iw_arena_strdup(self->arena, operation->name.schema),
				    iw_arena_strdup(self->arena, operation->name.name)},
				   kinds[i].is_column ? iw_arena_strdup(self->arena, operation->member) : NULL,
				   kinds[i].is_column ? iw_refs_field_of(self->arena, &operation->place) : NULL},
			.verb = kinds[i].verb,
			.place = operation->place,
			.migration = migration,
		};
		if (operation->place.source != NULL)
			iw_arena_defer(self->arena, (GDestroyNotify)iw_source_unref,
				       iw_source_ref((iw_source *)operation->place.source));
		g_array_append_val(self->gone, gone);
	}
}

void iw_lint_notes_statement(struct iw_lint_notes *self, const struct iw_migration *migration,
			     const struct iw_statement *statement)
{
	for (guint i = 0; i < statement->operations->len; i++)
		add_gone(self, migration, statement->operations->pdata[i]);
}

static bool is_gone(const struct iw_lint_notes *self, struct iw_name table)
{
	for (guint i = 0; i < self->gone->len; i++) {
		const struct gone *gone = &g_array_index(self->gone, struct gone, i);
		if (gone->target.column == NULL && strcmp(gone->target.table.name, table.name) == 0)
			return true;
	}
	return false;
}

/* Is it there again at the end of the history, or is all of its table gone, which is said of the table? */
static bool is_back(const struct iw_lint_notes *self, const struct gone *gone)
{
	const struct iw_table *table = iw_schema_find_table(self->lint->schema, gone->target.table);
	if (gone->target.column == NULL)
		return table != NULL;
	if (table == NULL)
		return is_gone(self, gone->target.table);
	return iw_table_find_column(table, self->lint->options.engine, gone->target.column) != NULL;
}

/* "shop/views.py:12:5 and 3 more" */
static void add_places(GString *text, const iw_refs *refs, guint target, enum iw_certainty certainty, guint count)
{
	enum { MOST = 2 };
	guint shown = 0;
	for (guint i = 0; i < refs->references->len && shown < MOST; i++) {
		const struct iw_reference *one = &g_array_index(refs->references, struct iw_reference, i);
		if (one->target != target || one->certainty != certainty)
			continue;
		struct iw_line_column at = iw_source_locate(one->place.source, one->place.offset);
		g_string_append_printf(text, "%s%s:%d:%d", shown++ > 0 ? ", " : " ", one->place.source->path, at.line,
				       at.column);
	}
	if (count > shown)
		g_string_append_printf(text, " and %u more", count - shown);
}

/* So new that what the models say may be older. */
static bool is_new(const struct iw_lint_notes *self, const struct iw_migration *migration)
{
	enum { NEWEST = 10 };
	const GPtrArray *all = self->cli->project->migrations;
	/* What comes after those that were named was not read. */
	guint most = self->scope == IW_LINT_WHOLE ? NEWEST : self->scope == IW_LINT_NAMED ? 1 : all->len;
	for (guint i = all->len; i > 0 && all->len - i < most; i--)
		if (all->pdata[i - 1] == migration)
			return true;
	return false;
}

static void note_use(struct iw_lint_notes *self, const struct gone *gone, const iw_refs *refs, guint target)
{
	guint certain = refs->counts[target][IW_CERTAIN], likely = refs->counts[target][IW_LIKELY];
	/* Of a whole history most has been gone for long: what is only likely is something else by now, and what the
	 * models have came back by ways that are not read. */
	if (certain == 0 && (likely == 0 || self->scope == IW_LINT_WHOLE))
		return;
	if (!is_new(self, gone->migration) && iw_refs_is_declared(refs, target))
		return;
	enum iw_certainty certainty = certain > 0 ? IW_CERTAIN : IW_LIKELY;
	g_autoptr(GString) text = g_string_new(NULL);
	g_string_append_printf(text, "\"%s\" is %s and %s still used:", iw_ref_target_words(self->arena, &gone->target),
			       gone->verb, certain > 0 ? "is" : "probably");
	add_places(text, refs, target, certainty, certain > 0 ? certain : likely);
	const struct iw_code_note note = {IW_NOTE_DROPPED_BUT_USED, gone->place, text->str, certain == 0,
					  gone->migration};
	iw_lint_note(self->lint, &note);
}

static bool runs(const struct iw_lint_notes *self, const char *rule)
{
	GHashTable *severities = self->lint->options.severities;
	return severities == NULL || g_strcmp0(g_hash_table_lookup(severities, rule), "off") != 0;
}

static void note_uses(struct iw_lint_notes *self)
{
	struct iw_cli *cli = self->cli;
	const char *top = iw_path_repository(self->arena, cli->project->directory);
	iw_refs *refs = iw_refs_new(self->arena, top, cli->project->migrations, false);
	g_autoptr(GArray) asked = g_array_new(FALSE, FALSE, sizeof(struct gone));
	for (guint i = 0; i < self->gone->len; i++) {
		const struct gone *gone = &g_array_index(self->gone, struct gone, i);
		if (is_back(self, gone))
			continue;
		iw_refs_add(refs, &gone->target);
		g_array_append_val(asked, *gone);
	}
	g_autoptr(GError) failure = NULL;
	if (asked->len == 0 || !runs(self, "dropped-but-used"))
		return;
	if (!iw_refs_find(refs, &failure)) {
		iw_cli_note(cli, "warning: the code was not looked through: %s", failure->message);
		return;
	}
	for (guint i = 0; i < asked->len; i++)
		note_use(self, &g_array_index(asked, struct gone, i), refs, i);
}

/* the project -------------------------------------------------------------------------------------------------------
 */

static void note_edited(struct iw_lint_notes *self)
{
	bool has_table = false;
	g_autoptr(GError) failure = NULL;
	GPtrArray *applied = iw_cli_read_applied(self->cli, &has_table, &failure);
	GPtrArray *notes = iw_arena_ptr_array(self->arena);
	for (guint i = 0; applied != NULL && i < applied->len; i++) {
		const struct iw_applied *one = applied->pdata[i];
		if (one->is_edited && one->migration != NULL)
			iw_note_file(self->arena, notes, IW_NOTE_EDITED_AFTER_APPLIED, one->migration->up.path, NULL,
				     "\"%s\" was edited after it was applied to this database", one->name);
	}
	for (guint i = 0; i < notes->len; i++)
		iw_lint_note(self->lint, notes->pdata[i]);
	if (failure != NULL)
		iw_cli_note(self->cli, "warning: what is applied is not known: %s", failure->message);
}

static void note_untracked(struct iw_lint_notes *self,
			   bool (*is_reported)(void *data, const struct iw_migration *migration), void *data)
{
	const struct iw_project *project = self->cli->project;
	g_autofree char *mark = g_build_filename(iw_path_repository(self->arena, project->directory), ".git", NULL);
	g_autoptr(iw_git) git = g_file_test(mark, G_FILE_TEST_EXISTS) && runs(self, "not-in-version-control")
					? iw_git_open(project->directory, NULL)
					: NULL;
	GPtrArray *notes = iw_arena_ptr_array(self->arena);
	for (guint i = 0; git != NULL && i < project->migrations->len; i++) {
		const struct iw_migration *one = project->migrations->pdata[i];
		const char *path = one->up.path;
		bool is_ours = path != NULL && g_str_has_prefix(path, iw_git_top(git)) && is_reported(data, one) &&
			       strstr(path, "/site-packages/") == NULL;
		if (!is_ours || iw_git_is_tracked(git, path))
			continue;
		bool is_ignored = iw_git_is_ignored(git, path);
		iw_note_file(self->arena, notes, IW_NOTE_NOT_IN_VERSION_CONTROL, path, NULL,
			     "\"%s\" is not in the repository%s", one->name,
			     is_ignored ? ", and .gitignore keeps it out" : "");
	}
	for (guint i = 0; i < notes->len; i++)
		iw_lint_note(self->lint, notes->pdata[i]);
}

void iw_lint_notes_end(struct iw_lint_notes *self,
		       bool (*is_reported)(void *data, const struct iw_migration *migration), void *data)
{
	if (self->cli->project == NULL)
		return;
	note_uses(self);
	/* What a branch adds is mostly being written. */
	if (self->scope != IW_LINT_SINCE)
		note_untracked(self, is_reported, data);
	if (self->cli->connection != NULL)
		note_edited(self);
	if (self->scope != IW_LINT_WHOLE)
		return;
	GPtrArray *notes = iw_project_notes(self->arena, self->cli->project);
	for (guint i = 0; i < notes->len; i++)
		iw_lint_note(self->lint, notes->pdata[i]);
}
