/* Which database servers are installed here, and which of them is the closest to the one that is wanted. */
#include "run/scratch_internal.h"

#include "base/error.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

/* Where packages put servers that are not on the PATH. */
static const char *const POSTGRES_PLACES[] = {
	"/usr/lib/postgresql/*/bin",
	"/usr/pgsql-*/bin",
	"/usr/local/pgsql*/bin",
	"/opt/homebrew/opt/postgresql*/bin",
	"/usr/local/opt/postgresql*/bin",
	"/usr/lib/postgresql*/bin",
	NULL,
};
static const char *const MYSQL_PLACES[] = {
	"/usr/sbin",
	"/usr/local/sbin",
	"/usr/libexec",
	"/usr/local/mysql*/bin",
	"/opt/homebrew/opt/m*/bin",
	"/usr/local/opt/m*/bin",
	"/usr/local/mariadb*/bin",
	NULL,
};

struct search {
	iw_arena *arena;
	struct iw_engine wanted;
	struct scratch_program best;  /* path NULL: none yet */
	struct scratch_program other; /* of the other vendor; path NULL: none */
	GHashTable *seen;
};

/* The first number of the form 15.4 or 10.11.6 behind "Ver " or ") ": as the engine's version. */
static int parse_version(const char *text, enum iw_dialect dialect)
{
	int part[3] = {0}, count = 0;
	while (*text != '\0' && !g_ascii_isdigit(*text))
		text++;
	for (; count < 3 && g_ascii_isdigit(*text); count++) {
		char *end = NULL;
		part[count] = (int)strtol(text, &end, 10);
		text = *end == '.' ? end + 1 : end;
	}
	return dialect == IW_POSTGRES ? part[0] * 10000 + part[1] : part[0] * 10000 + part[1] * 100 + part[2];
}

/* What `PROGRAM --version` says; NULL when it cannot be run. */
static char *ask_version(const char *program)
{
	const char *const words[] = {program, "--version", NULL};
	char *out = NULL;
	int status = 0;
	bool is_run = g_spawn_sync("/", (char **)words, NULL, G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &out, NULL,
				   &status, NULL);
	if (is_run && status == 0)
		return out;
	g_free(out);
	return NULL;
}

static int distance(const struct search *search, int version)
{
	if (search->wanted.version == 0)
		return G_MAXINT - version;
	return abs(search->wanted.version - version);
}

/* Takes the server in this folder when there is one and it is closer. */
static void look_at(struct search *search, const char *folder, const char *name)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);
	g_autofree char *real = realpath(path, NULL);
	if (real == NULL || !g_file_test(path, G_FILE_TEST_IS_EXECUTABLE) ||
	    !g_hash_table_add(search->seen, g_strdup(real)))
		return;
	g_autofree char *said = ask_version(path);
	if (said == NULL)
		return;
	const char *version = strstr(said, "Ver ");
	struct scratch_program found = {
		.path = iw_arena_strdup(search->arena, path),
		.engine = {search->wanted.dialect, strstr(said, "MariaDB") != NULL,
			   parse_version(version != NULL ? version : said, search->wanted.dialect)},
	};
	bool is_vendor = found.engine.is_mariadb == search->wanted.is_mariadb;
	struct scratch_program *place = is_vendor ? &search->best : &search->other;
	if (place->path == NULL || distance(search, found.engine.version) < distance(search, place->engine.version))
		*place = found;
}

static void look_in(struct search *search, const char *folder)
{
	if (search->wanted.dialect == IW_POSTGRES) {
		g_autofree char *maker = g_build_filename(folder, "initdb", NULL);
		if (g_file_test(maker, G_FILE_TEST_IS_EXECUTABLE))
			look_at(search, folder, "postgres");
		return;
	}
	look_at(search, folder, "mariadbd");
	look_at(search, folder, "mysqld");
}

static void look_everywhere(struct search *search)
{
	g_auto(GStrv) path = g_strsplit(g_getenv("PATH") != NULL ? g_getenv("PATH") : "", ":", -1);
	for (char **folder = path; *folder != NULL; folder++)
		if (**folder == '/')
			look_in(search, *folder);
	const char *const *places = search->wanted.dialect == IW_POSTGRES ? POSTGRES_PLACES : MYSQL_PLACES;
	for (; *places != NULL; places++) {
		glob_t found = {0};
		if (glob(*places, GLOB_NOSORT, NULL, &found) == 0)
			for (size_t i = 0; i < found.gl_pathc; i++)
				look_in(search, found.gl_pathv[i]);
		globfree(&found);
	}
}

static const char *engine_word(struct iw_engine engine)
{
	return engine.dialect == IW_POSTGRES ? "PostgreSQL" : engine.is_mariadb ? "MariaDB" : "MySQL";
}

bool iw_scratch_find(iw_arena *arena, struct iw_engine wanted, struct scratch_program *program, GError **error)
{
	struct search search = {
		.arena = arena, .wanted = wanted, .seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL)};
	look_everywhere(&search);
	g_hash_table_unref(search.seen);
	*program = search.best;
	if (search.best.path != NULL)
		return true;
	iw_fail(error, IW_ERROR_UNSUPPORTED, "no %s server is installed here", engine_word(wanted));
	if (search.other.path != NULL)
		iw_error_detail(error, "There is %s, which does many things another way: --engine %s takes it.",
				search.other.path, search.other.engine.is_mariadb ? "mariadb" : "mysql");
	iw_error_hint(error, "Install it, or put the folder of its \"%s\" on the PATH.",
		      wanted.dialect == IW_POSTGRES ? "postgres"
		      : wanted.is_mariadb	    ? "mariadbd"
						    : "mysqld");
	return false;
}
