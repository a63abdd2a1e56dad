/* What is to be seen in the code of a Django migration beside its SQL; see model/code_note.h. */
#include "framework/django/project.h"

#include "framework/python/notes.h"

#include <string.h>

struct reading {
	struct iw_py_notes base;
	const char *name; /* of the migration */
	bool is_atomic;
	GHashTable *not_atomic;		  /* char * set: functions that run outside */
	const struct py_node *first_data; /* RunPython that may change rows */
	bool has_schema_before, has_schema_after;
};

static bool is_one_of(const char *name, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i], name) == 0)
			return true;
	return false;
}

static bool changes_schema(const char *name)
{
	static const char *const operations[] = {
		"CreateModel",	    "DeleteModel",	   "AddField",		 "RemoveField",
		"AlterField",	    "RenameField",	   "RenameModel",	 "AlterModelTable",
		"AddIndex",	    "RemoveIndex",	   "RenameIndex",	 "AddConstraint",
		"RemoveConstraint", "AlterUniqueTogether", "AlterIndexTogether",
	};
	return is_one_of(name, operations, G_N_ELEMENTS(operations));
}

/* Functions are named at least; lambdas and partial() are not looked into. */
static const char *function_name(const struct py_node *code)
{
	return code != NULL && (code->kind == PY_NAME || code->kind == PY_ATTRIBUTE) ? code->text : NULL;
}

static bool is_noop(const struct py_node *code)
{
	return code->kind == PY_ATTRIBUTE && strcmp(code->text, "noop") == 0;
}

static void read_run_python(struct reading *reading, const struct py_node *call)
{
	const struct py_node *code = iw_py_node_argument(call, 0, "code"),
			     *back = iw_py_node_argument(call, 1, "reverse_code");
	const struct py_node *atomic = iw_py_node_argument(call, 2, "atomic");
	const char *name = function_name(code);
	if (atomic != NULL && atomic->kind == PY_FALSE && name != NULL)
		g_hash_table_add(reading->not_atomic, (char *)name);
	if (code != NULL && !is_noop(code) && reading->first_data == NULL)
		reading->first_data = call;
	if (back == NULL)
		iw_py_note(&reading->base, IW_NOTE_RUNPYTHON_IRREVERSIBLE, call,
			   "RunPython%s%s%s without reverse_code: this migration cannot be undone",
			   name == NULL ? "" : "(", name == NULL ? "" : name, name == NULL ? "" : ")");
}

static void read_run_sql(struct reading *reading, const struct py_node *call)
{
	if (iw_py_node_argument(call, 1, "reverse_sql") == NULL)
		iw_py_note(&reading->base, IW_NOTE_RUNSQL_IRREVERSIBLE, call,
			   "RunSQL without reverse_sql: this migration cannot be undone");
}

static guint count_of(const struct py_node *list)
{
	return list == NULL ? 0 : list->kind == PY_LIST || list->kind == PY_TUPLE ? list->count : G_MAXUINT;
}

static void read_list(struct reading *reading, const struct py_node *list);

static void read_separate(struct reading *reading, const struct py_node *call)
{
	const struct py_node *database = iw_py_node_argument(call, 0, "database_operations");
	const struct py_node *state = iw_py_node_argument(call, 1, "state_operations");
	bool changes = false;
	for (guint i = 0; count_of(database) != G_MAXUINT && i < count_of(database); i++) {
		const char *name = iw_py_called(database->items[i]);
		changes |= name != NULL && changes_schema(name);
	}
	if (count_of(state) == 0 && changes)
		iw_py_note(
			&reading->base, IW_NOTE_SEPARATE_STATE_BOTH_HALVES, call,
			"only the database is changed: Django's models do not know of it, and the next makemigrations "
			"makes the change again");
	read_list(reading, database);
}

static void read_operation(struct reading *reading, const struct py_node *node)
{
	const char *name = iw_py_called(node);
	if (name == NULL)
		return;
	if (strcmp(name, "RunPython") == 0)
		read_run_python(reading, node);
	else if (strcmp(name, "RunSQL") == 0)
		read_run_sql(reading, node);
	else if (strcmp(name, "SeparateDatabaseAndState") == 0)
		read_separate(reading, node);
	/* A table that is made here has no rows that anybody waits for. */
	else if (changes_schema(name) && strcmp(name, "CreateModel") != 0)
		*(reading->first_data == NULL ? &reading->has_schema_before : &reading->has_schema_after) = true;
}

static void read_list(struct reading *reading, const struct py_node *list)
{
	for (guint i = 0; count_of(list) != G_MAXUINT && i < count_of(list); i++)
		read_operation(reading, list->items[i]);
}

static void read_class(struct reading *reading, const struct py_node *class)
{
	const struct py_node *operations = NULL;
	for (guint i = 0; i < class->b->count; i++) {
		const struct py_node *node = class->b->items[i];
		if (node->kind != PY_ASSIGN || node->count != 1 || node->items[0]->kind != PY_NAME)
			continue;
		if (strcmp(node->items[0]->text, "atomic") == 0)
			reading->is_atomic = node->a->kind != PY_FALSE;
		else if (strcmp(node->items[0]->text, "operations") == 0)
			operations = node->a;
	}
	read_list(reading, operations);
}

static void note_mixture(struct reading *reading)
{
	if (reading->first_data == NULL || (!reading->has_schema_before && !reading->has_schema_after))
		return;
	iw_py_note(&reading->base, IW_NOTE_NON_ATOMIC_DATA, reading->first_data, "%s",
		   !reading->is_atomic ? "rows and the schema are changed in one migration without a transaction: a "
					 "failure leaves half of it"
		   : reading->has_schema_after
			   ? "rows are changed before the schema in one transaction: PostgreSQL refuses to alter a "
			     "table with "
			     "pending trigger events, and MySQL keeps the first half when the second one fails"
			   : "rows are changed in the transaction of the schema change: its locks are held until the "
			     "last row, "
			     "and MySQL keeps the first half when the second one fails");
}

void iw_django_notes(iw_arena *arena, const struct iw_migration *migration, GPtrArray *notes)
{
	struct reading reading = {.name = migration->name, .is_atomic = true};
	const char *path = migration->up.path;
	if (path == NULL || strstr(path, "/site-packages/") != NULL ||
	    !iw_py_notes_open(&reading.base, arena, path, migration->up.shown_path, notes))
		return;
	reading.not_atomic = iw_arena_hash_table(arena, g_str_hash, g_str_equal);
	const struct py_node *tree = reading.base.tree;
	for (guint i = 0; i < tree->count; i++)
		if (tree->items[i]->kind == PY_CLASS && strcmp(tree->items[i]->text, "Migration") == 0)
			read_class(&reading, tree->items[i]);
	note_mixture(&reading);
	for (guint i = 0; i < tree->count; i++) {
		const struct py_node *node = tree->items[i];
		if (node->kind != PY_FUNCTION)
			continue;
		iw_py_note_loops(&reading.base, node);
		if (reading.is_atomic && !g_hash_table_contains(reading.not_atomic, node->text))
			iw_py_note_backfills(&reading.base, node);
	}
	iw_py_note_imports(&reading.base, " (apps.get_model() has those)");
}
