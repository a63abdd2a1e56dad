/* Transactions, timeouts and named locks of a PostgreSQL session. */
#include "driver/postgres/postgres_internal.h"

#include <string.h>

bool iw_postgres_begin(iw_connection *connection, GError **error)
{
	if (connection->in_transaction)
		return iw_fail(error, IW_ERROR_INTERNAL, "begin inside a transaction");
	return iw_postgres_execute(connection, "BEGIN", NULL, error);
}

/* A SET inside a transaction goes back with it: is_timeout_transactional remembers that. */
static bool apply_timeout(struct postgres *postgres, const char *name, int milliseconds, GError **error)
{
	g_autofree char *sql = g_strdup_printf("SET %s = %d", name, milliseconds);
	postgres->is_timeout_transactional |= postgres->base.in_transaction;
	return milliseconds < 0 || iw_postgres_run(postgres, sql, NULL, NULL, error);
}

void iw_postgres_restore_timeouts(struct postgres *postgres)
{
	gssize offset = postgres->base.error_offset;
	postgres->is_timeout_transactional = false;
	(void)(apply_timeout(postgres, "lock_timeout", postgres->lock_timeout, NULL) &&
	       apply_timeout(postgres, "statement_timeout", postgres->statement_timeout, NULL));
	postgres->base.error_offset = offset;
}

bool iw_postgres_restore_session(iw_connection *connection, GError **error)
{
	struct postgres *postgres = postgres_of(connection);
	g_autofree char *sql = g_strdup_printf("RESET ROLE; RESET ALL; %s", postgres->settings);
	return iw_postgres_execute(connection, sql, NULL, error) &&
	       apply_timeout(postgres, "lock_timeout", postgres->lock_timeout, error) &&
	       apply_timeout(postgres, "statement_timeout", postgres->statement_timeout, error);
}

/* COMMIT of a transaction in which a statement failed is a ROLLBACK that does not call itself an error. */
bool iw_postgres_commit(iw_connection *connection, GError **error)
{
	g_autofree char *tag = NULL;
	bool was_open = connection->in_transaction;
	if (!iw_postgres_run(postgres_of(connection), "COMMIT", &tag, NULL, error))
		return false;
	if (was_open && strcmp(tag, "ROLLBACK") == 0)
		return iw_fail(error, IW_ERROR_STATEMENT,
			       "the transaction was rolled back: one of its statements had failed");
	return true;
}

bool iw_postgres_rollback(iw_connection *connection, GError **error)
{
	return !connection->in_transaction || iw_postgres_execute(connection, "ROLLBACK", NULL, error);
}

bool iw_postgres_set_lock_timeout(iw_connection *connection, int milliseconds, GError **error)
{
	struct postgres *postgres = postgres_of(connection);
	if (!apply_timeout(postgres, "lock_timeout", milliseconds, error))
		return false;
	postgres->lock_timeout = milliseconds;
	return true;
}

bool iw_postgres_set_statement_timeout(iw_connection *connection, int milliseconds, GError **error)
{
	struct postgres *postgres = postgres_of(connection);
	if (!apply_timeout(postgres, "statement_timeout", milliseconds, error))
		return false;
	postgres->statement_timeout = milliseconds;
	return true;
}

/* Advisory locks have numbers: the first eight bytes of the name's SHA-256. They belong to the database. */
static gint64 lock_number(const char *name)
{
	guint8 bytes[32];
	gsize length = sizeof bytes;
	g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
	g_checksum_update(checksum, (const guchar *)name, -1);
	g_checksum_get_digest(checksum, bytes, &length);
	guint64 number = 0;
	for (int i = 0; i < 8; i++)
		number = number << 8 | bytes[i];
	return (gint64)number;
}

static bool call_lock_function(iw_connection *connection, const char *function, const char *name, bool *answer,
			       GError **error)
{
	g_autofree char *sql = g_strdup_printf("SELECT %s(%" G_GINT64_FORMAT ")", function, lock_number(name));
	g_autoptr(iw_rows) rows = iw_postgres_query(connection, sql, error);
	if (rows == NULL)
		return false;
	*answer = strcmp(iw_rows_value(rows, 0, 0), "t") == 0;
	return true;
}

/* The server counts how often a session takes a lock; we take it once, so that one unlock gives it back. */
bool iw_postgres_try_lock(iw_connection *connection, const char *name, bool *taken, GError **error)
{
	struct postgres *postgres = postgres_of(connection);
	bool is_ours = g_hash_table_contains(postgres->locks, name) && !connection->is_lost;
	if (!is_ours && !call_lock_function(connection, "pg_try_advisory_lock", name, &is_ours, error))
		return false;
	if (is_ours)
		g_hash_table_add(postgres->locks, g_strdup(name));
	*taken = is_ours;
	return true;
}

bool iw_postgres_unlock(iw_connection *connection, const char *name, GError **error)
{
	struct postgres *postgres = postgres_of(connection);
	bool released;
	if (!g_hash_table_remove(postgres->locks, name))
		return true;
	return call_lock_function(connection, "pg_advisory_unlock", name, &released, error);
}
