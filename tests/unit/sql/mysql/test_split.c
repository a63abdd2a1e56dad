/* Where statements of MySQL end: strings, comments, DELIMITER, bodies without it, breakpoints, blocks of the project.
 */
#include "base/error.h"
#include "sql/sql.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The statements' texts, joined by " / "; or "error at OFFSET". */
static char *cut_with(const char *text, const struct iw_script *script, bool is_mariadb)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	g_autoptr(iw_source) source = iw_source_from_text(text, strlen(text), "test");
	g_autoptr(GError) error = NULL;
	struct iw_engine engine = {IW_MYSQL, is_mariadb, 0};
	GPtrArray *statements = iw_read_all(arena, engine, source, script, &error);
	if (statements == NULL) {
		assert_int_equal(error->code, IW_ERROR_INPUT);
		return g_strdup_printf("error at %zu", iw_error_info(error)->place.offset);
	}
	GString *out = g_string_new(NULL);
	for (guint i = 0; i < statements->len; i++) {
		const struct iw_statement *statement = statements->pdata[i];
		g_string_append_printf(out, "%s%s", i > 0 ? " / " : "", statement->text);
	}
	return g_string_free(out, FALSE);
}

#define ASSERT_CUT(text, expected)                                                                                     \
	do {                                                                                                           \
		g_autofree char *found = cut_with(text, NULL, false);                                                  \
		assert_string_equal(found, expected);                                                                  \
	} while (0)

static void semicolons_in_strings_names_and_comments_do_not_end_a_statement(void **state)
{
	(void)state;
	ASSERT_CUT("SELECT ';'; SELECT \";\"; SELECT `;`", "SELECT ';' / SELECT \";\" / SELECT `;`");
	ASSERT_CUT("SELECT 'a\\';b'; SELECT 'a'';b'", "SELECT 'a\\';b' / SELECT 'a'';b'");
	ASSERT_CUT("SELECT 1 -- ; x\n; SELECT 2 # ;\n", "SELECT 1 / SELECT 2");
	ASSERT_CUT("SELECT /* ; */ 1; /* ; */", "SELECT /* ; */ 1");
	ASSERT_CUT("SELECT 1--1; SELECT 2", "SELECT 1--1 / SELECT 2");
	ASSERT_CUT(";; -- only\n;", "");
}

static void executable_comments_belong_to_the_statement(void **state)
{
	(void)state;
	ASSERT_CUT("/*!40101 SET NAMES utf8 */;\nSELECT 1;", "/*!40101 SET NAMES utf8 */ / SELECT 1");
	ASSERT_CUT("SELECT 1 /*! , ';' */; SELECT 2", "SELECT 1 /*! , ';' */ / SELECT 2");
}

static void delimiter_lines_change_the_terminator(void **state)
{
	(void)state;
	ASSERT_CUT("DELIMITER $$\nCREATE PROCEDURE p() BEGIN SELECT 1; END$$\nDELIMITER ;\nSELECT 2;",
		   "CREATE PROCEDURE p() BEGIN SELECT 1; END / SELECT 2");
	ASSERT_CUT("delimiter //\nCREATE TRIGGER t BEFORE INSERT ON x FOR EACH ROW SET NEW.a = 1;\n//\ndelimiter "
		   ";\nSELECT 1",
		   "CREATE TRIGGER t BEFORE INSERT ON x FOR EACH ROW SET NEW.a = 1 / SELECT 1");
	ASSERT_CUT("DELIMITER ;;\nCREATE FUNCTION f() RETURNS int BEGIN RETURN 1; END;;\nDELIMITER ;\nSELECT 1;",
		   "CREATE FUNCTION f() RETURNS int BEGIN RETURN 1; END / SELECT 1");
}

static void bodies_are_one_statement_without_a_delimiter(void **state)
{
	(void)state;
	static const char *const bodies[] = {
		"CREATE PROCEDURE p() BEGIN IF a THEN SELECT 1; ELSEIF b THEN SELECT 2; ELSE SELECT 3; END IF; END",
		"CREATE PROCEDURE p() BEGIN SELECT IF(a, 1, 2); SELECT CASE WHEN a THEN IF(b, 1, 2) ELSE 3 END; END",
		"CREATE PROCEDURE p() BEGIN CASE a WHEN 1 THEN SELECT 1; ELSE SELECT 2; END CASE; END",
		"CREATE PROCEDURE p() BEGIN l: LOOP LEAVE l; END LOOP l; WHILE a DO SELECT 1; END WHILE; END",
		"CREATE PROCEDURE p() BEGIN REPEAT SET a = a + 1; UNTIL a > 5 END REPEAT; SELECT REPEAT('x', 3); END",
		"CREATE PROCEDURE p() BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; END; SELECT 1; END",
		"CREATE PROCEDURE p() BEGIN DECLARE a INT DEFAULT 1; BEGIN SELECT 1; END; SELECT t.end FROM t; END",
		"CREATE PROCEDURE IF NOT EXISTS p(begin INT) SELECT 1",
		"CREATE TRIGGER t BEFORE UPDATE ON x FOR EACH ROW IF NEW.a THEN SET NEW.b = 1; END IF",
		"CREATE TRIGGER t BEFORE INSERT ON x FOR EACH ROW SET NEW.a = IF(NEW.b, 1, 2)",
		"CREATE FUNCTION f(a int) RETURNS varchar(9) DETERMINISTIC RETURN CASE WHEN a THEN 'x' ELSE 'y' END",
		"CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO BEGIN DELETE FROM t; DELETE FROM u; END",
		"CREATE DEFINER=`a`@`b` PROCEDURE p() COMMENT 'x' BEGIN SELECT 1; END",
		"BEGIN NOT ATOMIC SELECT 1; SELECT 2; END",
	};
	for (size_t i = 0; i < G_N_ELEMENTS(bodies); i++) {
		g_autofree char *text = g_strconcat(bodies[i], ";\nSELECT 9;", NULL);
		g_autofree char *expected = g_strconcat(bodies[i], " / SELECT 9", NULL);
		ASSERT_CUT(text, expected);
	}
	ASSERT_CUT("BEGIN; INSERT INTO t VALUES (1); COMMIT;", "BEGIN / INSERT INTO t VALUES (1) / COMMIT");
	ASSERT_CUT("DROP TABLE IF EXISTS a; CREATE TABLE b (begin int, `case` int); SELECT 1",
		   "DROP TABLE IF EXISTS a / CREATE TABLE b (begin int, `case` int) / SELECT 1");
}

static void a_breakpoint_separates_and_is_no_comment(void **state)
{
	(void)state;
	const struct iw_script script = {.length = SIZE_MAX, .breakpoint = "--> statement-breakpoint"};
	g_autofree char *found =
		cut_with("SELECT 1--> statement-breakpoint\nSELECT 2;--> statement-breakpoint\nSELECT 3 -- x "
			 "--> statement-breakpoint\nSELECT 4",
			 &script, false);
	assert_string_equal(found, "SELECT 1 / SELECT 2 / SELECT 3 / SELECT 4");
}

static void marked_blocks_are_one_statement(void **state)
{
	(void)state;
	const struct iw_script script = {
		.length = SIZE_MAX, .block_begin = "-- +goose StatementBegin", .block_end = "-- +goose StatementEnd"};
	g_autofree char *found =
		cut_with("SELECT 1;\n-- +goose StatementBegin\nCREATE PROCEDURE p() SELECT 1; SELECT 2;\n"
			 "-- +goose StatementEnd\nSELECT 3;",
			 &script, false);
	assert_string_equal(found, "SELECT 1 / CREATE PROCEDURE p() SELECT 1; SELECT 2 / SELECT 3");
	g_autofree char *open = cut_with("SELECT 1;\n-- +goose StatementBegin\nSELECT 2;", &script, false);
	assert_string_equal(open, "error at 10");
}

static void what_has_no_end_is_an_error_at_its_opening(void **state)
{
	(void)state;
	ASSERT_CUT("SELECT 1; SELECT 'x", "error at 17");
	ASSERT_CUT("SELECT `x", "error at 7");
	ASSERT_CUT("SELECT 1 /* x", "error at 9");
	ASSERT_CUT("CREATE PROCEDURE p() BEGIN SELECT 1;", "error at 21");
}

static void executable_comments_are_read_as_their_vendor_does(void **state)
{
	(void)state;
	static const struct {
		bool is_mariadb;
		const char *text;
		enum iw_operation_kind kind;
	} rows[] = {
		{false, "/*!80000 DROP TABLE t */", IW_OP_DROP_TABLE},
		{true, "/*!80000 DROP TABLE t */", IW_OP_SET},
		{true, "/*M!100100 DROP TABLE t */", IW_OP_DROP_TABLE},
		{false, "/*M!100100 DROP TABLE t */", IW_OP_SET},
		{true, "/*!50100 DROP TABLE t */", IW_OP_DROP_TABLE},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(iw_arena) arena = iw_arena_new();
		g_autoptr(iw_source) source = iw_source_from_text(rows[i].text, strlen(rows[i].text), "test");
		struct iw_engine engine = {IW_MYSQL, rows[i].is_mariadb, 0};
		GPtrArray *statements = iw_read_all(arena, engine, source, NULL, NULL);
		assert_int_equal(statements->len, 1);
		const struct iw_statement *statement = statements->pdata[0];
		const struct iw_operation *operation = statement->operations->pdata[0];
		assert_int_equal(operation->kind, rows[i].kind);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(semicolons_in_strings_names_and_comments_do_not_end_a_statement),
		cmocka_unit_test(executable_comments_belong_to_the_statement),
		cmocka_unit_test(delimiter_lines_change_the_terminator),
		cmocka_unit_test(bodies_are_one_statement_without_a_delimiter),
		cmocka_unit_test(a_breakpoint_separates_and_is_no_comment),
		cmocka_unit_test(marked_blocks_are_one_statement),
		cmocka_unit_test(what_has_no_end_is_an_error_at_its_opening),
		cmocka_unit_test(executable_comments_are_read_as_their_vendor_does),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
