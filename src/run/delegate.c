/*
 * Delegation: a migration that holds Python is run by the framework's own command, in the user's name, under our locks
 * and limits, with the journal around it. What counts afterwards is what the bookkeeping says, not the exit status.
 */
#include "run/run_internal.h"

#include "base/error.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KEPT_LINES = 30, POLL_MS = 200 };

struct child {
	iw_run *run;
	GPid pid;
	int files[2]; /* its standard output and error; -1: closed */
	GString *lines[2];
	GQueue kept; /* char *: the last lines of both */
	bool was_interrupted;
	int status;
};

static void in_child(void *data)
{
	(void)data;
	prctl(PR_SET_PDEATHSIG, SIGTERM); /* nobody would look after it any more */
}

/* PostgreSQL's client library takes limits from the environment; other clients have no such way. */
static char **environment(const iw_run *run, const struct iw_run_delegation *delegation)
{
	char **all = g_get_environ();
	const struct iw_run_limits *limits = &run->options.limits;
	const char *options = g_environ_getenv(all, "PGOPTIONS");
	g_autofree char *joined =
		g_strdup_printf("%s%s-c lock_timeout=%d -c statement_timeout=%d", options != NULL ? options : "",
				options != NULL ? " " : "", limits->lock_timeout_ms, limits->statement_timeout_ms);
	all = g_environ_setenv(all, "PGOPTIONS", joined, TRUE);
	all = g_environ_setenv(all, "PGAPPNAME", "inchworm (delegated)", TRUE);
	all = g_environ_setenv(all, "PYTHONUNBUFFERED", "1", TRUE);
	for (guint i = 0; delegation->environment != NULL && i < delegation->environment->len; i++) {
		g_auto(GStrv) pair = g_strsplit(g_ptr_array_index(delegation->environment, i), "=", 2);
		all = g_environ_setenv(all, pair[0], pair[1] != NULL ? pair[1] : "", TRUE);
	}
	return all;
}

static bool start(struct child *child, const struct iw_run_delegation *delegation, GError **error)
{
	g_autoptr(GPtrArray) words = g_ptr_array_new();
	for (guint i = 0; i < delegation->arguments->len; i++)
		g_ptr_array_add(words, g_ptr_array_index(delegation->arguments, i));
	g_ptr_array_add(words, NULL);
	g_auto(GStrv) variables = environment(child->run, delegation);
	g_autoptr(GError) cause = NULL;
	if (g_spawn_async_with_pipes(delegation->directory, (char **)words->pdata, variables,
				     G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_SEARCH_PATH_FROM_ENVP, in_child, NULL,
				     &child->pid, NULL, &child->files[0], &child->files[1], &cause))
		return true;
	iw_fail(error, IW_ERROR_PROJECT, "could not start \"%s\": %s", (char *)words->pdata[0], cause->message);
	iw_error_hint(error, "Activate the project's virtual environment, so that its command is found.");
	return false;
}

static void take_line(struct child *child, const char *line)
{
	g_queue_push_tail(&child->kept, g_strdup(line));
	if (child->kept.length > KEPT_LINES)
		g_free(g_queue_pop_head(&child->kept));
	iw_run_emit(child->run, (struct iw_event){.kind = IW_EVENT_OUTPUT, .text = line});
}

static void take_output(struct child *child, int which)
{
	char buffer[4096];
	ssize_t count = read(child->files[which], buffer, sizeof buffer);
	if (count < 0 && errno == EINTR)
		return;
	GString *lines = child->lines[which];
	g_string_append_len(lines, buffer, MAX(count, 0));
	for (char *end; (end = memchr(lines->str, '\n', lines->len)) != NULL;) {
		*end = '\0';
		take_line(child, lines->str);
		g_string_erase(lines, 0, end - lines->str + 1);
	}
	if (count > 0)
		return;
	if (lines->len > 0)
		take_line(child, lines->str);
	close(child->files[which]);
	child->files[which] = -1;
}

static void watch(struct child *child)
{
	gint64 began = g_get_monotonic_time(), told = began;
	while (child->files[0] >= 0 || child->files[1] >= 0) {
		struct pollfd files[] = {{child->files[0], POLLIN, 0}, {child->files[1], POLLIN, 0}};
		int ready = poll(files, 2, POLL_MS);
		for (int i = 0; ready > 0 && i < 2; i++)
			if (files[i].revents != 0)
				take_output(child, i);
		if (iw_run_is_interrupted(child->run) && !child->was_interrupted) {
			child->was_interrupted = true;
			kill(child->pid, SIGINT);
		}
		gint64 now = g_get_monotonic_time();
		if (now - told < G_USEC_PER_SEC)
			continue;
		told = now;
		double seconds = (double)(now - began) / 1e6;
		iw_run_emit(child->run, (struct iw_event){.kind = IW_EVENT_WAITING, .seconds = seconds});
	}
	while (waitpid(child->pid, &child->status, 0) < 0 && errno == EINTR)
		continue;
	g_spawn_close_pid(child->pid);
}

/* Does the bookkeeping of this very database say that the migration is where it should be now? */
static int is_recorded(iw_run *run, const struct iw_migration_plan *plan, GError **error)
{
	bool exists = false;
	GPtrArray *applied = iw_bookkeeping_read(run->connection, run->arena, run->options.bookkeeping, &exists, error);
	if (applied == NULL)
		return -1;
	bool is_applied = false;
	for (guint i = 0; i < applied->len; i++) {
		const struct iw_applied *one = g_ptr_array_index(applied, i);
		is_applied |= one->migration == plan->migration && one->state == IW_APPLIED;
	}
	return is_applied == (plan->direction == IW_UP);
}

static char *last_lines(struct child *child)
{
	GString *text = g_string_new(NULL);
	for (GList *at = child->kept.head; at != NULL; at = at->next)
		g_string_append_printf(text, "%s%s", text->len > 0 ? "\n" : "", (const char *)at->data);
	return g_string_free(text, FALSE);
}

static bool is_lock_timeout(const char *output)
{
	static const char *const texts[] = {"canceling statement due to lock timeout", "LockNotAvailable",
					    "Lock wait timeout exceeded", "database is locked"};
	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
		if (strstr(output, texts[i]) != NULL)
			return true;
	return false;
}

static bool judge(struct child *child, const struct iw_migration_plan *plan, const char *command, GError **error)
{
	bool is_good = WIFEXITED(child->status) && WEXITSTATUS(child->status) == 0;
	int recorded = is_recorded(child->run, plan, error);
	if (recorded < 0 || (is_good && recorded > 0))
		return recorded > 0;
	g_autofree char *output = last_lines(child);
	const char *name = plan->migration->name;
	if (child->was_interrupted)
		iw_fail(error, IW_ERROR_INTERRUPTED, "interrupted while the framework ran \"%s\"", name);
	else if (is_good)
		iw_fail(error, IW_ERROR_UNCERTAIN,
			"the framework's command ended well, but this database has no record that \"%s\" is %s", name,
			plan->direction == IW_UP ? "applied" : "undone");
	else if (is_lock_timeout(output))
		iw_fail(error, IW_ERROR_LOCK, "the framework could not get a lock for \"%s\"", name);
	else
		iw_fail(error, IW_ERROR_STATEMENT, "the framework failed to run \"%s\"", name);
	iw_error_detail(error, "%s\n%s", command, output);
	if (is_good)
		iw_error_hint(error, "It may have worked on another database: compare the framework's own settings "
				     "with the URL above.");
	else if (plan->is_atomic)
		iw_error_hint(error, "It ran in one transaction: nothing of it is left.");
	else
		iw_error_hint(error, "It does not run in one transaction: see what of it is there before you go on.");
	return false;
}

static bool attempt(iw_run *run, const struct iw_migration_plan *plan, const struct iw_run_delegation *delegation,
		    const char *command, GError **error)
{
	struct child child = {.run = run, .lines = {g_string_new(NULL), g_string_new(NULL)}};
	g_queue_init(&child.kept);
	bool is_done = start(&child, delegation, error);
	if (is_done) {
		watch(&child);
		is_done = judge(&child, plan, command, error);
	}
	g_queue_clear_full(&child.kept, g_free);
	g_string_free(child.lines[0], TRUE);
	g_string_free(child.lines[1], TRUE);
	return is_done;
}

bool iw_run_command(iw_run *run, const struct iw_migration_plan *plan, const struct iw_run_delegation *delegation,
		    GError **error)
{
	GString *command = g_string_new(NULL);
	for (guint i = 0; i < delegation->arguments->len; i++)
		g_string_append_printf(command, "%s%s", i > 0 ? " " : "",
				       (const char *)g_ptr_array_index(delegation->arguments, i));
	const char *shown = iw_arena_strdup(run->arena, command->str);
	g_string_free(command, TRUE);
	run->attempt = run->used_ms = 0;
	for (;;) {
		iw_run_emit(run, (struct iw_event){.kind = IW_EVENT_DELEGATED, .text = shown});
		gint64 began = g_get_monotonic_time();
		GError *failure = NULL;
		if (attempt(run, plan, delegation, shown, &failure))
			return true;
		bool may_retry = failure->code == IW_ERROR_LOCK && plan->is_atomic;
		if (!may_retry || !iw_run_backoff(run, began, &failure)) {
			g_propagate_error(error, failure);
			return false;
		}
	}
}
