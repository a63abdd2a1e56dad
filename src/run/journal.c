/* The journal table and its rows; see journal.h. */
#include "run/journal.h"

#include "base/error.h"
#include "sql/sql.h"

#include <stdlib.h>
#include <string.h>

/* Text columns throughout: the three engines agree on them, and rows are read by people in an emergency. */
static const char *const create_sql[IW_DIALECTS] = {
	[IW_POSTGRES] =
		"CREATE TABLE IF NOT EXISTS " IW_JOURNAL_TABLE
		" (migration text PRIMARY KEY, direction text NOT NULL, done integer NOT NULL, doing integer NOT NULL,"
		" done_hash text NOT NULL, doing_hash text, fingerprint text, started_at text NOT NULL, note text,"
		" state text NOT NULL, plan text, \"cursor\" text, control text)",
	[IW_MYSQL] =
		"CREATE TABLE IF NOT EXISTS " IW_JOURNAL_TABLE
		" (migration varchar(255) PRIMARY KEY, direction varchar(4) NOT NULL, done int NOT NULL,"
		" doing int NOT NULL, done_hash varchar(64) NOT NULL, doing_hash varchar(64), fingerprint varchar(64),"
		" started_at varchar(32) NOT NULL, note text, state varchar(16) NOT NULL, plan longtext, `cursor` "
		"text, "
		"control text) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 "
		"COLLATE=utf8mb4_bin",
	[IW_SQLITE] =
		"CREATE TABLE IF NOT EXISTS " IW_JOURNAL_TABLE
		" (migration text PRIMARY KEY, direction text NOT NULL, done integer NOT NULL, doing integer NOT NULL,"
		" done_hash text NOT NULL, doing_hash text, fingerprint text, started_at text NOT NULL, note text,"
		" state text NOT NULL, plan text, \"cursor\" text, control text)",
};

static const char *const exists_sql[IW_DIALECTS] = {
	[IW_POSTGRES] = "SELECT count(*) FROM pg_class WHERE relname = '" IW_JOURNAL_TABLE
			"' AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())",
	[IW_MYSQL] = "SELECT count(*) FROM information_schema.tables WHERE table_schema = database() AND table_name = "
		     "'" IW_JOURNAL_TABLE "'",
	[IW_SQLITE] = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = '" IW_JOURNAL_TABLE "'",
};

bool iw_journal_exists(iw_connection *connection, bool *exists, GError **error)
{
	GError *failure = NULL;
	g_autofree char *count = iw_query_value(connection, exists_sql[connection->engine.dialect], &failure);
	if (failure != NULL) {
		g_propagate_prefixed_error(error, failure, "could not look for Inchworm's journal: ");
		return false;
	}
	*exists = count != NULL && strcmp(count, "0") != 0;
	return true;
}

bool iw_journal_create(iw_connection *connection, GError **error)
{
	return iw_execute(connection, create_sql[connection->engine.dialect], error);
}

bool iw_journal_drop_empty(iw_connection *connection, GError **error)
{
	bool exists = false;
	if (!iw_journal_exists(connection, &exists, error))
		return false;
	if (!exists)
		return true;
	g_autofree char *count = iw_query_value(connection, "SELECT count(*) FROM " IW_JOURNAL_TABLE, error);
	if (count == NULL)
		return false;
	return strcmp(count, "0") != 0 || iw_execute(connection, "DROP TABLE " IW_JOURNAL_TABLE, error);
}

/* Qualified: a migration may have changed what unqualified names mean. */
static const char *table(iw_arena *arena, const iw_connection *connection)
{
	struct iw_name name = {connection->default_schema, IW_JOURNAL_TABLE};
	return iw_quote_name(arena, connection->engine.dialect, name);
}

static const char *const state_names[] = {
	[IW_RUNNING] = "running", [IW_OPEN] = "open",	    [IW_CONTRACTING] = "contracting",
	[IW_HIDDEN] = "hidden",	  [IW_PURGING] = "purging", [IW_UNDOING] = "undoing"};

static enum iw_journal_state state_of(const char *name)
{
	for (enum iw_journal_state state = IW_RUNNING; state <= IW_UNDOING; state++)
		if (g_strcmp0(state_names[state], name) == 0)
			return state;
	return IW_RUNNING;
}

const char *iw_journal_state_name(enum iw_journal_state state)
{
	return state_names[state];
}

/* CURSOR is a word of MySQL's. */
static const char *cursor_column(const iw_connection *connection)
{
	return connection->engine.dialect == IW_MYSQL ? "`cursor`" : "\"cursor\"";
}

static const char *literal(iw_arena *arena, enum iw_dialect dialect, const char *text)
{
	return text == NULL ? "NULL" : iw_quote_literal(arena, dialect, text);
}

const char *iw_journal_insert_sql(iw_arena *arena, const iw_connection *connection,
				  const struct iw_journal_entry *entry)
{
	enum iw_dialect dialect = connection->engine.dialect;
	return iw_arena_printf(arena,
			       "INSERT INTO %s (migration, direction, done, doing, done_hash, doing_hash,"
			       " fingerprint, started_at, note, state, plan, %s)"
			       " VALUES (%s, '%s', %d, %d, %s, %s, %s, %s, %s, '%s', %s, %s)",
			       table(arena, connection), cursor_column(connection),
			       literal(arena, dialect, entry->migration), entry->direction == IW_UP ? "up" : "down",
			       entry->done, entry->doing, literal(arena, dialect, entry->done_hash),
			       literal(arena, dialect, entry->doing_hash), literal(arena, dialect, entry->fingerprint),
			       literal(arena, dialect, entry->started_at), literal(arena, dialect, entry->note),
			       state_names[entry->state], literal(arena, dialect, entry->plan),
			       literal(arena, dialect, entry->cursor));
}

const char *iw_journal_update_sql(iw_arena *arena, const iw_connection *connection,
				  const struct iw_journal_entry *entry)
{
	enum iw_dialect dialect = connection->engine.dialect;
	return iw_arena_printf(arena,
			       "UPDATE %s SET done = %d, doing = %d, done_hash = %s, doing_hash = %s,"
			       " fingerprint = %s, note = %s, state = '%s', %s = %s WHERE migration = %s",
			       table(arena, connection), entry->done, entry->doing,
			       literal(arena, dialect, entry->done_hash), literal(arena, dialect, entry->doing_hash),
			       literal(arena, dialect, entry->fingerprint), literal(arena, dialect, entry->note),
			       state_names[entry->state], cursor_column(connection),
			       literal(arena, dialect, entry->cursor), literal(arena, dialect, entry->migration));
}

/* Elsewhere than on PostgreSQL the name of a schema would reach into another database of the same server. */
const char *iw_journal_advance_sql(iw_arena *arena, const iw_connection *connection,
				   const struct iw_journal_entry *before, const struct iw_journal_entry *after)
{
	enum iw_dialect dialect = connection->engine.dialect;
	return iw_arena_printf(arena,
			       "UPDATE %s SET done = %d, doing = 0, done_hash = %s, doing_hash = NULL,"
			       " fingerprint = NULL, note = NULL WHERE migration = %s AND done = %d",
			       dialect == IW_POSTGRES ? table(arena, connection) : IW_JOURNAL_TABLE, after->done,
			       literal(arena, dialect, after->done_hash), literal(arena, dialect, before->migration),
			       before->done);
}

const char *iw_journal_delete_sql(iw_arena *arena, const iw_connection *connection, const char *migration)
{
	return iw_arena_printf(arena, "DELETE FROM %s WHERE migration = %s", table(arena, connection),
			       literal(arena, connection->engine.dialect, migration));
}

const char *iw_journal_control_sql(iw_arena *arena, const iw_connection *connection, const char *migration)
{
	return iw_arena_printf(arena, "SELECT control FROM %s WHERE migration = %s", table(arena, connection),
			       literal(arena, connection->engine.dialect, migration));
}

const char *iw_journal_set_control_sql(iw_arena *arena, const iw_connection *connection, const char *migration,
				       const char *control)
{
	enum iw_dialect dialect = connection->engine.dialect;
	return iw_arena_printf(arena, "UPDATE %s SET control = %s WHERE migration = %s", table(arena, connection),
			       literal(arena, dialect, control), literal(arena, dialect, migration));
}

const char *iw_journal_take_sql(iw_arena *arena, const iw_connection *connection, const char *migration)
{
	enum iw_dialect dialect = connection->engine.dialect;
	return iw_arena_printf(arena, "DELETE FROM %s WHERE migration = %s",
			       dialect == IW_POSTGRES ? table(arena, connection) : IW_JOURNAL_TABLE,
			       literal(arena, dialect, migration));
}

static struct iw_journal_entry *read_entry(iw_arena *arena, const iw_rows *rows, guint row)
{
	struct iw_journal_entry *entry = iw_new(arena, struct iw_journal_entry);
	*entry = (struct iw_journal_entry){
		.migration = iw_arena_strdup(arena, iw_rows_value(rows, row, 0)),
		.direction = strcmp(iw_rows_value(rows, row, 1), "down") == 0 ? IW_DOWN : IW_UP,
		.done = atoi(iw_rows_value(rows, row, 2)),
		.doing = atoi(iw_rows_value(rows, row, 3)),
		.done_hash = iw_arena_strdup(arena, iw_rows_value(rows, row, 4)),
		.doing_hash = iw_arena_strdup(arena, iw_rows_value(rows, row, 5)),
		.fingerprint = iw_arena_strdup(arena, iw_rows_value(rows, row, 6)),
		.started_at = iw_arena_strdup(arena, iw_rows_value(rows, row, 7)),
		.note = iw_arena_strdup(arena, iw_rows_value(rows, row, 8)),
		.state = state_of(iw_rows_value(rows, row, 9)),
		.plan = iw_arena_strdup(arena, iw_rows_value(rows, row, 10)),
		.cursor = iw_arena_strdup(arena, iw_rows_value(rows, row, 11)),
		.control = iw_arena_strdup(arena, iw_rows_value(rows, row, 12)),
	};
	return entry;
}

GPtrArray *iw_journal_read(iw_connection *connection, iw_arena *arena, GError **error)
{
	GPtrArray *entries = iw_arena_ptr_array(arena);
	bool exists = false;
	if (!iw_journal_exists(connection, &exists, error))
		return NULL;
	if (!exists)
		return entries;
	g_autofree char *sql = g_strdup_printf(
		"SELECT migration, direction, done, doing, done_hash, doing_hash, fingerprint,"
		" started_at, note, state, plan, %s, control FROM " IW_JOURNAL_TABLE " ORDER BY started_at, migration",
		cursor_column(connection));
	g_autoptr(iw_rows) rows = iw_query(connection, sql, error);
	if (rows == NULL)
		return NULL;
	for (guint row = 0; row < iw_rows_count(rows); row++)
		g_ptr_array_add(entries, read_entry(arena, rows, row));
	return entries;
}

bool iw_journal_forget(iw_connection *connection, iw_arena *arena, const char *migration, GError **error)
{
	bool exists = false;
	if (!iw_journal_exists(connection, &exists, error))
		return false;
	if (!exists)
		return true;
	return iw_execute(connection, iw_journal_delete_sql(arena, connection, migration), error) &&
	       iw_journal_drop_empty(connection, error);
}

/* What is another text at each reading, a default of uuid4() or now(), does not count. */
static void add_to_hash(GChecksum *checksum, const struct iw_step *step)
{
	g_autoptr(GString) text = g_string_new(step->sql);
	for (const char *const *one = step->statement->varying; one != NULL && *one != NULL; one++)
		g_string_replace(text, *one, "?", 0);
	g_checksum_update(checksum, (const guchar *)text->str, (gssize)text->len);
}

const char *iw_journal_hash(iw_arena *arena, const struct iw_migration_plan *plan, int count)
{
	g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
	for (int i = 0; i < count && (guint)i < plan->steps->len; i++) {
		add_to_hash(checksum, g_ptr_array_index(plan->steps, i));
		g_checksum_update(checksum, (const guchar *)"", 1);
	}
	return iw_arena_strdup(arena, g_checksum_get_string(checksum));
}

const char *iw_journal_step_hash(iw_arena *arena, const struct iw_step *step)
{
	g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
	add_to_hash(checksum, step);
	return iw_arena_strdup(arena, g_checksum_get_string(checksum));
}
