/* What happens while a statement waits: interrupts, who blocks, backoff between attempts. */
#include "run/run_internal.h"

#include "base/error.h"

#include <math.h>

enum {
	TICK_MS = 100,
	FIRST_LOOK_MS = 500, /* a statement this old is worth a question to the server */
	LOOK_EVERY_MS = 1000,
	SHORTEST_PAUSE_MS = 200,
	LONGEST_PAUSE_MS = 10000,
	OLD_TRANSACTION_SECONDS = 5,
	YOUNG_TRANSACTION_SECONDS = 1,
};

void iw_run_emit(iw_run *run, struct iw_event event)
{
	if (run->options.event == NULL)
		return;
	event.plan = event.plan != NULL ? event.plan : run->plan;
	event.step = event.step != NULL ? event.step : run->step;
	run->options.event(run->options.event_data, &event);
}

bool iw_run_is_interrupted(const iw_run *run)
{
	return run->options.interrupted != NULL && *run->options.interrupted != 0;
}

static iw_connection *observer(iw_run *run)
{
	if (run->observer != NULL || run->observer_failed)
		return run->observer;
	struct iw_open_options options = {.connect_timeout_ms = 2000, .application_name = "inchworm (observer)"};
	run->observer = iw_connection_open(run->options.url, &options, NULL);
	run->observer_failed = run->observer == NULL;
	return run->observer;
}

static void look(iw_run *run)
{
	if ((run->connection->features & IW_SEES_WAITS) == 0 || observer(run) == NULL)
		return;
	iw_arena *arena = iw_arena_new();
	struct iw_wait *wait = run->observer->driver->waits(run->observer, arena, run->connection->session, NULL);
	if (wait == NULL) {
		iw_arena_free(arena);
		run->observer_failed = run->observer->is_lost;
		return;
	}
	iw_arena_free(run->wait_arena);
	run->wait_arena = arena;
	run->last_wait = wait;
}

static bool on_tick(void *data)
{
	iw_run *run = data;
	if (iw_run_is_interrupted(run))
		return false;
	gint64 now = g_get_monotonic_time();
	gint64 first_look = MIN(FIRST_LOOK_MS, run->options.limits.lock_timeout_ms / 2) * 1000;
	if (run->step == NULL || now - run->step_began < first_look || now - run->last_look < LOOK_EVERY_MS * 1000)
		return true;
	run->last_look = now;
	look(run);
	iw_run_emit(run, (struct iw_event){
				 .kind = IW_EVENT_WAITING,
				 .wait = run->last_wait,
				 .seconds = (double)(now - run->step_began) / 1e6,
			 });
	return true;
}

void iw_run_watch(iw_run *run)
{
	iw_connection_set_tick(run->connection, on_tick, run, TICK_MS);
}

static int pause_ms(const iw_run *run)
{
	double longest = MIN(SHORTEST_PAUSE_MS * pow(2, MIN(run->attempt, 16)), LONGEST_PAUSE_MS);
	return (int)(longest * g_random_double_range(0.5, 1.0));
}

bool iw_run_sleep(iw_run *run, int milliseconds)
{
	for (int slept = 0; slept < milliseconds; slept += TICK_MS) {
		if (iw_run_is_interrupted(run))
			return false;
		g_usleep((gulong)MIN(TICK_MS, milliseconds - slept) * 1000);
	}
	return !iw_run_is_interrupted(run);
}

static void describe_blockers(iw_run *run, GError **error)
{
	g_autoptr(GString) text = g_string_new(NULL);
	for (guint i = 0;
	     run->last_wait != NULL && run->last_wait->blockers != NULL && i < run->last_wait->blockers->len; i++) {
		const struct iw_blocker *blocker = g_ptr_array_index(run->last_wait->blockers, i);
		g_string_append_printf(text, "%sIn the way: session %s", i > 0 ? "\n" : "", blocker->session);
		if (blocker->application != NULL && *blocker->application != '\0')
			g_string_append_printf(text, " (%s)", blocker->application);
		if (blocker->state != NULL)
			g_string_append_printf(text, ", %s", blocker->state);
		if (blocker->transaction_seconds >= 0)
			g_string_append_printf(text, ", in a transaction for %.0f s", blocker->transaction_seconds);
		if (blocker->query != NULL)
			g_string_append_printf(text, ": %s", blocker->query);
	}
	if (text->len > 0)
		iw_error_detail(error, "%s", text->str);
}

static bool give_up(iw_run *run, GError **error)
{
	g_autofree char *cause = g_strdup((*error)->message);
	g_clear_error(error);
	iw_fail(error, IW_ERROR_LOCK, "could not get the lock in %d attempts within %.0f s: %s", run->attempt,
		(double)run->options.limits.lock_budget_ms / 1000, cause);
	describe_blockers(run, error);
	iw_error_hint(error, "Nothing of this step was left behind. End the session in the way or wait, then run "
			     "`inchworm up` again; --lock-budget allows longer.");
	return false;
}

bool iw_run_backoff(iw_run *run, gint64 attempt_began, GError **error)
{
	run->attempt++;
	run->used_ms += (int)((g_get_monotonic_time() - attempt_began) / 1000);
	int pause = pause_ms(run);
	if (run->used_ms + pause >= run->options.limits.lock_budget_ms)
		return give_up(run, error);
	iw_run_emit(run, (struct iw_event){
				 .kind = IW_EVENT_RETRY,
				 .attempt = run->attempt,
				 .seconds = pause / 1000.0,
				 .wait = run->last_wait,
				 .text = (*error)->message,
			 });
	run->used_ms += pause;
	if (iw_run_sleep(run, pause)) {
		g_clear_error(error);
		return true;
	}
	g_clear_error(error);
	return iw_fail(error, IW_ERROR_INTERRUPTED, "interrupted while waiting for a lock");
}

static GPtrArray *strongly_locked_tables(iw_run *run, const struct iw_segment *segment)
{
	GPtrArray *names = iw_arena_ptr_array(run->arena);
	for (guint i = segment->first; i < segment->first + segment->count; i++) {
		const struct iw_step *step = g_ptr_array_index(run->plan->steps, i);
		for (guint j = 0; j < step->judgements->len; j++) {
			const struct iw_judgement *judgement = g_ptr_array_index(step->judgements, j);
			if (judgement->is_new_table || judgement->fact->blocks < IW_BLOCKS_WRITES)
				continue;
			for (guint k = 0; k < judgement->locks->len; k++) {
				const struct iw_relation_lock *lock = g_ptr_array_index(judgement->locks, k);
				g_ptr_array_add(names, (void *)&lock->name);
			}
		}
	}
	return names;
}

/*
 * Is any transaction of the whole server old enough to be told? When the oldest is young, none can be for the seconds
 * that it still has to grow: many small migrations ask once.
 */
static bool is_quiet(iw_run *run)
{
	gint64 now = g_get_monotonic_time();
	if (run->dialect != IW_POSTGRES)
		return false; /* MySQL does not list all holders of metadata locks as transactions */
	if (now < run->quiet_until)
		return true;
	g_autoptr(iw_arena) arena = iw_arena_new();
	GPtrArray *all = run->connection->driver->long_transactions(run->connection, arena, NULL,
								    YOUNG_TRANSACTION_SECONDS, NULL);
	if (all == NULL || all->len > 0)
		return false;
	run->quiet_until = now + (OLD_TRANSACTION_SECONDS - YOUNG_TRANSACTION_SECONDS) * G_USEC_PER_SEC;
	return true;
}

void iw_run_report_long_transactions(iw_run *run, const struct iw_segment *segment)
{
	if (run->connection->driver->long_transactions == NULL || run->options.event == NULL)
		return;
	GPtrArray *tables = strongly_locked_tables(run, segment);
	if (tables->len == 0 || is_quiet(run))
		return;
	GPtrArray *blockers = run->connection->driver->long_transactions(run->connection, run->arena, tables,
									 OLD_TRANSACTION_SECONDS, NULL);
	for (guint i = 0; blockers != NULL && i < blockers->len; i++)
		iw_run_emit(run, (struct iw_event){.kind = IW_EVENT_LONG_TRANSACTION,
						   .blocker = g_ptr_array_index(blockers, i)});
}
