/* How far standbys are behind, and what replication slots keep. */
#include "driver/postgres/postgres_internal.h"

#include "base/error.h"

#include <stdlib.h>

/* NULL for who may not see other users' sessions. */
#define SESSIONS                                                                                                       \
	"SELECT CASE WHEN NOT bool_or(a.query = '<insufficient privilege>') THEN count(*) FILTER (WHERE"               \
	" a.state = 'active' AND a.backend_type = 'client backend' AND a.pid <> pg_backend_pid()) END"                 \
	" FROM pg_stat_activity a"

/*
 * One row. Places in the log are bytes from its beginning. The columns of pg_stat_replication are NULL for who may not
 * see them; replay_lag is NULL on a standby that has nothing to replay, or nothing yet. Base backups and
 * pg_receivewal read the log, too, and replay nothing. Logical subscribers count: what they confirm is their
 * replay_lsn.
 */
static const char lag_query[] =
	"WITH c AS (SELECT pg_current_wal_lsn() - '0/0'::pg_lsn AS at),"
	" r AS (SELECT state, replay_lag, replay_lsn - '0/0'::pg_lsn AS at FROM pg_stat_replication"
	"  WHERE state IS NULL OR replay_lsn IS NOT NULL)"
	" SELECT (SELECT count(*) FROM r), (SELECT count(*) FROM r WHERE r.state IS NULL),"
	" (SELECT coalesce(max(extract(epoch FROM r.replay_lag)), 0) FROM r),"
	" (SELECT c.at - min(r.at) FROM r), c.at, (SELECT min(r.at) FROM r),"
	" (SELECT c.at - min(s.restart_lsn - '0/0'::pg_lsn) FROM pg_replication_slots s),"
	" (SELECT min(s.slot_name) FROM pg_replication_slots s WHERE s.wal_status = 'unreserved'),"
	" (" SESSIONS ") FROM c";

/* A standby: nothing is missing when all that was received is replayed and the primary is there to send more. */
static const char standby_query[] =
	"SELECT CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0"
	" ELSE coalesce(extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()), -1) END,"
	" pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()),"
	" (SELECT count(*) FROM pg_stat_wal_receiver), pg_is_wal_replay_paused(),"
	" (" SESSIONS ")";

static double number(const iw_rows *rows, int column)
{
	const char *text = iw_rows_value(rows, 0, column);
	return text == NULL ? -1 : g_ascii_strtod(text, NULL);
}

static guint64 place(const iw_rows *rows, int column)
{
	const char *text = iw_rows_value(rows, 0, column);
	return text == NULL ? 0 : g_ascii_strtoull(text, NULL, 10);
}

static struct iw_lag *lag_of_standby(iw_connection *connection, iw_arena *arena, GError **error)
{
	g_autoptr(iw_rows) rows = iw_postgres_query(connection, standby_query, error);
	if (rows == NULL)
		return NULL;
	struct iw_lag *lag = iw_new(arena, struct iw_lag);
	*lag = (struct iw_lag){
		.is_replica = true,
		.seconds = number(rows, 0),
		.bytes = number(rows, 1),
		.retained = -1,
		.paused = -1,
		.sessions = (int)number(rows, 4),
	};
	if (number(rows, 2) == 0)
		lag->broken = "it receives nothing from its primary";
	else if (iw_rows_value(rows, 0, 3)[0] == 't')
		lag->broken = "its replay is paused";
	return lag;
}

struct iw_lag *iw_postgres_lag(iw_connection *connection, iw_arena *arena, GError **error)
{
	g_autofree char *is_standby = iw_query_value(connection, "SELECT pg_is_in_recovery()", error);
	if (is_standby == NULL)
		return NULL;
	if (is_standby[0] == 't')
		return lag_of_standby(connection, arena, error);
	g_autoptr(GString) sql = g_string_new(lag_query);
	if (connection->engine.version < 130000)
		g_string_replace(sql, "s.wal_status = 'unreserved'", "false", 0);
	g_autoptr(iw_rows) rows = iw_postgres_query(connection, sql->str, error);
	if (rows == NULL)
		return NULL;
	struct iw_lag *lag = iw_new(arena, struct iw_lag);
	*lag = (struct iw_lag){
		.replicas = (int)number(rows, 0),
		.unseen = (int)number(rows, 1),
		.seconds = number(rows, 2),
		.bytes = number(rows, 3),
		.written = place(rows, 4),
		.replayed = place(rows, 5),
		.retained = number(rows, 6),
		.paused = -1,
		.sessions = (int)number(rows, 8),
	};
	if (iw_rows_value(rows, 0, 7) != NULL)
		lag->broken = iw_arena_printf(arena, "the replication slot \"%s\" is about to lose what it waits for",
					      iw_rows_value(rows, 0, 7));
	return lag;
}
