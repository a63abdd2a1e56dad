/* Scripts of RunSQL, as sqlparse 0.5.5 splits them and takes comments out; white space is not compared. */
#include "framework/django/operations.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static const struct {
	const char *script, *statements[5];
} rows[] = {
	{"SELECT 1", {"SELECT 1"}},
	{"SELECT 1;", {"SELECT 1;"}},
	{"SELECT 1; SELECT 2;", {"SELECT 1;", "SELECT 2;"}},
	{"SELECT 1;\n\nSELECT 2\n", {"SELECT 1;", "SELECT 2"}},
	{"SELECT 'a;b'; SELECT \"c;d\"; SELECT `e;f`", {"SELECT 'a;b';", "SELECT \"c;d\";", "SELECT `e;f`"}},
	{"SELECT 'it''s; ok'; SELECT 2", {"SELECT 'it''s; ok';", "SELECT 2"}},
	{"SELECT 'a\\'; b'; SELECT 2", {"SELECT 'a\\'; b';", "SELECT 2"}},
	{"SELECT 'C:\\'; SELECT 2", {"SELECT 'C:\\';", "SELECT 2"}},
	{"-- first; not a statement\nSELECT 1; -- behind\nSELECT 2", {"SELECT 1;", "SELECT 2"}},
	{"SELECT 1 /* a; b */ + 2; SELECT 3", {"SELECT 1 + 2;", "SELECT 3"}},
	{"SELECT 1 -- c\n+ 2", {"SELECT 1 + 2"}},
	{"SELECT 1# no comment; SELECT 2", {"SELECT 1"}},
	{"SELECT 1 # comment; x\n, 2; SELECT 3", {"SELECT 1 , 2;", "SELECT 3"}},
	{"SELECT /*+ HINT */ 1; SELECT 2", {"SELECT /*+ HINT */ 1;", "SELECT 2"}},
	{"SELECT 1 /*!40101 + 1 */; SELECT 2", {"SELECT 1 ;", "SELECT 2"}},
	{"CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = 1; DELETE FROM d; END; SELECT 1",
	 {"CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = 1; DELETE FROM d; END;", "SELECT 1"}},
	{"CREATE TRIGGER t AFTER INSERT ON a FOR EACH ROW BEGIN IF NEW.x > 1 THEN SET NEW.x = 2; END IF; END; SELECT "
	 "2;",
	 {"CREATE TRIGGER t AFTER INSERT ON a FOR EACH ROW BEGIN IF NEW.x > 1 THEN SET NEW.x = 2; END IF; END;",
	  "SELECT 2;"}},
	{"CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT CASE WHEN 1 THEN 2 END; END; SELECT 3;",
	 {"CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT CASE WHEN 1 THEN 2 END; END;", "SELECT 3;"}},
	{"CREATE PROCEDURE p() BEGIN DECLARE x INT; SET x = 1; WHILE x < 3 DO SET x = x + 1; END WHILE; END; SELECT 4;",
	 {"CREATE PROCEDURE p() BEGIN DECLARE x INT; SET x = 1; WHILE x < 3 DO SET x = x + 1; END WHILE; END;",
	  "SELECT 4;"}},
	{"CREATE FUNCTION f() RETURNS INT DETERMINISTIC BEGIN LOOP SET @a = 1; END LOOP; RETURN 1; END; SELECT 5;",
	 {"CREATE FUNCTION f() RETURNS INT DETERMINISTIC BEGIN LOOP SET @a = 1; END LOOP; RETURN 1; END;",
	  "SELECT 5;"}},
	{"BEGIN; SELECT 1; COMMIT;", {"BEGIN;", "SELECT 1;", "COMMIT;"}},
	{"BEGIN TRANSACTION; SELECT 1; COMMIT", {"BEGIN TRANSACTION;", "SELECT 1;", "COMMIT"}},
	{"BEGIN SELECT 1; END; SELECT 2;", {"BEGIN SELECT 1; END;", "SELECT 2;"}},
	{"INSERT INTO t VALUES (1, ';'); INSERT INTO t VALUES (2)",
	 {"INSERT INTO t VALUES (1, ';');", "INSERT INTO t VALUES (2)"}},
	{"SELECT (1; 2); SELECT 3", {"SELECT (1; 2);", "SELECT 3"}},
	{"SELECT CASE WHEN a THEN 1 ELSE 2 END; SELECT 2;", {"SELECT CASE WHEN a THEN 1 ELSE 2 END;", "SELECT 2;"}},
	{"CREATE OR REPLACE VIEW v AS SELECT CASE WHEN a THEN 1 END AS b FROM t; SELECT 2",
	 {"CREATE OR REPLACE VIEW v AS SELECT CASE WHEN a THEN 1 END AS b FROM t;", "SELECT 2"}},
	{"DO $$ BEGIN PERFORM 1; END; $$; SELECT 6", {"DO $$ BEGIN PERFORM 1; END; $$;", "SELECT 6"}},
	{"DO $x$ a; $$ b; $x$; SELECT 7", {"DO $x$ a; $$ b; $x$;", "SELECT 7"}},
	{"DELIMITER //\nCREATE PROCEDURE p() BEGIN SELECT 1; END //\nDELIMITER ;\nSELECT 1;",
	 {"DELIMITER // CREATE PROCEDURE p() BEGIN SELECT 1; END // DELIMITER ;", "SELECT 1;"}},
	{"SELECT 1;;SELECT 2", {"SELECT 1;", "SELECT 2"}},
	{"  ;  ", {NULL}},
	{"-- only a comment", {NULL}},
	{"/* only */", {NULL}},
	{"SELECT [a;b] FROM t; SELECT 1", {"SELECT [a;b] FROM t;", "SELECT 1"}},
	{"UPDATE t SET a = 'x' WHERE id IN (1,2);\r\nUPDATE t SET b = 1;\r\n",
	 {"UPDATE t SET a = 'x' WHERE id IN (1,2);", "UPDATE t SET b = 1;"}},
	{"CREATE TABLE IF NOT EXISTS t (a int); DROP TABLE IF EXISTS t;",
	 {"CREATE TABLE IF NOT EXISTS t (a int);", "DROP TABLE IF EXISTS t;"}},
	{"CREATE TRIGGER t BEFORE UPDATE ON a BEGIN SELECT RAISE(ABORT, 'no; way'); END",
	 {"CREATE TRIGGER t BEFORE UPDATE ON a BEGIN SELECT RAISE(ABORT, 'no; way'); END"}},
	{"SELECT a -- x\n\n\nFROM t", {"SELECT a FROM t"}},
	{"SELECT (/* c */ 1 /* d */)", {"SELECT ( 1 )"}},
	{"SELECT 1\n/* a */\n/* b */\n+ 2", {"SELECT 1 + 2"}},
	{"ALTER TABLE t ADD begin int; SELECT 1", {"ALTER TABLE t ADD begin int; SELECT 1"}},
	{"CREATE TABLE t (begin int, end int); SELECT 1", {"CREATE TABLE t (begin int, end int);", "SELECT 1"}},
	{"SELECT t.begin FROM t; SELECT 2", {"SELECT t.begin FROM t;", "SELECT 2"}},
	{"GO\nSELECT 1", {"GO", "SELECT 1"}},
};

static char *collapsed(const char *text)
{
	GString *plain = g_string_new(NULL);
	for (; *text != '\0'; text++) {
		bool is_space = g_ascii_isspace(*text);
		if (!is_space)
			g_string_append_c(plain, *text);
		else if (plain->len > 0 && plain->str[plain->len - 1] != ' ')
			g_string_append_c(plain, ' ');
	}
	return g_strchomp(g_string_free(plain, FALSE));
}

static void scripts_are_split_as_sqlparse_does(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	struct django_context context = {.arena = arena, .engine = {.dialect = IW_SQLITE}};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		GPtrArray *statements = iw_django_prepare_sql_script(&context, rows[i].script);
		for (guint k = 0; k < statements->len; k++) {
			g_autofree char *plain = collapsed(statements->pdata[k]);
			assert_non_null(rows[i].statements[k]);
			assert_string_equal(plain, rows[i].statements[k]);
		}
		assert_null(rows[i].statements[statements->len]);
	}
}

static void postgres_gets_the_script_as_it_is(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	struct django_context context = {.arena = arena, .engine = {.dialect = IW_POSTGRES}};
	GPtrArray *statements = iw_django_prepare_sql_script(&context, "SELECT 1; -- two\nSELECT 2");
	assert_int_equal(statements->len, 1);
	assert_string_equal(statements->pdata[0], "SELECT 1; -- two\nSELECT 2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scripts_are_split_as_sqlparse_does),
		cmocka_unit_test(postgres_gets_the_script_as_it_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
