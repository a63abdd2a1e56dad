/* Events of a run: lines for people on standard output, one JSON object a line with --json. */
#include "cli/progress.h"

#include "report/report.h"

#include <stdlib.h>
#include <string.h>

static const char *first_line(iw_arena *arena, const char *sql, size_t most)
{
	const char *end = strchr(sql, '\n');
	size_t length = end == NULL ? strlen(sql) : (size_t)(end - sql);
	bool is_cut = end != NULL;
	if (length > most) {
		length = most;
		while (length > 0 && ((unsigned char)sql[length] & 0xC0) == 0x80)
			length--;
		is_cut = true;
	}
	return iw_text_clean(arena, iw_arena_printf(arena, "%.*s%s", (int)length, sql, is_cut ? " ..." : ""));
}

static void add_blocker(GString *out, iw_arena *arena, const struct iw_blocker *blocker)
{
	g_string_append_printf(out, "session %s", blocker->session);
	if (blocker->application != NULL && *blocker->application != '\0')
		g_string_append_printf(out, " (%s)", iw_text_clean(arena, blocker->application));
	if (blocker->is_autovacuum)
		g_string_append(out, " (autovacuum)");
	if (blocker->state != NULL)
		g_string_append_printf(out, ", %s", blocker->state);
	if (blocker->transaction_seconds >= 0)
		g_string_append_printf(out, ", in a transaction for %s",
				       iw_words_duration(arena, blocker->transaction_seconds));
	if (blocker->query != NULL)
		g_string_append_printf(out, ": %s", first_line(arena, blocker->query, 80));
}

static void add_wait(GString *out, iw_arena *arena, const struct iw_event *event)
{
	const struct iw_wait *wait = event->wait;
	if (wait == NULL || !wait->is_waiting) {
		g_string_append_printf(out, "      running for %s", iw_words_duration(arena, event->seconds));
		if (wait != NULL && wait->progress != NULL)
			g_string_append_printf(out, ", %s", wait->progress);
		return;
	}
	g_string_append_printf(out, "      waiting for %s for %s", wait->waits_for != NULL ? wait->waits_for : "a lock",
			       iw_words_duration(arena, event->seconds));
	for (guint i = 0; wait->blockers != NULL && i < wait->blockers->len; i++) {
		g_string_append(out, i == 0 ? ", behind " : "; ");
		add_blocker(out, arena, g_ptr_array_index(wait->blockers, i));
	}
}

static void add_backfill(GString *out, iw_arena *arena, const struct iw_backfill_progress *progress)
{
	g_string_append_printf(out, "%s walked, %" G_GINT64_FORMAT " changed, %.0f a second",
			       iw_words_rows(arena, (double)progress->walked), progress->written,
			       progress->rows_per_second);
	if (progress->total > 0)
		g_string_append_printf(out, ", about %.0f %%",
				       MIN(100.0, 100.0 * (double)progress->walked / progress->total));
	if (progress->seconds_left > 0)
		g_string_append_printf(out, ", %s left", iw_words_duration(arena, progress->seconds_left));
	if (progress->held_by != NULL)
		g_string_append_printf(out, "; waits: %s", iw_text_clean(arena, progress->held_by));
}

static void add_bar(GString *out, const struct iw_backfill_progress *progress)
{
	enum { WIDTH = 20 };
	int full = (int)MIN(WIDTH, WIDTH * (double)progress->walked / progress->total);
	g_string_append_c(out, '[');
	for (int i = 0; i < WIDTH; i++)
		g_string_append_c(out, i < full ? '#' : '.');
	g_string_append(out, "] ");
}

/* On a terminal a bar, in the place of the one before; it must not go on in a second line. */
static void show_backfill(GString *out, struct iw_cli *cli, iw_arena *arena,
			  const struct iw_backfill_progress *progress)
{
	bool is_drawn = cli->out.is_terminal && !cli->is_library && g_strcmp0(g_getenv("TERM"), "dumb") != 0;
	g_autoptr(GString) line = g_string_new("      ");
	if (is_drawn && progress->total > 0)
		add_bar(line, progress);
	add_backfill(line, arena, progress);
	while (is_drawn && iw_text_width(line->str) >= cli->out.width && line->len > 0)
		g_string_truncate(line, (gsize)(g_utf8_prev_char(line->str + line->len) - line->str));
	g_string_append_printf(out, "%s%s", is_drawn && cli->has_bar ? "\033[1A\033[K" : "", line->str);
	cli->has_bar = is_drawn;
}

static void add_text(GString *out, struct iw_cli *cli, iw_arena *arena, const struct iw_event *event)
{
	switch (event->kind) {
	case IW_EVENT_LOCKED_OUT:
		g_string_append_printf(out, "another run is under way; waiting for %s", event->text);
		break;
	case IW_EVENT_MIGRATION_BEGIN:
		iw_text_printf(out, cli->out, IW_BOLD, "%s %s", event->plan->direction == IW_UP ? "up" : "down",
			       event->plan->migration->name);
		break;
	case IW_EVENT_RESUMED:
		g_string_append_printf(out, "      goes on where an earlier run stopped: %s", event->text);
		break;
	case IW_EVENT_LONG_TRANSACTION:
		iw_text_add(out, cli->out, IW_YELLOW, "      may be in the way: ");
		add_blocker(out, arena, event->blocker);
		break;
	case IW_EVENT_STEP_BEGIN:
		g_string_append_printf(out, "%4d  %s", event->step->number, first_line(arena, event->step->sql, 100));
		if (event->step->title != NULL)
			iw_text_printf(out, cli->out, IW_DIM, "\n      %s: %s", iw_phase_name(event->step->phase),
				       event->step->title);
		break;
	case IW_EVENT_NOTE:
		iw_text_printf(out, cli->out, IW_YELLOW, "      %s", iw_text_clean(arena, event->text));
		break;
	case IW_EVENT_BACKFILL:
		show_backfill(out, cli, arena, event->backfill);
		break;
	case IW_EVENT_UNDO:
		g_string_append_printf(out, "      %s", first_line(arena, event->text, 100));
		break;
	case IW_EVENT_WAITING:
		add_wait(out, arena, event);
		break;
	case IW_EVENT_RETRY:
		iw_text_printf(out, cli->out, IW_YELLOW, "      gave way after attempt %d, again in %s", event->attempt,
			       iw_words_duration(arena, event->seconds));
		break;
	case IW_EVENT_STEP_END:
		if (event->seconds >= 1)
			g_string_append_printf(out, "      done in %s", iw_words_duration(arena, event->seconds));
		break;
	case IW_EVENT_LEFTOVER:
		g_string_append_printf(out, "      dropped the invalid index %s that a failed build had left",
				       event->text);
		break;
	case IW_EVENT_DELEGATED:
		g_string_append_printf(out, "      holds Python; the framework runs it: %s",
				       iw_text_clean(arena, event->text));
		break;
	case IW_EVENT_CLOSING:
		g_string_append_printf(out, "%s's own end of a run: %s", cli->project->framework->title,
				       iw_text_clean(arena, event->text));
		break;
	case IW_EVENT_OUTPUT:
		iw_text_printf(out, cli->out, IW_DIM, "      | %s", iw_text_clean(arena, event->text));
		break;
	case IW_EVENT_MIGRATION_END:
		iw_text_printf(out, cli->out, IW_GREEN, "      %s in %s",
			       event->plan->direction == IW_UP ? "applied" : "undone",
			       iw_words_duration(arena, event->seconds));
		break;
	}
}

static const char *const event_names[] = {
	[IW_EVENT_LOCKED_OUT] = "lockedOut",
	[IW_EVENT_MIGRATION_BEGIN] = "migrationBegin",
	[IW_EVENT_RESUMED] = "resumed",
	[IW_EVENT_LONG_TRANSACTION] = "longTransaction",
	[IW_EVENT_STEP_BEGIN] = "statementBegin",
	[IW_EVENT_WAITING] = "waiting",
	[IW_EVENT_RETRY] = "retry",
	[IW_EVENT_STEP_END] = "statementEnd",
	[IW_EVENT_LEFTOVER] = "leftoverDropped",
	[IW_EVENT_MIGRATION_END] = "migrationEnd",
	[IW_EVENT_DELEGATED] = "delegated",
	[IW_EVENT_OUTPUT] = "output",
	[IW_EVENT_CLOSING] = "closing",
	[IW_EVENT_BACKFILL] = "backfill",
	[IW_EVENT_UNDO] = "undo",
	[IW_EVENT_NOTE] = "note",
};

static json_t *blocker_json(const struct iw_blocker *blocker)
{
	json_t *object = json_object();
	iw_cli_json_text(object, "session", blocker->session);
	iw_cli_json_text(object, "user", blocker->user);
	iw_cli_json_text(object, "application", blocker->application);
	iw_cli_json_text(object, "state", blocker->state);
	iw_cli_json_text(object, "relation", blocker->relation);
	iw_cli_json_text(object, "lock", blocker->lock);
	iw_cli_json_text(object, "query", blocker->query);
	json_object_set_new(object, "transactionSeconds",
			    blocker->transaction_seconds < 0 ? json_null() : json_real(blocker->transaction_seconds));
	return object;
}

static json_t *known_or_null(double value)
{
	return value < 0 ? json_null() : json_real(value);
}

static json_t *backfill_json(const struct iw_backfill_progress *progress)
{
	json_t *object = json_object();
	json_object_set_new(object, "rowsWalked", json_integer(progress->walked));
	json_object_set_new(object, "rowsChanged", json_integer(progress->written));
	json_object_set_new(object, "rowsTotal", known_or_null(progress->total));
	json_object_set_new(object, "rowsPerSecond", json_real(progress->rows_per_second));
	json_object_set_new(object, "secondsLeft", known_or_null(progress->seconds_left));
	json_object_set_new(object, "batchRows", json_integer(progress->batch));
	iw_cli_json_text(object, "heldBy", progress->held_by);
	return object;
}

static json_t *event_json(const struct iw_event *event)
{
	json_t *object = json_object();
	iw_cli_json_text(object, "event", event_names[event->kind]);
	if (event->plan != NULL) {
		iw_cli_json_text(object, "migration", event->plan->migration->name);
		iw_cli_json_text(object, "direction", event->plan->direction == IW_UP ? "up" : "down");
	}
	if (event->step != NULL)
		json_object_set_new(object, "statement", json_integer(event->step->number));
	if (event->kind == IW_EVENT_STEP_BEGIN)
		iw_cli_json_text(object, "sql", event->step->sql);
	if (event->kind >= IW_EVENT_WAITING && event->kind <= IW_EVENT_MIGRATION_END &&
	    event->kind != IW_EVENT_LEFTOVER)
		json_object_set_new(object, "seconds", json_real(event->seconds));
	if (event->text != NULL)
		iw_cli_json_text(object, "text", event->text);
	if (event->backfill != NULL)
		json_object_set_new(object, "backfill", backfill_json(event->backfill));
	if (event->attempt > 0)
		json_object_set_new(object, "attempt", json_integer(event->attempt));
	if (event->blocker != NULL)
		json_object_set_new(object, "blocker", blocker_json(event->blocker));
	if (event->wait == NULL)
		return object;
	json_object_set_new(object, "waiting", json_boolean(event->wait->is_waiting));
	iw_cli_json_text(object, "waitsFor", event->wait->waits_for);
	iw_cli_json_text(object, "progress", event->wait->progress);
	json_t *blockers = json_array();
	for (guint i = 0; event->wait->blockers != NULL && i < event->wait->blockers->len; i++)
		json_array_append_new(blockers, blocker_json(g_ptr_array_index(event->wait->blockers, i)));
	json_object_set_new(object, "blockers", blockers);
	return object;
}

void iw_cli_progress(void *data, const struct iw_event *event)
{
	struct iw_cli *cli = data;
	g_autoptr(iw_arena) arena = iw_arena_new();
	g_autoptr(GString) out = g_string_new(NULL);
	if (cli->options.json) {
		json_t *object = event_json(event);
		char *text = json_dumps(object, JSON_COMPACT);
		g_string_append(out, text);
		free(text);
		json_decref(object);
	} else {
		add_text(out, cli, arena, event);
	}
	if (out->len == 0)
		return;
	cli->has_bar = cli->has_bar && event->kind == IW_EVENT_BACKFILL;
	g_string_append_c(out, '\n');
	iw_cli_print(cli, out);
}
