/* Errors of the PostgreSQL driver: SQLSTATE to error class, server's fields to place, detail and hint. */
#include "driver/postgres/postgres_internal.h"

#include <string.h>

/* By prefix, the longer first. https://www.postgresql.org/docs/18/errcodes-appendix.html */
static const struct sqlstate {
	const char *prefix;
	enum iw_error code;
} sqlstates[] = {
	{"55P03", IW_ERROR_LOCK},     /* lock_not_available: lock_timeout, NOWAIT */
	{"40P01", IW_ERROR_LOCK},     /* deadlock_detected */
	{"25P03", IW_ERROR_LOST},     /* idle_in_transaction_session_timeout */
	{"25P04", IW_ERROR_LOST},     /* transaction_timeout */
	{"57P01", IW_ERROR_LOST},     /* admin_shutdown: pg_terminate_backend, restart */
	{"57P02", IW_ERROR_LOST},     /* crash_shutdown */
	{"57P03", IW_ERROR_LOST},     /* cannot_connect_now */
	{"57P04", IW_ERROR_LOST},     /* database_dropped */
	{"57P05", IW_ERROR_LOST},     /* idle_session_timeout */
	{"08", IW_ERROR_LOST},	      /* connection exceptions */
	{"42501", IW_ERROR_RIGHTS},   /* insufficient_privilege */
	{"58030", IW_ERROR_RESOURCE}, /* io_error */
	{"53", IW_ERROR_RESOURCE},    /* disk full, out of memory, too many connections */
};

/* What may be wrong when a connection is refused, and what to do. */
static const struct refusal {
	const char *prefix;
	enum iw_error code;
	const char *hint;
} refusals[] = {
	{"28P01", IW_ERROR_CONNECT, "Check the user and the password in the database URL."},
	{"28", IW_ERROR_CONNECT, "Check the user in the database URL, and that the server (pg_hba.conf) lets it in."},
	{"3D000", IW_ERROR_CONNECT, "Create the database first, or check its name in the database URL."},
	{"42501", IW_ERROR_RIGHTS, "Grant CONNECT on the database to the user."},
	{"57P03", IW_ERROR_CONNECT, "The server is starting or stopping: try again."},
	{"53", IW_ERROR_RESOURCE, "Free connections or raise max_connections, then try again."},
};

enum iw_error iw_postgres_error_class(const char *sqlstate)
{
	for (size_t i = 0; sqlstate != NULL && i < G_N_ELEMENTS(sqlstates); i++)
		if (g_str_has_prefix(sqlstate, sqlstates[i].prefix))
			return sqlstates[i].code;
	return IW_ERROR_STATEMENT;
}

/* libpq's text without its newline at the end. */
static char *chomped(const char *message)
{
	return g_strchomp(g_strdup(message == NULL ? "" : message));
}

/* The server's lines in libpq's verbose text, "FATAL:  28P01: password ...": where no PGresult exists this is the only
 * place of the SQLSTATE. */
static bool split_sqlstate(const char *message, char **sqlstate, char **text)
{
	g_autoptr(GRegex) pattern = g_regex_new(":  ([0-9A-Z]{5}): ([^\n]*)", 0, 0, NULL);
	g_autoptr(GMatchInfo) match = NULL;
	if (!g_regex_match(pattern, message, 0, &match))
		return false;
	*sqlstate = g_match_info_fetch(match, 1);
	*text = g_match_info_fetch(match, 2);
	return true;
}

bool iw_postgres_fail_connect(GError **error, const struct iw_url *url, const char *message)
{
	g_autofree char *sqlstate = NULL, *server_text = NULL, *whole = chomped(message);
	if (!split_sqlstate(whole, &sqlstate, &server_text)) {
		iw_fail(error, IW_ERROR_CONNECT, "could not connect to %s: %s", url->shown, whole);
		iw_error_hint(error, "Is the server running there, and may this machine reach it?");
		return false;
	}
	const struct refusal *refusal = NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(refusals) && refusal == NULL; i++)
		if (g_str_has_prefix(sqlstate, refusals[i].prefix))
			refusal = &refusals[i];
	iw_fail(error, refusal != NULL ? refusal->code : IW_ERROR_CONNECT, "could not connect to %s: %s", url->shown,
		server_text);
	iw_error_server_code(error, sqlstate);
	if (refusal != NULL)
		iw_error_hint(error, "%s", refusal->hint);
	return false;
}

/* The server counts characters from 1. */
static gssize byte_offset(const char *sql, const char *position)
{
	if (position == NULL || sql == NULL)
		return -1;
	gint64 characters = g_ascii_strtoll(position, NULL, 10) - 1;
	if (characters < 0 || characters > g_utf8_strlen(sql, -1))
		return -1;
	return g_utf8_offset_to_pointer(sql, characters) - sql;
}

/* query_canceled has three causes, told apart by what we know: the text is in the server's language. */
static enum iw_error cancelled_class(struct postgres *postgres)
{
	return g_atomic_int_get(&postgres->is_cancelled) ? IW_ERROR_INTERRUPTED : IW_ERROR_STATEMENT;
}

static void hint_at_timeout(struct postgres *postgres, GError **error)
{
	gint64 took = (g_get_monotonic_time() - postgres->statement_began) / 1000;
	if (postgres->statement_timeout > 0 && took >= postgres->statement_timeout)
		iw_error_hint(error, "The statement ran for %.1f s; its limit is %.1f s.", (double)took / 1000,
			      postgres->statement_timeout / 1000.0);
}

bool iw_postgres_fail_result(struct postgres *postgres, GError **error, const char *sql, const PGresult *result)
{
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
	const char *context = PQresultErrorField(result, PG_DIAG_CONTEXT);
	const char *hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
	bool is_cancelled = g_strcmp0(sqlstate, "57014") == 0;
	if (sqlstate == NULL && PQstatus(postgres->conn) == CONNECTION_BAD)
		return iw_postgres_fail_lost(postgres, error);
	g_autofree char *whole = chomped(PQresultErrorMessage(result));
	enum iw_error code = is_cancelled ? cancelled_class(postgres) : iw_postgres_error_class(sqlstate);
	postgres->base.error_offset = byte_offset(sql, PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION));
	postgres->base.is_lost |= code == IW_ERROR_LOST;
	iw_fail(error, code, "%s", primary != NULL ? primary : whole);
	iw_error_server_code(error, sqlstate);
	if (detail != NULL || context != NULL)
		iw_error_detail(error, "%s%s%s", detail != NULL ? detail : "",
				detail != NULL && context != NULL ? "\n" : "", context != NULL ? context : "");
	if (hint != NULL)
		iw_error_hint(error, "%s", hint);
	if (is_cancelled)
		hint_at_timeout(postgres, error);
	return false;
}

bool iw_postgres_fail_lost(struct postgres *postgres, GError **error)
{
	g_autofree char *sqlstate = NULL, *server_text = NULL, *whole = chomped(PQerrorMessage(postgres->conn));
	bool is_server_text = split_sqlstate(whole, &sqlstate, &server_text);
	postgres->base.is_lost = true;
	postgres->base.in_transaction = false;
	iw_fail(error, IW_ERROR_LOST, "the connection to the server was lost%s%s", *whole != '\0' ? ": " : "",
		is_server_text ? server_text : whole);
	if (is_server_text)
		iw_error_server_code(error, sqlstate);
	return false;
}

bool iw_postgres_fail_interrupted(GError **error)
{
	return iw_fail(error, IW_ERROR_INTERRUPTED, "the statement was cancelled");
}
