/* Server errors: which class of ours, and which place in the statement. The numbers are those of the manuals' error
 * references (MySQL 8.4 "Server Error Message Reference", MariaDB "Error Codes"). */
#include "driver/mysql/mysql_internal.h"

#include "base/error.h"

#include <errmsg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is not listed is IW_ERROR_STATEMENT, while connecting IW_ERROR_CONNECT. */
static const struct error_row {
	unsigned number;
	enum iw_error class;
	const char *hint; /* NULL: none */
} error_rows[] = {
	/* the lock was not had, or was lost to another */
	{1205, IW_ERROR_LOCK, NULL},
	{1213, IW_ERROR_LOCK, NULL},
	{1614, IW_ERROR_LOCK, NULL}, /* XA deadlock */
	{1689, IW_ERROR_LOCK, NULL}, /* wait on a lock was aborted */
	{3058, IW_ERROR_LOCK, NULL}, /* deadlock of user locks */
	{3132, IW_ERROR_LOCK, NULL}, /* deadlock of locking service */
	{3572, IW_ERROR_LOCK, NULL}, /* NOWAIT */
	{1020, IW_ERROR_LOCK, NULL}, /* record has changed since last read */
	/* ended by request */
	{1317, IW_ERROR_INTERRUPTED, NULL},
	{1028, IW_ERROR_INTERRUPTED, NULL}, /* sort aborted */
	/* the session is gone */
	{CR_SERVER_GONE_ERROR, IW_ERROR_LOST, NULL},
	{CR_SERVER_LOST, IW_ERROR_LOST, NULL},
	{CR_SERVER_LOST_EXTENDED, IW_ERROR_LOST, NULL},
	{CR_MALFORMED_PACKET, IW_ERROR_LOST, NULL},
	{1927, IW_ERROR_LOST, NULL}, /* connection was killed */
	{3169, IW_ERROR_LOST, NULL}, /* session was killed */
	{1053, IW_ERROR_LOST, NULL}, /* shutdown in progress */
	{1152, IW_ERROR_LOST, NULL}, /* aborted connection */
	{1158, IW_ERROR_LOST, NULL},
	{1159, IW_ERROR_LOST, NULL},
	{1160, IW_ERROR_LOST, NULL},
	{1161, IW_ERROR_LOST, NULL},
	{1184, IW_ERROR_LOST, NULL},
	{4031, IW_ERROR_LOST, NULL}, /* disconnected for inactivity */
	/* rights */
	{1044, IW_ERROR_RIGHTS, NULL},
	{1045, IW_ERROR_RIGHTS, NULL},
	{1095, IW_ERROR_RIGHTS, NULL}, /* not the owner of the thread */
	{1142, IW_ERROR_RIGHTS, NULL},
	{1143, IW_ERROR_RIGHTS, NULL},
	{1227, IW_ERROR_RIGHTS, NULL},
	{1370, IW_ERROR_RIGHTS, NULL},
	{1410, IW_ERROR_RIGHTS, NULL},
	{1419, IW_ERROR_RIGHTS,
	 "The server logs in binary form and trusts only SUPER with triggers and functions; its administrator can set "
	 "log_bin_trust_function_creators."},
	{1698, IW_ERROR_RIGHTS, NULL},
	/* resources */
	{1021, IW_ERROR_RESOURCE, "The server's disk is full."},
	{1037, IW_ERROR_RESOURCE, NULL},
	{1038, IW_ERROR_RESOURCE, NULL},
	{1040, IW_ERROR_RESOURCE, NULL},
	{1041, IW_ERROR_RESOURCE, NULL},
	{1114, IW_ERROR_RESOURCE, "The disk, the tablespace or an in-memory table is full."},
	{1129, IW_ERROR_RESOURCE, NULL}, /* host is blocked because of many connection errors */
	{1135, IW_ERROR_RESOURCE, NULL},
	{1197, IW_ERROR_RESOURCE, NULL}, /* max_binlog_cache_size */
	{1203, IW_ERROR_RESOURCE, NULL},
	{1206, IW_ERROR_RESOURCE, NULL}, /* lock table full */
	{1226, IW_ERROR_RESOURCE, NULL},
	{1637, IW_ERROR_RESOURCE, NULL},
	{1799, IW_ERROR_RESOURCE,
	 "More changes came in during the online build than innodb_online_alter_log_max_size holds: raise it, or run "
	 "this when there is less traffic."},
	{1878, IW_ERROR_RESOURCE, "The server's temporary folder is full."},
	{3675, IW_ERROR_RESOURCE, NULL},
	/* refused, with a way out */
	{1845, IW_ERROR_STATEMENT,
	 "Without its ALGORITHM and LOCK the server would do it in a way that holds writes up: --as-written."},
	{1846, IW_ERROR_STATEMENT,
	 "Without its ALGORITHM and LOCK the server would do it in a way that holds writes up: --as-written."},
	{1153, IW_ERROR_STATEMENT, "The statement is larger than the server's max_allowed_packet."},
	{1290, IW_ERROR_STATEMENT, "Is this a read-only replica? Changes belong to the primary."},
	{1836, IW_ERROR_STATEMENT, "Is this a read-only replica? Changes belong to the primary."},
	{1969, IW_ERROR_STATEMENT, "The statement timeout ended it."},
	{3024, IW_ERROR_STATEMENT, "The statement timeout ended it."},
};

/* At login these say something else than in a session. */
static const struct error_row login_rows[] = {
	{1045, IW_ERROR_CONNECT, "Check user and password, and from which hosts the user may connect."},
	{1698, IW_ERROR_CONNECT, "This user logs in through the server's socket, not with a password."},
	{1049, IW_ERROR_CONNECT, "Create the database first."},
	{CR_CONNECTION_ERROR, IW_ERROR_CONNECT, "Is the server running, and is this its socket?"},
	{CR_CONN_HOST_ERROR, IW_ERROR_CONNECT, "Is the server running, and may this machine reach it?"},
	{CR_UNKNOWN_HOST, IW_ERROR_CONNECT, NULL},
	{CR_SERVER_LOST, IW_ERROR_CONNECT, NULL},
	{CR_SERVER_LOST_EXTENDED, IW_ERROR_CONNECT, NULL},
	{CR_SERVER_GONE_ERROR, IW_ERROR_CONNECT, NULL},
	{CR_MALFORMED_PACKET, IW_ERROR_CONNECT, "Is this really a MySQL or MariaDB server?"},
	{1053, IW_ERROR_CONNECT, NULL},
};

static const struct error_row *find_row(const struct error_row *rows, size_t count, unsigned number)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].number == number)
			return &rows[i];
	return NULL;
}

static const struct error_row *row_of(unsigned number, bool is_login)
{
	const struct error_row *row = NULL;
	if (is_login)
		row = find_row(login_rows, G_N_ELEMENTS(login_rows), number);
	return row != NULL ? row : find_row(error_rows, G_N_ELEMENTS(error_rows), number);
}

/* 1030, 1005 and others wrap the operating system's error: 28 is ENOSPC, 122 EDQUOT, 12 ENOMEM. */
static bool wraps_full_disk(const char *message)
{
	static const char *const texts[] = {
		"rror 28 ", "rrno: 28 ", "rror: 28 ", "rrno: 122 ", "rrno: 12 ", "rror 12 ", "No space left on device"};
	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
		if (strstr(message, texts[i]) != NULL)
			return true;
	return false;
}

enum iw_error iw_mysql_error_class(unsigned number, const char *message, bool is_login)
{
	const struct error_row *row = row_of(number, is_login);
	if (row != NULL)
		return row->class;
	if (is_login)
		return IW_ERROR_CONNECT;
	return wraps_full_disk(message) ? IW_ERROR_RESOURCE : IW_ERROR_STATEMENT;
}

static const char *line_start(const char *sql, long line)
{
	for (; line > 1 && sql != NULL; line--) {
		sql = strchr(sql, '\n');
		if (sql != NULL)
			sql++;
	}
	return sql;
}

/* The only place at which `near` occurs on line `line`, or -1. */
static gssize unique_on_line(const char *sql, const char *near, long line)
{
	const char *start = line_start(sql, line);
	if (start == NULL)
		return -1;
	const char *found = strstr(start, near);
	const char *end = strchr(start, '\n');
	if (found == NULL || (end != NULL && found > end))
		return -1;
	const char *again = strstr(found + 1, near);
	if (again != NULL && (end == NULL || again < end))
		return -1;
	return found - sql;
}

/*
 * The server prints what follows from the offending token on, cut at 80 characters: an uncut text is a suffix of the
 * statement, which is exact; a cut one must be unique on its line. "near ''" is the end of the statement.
 */
gssize iw_mysql_error_offset(const char *sql, const char *message)
{
	const char *near = strstr(message, " near '");
	if (near == NULL)
		return -1;
	near += strlen(" near '");
	const char *end = NULL;
	for (const char *at = strstr(near, "' at line "); at != NULL; at = strstr(at + 1, "' at line "))
		end = at;
	if (end == NULL)
		return -1;
	g_autofree char *text = g_strndup(near, (gsize)(end - near));
	size_t length = strlen(text), whole = strlen(sql);
	if (length <= whole && strcmp(sql + whole - length, text) == 0)
		return (gssize)(whole - length);
	return unique_on_line(sql, text, strtol(end + strlen("' at line "), NULL, 10));
}

static void set_stopped(struct iw_mysql *session, GError **error)
{
	if (session->stop == IW_MYSQL_TIMED_OUT) {
		iw_fail(error, IW_ERROR_STATEMENT, "statement timeout of %d ms reached", session->statement_timeout_ms);
		iw_error_hint(error, "The statement timeout ended it.");
	} else {
		iw_fail(error, IW_ERROR_INTERRUPTED, "%s", "statement was interrupted");
	}
	iw_error_server_code(error, "1317");
}

bool iw_mysql_fail(struct iw_mysql *session, const char *sql, bool is_login, GError **error)
{
	unsigned number = mysql_errno(session->handle);
	const char *message = mysql_error(session->handle);
	enum iw_error class = iw_mysql_error_class(number, message, is_login);
	if ((number == 1317 || number == 1028) && session->stop != IW_MYSQL_RUNS) {
		set_stopped(session, error);
		return false;
	}
	if (class == IW_ERROR_LOST)
		session->base.is_lost = true;
	if (sql != NULL)
		session->base.error_offset = iw_mysql_error_offset(sql, message);
	char code[16];
	snprintf(code, sizeof code, "%u", number);
	if (is_login)
		iw_fail(error, class, "could not connect to %s: %s", session->url->shown, message);
	else
		iw_fail(error, class, "%s", message);
	iw_error_server_code(error, code);
	const struct error_row *row = row_of(number, is_login);
	if (row != NULL && row->hint != NULL)
		iw_error_hint(error, "%s", row->hint);
	return false;
}
