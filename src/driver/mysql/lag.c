/* What a server says of itself as a replica, and of the cluster that it is in. A primary does not know how far its
 * replicas are behind. */
#include "driver/mysql/mysql_internal.h"

#include "base/error.h"

#include <string.h>

static const char *field(const iw_rows *rows, guint row, const char *const *names)
{
	for (; *names != NULL; names++)
		for (int i = 0; i < rows->columns; i++)
			if (g_ascii_strcasecmp(rows->names->pdata[i], *names) == 0)
				return iw_rows_value(rows, row, i);
	return NULL;
}

/* The statement has had two names; servers before 8.0.22 and 10.5 know the old one, servers from 8.4 on the new one. */
static iw_rows *replica_status(iw_connection *connection, GError **error)
{
	int version = connection->engine.version;
	bool is_mariadb = connection->engine.is_mariadb;
	const char *sql = is_mariadb	     ? "SHOW ALL SLAVES STATUS"
			  : version >= 80022 ? "SHOW REPLICA STATUS"
					     : "SHOW SLAVE STATUS";
	return iw_query(connection, sql, error);
}

static double status(iw_connection *connection, const char *name)
{
	g_autofree char *sql = g_strdup_printf("SHOW GLOBAL STATUS LIKE '%s'", name);
	g_autoptr(iw_rows) rows = iw_query(connection, sql, NULL);
	const char *text = rows == NULL || iw_rows_count(rows) == 0 ? NULL : iw_rows_value(rows, 0, 1);
	return text == NULL ? -1 : g_ascii_strtod(text, NULL);
}

/* NULL means that one of its threads does not run: it will never come nearer. */
static void read_behind(struct iw_lag *lag, const iw_rows *rows)
{
	static const char *const names[] = {"Seconds_Behind_Source", "Seconds_Behind_Master", NULL};
	lag->is_replica = iw_rows_count(rows) > 0;
	for (guint i = 0; i < iw_rows_count(rows); i++) {
		const char *text = field(rows, i, names);
		if (text == NULL)
			lag->broken = "it does not replicate: one of its threads has stopped";
		else
			lag->seconds = MAX(lag->seconds, g_ascii_strtod(text, NULL));
	}
}

static int count_readers(iw_connection *connection)
{
	g_autofree char *text = iw_query_value(connection,
					       "SELECT COUNT(*) FROM information_schema.processlist"
					       " WHERE COMMAND LIKE 'Binlog Dump%'",
					       NULL);
	return text == NULL ? 0 : (int)g_ascii_strtoll(text, NULL, 10);
}

struct iw_lag *iw_mysql_lag(iw_connection *connection, iw_arena *arena, GError **error)
{
	struct iw_lag *lag = iw_new(arena, struct iw_lag);
	*lag = (struct iw_lag){.bytes = -1, .retained = -1, .paused = -1, .sessions = -1};
	GError *failure = NULL;
	g_autoptr(iw_rows) rows = replica_status(connection, &failure);
	if (rows != NULL) {
		read_behind(lag, rows);
	} else if (connection->is_lost) {
		g_propagate_error(error, failure);
		return NULL;
	} else { /* no right to ask: whether it is a replica is not known */
		g_error_free(failure);
		lag->seconds = -1;
	}
	lag->replicas = lag->unseen = count_readers(connection);
	double paused = status(connection, "wsrep_flow_control_paused_ns");
	lag->paused = paused < 0 ? -1 : paused / 1e9;
	double running = status(connection, "Threads_running");
	lag->sessions = running < 0 ? -1 : (int)MAX(running - 1, 0);
	return lag;
}
