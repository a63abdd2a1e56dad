/*
 * One statement at a time through the library's non-blocking calls: between two looks at the socket the tick runs,
 * the deadline is watched and a cancellation is sent. Reading and writing are the library's; waiting is ours.
 */
#include "driver/mysql/mysql_internal.h"

#include "base/error.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

/* A statement that was told to end may have much to undo; after this long the session is given up as lost. */
#define GIVE_UP_SECONDS	   60
#define KILL_AGAIN_SECONDS 5
/* MariaDB ends statements by itself; the client's own deadline only stands in when it does not. */
#define SERVER_GRACE_MS 2000

static gint64 earlier(gint64 a, gint64 b)
{
	if (a == 0 || b == 0)
		return a + b;
	return MIN(a, b);
}

static int milliseconds_until(gint64 when)
{
	if (when == 0)
		return -1;
	gint64 left = when - g_get_monotonic_time();
	return left <= 0 ? 0 : (int)MIN((left + 999) / 1000, G_MAXINT);
}

static void ask_to_stop(struct iw_mysql *session, enum iw_mysql_stop why, gint64 now)
{
	g_mutex_lock(&session->guard);
	session->stop = why;
	g_mutex_unlock(&session->guard);
	session->next_kill = now;
	session->give_up = now + GIVE_UP_SECONDS * G_USEC_PER_SEC;
}

static bool tick_says_stop(struct iw_mysql *session, gint64 now)
{
	iw_connection *base = &session->base;
	if (session->next_tick == 0 || now < session->next_tick)
		return false;
	session->next_tick = now + (gint64)base->tick_interval_ms * 1000;
	return !base->tick(base->tick_data);
}

/* Something is due, or a signal came. False: the session is given up. */
static bool on_wake(struct iw_mysql *session)
{
	gint64 now = g_get_monotonic_time();
	if (session->give_up == 0 && tick_says_stop(session, now))
		ask_to_stop(session, IW_MYSQL_INTERRUPTED, now);
	else if (session->give_up == 0 && session->deadline != 0 && now >= session->deadline)
		ask_to_stop(session, IW_MYSQL_TIMED_OUT, now);
	if (session->give_up == 0)
		return true;
	if (session->is_helper || now >= session->give_up)
		return false;
	if (session->next_kill != 0 && now >= session->next_kill) {
		bool was_sent = iw_mysql_send_kill(session);
		g_mutex_lock(&session->guard);
		session->kill_was_sent |= was_sent;
		g_mutex_unlock(&session->guard);
		session->next_kill = g_get_monotonic_time() + KILL_AGAIN_SECONDS * G_USEC_PER_SEC;
	}
	return true;
}

static int next_wake_ms(const struct iw_mysql *session)
{
	if (session->give_up != 0)
		return milliseconds_until(earlier(session->next_kill, session->give_up));
	return milliseconds_until(earlier(session->next_tick, session->deadline));
}

int iw_mysql_wait(struct iw_mysql *session, int status)
{
	struct pollfd socket = {.fd = mysql_get_socket(session->handle)};
	socket.events = (short)((status & MYSQL_WAIT_READ ? POLLIN : 0) | (status & MYSQL_WAIT_WRITE ? POLLOUT : 0) |
				(status & MYSQL_WAIT_EXCEPT ? POLLPRI : 0));
	for (;;) {
		int ready = poll(&socket, 1, next_wake_ms(session));
		if (ready > 0)
			break;
		if (ready < 0 && errno != EINTR)
			return MYSQL_WAIT_TIMEOUT;
		if (ready < 0 && session->next_tick != 0)
			session->next_tick = g_get_monotonic_time();
		if (!on_wake(session))
			return MYSQL_WAIT_TIMEOUT;
	}
	/* A hang-up shows in whatever was waited for: the library finds out by reading or writing. */
	if ((socket.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0)
		return status & (MYSQL_WAIT_READ | MYSQL_WAIT_WRITE);
	return (socket.revents & POLLIN ? MYSQL_WAIT_READ : 0) | (socket.revents & POLLOUT ? MYSQL_WAIT_WRITE : 0) |
	       (socket.revents & POLLPRI ? MYSQL_WAIT_EXCEPT : 0);
}

static void begin_statement(struct iw_mysql *session)
{
	gint64 now = g_get_monotonic_time();
	int timeout = session->statement_timeout_ms;
	session->deadline = 0;
	if (timeout > 0)
		session->deadline = now + (timeout + (session->server_times_out ? SERVER_GRACE_MS : 0)) * 1000L;
	session->next_tick = 0;
	if (session->base.tick != NULL && session->base.tick_interval_ms > 0)
		session->next_tick = now + (gint64)session->base.tick_interval_ms * 1000;
	session->give_up = session->next_kill = 0;
	session->base.error_offset = -1;
	g_mutex_lock(&session->guard);
	session->stop = IW_MYSQL_RUNS;
	session->kill_was_sent = false;
	session->is_running = true;
	g_mutex_unlock(&session->guard);
}

static void end_statement(struct iw_mysql *session)
{
	g_mutex_lock(&session->guard);
	session->is_running = false;
	g_mutex_unlock(&session->guard);
}

static bool send_statement(struct iw_mysql *session, const char *sql)
{
	int failed = 0;
	int status = mysql_real_query_start(&failed, session->handle, sql, strlen(sql));
	while (status != 0)
		status = mysql_real_query_cont(&failed, session->handle, iw_mysql_wait(session, status));
	return failed == 0;
}

static MYSQL_RES *store_result(struct iw_mysql *session)
{
	MYSQL_RES *result = NULL;
	int status = mysql_store_result_start(&result, session->handle);
	while (status != 0)
		status = mysql_store_result_cont(&result, session->handle, iw_mysql_wait(session, status));
	return result;
}

/* 0: there is one, -1: no more, above 0: error. */
static int next_result(struct iw_mysql *session)
{
	int answer = 0;
	int status = mysql_next_result_start(&answer, session->handle);
	while (status != 0)
		status = mysql_next_result_cont(&answer, session->handle, iw_mysql_wait(session, status));
	return answer;
}

/* CALL may give several results; the first one is the answer. */
static bool read_results(struct iw_mysql *session, MYSQL_RES **first, gint64 *affected)
{
	*first = store_result(session);
	*affected = (gint64)mysql_affected_rows(session->handle);
	if (*first == NULL && mysql_errno(session->handle) != 0)
		return false;
	int answer;
	while ((answer = next_result(session)) == 0) {
		MYSQL_RES *other = store_result(session);
		if (other == NULL && mysql_errno(session->handle) != 0)
			return false;
		mysql_free_result(other);
	}
	return answer < 0;
}

static bool is_in_transaction(struct iw_mysql *session)
{
	unsigned status = 0;
	mariadb_get_infov(session->handle, MARIADB_CONNECTION_SERVER_STATUS, &status);
	return (status & SERVER_STATUS_IN_TRANS) != 0;
}

/*
 * After an error, or a KILL that may have come too late: an error does not say whether the transaction is still open
 * (a deadlock ends it, so does DDL), and a late KILL would hit the next statement. One statement that does nothing
 * answers the first and takes the second.
 */
static void settle(struct iw_mysql *session)
{
	static const char nothing[] = "DO 0";
	session->next_tick = session->deadline = session->next_kill = 0;
	session->give_up = g_get_monotonic_time() + GIVE_UP_SECONDS * G_USEC_PER_SEC;
	for (int attempt = 0; attempt < 2; attempt++) {
		if (send_statement(session, nothing)) {
			session->base.in_transaction = is_in_transaction(session);
			return;
		}
	}
	enum iw_error class = iw_mysql_error_class(mysql_errno(session->handle), mysql_error(session->handle), false);
	session->base.is_lost |= class == IW_ERROR_LOST;
}

static void fail_lost(struct iw_mysql *session, GError **error)
{
	session->base.is_lost = true;
	session->base.in_transaction = false;
	iw_fail(error, IW_ERROR_LOST, "the connection to %s was given up: no answer within %d s after asking to stop",
		session->url->shown, GIVE_UP_SECONDS);
}

static void set_failure(struct iw_mysql *session, const char *sql, GError **error)
{
	if (session->give_up != 0 && g_get_monotonic_time() >= session->give_up)
		fail_lost(session, error);
	else
		iw_mysql_fail(session, sql, false, error);
	if (session->base.is_lost)
		session->base.in_transaction = false;
}

/*
 * SELECT SLEEP(), user locks and DO answer a KILL with success: what was told to stop and has rows, or nothing to show,
 * is not to be trusted. A change that was done all the same is reported as done: the caller must know.
 */
static bool was_cut_short(const struct iw_mysql *session, const char *sql, const MYSQL_RES *result)
{
	bool is_do = g_ascii_strncasecmp(sql, "DO", 2) == 0 && !g_ascii_isalnum(sql[2]);
	return session->stop != IW_MYSQL_RUNS && session->kill_was_sent && (result != NULL || is_do);
}

static void fail_cut_short(struct iw_mysql *session, GError **error)
{
	if (session->stop == IW_MYSQL_TIMED_OUT)
		iw_fail(error, IW_ERROR_STATEMENT, "statement timeout of %d ms reached", session->statement_timeout_ms);
	else
		iw_fail(error, IW_ERROR_INTERRUPTED, "statement was interrupted");
}

static bool run(struct iw_mysql *session, const char *sql, MYSQL_RES **result, gint64 *affected, GError **error)
{
	if (session->base.is_lost)
		return iw_fail(error, IW_ERROR_LOST, "the connection to %s is lost", session->url->shown);
	*result = NULL;
	begin_statement(session);
	bool succeeded = send_statement(session, sql) && read_results(session, result, affected);
	end_statement(session);
	if (succeeded)
		session->base.in_transaction = is_in_transaction(session);
	else
		set_failure(session, sql, error);
	bool is_unsettled = session->kill_was_sent || (!succeeded && session->base.in_transaction);
	if (is_unsettled && !session->base.is_lost)
		settle(session);
	if (succeeded && was_cut_short(session, sql, *result)) {
		fail_cut_short(session, error);
		succeeded = false;
	}
	if (!succeeded)
		mysql_free_result(g_steal_pointer(result));
	return succeeded;
}

bool iw_mysql_execute(iw_connection *connection, const char *sql, gint64 *affected, GError **error)
{
	gint64 count = 0;
	MYSQL_RES *result;
	if (!run((struct iw_mysql *)connection, sql, &result, &count, error))
		return false;
	mysql_free_result(result);
	if (affected != NULL)
		*affected = count;
	return true;
}

static char **copy_row(MYSQL_RES *result, int columns)
{
	MYSQL_ROW row = mysql_fetch_row(result);
	if (row == NULL)
		return NULL;
	const unsigned long *lengths = mysql_fetch_lengths(result);
	char **values = g_new0(char *, (gsize)columns + 1);
	for (int i = 0; i < columns; i++)
		if (row[i] != NULL)
			values[i] = g_strndup(row[i], lengths[i]);
	return values;
}

iw_rows *iw_mysql_run_query(iw_connection *connection, const char *sql, GError **error)
{
	gint64 count = 0;
	MYSQL_RES *result;
	if (!run((struct iw_mysql *)connection, sql, &result, &count, error))
		return NULL;
	iw_rows *rows = g_new0(iw_rows, 1);
	rows->names = g_ptr_array_new();
	rows->values = g_ptr_array_new();
	if (result == NULL)
		return rows;
	rows->columns = (int)mysql_num_fields(result);
	const MYSQL_FIELD *fields = mysql_fetch_fields(result);
	for (int i = 0; i < rows->columns; i++)
		g_ptr_array_add(rows->names, g_strdup(fields[i].name));
	char **values;
	while ((values = copy_row(result, rows->columns)) != NULL)
		g_ptr_array_add(rows->values, values);
	mysql_free_result(result);
	return rows;
}

/*
 * Lock: guard. Held while KILL QUERY travels, so that run() in the other thread cannot begin the next statement
 * between our look at is_running and the server's work on the KILL.
 */
void iw_mysql_cancel(iw_connection *connection)
{
	struct iw_mysql *session = (struct iw_mysql *)connection;
	g_mutex_lock(&session->guard);
	if (session->is_running) {
		if (session->stop == IW_MYSQL_RUNS)
			session->stop = IW_MYSQL_CANCELLED;
		session->kill_was_sent |= iw_mysql_send_kill(session);
	}
	g_mutex_unlock(&session->guard);
}
