/*
 * Do applications migrate when they start? Looks at Dockerfiles, entry points, Procfiles, compose files, package.json
 * and the code that starts a server. A step of its own (release:, an init container, a job) is what one wants, and is
 * not reported.
 */
#include "framework/files.h"
#include "framework/notes.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 5, MOST_FILES = 20000, LARGEST = 1 << 20 };

struct startup {
	iw_arena *arena;
	GPtrArray *notes;
	guint files;
};

/* Commands that apply migrations, as words in a line. */
static const char *const commands[] = {
	"alembic upgrade", "manage.py migrate",	  "django-admin migrate",     "prisma migrate deploy",
	"prisma db push",  "drizzle-kit migrate", "drizzle-kit push",	      "flask db upgrade",
	"dbmate up",	   "dbmate migrate",	  "python -m django migrate", "inchworm up",
	"flyway migrate",
};
/* ... and those that serve. */
static const char *const servers[] = {
	"gunicorn",    "uvicorn",	 "hypercorn",	"daphne",      "uwsgi",		 "runserver",	  "waitress",
	"fastapi run", "flask run",	 "node ",	"next start",  "npm start",	 "npm run start", "yarn start",
	"pnpm start",  "pnpm run start", "bun run",	"bun start",   "exec \"$@\"",	 "exec $@",	  "granian",
	"server.js",   "nuxt start",	 "remix-serve", "supervisord", "honcho start",	 "pm2-runtime",	  "bun ./",
	"bun src",     "tsx ",		 "ts-node ",	"apache2",     "python main.py", "python app.py", "java -jar",
};

static const char *find_any(const char *text, const char *const *words, size_t count)
{
	const char *first = NULL;
	for (size_t i = 0; i < count; i++) {
		const char *found = strstr(text, words[i]);
		if (found != NULL && (first == NULL || found < first))
			first = found;
	}
	return first;
}

static const char *find_command(const char *text)
{
	return find_any(text, commands, G_N_ELEMENTS(commands));
}

static const char *find_server(const char *text)
{
	return find_any(text, servers, G_N_ELEMENTS(servers));
}

static void note(struct startup *startup, const char *path, const char *line, const char *how)
{
	g_autofree char *word = g_strndup(line, strcspn(line, "\r\n"));
	iw_note_file(startup->arena, startup->notes, IW_NOTE_MIGRATIONS_AT_STARTUP, path, word, "%s", how);
}

/* Lines without their comments, each long enough to hold what a "\" continues. */
static char **logical_lines(const char *text)
{
	g_autoptr(GString) joined = g_string_new(text);
	for (char *at = strstr(joined->str, "\\\n"); at != NULL; at = strstr(at, "\\\n"))
		at[0] = at[1] = ' ';
	return g_strsplit(joined->str, "\n", -1);
}

/* A shell script that migrates and goes on to serve. */
static void read_shell(struct startup *startup, const char *path, const char *text)
{
	g_auto(GStrv) lines = logical_lines(text);
	const char *command = NULL;
	for (char **line = lines; *line != NULL; line++) {
		g_strchug(*line);
		if (**line == '#')
			continue;
		const char *found = find_command(*line);
		if (command == NULL && found != NULL)
			command = *line;
		const char *server = find_server(*line);
		if (command != NULL && server != NULL && (found == NULL || server > found)) {
			const char *word = find_command(command);
			note(startup, path, word,
			     "this script applies migrations and then starts the application: every instance does "
			     "it, at the same time, and a migration that waits keeps all of them down");
			return;
		}
	}
}

static void read_dockerfile(struct startup *startup, const char *path, const char *text)
{
	g_auto(GStrv) lines = logical_lines(text);
	for (char **line = lines; *line != NULL; line++) {
		bool starts = g_str_has_prefix(*line, "CMD") || g_str_has_prefix(*line, "ENTRYPOINT");
		const char *command = starts ? find_command(*line) : NULL;
		if (command != NULL && find_server(command) != NULL)
			note(startup, path, command, "the container applies migrations whenever it starts");
	}
}

static void read_procfile(struct startup *startup, const char *path, const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	for (char **line = lines; *line != NULL; line++) {
		const char *command = find_command(*line);
		if (command != NULL && !g_str_has_prefix(*line, "release:") && find_server(command) != NULL)
			note(startup, path, command,
			     "each process of this kind applies migrations when it starts; `release:` is the "
			     "step for that");
	}
}

static size_t indent_of(const char *line)
{
	return strspn(line, " ");
}

/* command: and entrypoint: of compose files, also over several lines. */
static void read_compose(struct startup *startup, const char *path, const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	for (char **line = lines; *line != NULL; line++) {
		const char *key = *line + indent_of(*line);
		if (!g_str_has_prefix(key, "command:") && !g_str_has_prefix(key, "entrypoint:"))
			continue;
		g_autoptr(GString) value = g_string_new(key);
		for (char **more = line + 1; *more != NULL && (indent_of(*more) > indent_of(*line) || **more == '\0');
		     more++)
			g_string_append_printf(value, " %s", *more);
		const char *command = find_command(value->str);
		if (command == NULL || find_server(command) == NULL)
			continue;
		const char *word = strstr(text, *line);
		word = word == NULL ? NULL : find_command(word);
		note(startup, path, word == NULL ? command : word,
		     "the container applies migrations whenever it starts");
	}
}

static void read_package(struct startup *startup, const char *path, const char *text)
{
	static const char *const scripts[] = {"start", "prestart", "start:prod", "start:production", "serve", "prod"};
	json_t *package = json_loads(text, 0, NULL);
	const json_t *known = json_object_get(package, "scripts");
	for (size_t i = 0; i < G_N_ELEMENTS(scripts); i++) {
		const char *script = json_string_value(json_object_get(known, scripts[i]));
		const char *command = script == NULL ? NULL : find_command(script);
		bool serves = command != NULL && (strcmp(scripts[i], "prestart") == 0 || strstr(command, "&&") != NULL);
		if (!serves)
			continue;
		g_autofree char *key = g_strdup_printf("\"%s\"", scripts[i]);
		note(startup, path, key, "starting the application applies migrations: every instance does it");
	}
	json_decref(package);
}

/* Python: AppConfig.ready(), or a file that makes the application. */
static void read_python(struct startup *startup, const char *path, const char *text)
{
	const char *ready = strstr(text, "def ready(self");
	const char *call = ready == NULL ? NULL : strstr(ready, "call_command(\"migrate\"");
	if (call == NULL && ready != NULL)
		call = strstr(ready, "call_command('migrate'");
	bool makes = strstr(text, "FastAPI(") != NULL || strstr(text, "Flask(__name__") != NULL ||
		     strstr(text, "Starlette(") != NULL;
	if (call == NULL && makes)
		call = strstr(text, "command.upgrade(");
	if (call != NULL)
		note(startup, path, call, "the application applies migrations when it starts: every process does it");
}

static void read_script(struct startup *startup, const char *path, const char *text)
{
	bool migrates = strstr(text, "drizzle-orm/") != NULL && strstr(text, "/migrator") != NULL;
	bool serves = strstr(text, ".listen(") != NULL || strstr(text, "Bun.serve(") != NULL ||
		      strstr(text, "createServer(") != NULL || strstr(text, "serve({") != NULL;
	const char *call = migrates && serves ? strstr(text, "migrate(") : NULL;
	if (call != NULL)
		note(startup, path, call, "the server applies migrations when it starts: every instance does it");
}

static bool ends(const char *name, const char *ending)
{
	return g_str_has_suffix(name, ending);
}

typedef void (*reader)(struct startup *startup, const char *path, const char *text);

static reader reader_of(const char *name)
{
	if (g_str_has_prefix(name, "Dockerfile") || ends(name, ".dockerfile") || ends(name, ".Dockerfile"))
		return read_dockerfile;
	if (strcmp(name, "Procfile") == 0)
		return read_procfile;
	if ((g_str_has_prefix(name, "docker-compose") || g_str_has_prefix(name, "compose")) &&
	    (ends(name, ".yml") || ends(name, ".yaml")))
		return read_compose;
	if (ends(name, ".sh") || strstr(name, "entrypoint") != NULL)
		return read_shell;
	if (strcmp(name, "package.json") == 0)
		return read_package;
	static const char *const starts[] = {"apps.py", "main.py",     "app.py",   "wsgi.py",
					     "asgi.py", "__init__.py", "server.py"};
	for (size_t i = 0; i < G_N_ELEMENTS(starts); i++)
		if (strcmp(starts[i], name) == 0)
			return read_python;
	bool is_script = ends(name, ".ts") || ends(name, ".js") || ends(name, ".mjs");
	bool starts_here = g_str_has_prefix(name, "server.") || g_str_has_prefix(name, "index.") ||
			   g_str_has_prefix(name, "main.") || g_str_has_prefix(name, "app.");
	return is_script && starts_here ? read_script : NULL;
}

static bool is_left_out(const char *name)
{
	static const char *const names[] = {"node_modules", "vendor", "venv",	 "site-packages", "dist",
					    "build",	    "tests",  "test",	 "migrations",	  "docs",
					    "examples",	    "locale", "static",	 "versions",	  "__pycache__",
					    "dev",	    "e2e",    "fixtures"};
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return name[0] == '.';
}

static void walk(struct startup *startup, const char *directory, int depth)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	GPtrArray *entries = depth > DEEPEST ? NULL : iw_directory_list(arena, directory, NULL);
	for (guint i = 0; entries != NULL && i < entries->len && startup->files < MOST_FILES; i++) {
		const struct iw_entry *entry = entries->pdata[i];
		if (entry->is_link)
			continue;
		g_autofree char *path = g_build_filename(directory, entry->name, NULL);
		if (entry->is_directory && !is_left_out(entry->name))
			walk(startup, path, depth + 1);
		reader read = entry->is_file ? reader_of(entry->name) : NULL;
		g_autofree char *text = NULL;
		gsize length = 0;
		startup->files += entry->is_file;
		if (read != NULL && g_file_get_contents(path, &text, &length, NULL) && length < LARGEST &&
		    memchr(text, '\0', length) == NULL)
			read(startup, path, text);
	}
}

void iw_startup_notes(iw_arena *arena, const char *directory, GPtrArray *notes)
{
	struct startup startup = {arena, notes, 0};
	walk(&startup, directory, 0);
}
