/* Starting and ending scratch servers; see scratch.h. Finding programs: scratch_find.c; the process: scratch_keeper.c.
 */
#include "run/scratch_internal.h"

#include "base/error.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { START_MS = 60000, LOOK_MS = 50, LOG_TAIL = 1500, LONGEST_FOLDER = 80 };

struct iw_scratch {
	iw_arena *arena;
	struct scratch_program program;
	const char *folder;
	struct iw_url *url;
	GPid keeper; /* 0: none */
	int lifeline, news;
};

/* A socket's path has room for some hundred bytes, and a folder for the SQL of others is ours alone. */
static const char *make_folder(iw_arena *arena, GError **error)
{
	const char *base = strlen(g_get_tmp_dir()) > LONGEST_FOLDER ? "/tmp" : g_get_tmp_dir();
	char *folder = iw_arena_printf(arena, "%s/inchworm-scratch-XXXXXX", base);
	if (g_mkdtemp_full(folder, 0700) != NULL)
		return folder;
	iw_fail(error, IW_ERROR_RESOURCE, "could not make a folder in %s: %s", base, g_strerror(errno));
	return NULL;
}

/* Servers refuse to run as root: then it is the engine's own user, or nobody, who also owns the folder. */
static bool choose_user(const char *name, const char *folder, struct scratch_job *job, GError **error)
{
	if (geteuid() != 0)
		return true;
	const struct passwd *user = getpwnam(name);
	if (user == NULL)
		user = getpwnam("nobody");
	if (user == NULL || user->pw_uid == 0)
		return iw_fail(error, IW_ERROR_UNSUPPORTED,
			       "servers refuse to run as root, and there is no user \"%s\"", name);
	job->user = user->pw_uid;
	job->group = user->pw_gid;
	if (chown(folder, user->pw_uid, user->pw_gid) == 0)
		return true;
	return iw_fail(error, IW_ERROR_RESOURCE, "could not give %s away: %s", folder, g_strerror(errno));
}

static char **words_of(iw_arena *arena, const char *const *words)
{
	GPtrArray *all = iw_arena_ptr_array(arena);
	for (; *words != NULL; words++)
		if (**words != '\0')
			g_ptr_array_add(all, (char *)*words);
	g_ptr_array_add(all, NULL);
	return (char **)all->pdata;
}

static const char *beside(iw_arena *arena, const char *program, const char *name)
{
	g_autofree char *folder = g_path_get_dirname(program);
	return iw_arena_printf(arena, "%s/%s", folder, name);
}

#define P(...)	   iw_arena_printf(arena, __VA_ARGS__)
#define WORDS(...) words_of(arena, (const char *const[]){__VA_ARGS__, NULL})

static void postgres_job(iw_arena *arena, const struct scratch_program *program, struct scratch_job *job)
{
	const char *data = P("%s/data", job->folder);
	job->make = WORDS(beside(arena, program->path, "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E",
			  "UTF8", "--locale=C", "--no-sync");
	job->server = WORDS(program->path, "-D", data, "-c", "listen_addresses=", "-c",
			    P("unix_socket_directories=%s", job->folder), "-c", "fsync=off", "-c",
			    "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "autovacuum=off", "-c",
			    "shared_buffers=32MB", "-c", "dynamic_shared_memory_type=mmap", "-c", "jit=off", "-c",
			    "logging_collector=off", "-c", "log_destination=stderr");
	job->end_signal = SIGINT;
}

static bool mysql_job(iw_arena *arena, const struct scratch_program *program, struct scratch_job *job, GError **error)
{
	const char *data = P("--datadir=%s/data", job->folder);
	if (program->engine.is_mariadb) {
		g_autofree char *maker = g_find_program_in_path("mariadb-install-db");
		const char *next = beside(arena, program->path, "mariadb-install-db");
		const char *path = maker != NULL ? maker : next;
		if (!g_file_test(path, G_FILE_TEST_IS_EXECUTABLE))
			return iw_fail(error, IW_ERROR_UNSUPPORTED, "%s has no mariadb-install-db beside it",
				       program->path);
		job->make = WORDS(iw_arena_strdup(arena, path), "--no-defaults", data, "--skip-name-resolve",
				  "--auth-root-authentication-method=normal", "--innodb-log-file-size=8M",
				  "--innodb-flush-log-at-trx-commit=0");
	} else if (program->engine.version >= 50700) {
		job->make = WORDS(program->path, "--no-defaults", "--initialize-insecure", data);
	} else {
		return iw_fail(error, IW_ERROR_UNSUPPORTED,
			       "%s is older than 5.7, which has no way to make a data folder", program->path);
	}
	job->server =
		WORDS(program->path, "--no-defaults", data, P("--socket=%s/s", job->folder),
		      P("--pid-file=%s/pid", job->folder), P("--tmpdir=%s", job->folder), "--skip-networking",
		      "--skip-name-resolve", "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=64M",
		      "--character-set-server=utf8mb4", program->engine.is_mariadb ? "--innodb-log-file-size=8M" : "",
		      program->engine.is_mariadb ? "" : "--mysqlx=OFF");
	job->end_signal = SIGTERM;
	return true;
}

static struct iw_url *make_url(iw_scratch *scratch, GError **error)
{
	static const char *const TEXTS[IW_DIALECTS] = {
		[IW_POSTGRES] = "postgresql://postgres@localhost/postgres",
		[IW_MYSQL] = "mysql://root@localhost/scratch",
	};
	iw_arena *arena = scratch->arena;
	enum iw_dialect dialect = scratch->program.engine.dialect;
	if (dialect == IW_SQLITE)
		return iw_url_parse(arena, P("sqlite:%s/scratch.db", scratch->folder), NULL, error);
	struct iw_url *url = iw_url_parse(arena, TEXTS[dialect], NULL, error);
	if (url != NULL && dialect == IW_POSTGRES)
		url->host = scratch->folder;
	else if (url != NULL)
		url->socket = P("%s/s", scratch->folder);
	return url;
}

static bool start_keeper(iw_scratch *scratch, GError **error)
{
	iw_arena *arena = scratch->arena;
	bool is_postgres = scratch->program.engine.dialect == IW_POSTGRES;
	struct scratch_job job = {.folder = scratch->folder, .log = P("%s/log", scratch->folder)};
	if (is_postgres)
		postgres_job(arena, &scratch->program, &job);
	else if (!mysql_job(arena, &scratch->program, &job, error))
		return false;
	if (!choose_user(is_postgres ? "postgres" : "mysql", scratch->folder, &job, error))
		return false;
	if (iw_scratch_keep(&job, &scratch->keeper, &scratch->lifeline, &scratch->news))
		return true;
	scratch->keeper = 0;
	return iw_fail(error, IW_ERROR_RESOURCE, "could not start a process: %s", g_strerror(errno));
}

static bool fail_start(const iw_scratch *scratch, const char *what, GError **error)
{
	g_autofree char *path = g_strdup_printf("%s/log", scratch->folder);
	g_autofree char *log = NULL;
	gsize length = 0;
	iw_fail(error, IW_ERROR_CONNECT, "%s %s", scratch->program.path, what);
	if (g_file_get_contents(path, &log, &length, NULL) && length > 0) {
		const char *tail = length > LOG_TAIL ? log + length - LOG_TAIL : log;
		g_autofree char *valid = g_utf8_make_valid(tail, -1);
		iw_error_detail(error, "Its log ends: %s", g_strstrip(valid));
	}
	return false;
}

/* 'm', 's' of scratch_internal.h; 0: nothing has happened for a moment; -1: the keeper has gone. */
static int listen_to(const iw_scratch *scratch)
{
	struct pollfd watched = {.fd = scratch->news, .events = POLLIN};
	char what = 0;
	if (poll(&watched, 1, LOOK_MS) <= 0)
		return 0;
	return read(scratch->news, &what, 1) == 1 ? what : -1;
}

static bool can_connect(const iw_scratch *scratch)
{
	const struct iw_open_options options = {
		.connect_timeout_ms = 2000, .application_name = "inchworm", .create_database = true};
	iw_connection *connection = iw_connection_open(scratch->url, &options, NULL);
	iw_connection_free(connection);
	return connection != NULL;
}

static bool is_listening(const iw_scratch *scratch)
{
	bool is_postgres = scratch->program.engine.dialect == IW_POSTGRES;
	g_autofree char *socket = g_strdup_printf("%s/%s", scratch->folder, is_postgres ? ".s.PGSQL.5432" : "s");
	return g_file_test(socket, G_FILE_TEST_EXISTS);
}

static bool wait_until_ready(const iw_scratch *scratch, const struct iw_scratch_options *options, GError **error)
{
	gint64 deadline = g_get_monotonic_time() + START_MS * G_GINT64_CONSTANT(1000);
	while (g_get_monotonic_time() < deadline) {
		int news = listen_to(scratch);
		if (news != 0)
			return fail_start(scratch, news == 'm' ? "could not be given a data folder" : "does not start",
					  error);
		if (options->interrupted != NULL && *options->interrupted != 0)
			return iw_fail(error, IW_ERROR_INTERRUPTED, "stopped before the server was there");
		if (is_listening(scratch) && can_connect(scratch))
			return true;
	}
	return fail_start(scratch, "did not answer in a minute", error);
}

iw_scratch *iw_scratch_start(const struct iw_scratch_options *options, GError **error)
{
	iw_arena *arena = iw_arena_new();
	iw_scratch *scratch = iw_new(arena, iw_scratch);
	scratch->arena = arena;
	scratch->program.engine = options->engine;
	scratch->lifeline = scratch->news = -1;
	bool needs_server = options->engine.dialect != IW_SQLITE;
	bool is_started = (!needs_server || iw_scratch_find(arena, options->engine, &scratch->program, error)) &&
			  (scratch->folder = make_folder(arena, error)) != NULL &&
			  (scratch->url = make_url(scratch, error)) != NULL;
	if (is_started && needs_server)
		is_started = start_keeper(scratch, error) && wait_until_ready(scratch, options, error);
	if (is_started)
		return scratch;
	iw_scratch_stop(scratch);
	return NULL;
}

const struct iw_url *iw_scratch_url(const iw_scratch *scratch)
{
	return scratch->url;
}

struct iw_engine iw_scratch_engine(const iw_scratch *scratch)
{
	return scratch->program.engine;
}

const char *iw_scratch_program(const iw_scratch *scratch)
{
	return scratch->program.path;
}

void iw_scratch_stop(iw_scratch *scratch)
{
	if (scratch == NULL)
		return;
	if (scratch->keeper > 0) {
		close(scratch->lifeline);
		close(scratch->news);
		while (waitpid(scratch->keeper, NULL, 0) < 0 && errno == EINTR)
			;
	} else if (scratch->folder != NULL) {
		iw_scratch_remove(scratch->folder);
	}
	iw_arena_free(scratch->arena);
}
