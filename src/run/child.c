/*
 * A command of the framework's own, as a child process with our limits: its output line by line, its end, Ctrl-C.
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

enum { KEPT_LINES = 30, POLL_MS = 100, MOST_OUTPUT = 4 << 20 };

struct child {
	iw_run *run;
	struct iw_run_child *result;
	GPid pid;
	int files[2]; /* its standard output and error; -1: closed */
	GString *lines[2];
	GQueue kept;	 /* char *: the last lines of both */
	GString *output; /* all of standard output */
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

static void take_line(struct child *child, const char *line, bool is_output)
{
	if (is_output && child->output->len < MOST_OUTPUT)
		g_string_append_printf(child->output, "%s\n", line);
	g_queue_push_tail(&child->kept, g_strdup(line));
	if (child->kept.length > KEPT_LINES)
		g_free(g_queue_pop_head(&child->kept));
	if (!child->result->is_quiet)
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
		take_line(child, lines->str, which == 0);
		g_string_erase(lines, 0, end - lines->str + 1);
	}
	if (count > 0)
		return;
	if (lines->len > 0)
		take_line(child, lines->str, which == 0);
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
		if (iw_run_is_interrupted(child->run) && !child->result->was_interrupted) {
			child->result->was_interrupted = true;
			kill(child->pid, SIGINT);
		}
		if (child->result->look != NULL)
			child->result->look(child->result->data);
		gint64 now = g_get_monotonic_time();
		if (now - told < G_USEC_PER_SEC || child->result->is_quiet)
			continue;
		told = now;
		double seconds = (double)(now - began) / 1e6;
		iw_run_emit(child->run, (struct iw_event){.kind = IW_EVENT_WAITING, .seconds = seconds});
	}
	while (waitpid(child->pid, &child->result->status, 0) < 0 && errno == EINTR)
		continue;
	g_spawn_close_pid(child->pid);
}

static char *last_lines(struct child *child)
{
	GString *text = g_string_new(NULL);
	for (GList *at = child->kept.head; at != NULL; at = at->next)
		g_string_append_printf(text, "%s%s", text->len > 0 ? "\n" : "", (const char *)at->data);
	return g_string_free(text, FALSE);
}

bool iw_run_child(iw_run *run, const struct iw_run_delegation *delegation, struct iw_run_child *result, GError **error)
{
	struct child child = {.run = run, .result = result, .output = g_string_new(NULL)};
	child.lines[0] = g_string_new(NULL);
	child.lines[1] = g_string_new(NULL);
	g_queue_init(&child.kept);
	bool is_started = start(&child, delegation, error);
	if (is_started) {
		watch(&child);
		g_autofree char *tail = last_lines(&child);
		result->tail = iw_arena_strdup(run->arena, tail);
		result->output = iw_arena_strdup(run->arena, child.output->str);
		result->is_good = WIFEXITED(result->status) && WEXITSTATUS(result->status) == 0;
	}
	g_queue_clear_full(&child.kept, g_free);
	g_string_free(child.lines[0], TRUE);
	g_string_free(child.lines[1], TRUE);
	g_string_free(child.output, TRUE);
	return is_started;
}

const char *iw_run_shown_command(iw_run *run, const struct iw_run_delegation *delegation)
{
	if (delegation->shown != NULL)
		return delegation->shown;
	g_autoptr(GString) command = g_string_new(NULL);
	for (guint i = 0; i < delegation->arguments->len; i++)
		g_string_append_printf(command, "%s%s", i > 0 ? " " : "",
				       (const char *)g_ptr_array_index(delegation->arguments, i));
	return iw_arena_strdup(run->arena, command->str);
}
