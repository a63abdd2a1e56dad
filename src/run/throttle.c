/*
 * Throttle: may the next batch of a backfill run? Asked between batches, outside of their transactions.
 *
 * What is not known holds the batches like what is bad; not known for long, it ends the run. A lag that has reached its
 * limit holds them until it is below half of it.
 */
#include "run/run_internal.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

enum { LOOK_MS = 250, TELL_MS = 1000, GIVE_UP_MS = 15000, SAMPLES = 64 };
static const double MOST_PAUSED = 0.1; /* of the time */

struct sample {
	guint64 written;
	gint64 at; /* monotonic microseconds */
};

struct iw_throttle {
	iw_run *run;
	struct iw_pace own; /* the options', under what was told meanwhile */
	const struct iw_pace *pace;
	const char *migration;
	iw_arena *arena;     /* of one reading */
	GPtrArray *replicas; /* iw_connection * or NULL, one each of the pace's */
	gint64 next_look, failed_since;
	bool is_held, has_told_unseen;
	struct sample samples[SAMPLES]; /* places written in the log, oldest first */
	guint count;
	double paused;
	gint64 paused_at;
};

/* Of one look. */
struct verdict {
	double lag;	    /* seconds */
	const char *reason; /* to hold; NULL */
	bool must_stop;
};

iw_throttle *iw_throttle_new(iw_run *run, const char *migration)
{
	iw_throttle *self = g_new0(iw_throttle, 1);
	self->run = run;
	self->migration = migration;
	self->own = run->options.pace;
	self->pace = &self->own;
	self->arena = iw_arena_new();
	self->replicas = g_ptr_array_new();
	g_ptr_array_set_size(self->replicas, self->pace->replicas == NULL ? 0 : (gint)self->pace->replicas->len);
	return self;
}

void iw_throttle_free(iw_throttle *self)
{
	for (guint i = 0; i < self->replicas->len; i++)
		iw_connection_free(self->replicas->pdata[i]);
	g_ptr_array_unref(self->replicas);
	iw_arena_free(self->arena);
	g_free(self);
}

/* lag --------------------------------------------------------------------------------------------------------- */

static void add_sample(iw_throttle *self, guint64 written)
{
	if (self->count == SAMPLES) {
		for (guint i = 0; i < SAMPLES / 2; i++)
			self->samples[i] = self->samples[i * 2];
		self->count = SAMPLES / 2;
	}
	self->samples[self->count++] = (struct sample){written, g_get_monotonic_time()};
}

/*
 * By our own clock: since when what is not replayed has been written. The server's own number stays for a while after
 * all is replayed, and is not there before anything was; it counts as long as ours does not reach back far enough.
 */
static double lag_of_standbys(iw_throttle *self, const struct iw_lag *lag)
{
	add_sample(self, lag->written);
	if (lag->replicas == 0)
		return 0;
	for (guint i = 0; i < self->count; i++) {
		if (self->samples[i].written <= lag->replayed)
			continue;
		double own = (double)(g_get_monotonic_time() - self->samples[i].at) / 1e6;
		return i > 0 ? own : MAX(own, lag->seconds);
	}
	return 0;
}

static bool read_primary(iw_throttle *self, const struct iw_lag *lag, struct verdict *verdict, GError **error)
{
	bool knows = lag->written > 0;
	if (knows && lag->unseen > 0) {
		iw_fail(error, IW_ERROR_RIGHTS, "it cannot be seen how far %d of %d replicas are behind", lag->unseen,
			lag->replicas);
		iw_error_hint(error, "Grant pg_monitor to the user, name the replicas with --replica, or do not ask, "
				     "with --max-lag 0.");
		return false;
	}
	if (knows)
		verdict->lag = MAX(verdict->lag, lag_of_standbys(self, lag));
	if (lag->broken != NULL && !lag->is_replica)
		verdict->reason = iw_arena_strdup(self->arena, lag->broken);
	if (lag->paused < 0)
		return true;
	gint64 now = g_get_monotonic_time();
	double share = (lag->paused - self->paused) * 1e6 / MAX((double)(now - self->paused_at), 1);
	if (self->paused_at > 0 && share > MOST_PAUSED)
		verdict->reason = iw_arena_printf(
			self->arena, "the cluster's flow control held writers up for %.0f %% of the time", share * 100);
	self->paused = lag->paused;
	self->paused_at = now;
	return true;
}

static bool read_replica(iw_throttle *self, guint index, struct verdict *verdict, GError **error)
{
	const struct iw_url *url = self->pace->replicas->pdata[index];
	iw_connection **connection = (iw_connection **)&self->replicas->pdata[index];
	if (*connection != NULL && (*connection)->is_lost) {
		iw_connection_free(*connection);
		*connection = NULL;
	}
	struct iw_open_options options = {
		.connect_timeout_ms = 2000, .application_name = "inchworm (lag)", .read_only = true};
	if (*connection == NULL && (*connection = iw_connection_open(url, &options, error)) == NULL)
		return false;
	if (!(*connection)->driver->set_statement_timeout(*connection, 5000, error))
		return false;
	const struct iw_lag *lag = (*connection)->driver->lag(*connection, self->arena, error);
	if (lag == NULL)
		return false;
	if (!lag->is_replica)
		return iw_fail(error, IW_ERROR_UNCERTAIN, "%s is no replica, or may not be asked", url->shown);
	if (lag->broken != NULL)
		return iw_fail(error, IW_ERROR_UNCERTAIN, "the replica %s: %s", url->shown, lag->broken);
	if (lag->seconds < 0)
		return iw_fail(error, IW_ERROR_UNCERTAIN, "the replica %s does not know how far it is behind",
			       url->shown);
	verdict->lag = MAX(verdict->lag, lag->seconds);
	return true;
}

static void judge_lag(const iw_throttle *self, struct verdict *verdict)
{
	double most = self->pace->max_lag_ms / 1000.0 * (self->is_held ? 0.5 : 1);
	verdict->must_stop = self->pace->stop_lag_ms > 0 && verdict->lag * 1000 >= self->pace->stop_lag_ms;
	if (verdict->reason == NULL && verdict->lag > most)
		verdict->reason = iw_arena_printf(self->arena, "replica lag %.1f s, at most %g s", verdict->lag, most);
}

static bool asks_lag(const iw_throttle *self)
{
	return self->pace->max_lag_ms > 0 || self->pace->stop_lag_ms > 0;
}

/* A primary of MySQL's does not know: said once, and no reason to hold. */
static void tell_unseen(iw_throttle *self, const struct iw_lag *lag)
{
	if (self->has_told_unseen || lag->written > 0 || lag->unseen == 0 || self->replicas->len > 0)
		return;
	self->has_told_unseen = true;
	iw_run_emit(self->run,
		    (struct iw_event){.kind = IW_EVENT_NOTE,
				      .text = "replicas read from this server, which does not know how far they are "
					      "behind: --replica URL asks them"});
}

static bool look_at_lag(iw_throttle *self, struct verdict *verdict, GError **error)
{
	iw_connection *connection = self->run->connection;
	if (connection->driver->lag == NULL || (!asks_lag(self) && self->pace->max_sessions <= 0))
		return true;
	const struct iw_lag *lag = connection->driver->lag(connection, self->arena, error);
	if (lag == NULL)
		return false;
	if (self->pace->max_sessions > 0 && lag->sessions > self->pace->max_sessions)
		verdict->reason = iw_arena_printf(self->arena, "%d active sessions, at most %d", lag->sessions,
						  self->pace->max_sessions);
	if (self->pace->max_sessions > 0 && lag->sessions < 0)
		return iw_fail(error, IW_ERROR_RIGHTS,
			       "the user may not see how many sessions are active, which --max-sessions needs");
	if (!asks_lag(self))
		return true;
	tell_unseen(self, lag);
	if (self->replicas->len == 0 && !read_primary(self, lag, verdict, error))
		return false;
	for (guint i = 0; i < self->replicas->len; i++)
		if (!read_replica(self, i, verdict, error))
			return false;
	judge_lag(self, verdict);
	return true;
}

/* the user's own query ---------------------------------------------------------------------------------------- */

static bool look_at_query(iw_throttle *self, struct verdict *verdict, GError **error)
{
	if (self->pace->throttle_query == NULL)
		return true;
	GError *failure = NULL;
	g_autofree char *text = iw_query_value(self->run->connection, self->pace->throttle_query, &failure);
	if (failure != NULL) {
		g_propagate_prefixed_error(error, failure, "the throttle query: ");
		return false;
	}
	char *end = NULL;
	double number = text == NULL ? 0 : g_ascii_strtod(text, &end);
	bool is_number = text != NULL && end != text && *end == '\0';
	bool is_true = g_strcmp0(text, "t") == 0 || g_strcmp0(text, "true") == 0;
	if (!is_number && !is_true && g_strcmp0(text, "f") != 0 && g_strcmp0(text, "false") != 0)
		return iw_fail(error, IW_ERROR_UNCERTAIN, "the throttle query gives no number");
	if (is_true || number != 0)
		verdict->reason = iw_arena_printf(self->arena, "the throttle query gives %s", text);
	return true;
}

/* control ----------------------------------------------------------------------------------------------------- */

static bool look_at_control(iw_throttle *self, struct verdict *verdict, GError **error)
{
	const char *control = NULL;
	if (!iw_journal_read_control(self->run->connection, self->arena, self->migration, &control, error))
		return false;
	self->own = self->run->options.pace;
	if (iw_control_read(control, &self->own))
		verdict->reason = "`inchworm backfill --hold`; --resume lets it go on";
	return true;
}

int iw_throttle_batch_ms(const iw_throttle *self)
{
	return self->pace->batch_ms;
}

/* waiting ----------------------------------------------------------------------------------------------------- */

/* *reason: why to hold, NULL: go on. False: the run ends. */
static bool look(iw_throttle *self, const char **reason, GError **error)
{
	struct verdict verdict = {0};
	GError *failure = NULL;
	iw_arena_reset(self->arena);
	if (look_at_control(self, &verdict, &failure) &&
	    (verdict.reason != NULL ||
	     (look_at_lag(self, &verdict, &failure) && look_at_query(self, &verdict, &failure)))) {
		self->failed_since = 0;
		*reason = verdict.reason;
		if (!verdict.must_stop)
			return true;
		iw_fail(error, IW_ERROR_INTERRUPTED, "stopped: replica lag %.1f s has reached --stop-lag", verdict.lag);
		iw_error_hint(error, "Nothing is half done; the next run goes on after the last batch.");
		return false;
	}
	gint64 now = g_get_monotonic_time();
	if (self->failed_since == 0)
		self->failed_since = now;
	if (self->run->connection->is_lost || failure->code == IW_ERROR_INTERRUPTED ||
	    now - self->failed_since >= GIVE_UP_MS * 1000) {
		iw_error_hint(&failure, "Nothing is half done; the next run goes on after the last batch.");
		g_propagate_error(error, failure);
		return false;
	}
	*reason = iw_arena_printf(self->arena, "not known whether it may go on: %s", failure->message);
	g_error_free(failure);
	return true;
}

static bool fail_interrupted(GError **error)
{
	return iw_fail(error, IW_ERROR_INTERRUPTED, "interrupted between two batches");
}

bool iw_throttle_wait(iw_throttle *self, void (*tell)(void *data, const char *reason), void *data, GError **error)
{
	gint64 told = 0;
	for (;;) {
		if (iw_run_is_interrupted(self->run))
			return fail_interrupted(error);
		const char *reason = NULL;
		gint64 now = g_get_monotonic_time();
		if (!self->is_held && now < self->next_look)
			return true;
		if (!look(self, &reason, error))
			return false;
		self->next_look = g_get_monotonic_time() + LOOK_MS * 1000;
		bool was_held = self->is_held;
		self->is_held = reason != NULL;
		if (self->is_held ? now - told >= TELL_MS * 1000 || !was_held : was_held) {
			told = now;
			tell(data, reason);
		}
		if (!self->is_held)
			return true;
		if (!iw_run_sleep(self->run, LOOK_MS))
			return fail_interrupted(error);
	}
}

bool iw_throttle_pause(iw_throttle *self, GError **error)
{
	return self->pace->pause_ms <= 0 || iw_run_sleep(self->run, self->pace->pause_ms) || fail_interrupted(error);
}
