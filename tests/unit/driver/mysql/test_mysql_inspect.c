/* What the MySQL driver reads from a real catalogue; INCHWORM_TEST_MYSQL as in test_mysql_driver.c. Every expected
 * value is what the SQL above it says, in the form of model/schema.h. */
#include "base/error.h"
#include "driver/driver.h"
#include "sql/sql.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

struct fixture {
	iw_arena *arena;
	iw_connection *connection;
	const char *database;
};

static int setup(void **state)
{
	static int number;
	const char *text = getenv("INCHWORM_TEST_MYSQL");
	*state = NULL;
	if (text == NULL || text[0] == '\0')
		return 0;
	struct fixture *fixture = g_new0(struct fixture, 1);
	fixture->arena = iw_arena_new();
	struct iw_url *url = iw_url_parse(fixture->arena, text, NULL, NULL);
	url->database = iw_arena_printf(fixture->arena, "iw_inspect_%d_%d", (int)getpid(), number++);
	fixture->database = url->database;
	struct iw_open_options options = {.create_database = true};
	fixture->connection = iw_connection_open(url, &options, NULL);
	assert_non_null(fixture->connection);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;
	if (fixture == NULL)
		return 0;
	g_autofree char *drop = g_strdup_printf("DROP DATABASE `%s`", fixture->database);
	iw_execute(fixture->connection, drop, NULL);
	iw_connection_free(fixture->connection);
	iw_arena_free(fixture->arena);
	g_free(fixture);
	return 0;
}

static struct fixture *begin(void **state)
{
	if (*state == NULL)
		skip();
	return *state;
}

static struct fixture *begin_mariadb(void **state)
{
	struct fixture *fixture = begin(state);
	if (!fixture->connection->engine.is_mariadb)
		skip();
	return fixture;
}

static void must(iw_connection *connection, const char *sql)
{
	GError *error = NULL;
	if (!iw_execute(connection, sql, &error))
		fail_msg("%s: %s", sql, error->message);
}

static iw_schema *inspect(struct fixture *fixture)
{
	GError *error = NULL;
	iw_connection *connection = fixture->connection;
	iw_schema *schema = connection->driver->inspect(connection, fixture->arena, NULL, &error);
	if (schema == NULL)
		fail_msg("%s", error->message);
	return schema;
}

static struct iw_table *inspect_table(struct fixture *fixture, const char *name)
{
	struct iw_table *table = iw_schema_find_table(inspect(fixture), (struct iw_name){NULL, name});
	assert_non_null(table);
	return table;
}

static const struct iw_column *column_of(struct fixture *fixture, const struct iw_table *table, const char *name)
{
	const struct iw_column *column = iw_table_find_column(table, fixture->connection->engine, name);
	assert_non_null(column);
	return column;
}

static const struct iw_index *index_of(struct fixture *fixture, const struct iw_table *table, const char *name)
{
	const struct iw_index *index = iw_table_find_index(table, fixture->connection->engine, name);
	assert_non_null(index);
	return index;
}

static const struct iw_constraint *constraint_of(struct fixture *fixture, const struct iw_table *table,
						 const char *name)
{
	const struct iw_constraint *constraint = iw_table_find_constraint(table, fixture->connection->engine, name);
	assert_non_null(constraint);
	return constraint;
}

static void assert_default(struct fixture *fixture, const struct iw_table *table, const char *name, const char *wanted)
{
	const struct iw_expression *value = column_of(fixture, table, name)->default_value;
	const struct iw_expression *expected = iw_expression_read(fixture->arena, fixture->connection->engine, wanted);
	assert_non_null(value);
	assert_string_equal(value->canonical, expected->canonical);
}

static void types_nullability_and_comments_are_read(void **state)
{
	struct fixture *fixture = begin(state);
	must(fixture->connection,
	     "CREATE TABLE t (id int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, flag tinyint(1),"
	     " price decimal(10,2) COMMENT 'it''s', mood enum('a','b''c') NOT NULL) COMMENT 'things'");
	const struct iw_table *table = inspect_table(fixture, "t");
	assert_string_equal(table->comment, "things");
	assert_string_equal(table->engine, "InnoDB");
	assert_int_equal(table->columns->len, 4);
	const struct iw_column *id = column_of(fixture, table, "id");
	assert_true(id->not_null && id->auto_increment && id->default_value == NULL);
	assert_string_equal(id->type.text,
			    iw_type_read(fixture->arena, fixture->connection->engine, "int unsigned").text);
	assert_false(column_of(fixture, table, "flag")->not_null);
	assert_string_equal(column_of(fixture, table, "flag")->type.text, "tinyint(1)");
	assert_string_equal(column_of(fixture, table, "price")->comment, "it's");
	assert_string_equal(column_of(fixture, table, "mood")->type.text, "enum('a','b''c')");
}

static void defaults_are_expressions_and_null_is_none(void **state)
{
	struct fixture *fixture = begin(state);
	must(fixture->connection,
	     "CREATE TABLE t (a int DEFAULT '5', b varchar(9) DEFAULT 'it''s', c varchar(9) DEFAULT NULL, d varchar(9),"
	     " e decimal(4,2) DEFAULT 1.5, f datetime DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,"
	     " g varchar(9) DEFAULT 'NULL', h date DEFAULT '2020-01-02', i bit(3) DEFAULT b'101')");
	const struct iw_table *table = inspect_table(fixture, "t");
	assert_default(fixture, table, "a", "5");
	assert_default(fixture, table, "b", "'it''s'");
	assert_null(column_of(fixture, table, "c")->default_value);
	assert_null(column_of(fixture, table, "d")->default_value);
	assert_default(fixture, table, "e", "1.50");
	assert_default(fixture, table, "g", "'NULL'");
	assert_default(fixture, table, "h", "'2020-01-02'");
	assert_default(fixture, table, "i", "b'101'");
	assert_non_null(column_of(fixture, table, "f")->default_value);
	assert_non_null(column_of(fixture, table, "f")->on_update);
	assert_null(column_of(fixture, table, "a")->on_update);
}

static void charsets_and_collations_are_kept_only_where_they_differ_from_the_tables(void **state)
{
	struct fixture *fixture = begin(state);
	must(fixture->connection,
	     "CREATE TABLE t (a varchar(9), b varchar(9) COLLATE utf8mb4_bin, c varchar(9) CHARACTER SET latin1, d int)"
	     " DEFAULT CHARSET utf8mb4 COLLATE utf8mb4_unicode_ci");
	const struct iw_table *table = inspect_table(fixture, "t");
	assert_string_equal(table->charset, "utf8mb4");
	assert_string_equal(table->collation, "utf8mb4_unicode_ci");
	assert_null(column_of(fixture, table, "a")->collation);
	assert_string_equal(column_of(fixture, table, "b")->collation, "utf8mb4_bin");
	assert_null(column_of(fixture, table, "b")->type.charset);
	assert_string_equal(column_of(fixture, table, "c")->type.charset, "latin1");
	assert_null(column_of(fixture, table, "d")->collation);
}

static void keys_have_their_order_prefixes_and_kinds(void **state)
{
	struct fixture *fixture = begin(state);
	must(fixture->connection, "CREATE TABLE t (a int, b varchar(99), c text, PRIMARY KEY (a), UNIQUE KEY u (b, a),"
				  " KEY p (b(5)), FULLTEXT KEY f (c))");
	const struct iw_table *table = inspect_table(fixture, "t");
	const struct iw_constraint *primary = iw_table_primary_key(table);
	assert_string_equal(primary->name, "PRIMARY");
	assert_string_equal(index_of(fixture, table, "PRIMARY")->constraint, "PRIMARY");
	const struct iw_index *unique = index_of(fixture, table, "u");
	assert_true(unique->is_unique && unique->constraint == NULL);
	assert_string_equal(((struct iw_key *)g_ptr_array_index(unique->keys, 0))->column, "b");
	assert_string_equal(((struct iw_key *)g_ptr_array_index(unique->keys, 1))->column, "a");
	assert_int_equal(((struct iw_key *)g_ptr_array_index(index_of(fixture, table, "p")->keys, 0))->length, 5);
	assert_string_equal(index_of(fixture, table, "p")->method, "btree");
	assert_string_equal(index_of(fixture, table, "f")->special, "fulltext");
	assert_null(index_of(fixture, table, "f")->method);
	assert_int_equal(table->constraints->len, 1);
}

static void foreign_keys_keep_column_order_and_rules(void **state)
{
	struct fixture *fixture = begin(state);
	must(fixture->connection, "CREATE TABLE parent (x int, y int, PRIMARY KEY (x, y))");
	must(fixture->connection,
	     "CREATE TABLE t (b int, a int, CONSTRAINT f FOREIGN KEY (a, b) REFERENCES parent (x, y)"
	     " ON DELETE CASCADE ON UPDATE SET NULL)");
	const struct iw_table *table = inspect_table(fixture, "t");
	const struct iw_constraint *key = constraint_of(fixture, table, "f");
	assert_int_equal(key->kind, IW_FOREIGN_KEY);
	assert_string_equal(g_ptr_array_index(key->columns, 0), "a");
	assert_string_equal(g_ptr_array_index(key->referenced_columns, 1), "y");
	assert_null(key->references.schema);
	assert_string_equal(key->references.name, "parent");
	assert_int_equal(key->on_delete, IW_CASCADE);
	assert_int_equal(key->on_update, IW_SET_NULL);
	assert_string_equal(index_of(fixture, table, "f")->name, "f");
}

static void checks_json_and_generated_columns_are_read(void **state)
{
	struct fixture *fixture = begin_mariadb(state);
	must(fixture->connection, "CREATE TABLE t (a int CHECK (a > 5), j json, s int AS (a * 2) STORED,"
				  " v int AS (a + 1) VIRTUAL, i int INVISIBLE DEFAULT 7, CONSTRAINT c CHECK (a < 10))");
	const struct iw_table *table = inspect_table(fixture, "t");
	assert_int_equal(constraint_of(fixture, table, "a")->kind, IW_CHECK);
	assert_string_equal(constraint_of(fixture, table, "a")->check->text, "`a` > 5");
	assert_string_equal(constraint_of(fixture, table, "c")->check->text, "`a` < 10");
	assert_string_equal(constraint_of(fixture, table, "j")->check->text, "json_valid(`j`)");
	assert_string_equal(column_of(fixture, table, "j")->type.text, "longtext");
	assert_string_equal(column_of(fixture, table, "j")->collation, "utf8mb4_bin");
	assert_int_equal(column_of(fixture, table, "s")->generated, IW_GENERATED_STORED);
	assert_string_equal(column_of(fixture, table, "s")->generation->text, "`a` * 2");
	assert_int_equal(column_of(fixture, table, "v")->generated, IW_GENERATED_VIRTUAL);
	assert_null(column_of(fixture, table, "v")->default_value);
	assert_true(column_of(fixture, table, "i")->is_invisible);
}

static void options_and_partitions_are_canonical(void **state)
{
	struct fixture *fixture = begin(state);
	must(fixture->connection, "CREATE TABLE r (d date NOT NULL) PARTITION BY RANGE (YEAR(d))"
				  " (PARTITION p0 VALUES LESS THAN (2000), PARTITION p1 VALUES LESS THAN MAXVALUE)");
	must(fixture->connection, "CREATE TABLE h (id int PRIMARY KEY) PARTITION BY HASH (id) PARTITIONS 4");
	must(fixture->connection, "CREATE TABLE l (a int) ROW_FORMAT=DYNAMIC STATS_PERSISTENT=1 PARTITION BY LIST (a)"
				  " (PARTITION x VALUES IN (1,2), PARTITION y VALUES IN (NULL))");
	const struct iw_table *table = inspect_table(fixture, "r");
	assert_int_equal(table->kind, IW_PARTITIONED_TABLE);
	const char *expected = fixture->connection->engine.is_mariadb
				       ? "RANGE (year(`d`)) (PARTITION `p0` VALUES LESS THAN (2000), PARTITION `p1`"
					 " VALUES LESS THAN MAXVALUE)"
				       : "RANGE (YEAR(d)) (PARTITION `p0` VALUES LESS THAN (2000), PARTITION `p1`"
					 " VALUES LESS THAN MAXVALUE)";
	assert_string_equal(table->partition_by, expected);
	assert_null(table->options);
	assert_string_equal(inspect_table(fixture, "l")->options, "row_format=dynamic stats_persistent=1");
	assert_non_null(
		strstr(inspect_table(fixture, "l")->partition_by, "PARTITION `x` VALUES IN (1,2), PARTITION `y` "));
	assert_non_null(strstr(inspect_table(fixture, "h")->partition_by, "PARTITIONS 4"));
}

static void views_triggers_routines_events_and_sequences_are_there_by_name(void **state)
{
	struct fixture *fixture = begin_mariadb(state);
	must(fixture->connection, "CREATE TABLE t (a int)");
	must(fixture->connection, "CREATE VIEW v AS SELECT a FROM t");
	must(fixture->connection, "CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1");
	must(fixture->connection, "CREATE FUNCTION f(x int) RETURNS int DETERMINISTIC RETURN x");
	must(fixture->connection, "CREATE PROCEDURE p(OUT x int) SELECT 1");
	must(fixture->connection, "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT 1");
	must(fixture->connection, "CREATE SEQUENCE s");
	const iw_schema *schema = inspect(fixture);
	assert_true(schema->is_inspected);
	assert_int_equal(schema->tables->len, 2);
	const struct iw_table *view = iw_schema_find_table(schema, (struct iw_name){NULL, "v"});
	assert_int_equal(view->kind, IW_VIEW);
	assert_non_null(view->definition);
	assert_int_equal(view->columns->len, 1);
	const struct iw_table *table = iw_schema_find_table(schema, (struct iw_name){NULL, "t"});
	assert_string_equal(((struct iw_object *)g_ptr_array_index(table->triggers, 0))->definition,
			    "CREATE TRIGGER `tr` BEFORE INSERT ON `t` FOR EACH ROW SET NEW.a = 1");
	const struct iw_object *function =
		iw_schema_find_object(schema, IW_OBJECT_FUNCTION, (struct iw_name){NULL, "f"});
	assert_string_equal(function->definition,
			    "CREATE FUNCTION `f`(`x` int(11)) RETURNS int(11) DETERMINISTIC RETURN x");
	assert_non_null(iw_schema_find_object(schema, IW_OBJECT_PROCEDURE, (struct iw_name){NULL, "p"}));
	assert_non_null(iw_schema_find_object(schema, IW_OBJECT_EVENT, (struct iw_name){NULL, "e"}));
	assert_non_null(iw_schema_find_sequence(schema, (struct iw_name){NULL, "s"}));
}

static void only_the_tables_asked_for_are_read(void **state)
{
	struct fixture *fixture = begin(state);
	must(fixture->connection, "CREATE TABLE a (x int, KEY k (x))");
	must(fixture->connection, "CREATE TABLE b (x int, KEY k (x))");
	const char *tables[] = {"b", NULL};
	struct iw_inspect_options options = {.tables = tables};
	const iw_schema *schema =
		fixture->connection->driver->inspect(fixture->connection, fixture->arena, &options, NULL);
	assert_int_equal(schema->tables->len, 1);
	const struct iw_table *table = g_ptr_array_index(schema->tables, 0);
	assert_string_equal(table->name.name, "b");
	assert_int_equal(table->indexes->len, 1);
}

#define server_test(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		server_test(types_nullability_and_comments_are_read),
		server_test(defaults_are_expressions_and_null_is_none),
		server_test(charsets_and_collations_are_kept_only_where_they_differ_from_the_tables),
		server_test(keys_have_their_order_prefixes_and_kinds),
		server_test(foreign_keys_keep_column_order_and_rules),
		server_test(checks_json_and_generated_columns_are_read),
		server_test(options_and_partitions_are_canonical),
		server_test(views_triggers_routines_events_and_sequences_are_there_by_name),
		server_test(only_the_tables_asked_for_are_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
