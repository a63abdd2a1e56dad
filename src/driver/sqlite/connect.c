/* Opening and closing a database file, with words for what can be wrong with it. */
#include "base/error.h"
#include "driver/sqlite/sqlite_internal.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Until set_lock_timeout() says otherwise: nothing waits for ever. */
#define LOCK_TIMEOUT_MS 10000

static int version_number(void)
{
	int number = sqlite3_libversion_number();
	return number / 1000000 * 10000 + number / 1000 % 1000 * 100 + number % 1000;
}

static bool is_read_only(const struct iw_url *url, const struct iw_open_options *options)
{
	return options->read_only || g_strcmp0(g_hash_table_lookup(url->options, "mode"), "ro") == 0;
}

static bool missing(const struct iw_url *url, GError **error)
{
	g_autofree char *folder = g_path_get_dirname(url->database);
	bool has_folder = g_file_test(folder, G_FILE_TEST_IS_DIR);
	iw_fail(error, IW_ERROR_CONNECT, "cannot open database \"%s\": %s", url->shown,
		has_folder ? "there is no such file" : "its folder does not exist");
	if (strstr(url->shown, url->database) == NULL)
		iw_error_detail(error, "It was looked for at \"%s\".", url->database);
	if (has_folder)
		iw_error_hint(error, "`inchworm up` creates it.");
	return false;
}

/* Says what is wrong before the library says "unable to open database file". */
static bool check_file(const struct iw_url *url, const struct iw_open_options *options, GError **error)
{
	struct stat status;
	g_autofree char *folder = g_path_get_dirname(url->database);
	if (g_stat(url->database, &status) != 0) {
		if (errno == EACCES)
			return iw_fail(error, IW_ERROR_RIGHTS, "cannot open database \"%s\": %s", url->shown,
				       g_strerror(EACCES));
		bool creates = options->create_database && !is_read_only(url, options) &&
			       g_file_test(folder, G_FILE_TEST_IS_DIR);
		return creates ? true : missing(url, error);
	}
	if (!S_ISREG(status.st_mode))
		return iw_fail(error, IW_ERROR_CONNECT, "cannot open database \"%s\": it is not a file", url->shown);
	if (g_access(url->database, R_OK) != 0)
		return iw_fail(error, IW_ERROR_RIGHTS, "cannot open database \"%s\": %s", url->shown,
			       g_strerror(errno));
	return true;
}

/* The first read tells whether it is a database at all. */
static bool check_content(struct lite *lite, GError **error)
{
	g_autoptr(iw_rows) rows = iw_lite_query(&lite->base, "SELECT count(*) FROM sqlite_schema", error);
	if (rows != NULL)
		return true;
	if (error != NULL && g_strcmp0(iw_error_info(*error)->server_code, "SQLITE_NOTADB") == 0) {
		g_clear_error(error);
		iw_fail(error, IW_ERROR_CONNECT, "cannot read \"%s\": it is not a SQLite database, or it is encrypted",
			lite->shown);
		iw_error_server_code(error, "SQLITE_NOTADB");
	}
	return false;
}

static bool open_file(struct lite *lite, const struct iw_url *url, const struct iw_open_options *options,
		      GError **error)
{
	bool is_memory = strcmp(url->database, ":memory:") == 0;
	if (!is_memory && !check_file(url, options, error))
		return false;
	int flags = is_memory			 ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
		    : is_read_only(url, options) ? SQLITE_OPEN_READONLY
		    : options->create_database	 ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
						 : SQLITE_OPEN_READWRITE;
	int code = sqlite3_open_v2(url->database, &lite->database, flags | SQLITE_OPEN_FULLMUTEX, NULL);
	if (lite->database == NULL)
		return iw_fail(error, IW_ERROR_RESOURCE, "could not open database \"%s\": out of memory", url->shown);
	if (code != SQLITE_OK) {
		iw_fail(error, iw_lite_error_class(code), "could not open database \"%s\": %s", url->shown,
			sqlite3_errmsg(lite->database));
		iw_error_server_code(error, iw_lite_code_name(sqlite3_extended_errcode(lite->database)));
		return false;
	}
	sqlite3_extended_result_codes(lite->database, 1);
	iw_lite_watch(lite);
	if (!check_content(lite, error))
		return false;
	lite->path = is_memory ? NULL : realpath(url->database, NULL);
	return true;
}

iw_connection *iw_lite_open(const struct iw_url *url, const struct iw_open_options *options, GError **error)
{
	static const struct iw_open_options none;
	struct lite *lite = g_new0(struct lite, 1);
	lite->base = (iw_connection){
		.driver = &iw_sqlite_driver,
		.engine = {.dialect = IW_SQLITE, .version = version_number()},
		.features = IW_TRANSACTIONAL_DDL | IW_HAS_STATISTICS | IW_RUN_LOCK | IW_LOCK_TIMEOUT_MS,
		.session = g_strdup_printf("%d", (int)getpid()),
		.default_schema = "main",
		.error_offset = -1,
	};
	lite->lock_timeout_ms = LOCK_TIMEOUT_MS;
	lite->shown = g_strdup(url->shown);
	lite->locks = iw_lite_locks_new();
	GError *failure = NULL;
	if (open_file(lite, url, options != NULL ? options : &none, &failure))
		return &lite->base;
	g_propagate_error(error, failure);
	iw_lite_close(&lite->base);
	return NULL;
}

void iw_lite_close(iw_connection *connection)
{
	struct lite *lite = lite_of(connection);
	sqlite3_close_v2(lite->database);
	g_hash_table_unref(lite->locks);
	free(lite->path);
	g_free(lite->shown);
	g_free((char *)lite->base.session);
	g_free(lite);
}
