/* Database URLs of all three engines, as projects and other tools write them. */
#include "base/error.h"
#include "driver/driver.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define NOT_KNOWN (-1)

struct example {
	const char *text;
	int dialect; /* as given to iw_url_parse_as, or NOT_KNOWN */
	enum iw_dialect expected;
	const char *host, *port, *socket, *user, *password, *database, *schema;
	const char *options; /* "a=b c=d", sorted */
	const char *extras;
	const char *shown;
};

static struct iw_url *parse(iw_arena *arena, const char *text, int dialect, GError **error)
{
	if (dialect == NOT_KNOWN)
		return iw_url_parse(arena, text, "/base", error);
	return iw_url_parse_as(arena, (enum iw_dialect)dialect, text, "/base", error);
}

static void check_string(const char *what, const char *text, const char *found, const char *expected)
{
	if (g_strcmp0(found, expected) != 0)
		fail_msg("%s: %s is \"%s\", expected \"%s\"", text, what, found, expected);
}

static char *join(GHashTable *table)
{
	GString *out = g_string_new(NULL);
	GList *keys = g_list_sort(g_hash_table_get_keys(table), (GCompareFunc)strcmp);
	for (GList *key = keys; key != NULL; key = key->next)
		g_string_append_printf(out, "%s%s=%s", out->len > 0 ? " " : "", (char *)key->data,
				       (char *)g_hash_table_lookup(table, key->data));
	g_list_free(keys);
	return g_string_free(out, FALSE);
}

static void check(const struct example *example)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	g_autoptr(GError) error = NULL;
	struct iw_url *url = parse(arena, example->text, example->dialect, &error);
	if (url == NULL)
		fail_msg("%s: %s", example->text, error->message);
	assert_int_equal(url->dialect, example->expected);
	check_string("host", example->text, url->host, example->host);
	check_string("port", example->text, url->port, example->port);
	check_string("socket", example->text, url->socket, example->socket);
	check_string("user", example->text, url->user, example->user);
	check_string("password", example->text, url->password, example->password);
	check_string("database", example->text, url->database, example->database);
	check_string("schema", example->text, url->schema, example->schema);
	g_autofree char *options = join(url->options), *extras = join(url->extras);
	check_string("options", example->text, options, example->options != NULL ? example->options : "");
	check_string("extras", example->text, extras, example->extras != NULL ? example->extras : "");
	check_string("text", example->text, url->text, example->text);
	if (example->shown != NULL)
		check_string("shown", example->text, url->shown, example->shown);
}

static void check_all(const struct example *examples, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check(&examples[i]);
}

#define PG   .dialect = NOT_KNOWN, .expected = IW_POSTGRES
#define MY   .dialect = NOT_KNOWN, .expected = IW_MYSQL
#define LITE .dialect = NOT_KNOWN, .expected = IW_SQLITE

static void postgres_urls_are_read_as_libpq_and_prisma_read_them(void **state)
{
	(void)state;
	static const struct example examples[] = {
		{"postgres://u:p@h:5433/d", PG, .user = "u", .password = "p", .host = "h", .port = "5433",
		 .database = "d", .shown = "postgresql://u@h:5433/d"},
		{"postgresql://localhost", PG, .host = "localhost", .shown = "postgresql://localhost/"},
		{"postgresql://", PG, .shown = "postgresql://localhost/"},
		{"postgresql:///d", PG, .database = "d"},
		{"POSTGRESQL://h/d", PG, .host = "h", .database = "d"},
		{" postgresql://h/d\n", PG, .host = "h", .database = "d"},
		{"postgres://u%40x:p%2F%23%3a@h/my%20db", PG, .user = "u@x", .password = "p/#:", .host = "h",
		 .database = "my db", .shown = "postgresql://u@x@h/my db"},
		{"postgres://u:p@ss@h/d", PG, .user = "u", .password = "p@ss", .host = "h", .database = "d"},
		{"postgres://u:@h/d", PG, .user = "u", .password = "", .host = "h", .database = "d"},
		{"postgres://u:a:b@h/d", PG, .user = "u", .password = "a:b", .host = "h", .database = "d"},
		{"postgres://[2001:db8::1]:5432/d", PG, .host = "2001:db8::1", .port = "5432", .database = "d",
		 .shown = "postgresql://[2001:db8::1]:5432/d"},
		{"postgres://[::1]/d", PG, .host = "::1", .database = "d"},
		{"postgres://u@a:1,b:2,c/d?target_session_attrs=read-write", PG, .user = "u", .host = "a,b,c",
		 .port = "1,2,", .database = "d", .options = "target_session_attrs=read-write"},
		{"postgres://a,b/d", PG, .host = "a,b", .database = "d"},
		{"postgresql:///d?host=/var/run/postgresql&user=me", PG, .host = "/var/run/postgresql", .user = "me",
		 .database = "d", .shown = "postgresql://me@/var/run/postgresql/d"},
		{"postgresql://%2Fvar%2Frun/d", PG, .host = "/var/run", .database = "d"},
		{"postgres://u:p@/d?socket=/tmp", PG, .user = "u", .password = "p", .host = "/tmp", .database = "d"},
		{"postgresql://u:p@h/d?schema=app&connection_limit=5&pgbouncer=true&sslmode=require&connect_timeout=3",
		 PG, .user = "u", .password = "p", .host = "h", .database = "d", .schema = "app",
		 .options = "connect_timeout=3 sslmode=require", .extras = "connection_limit=5 pgbouncer=true",
		 .shown = "postgresql://u@h/d?schema=app"},
		{"postgresql://h/d?sslaccept=strict&sslmode=require&sslcert=/ca.pem", PG, .host = "h", .database = "d",
		 .options = "sslmode=verify-full sslrootcert=/ca.pem", .extras = "sslaccept=strict"},
		{"postgresql://h/d?sslcert=/me.pem&sslkey=/me.key", PG, .host = "h", .database = "d",
		 .options = "sslcert=/me.pem sslkey=/me.key"},
		{"postgresql://h/d?ssl=true", PG, .host = "h", .database = "d", .options = "sslmode=require"},
		{"postgres://h/d?sslmode=disable&x-migrations-table=m&search_path=a,%20b", PG, .host = "h",
		 .database = "d", .options = "options=-c search_path=a,\\ b sslmode=disable",
		 .extras = "x-migrations-table=m"},
		{"postgres://h/d?options=-c%20lock_timeout%3D1s", PG, .host = "h", .database = "d",
		 .options = "options=-c lock_timeout=1s"},
		{"postgres://h/d?password=secret&sslpassword=x", PG, .host = "h", .database = "d", .password = "secret",
		 .options = "sslpassword=x", .shown = "postgresql://h/d"},
		{"postgresql+psycopg2://u:p@h/d", PG, .user = "u", .password = "p", .host = "h", .database = "d"},
		{"jdbc:postgresql://h:5432/d?user=u&password=p&currentSchema=s&ApplicationName=x", PG, .host = "h",
		 .port = "5432", .database = "d", .user = "u", .password = "p", .schema = "s",
		 .options = "application_name=x", .shown = "postgresql://u@h:5432/d?schema=s"},
		{"jdbc:postgresql:d", PG, .database = "d"},
		{"postgresql://h/d?", PG, .host = "h", .database = "d"},
	};
	check_all(examples, G_N_ELEMENTS(examples));
}

static void libpq_keyword_strings_are_read(void **state)
{
	(void)state;
	static const struct example examples[] = {
		{"user=x dbname=y sslmode=disable", PG, .user = "x", .database = "y", .options = "sslmode=disable",
		 .shown = "postgresql://x@localhost/y"},
		{"host=/tmp port = 5 password='a \\'b\\\\' user=''", PG, .host = "/tmp", .port = "5",
		 .password = "a 'b\\"},
		{"host=h password=a\\ b", IW_POSTGRES, IW_POSTGRES, .host = "h", .password = "a b"},
	};
	check_all(examples, G_N_ELEMENTS(examples));
}

static void mysql_urls_are_read_as_prisma_jdbc_and_go_write_them(void **state)
{
	(void)state;
	static const struct example examples[] = {
		{"mysql://u:p@h:3307/d", MY, .user = "u", .password = "p", .host = "h", .port = "3307", .database = "d",
		 .shown = "mysql://u@h:3307/d"},
		{"mariadb://h/d", MY, .host = "h", .database = "d"},
		{"mysql://root@localhost", MY, .user = "root", .host = "localhost"},
		{"mysql://u:p%25@h/d?sslaccept=strict&sslcert=ca.pem&connection_limit=3&connect_timeout=4", MY,
		 .user = "u", .password = "p%", .host = "h", .database = "d",
		 .options = "connect_timeout=4 ssl_ca=ca.pem ssl_mode=verify_identity", .extras = "connection_limit=3"},
		{"mysql://u:p@localhost/d?socket=/run/mysqld/mysqld.sock", MY, .user = "u", .password = "p",
		 .host = "localhost", .database = "d", .socket = "/run/mysqld/mysqld.sock",
		 .shown = "mysql://u@/run/mysqld/mysqld.sock/d"},
		{"mysql://h/d?ssl={\"rejectUnauthorized\":true}", MY, .host = "h", .database = "d",
		 .options = "ssl_mode=verify_identity"},
		{"mysql://h/d?ssl-mode=REQUIRED&charset=utf8mb4", MY, .host = "h", .database = "d",
		 .options = "charset=utf8mb4 ssl_mode=required"},
		{"mysql+pymysql://u:p@h/d?unix_socket=/s", MY, .user = "u", .password = "p", .host = "h",
		 .database = "d", .socket = "/s"},
		{"mysql://u:p%40@tcp(h:3306)/d?x-migrations-table=m&tls=skip-verify", MY, .user = "u", .password = "p@",
		 .host = "h", .port = "3306", .database = "d", .options = "ssl_mode=required",
		 .extras = "x-migrations-table=m"},
		{"u:p@tcp([::1]:3306)/d?parseTime=true&timeout=1m30s", MY, .user = "u", .password = "p", .host = "::1",
		 .port = "3306", .database = "d", .options = "connect_timeout=90", .extras = "parseTime=true",
		 .shown = "mysql://u@[::1]:3306/d"},
		{"u:p%a/@b@unix(/tmp/m.sock)/d", MY, .user = "u", .password = "p%a/@b", .socket = "/tmp/m.sock",
		 .database = "d"},
		{"user:password@/dbname?parseTime=true", MY, .user = "user", .password = "password",
		 .database = "dbname", .extras = "parseTime=true"},
		{"mysql:x@tcp(h)/d", MY, .user = "mysql", .password = "x", .host = "h", .database = "d"},
		{"/d", IW_MYSQL, IW_MYSQL, .database = "d"},
		{"d", IW_MYSQL, IW_MYSQL, .database = "d"},
		{"u@h:1/d", IW_MYSQL, IW_MYSQL, .user = "u", .host = "h", .port = "1", .database = "d"},
		{"jdbc:mysql://h:3306/d?user=u&password=p&useSSL=false&allowPublicKeyRetrieval=true", MY, .host = "h",
		 .port = "3306", .database = "d", .user = "u", .password = "p", .options = "ssl_mode=disabled",
		 .extras = "allowPublicKeyRetrieval=true"},
		{"jdbc:mariadb://h/d?sslMode=verify-full", MY, .host = "h", .database = "d",
		 .options = "ssl_mode=verify_identity"},
	};
	check_all(examples, G_N_ELEMENTS(examples));
}

static void sqlite_urls_and_paths_start_from_the_base_folder(void **state)
{
	(void)state;
	static const struct example examples[] = {
		{"sqlite:db/x.sqlite3", LITE, .database = "/base/db/x.sqlite3", .shown = "db/x.sqlite3"},
		{"sqlite:/tmp/x.db", LITE, .database = "/tmp/x.db"},
		{"sqlite:///tmp/x.db", LITE, .database = "/tmp/x.db"},
		{"sqlite:////tmp/x.db", LITE, .database = "/tmp/x.db"},
		{"sqlite3://path/to/x.db?x-no-tx-wrap=true", LITE, .database = "/base/path/to/x.db",
		 .extras = "x-no-tx-wrap=true"},
		{"sqlite+aiosqlite:///x.db", LITE, .database = "/base/x.db"},
		{"sqlite+pysqlite:////tmp/x.db", LITE, .database = "/tmp/x.db"},
		{"jdbc:sqlite:data/x", LITE, .database = "/base/data/x"},
		{"file:./dev.db?connection_limit=1", LITE, .database = "/base/dev.db", .extras = "connection_limit=1",
		 .shown = "./dev.db"},
		{"file:../dev.db", LITE, .database = "/dev.db"},
		{"file:///tmp/a%20b.db?mode=ro", LITE, .database = "/tmp/a b.db", .options = "mode=ro"},
		{"file://localhost/tmp/x", LITE, .database = "/tmp/x"},
		{"file:100%.db", LITE, .database = "/base/100%.db"},
		{":memory:", LITE, .database = ":memory:", .shown = ":memory:"},
		{"sqlite::memory:", LITE, .database = ":memory:"},
		{"sqlite:///:memory:", LITE, .database = ":memory:"},
		{"file::memory:?cache=shared", LITE, .database = ":memory:", .extras = "cache=shared"},
		{"file:x?mode=memory", LITE, .database = ":memory:", .options = "mode=memory"},
		{"data/app.sqlite", LITE, .database = "/base/data/app.sqlite"},
		{"/var/app.SQLITE3", LITE, .database = "/var/app.SQLITE3"},
		{"what?.db", LITE, .database = "/base/what?.db"},
		{"./anything", IW_SQLITE, IW_SQLITE, .database = "/base/anything"},
		{"C=1.x", IW_SQLITE, IW_SQLITE, .database = "/base/C=1.x"},
	};
	check_all(examples, G_N_ELEMENTS(examples));
}

static void what_cannot_be_read_is_refused_without_the_password(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int dialect;
		enum iw_error code;
		const char *message;
	} examples[] = {
		{"", NOT_KNOWN, IW_ERROR_PROJECT, "cannot read the database URL: it is empty"},
		{"sqlite:", NOT_KNOWN, IW_ERROR_PROJECT,
		 "cannot read the database URL: the path of the SQLite file is empty"},
		{"secret", NOT_KNOWN, IW_ERROR_PROJECT, "cannot tell which engine the database URL is for"},
		{"secret", IW_POSTGRES, IW_ERROR_PROJECT, "cannot tell which engine the database URL is for"},
		{"postgres://u:secret/x@h/d", NOT_KNOWN, IW_ERROR_PROJECT,
		 "cannot read the database URL: the port is not a number from 0 to 65535"},
		{"postgres://u:12/secret@h/d", NOT_KNOWN, IW_ERROR_PROJECT,
		 "cannot read the database URL: \"/\" or \"?\" stands before \"@\""},
		{"postgres://u:12?secret@h/d", NOT_KNOWN, IW_ERROR_PROJECT,
		 "cannot read the database URL: \"/\" or \"?\" stands before \"@\""},
		{"postgres://u:12#secret@h/d", NOT_KNOWN, IW_ERROR_PROJECT,
		 "cannot read the database URL: \"/\" or \"?\" stands before \"@\""},
		{"postgres://u:secret%@h/d", NOT_KNOWN, IW_ERROR_PROJECT,
		 "cannot read the database URL: a percent sign is not followed by two hexadecimal digits"},
		{"postgres://u:secret@[::1/d", NOT_KNOWN, IW_ERROR_PROJECT,
		 "cannot read the database URL: \"]\" is missing after the IPv6 address"},
		{"postgres://h:99999/d", NOT_KNOWN, IW_ERROR_PROJECT,
		 "cannot read the database URL: the port is not a number from 0 to 65535"},
		{"user=x password='secret", NOT_KNOWN, IW_ERROR_PROJECT,
		 "cannot read the database URL: a quoted value does not end"},
		{"user=x secret", NOT_KNOWN, IW_ERROR_PROJECT,
		 "cannot read the database URL: \"=\" is missing after a keyword"},
		{"mysql://u:secret@a,b/d", NOT_KNOWN, IW_ERROR_PROJECT,
		 "cannot read the database URL: several hosts are given, MySQL takes one"},
		{"u:secret@tcp(h)", NOT_KNOWN, IW_ERROR_PROJECT,
		 "cannot read the database URL: \"/\" is missing before the name of the database"},
		{"mysql://u:secret@h/d?ssl=maybe", NOT_KNOWN, IW_ERROR_PROJECT,
		 "cannot read the database URL: the value of option \"ssl\" is not known"},
		{"postgres://u:secret@h/d", IW_MYSQL, IW_ERROR_PROJECT,
		 "the database URL is for postgres, but mysql is wanted"},
		{"jdbc:mysql:replication://secret/d", NOT_KNOWN, IW_ERROR_PROJECT,
		 "cannot read the database URL: this JDBC form (replication, load balancing, named addresses) is not "
		 "known"},
		{"libsql://secret.turso.io", NOT_KNOWN, IW_ERROR_UNSUPPORTED,
		 "cannot work on a remote libSQL (Turso) database (the database URL starts with \"libsql:\")"},
		{"libsql://secret.turso.io", IW_SQLITE, IW_ERROR_UNSUPPORTED,
		 "cannot work on a remote libSQL (Turso) database (the database URL starts with \"libsql:\")"},
		{"prisma+postgres://localhost:51213/?api_key=secret", NOT_KNOWN, IW_ERROR_UNSUPPORTED,
		 "cannot work on a Prisma Postgres proxy (the database URL starts with \"prisma+postgres:\")"},
		{"sqlserver://h;password=secret", NOT_KNOWN, IW_ERROR_UNSUPPORTED,
		 "cannot work on SQL Server (the database URL starts with \"sqlserver:\")"},
		{"redis://u:secret@h", NOT_KNOWN, IW_ERROR_UNSUPPORTED,
		 "cannot work on a database whose URL starts with \"redis:\""},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(examples); i++) {
		g_autoptr(iw_arena) arena = iw_arena_new();
		g_autoptr(GError) error = NULL;
		if (parse(arena, examples[i].text, examples[i].dialect, &error) != NULL)
			fail_msg("\"%s\" was read", examples[i].text);
		check_string("message", examples[i].text, error->message, examples[i].message);
		assert_int_equal(error->code, examples[i].code);
		const char *hint = iw_error_info(error)->hint;
		assert_true(hint == NULL || strstr(hint, "secret") == NULL);
	}
}

static void statistics_are_found_by_name_with_and_without_the_default_schema(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	struct iw_table_statistics users = {.name = {"public", "users"}}, logs = {.name = {"audit", "logs"}};
	struct iw_statistics statistics = {.tables = iw_arena_hash_table(arena, g_str_hash, g_str_equal)};
	g_hash_table_insert(statistics.tables, (char *)"users", &users);
	g_hash_table_insert(statistics.tables, (char *)"audit.logs", &logs);
	assert_ptr_equal(iw_statistics_find(&statistics, (struct iw_name){NULL, "users"}), &users);
	assert_ptr_equal(iw_statistics_find(&statistics, (struct iw_name){"public", "users"}), &users);
	assert_ptr_equal(iw_statistics_find(&statistics, (struct iw_name){"audit", "logs"}), &logs);
	assert_null(iw_statistics_find(&statistics, (struct iw_name){"audit", "users"}));
	assert_null(iw_statistics_find(&statistics, (struct iw_name){NULL, "logs"}));
	assert_null(iw_statistics_find(NULL, (struct iw_name){NULL, "users"}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(postgres_urls_are_read_as_libpq_and_prisma_read_them),
		cmocka_unit_test(libpq_keyword_strings_are_read),
		cmocka_unit_test(mysql_urls_are_read_as_prisma_jdbc_and_go_write_them),
		cmocka_unit_test(sqlite_urls_and_paths_start_from_the_base_folder),
		cmocka_unit_test(what_cannot_be_read_is_refused_without_the_password),
		cmocka_unit_test(statistics_are_found_by_name_with_and_without_the_default_schema),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
