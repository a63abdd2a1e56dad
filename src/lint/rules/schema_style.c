/* Shapes of tables, keys and names that a project may want to do without; all off until it asks for them. */
#include "lint/rules/rules.h"

#include <string.h>

static struct iw_finding *say(const struct iw_lint_context *context, const char *message, const char *advice)
{
	struct iw_finding *finding = iw_finding_new(context, IW_OFF, "%s", message);
	finding->fact = NULL;
	return iw_finding_with(finding, advice, NULL);
}

/* table-without-primary-key: the key may come later in the migration. */
static bool is_made_here(const struct iw_lint_context *context)
{
	const struct iw_table *table = context->operation->table;
	return iw_lint_is_any(context, IW_OP_CREATE_TABLE) && table != NULL && !table->is_temporary &&
	       !table->is_opaque && table->partition_of.name == NULL && table->inherits == NULL &&
	       table->likes == NULL && (table->kind == IW_TABLE || table->kind == IW_PARTITIONED_TABLE);
}

static struct iw_finding *keep_new_table(const struct iw_lint_context *context)
{
	if (is_made_here(context))
		iw_lint_keep(context, NULL, NULL);
	return NULL;
}

static struct iw_finding *tables_without_key(const struct iw_lint_context *context)
{
	GPtrArray *kept = iw_lint_kept(context);
	for (guint i = kept->len; i-- > 0;) {
		const struct iw_lint_kept *one = g_ptr_array_index(kept, i);
		const struct iw_table *table = iw_schema_find_table(context->before, one->table);
		if (table == NULL || table->is_opaque || iw_table_primary_key(table) != NULL)
			g_ptr_array_remove_index(kept, i);
	}
	struct iw_finding *finding = iw_finding_of_kept(context, kept, "no primary key");
	return finding == NULL ? NULL : iw_finding_with(finding, "Give the table a primary key.", NULL);
}

static struct iw_finding *cascading_key(const struct iw_lint_context *context)
{
	GPtrArray *constraints = iw_lint_constraints(context);
	for (guint i = 0; i < constraints->len; i++) {
		const struct iw_constraint *constraint = g_ptr_array_index(constraints, i);
		if (constraint->kind == IW_FOREIGN_KEY &&
		    (constraint->on_delete == IW_CASCADE || constraint->on_update == IW_CASCADE))
			return say(context,
				   iw_lint_sql(context, "a change of \"%s\" cascades into %s",
					       constraint->references.name, iw_lint_table_words(context)),
				   "Use RESTRICT or NO ACTION, and delete in the application, in batches.");
	}
	return NULL;
}

static struct iw_finding *wide_index(const struct iw_lint_context *context)
{
	enum { MOST = 3 };
	const struct iw_index *index = context->operation->index;
	if (!iw_lint_is_any(context, IW_OP_CREATE_INDEX) || index == NULL || index->is_unique ||
	    index->special != NULL || index->keys == NULL || index->keys->len <= MOST)
		return NULL;
	return say(context, iw_lint_sql(context, "an index over %u columns", index->keys->len),
		   "Columns after the first three rarely narrow a search; put what is only read into INCLUDE.");
}

static bool is_prefix(GPtrArray *shorter, GPtrArray *longer)
{
	for (guint i = 0; i < shorter->len; i++) {
		const struct iw_key *a = g_ptr_array_index(shorter, i);
		const struct iw_key *b = i < longer->len ? g_ptr_array_index(longer, i) : NULL;
		if (b == NULL || a->column == NULL || g_strcmp0(a->column, b->column) != 0 || a->length != b->length ||
		    a->is_descending != b->is_descending || g_strcmp0(a->operator_class, b->operator_class) != 0)
			return false;
	}
	return shorter->len > 0;
}

static bool is_plain(const struct iw_index *index)
{
	return index->where == NULL && index->keys != NULL && index->special == NULL && !index->is_invalid &&
	       g_strcmp0(index->method == NULL ? "btree" : index->method, "btree") == 0;
}

static struct iw_finding *redundant_index(const struct iw_lint_context *context)
{
	const struct iw_index *index = context->operation->index;
	const struct iw_table *table = iw_lint_table(context);
	if (!iw_lint_is_any(context, IW_OP_CREATE_INDEX) || index == NULL || table == NULL || !is_plain(index))
		return NULL;
	for (guint i = 0; i < table->indexes->len; i++) {
		const struct iw_index *other = g_ptr_array_index(table->indexes, i);
		if (!is_plain(other))
			continue;
		bool is_covered = !index->is_unique && is_prefix(index->keys, other->keys);
		bool covers = !other->is_unique && other->constraint == NULL && is_prefix(other->keys, index->keys);
		if (!is_covered && !covers)
			continue;
		return say(context,
			   iw_lint_sql(context,
				       is_covered
					       ? "the index \"%s\" serves the same searches"
					       : "it serves the searches of the index \"%s\" too, which is left over",
				       other->name),
			   "Every index makes every write slower; keep the wider one.");
	}
	return NULL;
}

static bool is_indexed(const struct iw_table *table, GPtrArray *columns)
{
	for (guint i = 0; i < table->indexes->len; i++) {
		const struct iw_index *index = g_ptr_array_index(table->indexes, i);
		if (index->where != NULL || index->keys == NULL || index->keys->len < columns->len)
			continue;
		guint matches = 0;
		for (guint k = 0; k < columns->len; k++) {
			const struct iw_key *key = g_ptr_array_index(index->keys, k);
			matches += key->column != NULL && iw_lint_has_name(columns, key->column);
		}
		if (matches == columns->len)
			return true;
	}
	return false;
}

/* foreign-key-without-index: the index may come later in the migration. */
static struct iw_finding *keep_foreign_keys(const struct iw_lint_context *context)
{
	GPtrArray *constraints = iw_lint_constraints(context);
	for (guint i = 0; i < constraints->len; i++) {
		const struct iw_constraint *constraint = g_ptr_array_index(constraints, i);
		GPtrArray *columns = iw_lint_constraint_columns(context, constraint);
		if (constraint->kind != IW_FOREIGN_KEY)
			continue;
		if (columns->len == 0 && context->operation->member != NULL)
			g_ptr_array_add(columns, (char *)context->operation->member);
		if (columns->len > 0)
			iw_lint_keep(context, g_ptr_array_index(columns, 0), columns);
	}
	return NULL;
}

static bool is_big(const struct iw_lint_context *context, struct iw_name name)
{
	struct iw_table_size size;
	return context->options->size != NULL && context->options->size(context->options->size_data, name, &size) &&
	       size.rows >= context->options->small_table_rows;
}

static struct iw_finding *keys_without_index(const struct iw_lint_context *context)
{
	GPtrArray *kept = iw_lint_kept(context);
	for (guint i = kept->len; i-- > 0;) {
		const struct iw_lint_kept *one = g_ptr_array_index(kept, i);
		const struct iw_table *table = iw_schema_find_table(context->before, one->table);
		bool is_wanted = iw_lint_is_asked_for(context) || is_big(context, one->table);
		if (table == NULL || table->is_opaque || !is_wanted || is_indexed(table, one->columns))
			g_ptr_array_remove_index(kept, i);
	}
	struct iw_finding *finding = iw_finding_of_kept(context, kept, "no index on the columns of a foreign key");
	return finding == NULL
		       ? NULL
		       : iw_finding_with(finding,
					 "Every DELETE in the referenced table reads this whole table; build an "
					 "index, concurrently if the table is there already.",
					 NULL);
}

static struct iw_finding *enum_type(const struct iw_lint_context *context)
{
	if (!iw_lint_is_any(context, IW_OP_CREATE_ENUM))
		return NULL;
	return say(context, "values of an enum can be added and renamed, never removed",
		   "Use a table of values, or text with a CHECK.");
}

static struct iw_finding *enum_order(const struct iw_lint_context *context)
{
	if (!iw_lint_is_any(context, IW_OP_ADD_ENUM_VALUE) || context->operation->text != NULL)
		return NULL;
	return say(context,
		   iw_lint_sql(context, "'%s' goes to the end of the enum's order", context->operation->member),
		   "Say BEFORE or AFTER which value it comes.");
}

static struct iw_finding *dropped_not_null(const struct iw_lint_context *context)
{
	if (!iw_lint_is(context, IW_OP_DROP_NOT_NULL))
		return NULL;
	return say(context,
		   iw_lint_sql(context, "running code does not expect NULL in \"%s\"", context->operation->member),
		   "Deploy code that can read NULL first.");
}

static struct iw_finding *reserved_word(const struct iw_lint_context *context)
{
	const struct iw_operation *operation = context->operation;
	bool makes_name = operation->kind == IW_OP_CREATE_TABLE || operation->kind == IW_OP_ADD_COLUMN ||
			  operation->kind == IW_OP_RENAME_TABLE || operation->kind == IW_OP_RENAME_COLUMN;
	if (!makes_name || context->replay_error != NULL)
		return NULL;
	const char *name = operation->new_name.name != NULL	 ? operation->new_name.name
			   : operation->kind == IW_OP_ADD_COLUMN ? operation->member
								 : operation->name.name;
	bool is_plain = name != NULL && g_ascii_isalpha(*name);
	for (const char *c = name; is_plain && *c != '\0'; c++)
		is_plain = g_ascii_islower(*c) || g_ascii_isdigit(*c) || *c == '_';
	if (!is_plain || *iw_quote(context->arena, IW_POSTGRES, name) != '"')
		return NULL;
	return say(context, iw_lint_sql(context, "\"%s\" is a reserved word: every use of it must be quoted", name),
		   "Choose another name.");
}

static struct iw_finding *name_style(const struct iw_lint_context *context)
{
	const struct iw_operation *operation = context->operation;
	bool makes_name = operation->kind == IW_OP_CREATE_TABLE || operation->kind == IW_OP_ADD_COLUMN;
	const char *name = operation->kind == IW_OP_ADD_COLUMN ? operation->member : operation->name.name;
	if (!makes_name || name == NULL || context->replay_error != NULL)
		return NULL;
	const char *c = name;
	while (g_ascii_islower(*c) || g_ascii_isdigit(*c) || *c == '_')
		c++;
	if (*c == '\0')
		return NULL;
	return say(context, iw_lint_sql(context, "\"%s\" is not in lower case with underscores", name),
		   "Use a name that needs no quotes on any engine.");
}

static struct iw_finding *schema_not_named(const struct iw_lint_context *context)
{
	const struct iw_operation *operation = context->operation;
	bool is_table = operation->kind == IW_OP_CREATE_TABLE || operation->kind == IW_OP_DROP_TABLE ||
			operation->kind == IW_OP_CREATE_INDEX || operation->kind == IW_OP_ADD_COLUMN ||
			operation->kind == IW_OP_DROP_COLUMN || operation->kind == IW_OP_RENAME_TABLE;
	bool is_temporary = operation->table != NULL && operation->table->is_temporary;
	if (!is_table || is_temporary || operation->name.schema != NULL || context->replay_error != NULL)
		return NULL;
	return say(context,
		   iw_lint_sql(context, "which %s is meant depends on search_path", iw_lint_table_words(context)),
		   "Write schema.table.");
}

static struct iw_finding *not_idempotent(const struct iw_lint_context *context)
{
	static const enum iw_operation_kind KINDS[] = {
		IW_OP_CREATE_TABLE, IW_OP_DROP_TABLE,  IW_OP_CREATE_INDEX,    IW_OP_DROP_INDEX,	    IW_OP_ADD_COLUMN,
		IW_OP_DROP_COLUMN,  IW_OP_CREATE_ENUM, IW_OP_DROP_CONSTRAINT, IW_OP_CREATE_SEQUENCE};
	const struct iw_operation *operation = context->operation;
	bool is_listed = false;
	for (size_t i = 0; i < G_N_ELEMENTS(KINDS); i++)
		is_listed |= operation->kind == KINDS[i];
	bool is_mysql_table = operation->kind == IW_OP_CREATE_TABLE || operation->kind == IW_OP_DROP_TABLE;
	bool can = !iw_lint_is_dialect(context, IW_MYSQL) || context->options->engine.is_mariadb || is_mysql_table;
	if (!is_listed || !can || context->in_transaction || context->replay_error != NULL ||
	    (operation->flags & (IW_IF_EXISTS | IW_IF_NOT_EXISTS)) != 0)
		return NULL;
	return say(context,
		   "outside a transaction a second attempt fails here, if a later statement failed in the first",
		   "Say IF EXISTS or IF NOT EXISTS; or let a tool that knows what has run go on from there.");
}

static struct iw_finding *dropped_object(const struct iw_lint_context *context)
{
	if (!iw_lint_is_any(context, IW_OP_DROP_OBJECT) && !iw_lint_is(context, IW_OP_DROP_TRIGGER) &&
	    !iw_lint_is(context, IW_OP_DROP_POLICY))
		return NULL;
	return say(context,
		   iw_lint_sql(context, "code that still uses this fails: %s",
			       iw_operation_title(context->arena, context->operation)),
		   "Drop it when no running code uses it any more.");
}

static struct iw_finding *several_alters(const struct iw_lint_context *context)
{
	const struct iw_operation *operation = context->operation;
	enum iw_object_kind kind = iw_operation_kind_object(operation->kind);
	bool is_alter = kind == IW_OBJECT_COLUMN ||
			(kind == IW_OBJECT_CONSTRAINT && operation->kind != IW_OP_VALIDATE_CONSTRAINT);
	if (!is_alter || context->is_new_table || context->replay_error != NULL || operation->name.name == NULL ||
	    !iw_lint_is_first_operation(context))
		return NULL;
	const char *key = iw_lint_table_key(context->arena, context->before, operation->name);
	if (iw_lint_count(context, iw_lint_sql(context, "alter %s", key)) != 1)
		return NULL;
	return say(context, iw_lint_sql(context, "%s is altered by several statements", iw_lint_table_words(context)),
		   "One ALTER TABLE with several actions waits for its lock once, and reads or copies the table once.");
}

static struct iw_finding *several_tables(const struct iw_lint_context *context)
{
	const struct iw_operation *operation = context->operation;
	bool is_strong =
		context->fact->blocks == IW_BLOCKS_EVERYTHING && strcmp(context->fact->lock, "ACCESS EXCLUSIVE") == 0;
	if (!is_strong || context->is_new_table || !context->in_transaction || context->replay_error != NULL ||
	    operation->name.name == NULL)
		return NULL;
	const char *key = iw_lint_table_key(context->arena, context->before, operation->name);
	guint transaction = context->memory->transaction;
	if (!iw_lint_say_once(context, iw_lint_sql(context, "locked %u %s", transaction, key)) ||
	    iw_lint_count(context, iw_lint_sql(context, "tables locked %u", transaction)) != 1)
		return NULL;
	return say(context, "the transaction locks more than one table that is in use",
		   "Locks are held to the end and waited for one after the other: a migration for each table cannot "
		   "deadlock with the application.");
}

static struct iw_finding *locked_parent(const struct iw_lint_context *context)
{
	if (!iw_lint_is_any(context, IW_OP_CREATE_TABLE))
		return NULL;
	GPtrArray *constraints = iw_lint_constraints(context);
	for (guint i = 0; i < constraints->len; i++) {
		const struct iw_constraint *constraint = g_ptr_array_index(constraints, i);
		if (constraint->kind != IW_FOREIGN_KEY ||
		    iw_schema_find_table(context->before, constraint->references) == NULL ||
		    iw_lint_is_new(context->memory, context->before, constraint->references))
			continue;
		return say(context,
			   iw_lint_sql(context,
				       "its foreign key takes SHARE ROW EXCLUSIVE on \"%s\": writes there wait until "
				       "the transaction ends",
				       constraint->references.name),
			   "Quick by itself; keep the transaction short, with a lock_timeout.");
	}
	return NULL;
}

static struct iw_finding *no_algorithm(const struct iw_lint_context *context)
{
	const struct iw_statement *statement = context->statement;
	if (context->replay_error != NULL || context->is_new_table || statement->algorithm != NULL ||
	    !g_str_has_prefix(context->fact->lock, "ALGORITHM=") || !iw_lint_is_first_operation(context))
		return NULL;
	return say(context, "without ALGORITHM the server falls back to a copy without a word",
		   "Write ALGORITHM=INSTANT, or ALGORITHM=INPLACE, LOCK=NONE: the server then refuses what it cannot "
		   "do online.");
}

static struct iw_finding *domain_check(const struct iw_lint_context *context)
{
	const struct iw_domain *domain = context->operation->domain;
	if (!iw_lint_is_any(context, IW_OP_CREATE_DOMAIN) || domain == NULL ||
	    (!domain->not_null && (domain->constraints == NULL || domain->constraints->len == 0)))
		return NULL;
	return say(context, "a column of a domain with constraints cannot be added without rewriting the table",
		   "Use the base type, and a CHECK on the table.");
}

static struct iw_finding *nameless_index(const struct iw_lint_context *context)
{
	if (!iw_lint_is_any(context, IW_OP_CREATE_INDEX) || context->operation->member != NULL)
		return NULL;
	return say(context, "the server chooses a name for this index, which later migrations must guess",
		   "Name the index.");
}

#define ON_PG(setup, bad, good)                                                                                        \
	{                                                                                                              \
		IW_POSTGRES, setup, bad, good                                                                          \
	}
#define PARENT "CREATE TABLE p (id bigint PRIMARY KEY); CREATE TABLE c (id bigint PRIMARY KEY, p_id bigint);"

const struct iw_rule iw_rules_style[] = {
	{.id = "table-without-primary-key",
	 .title = "a new table has no primary key",
	 .dialects = IW_ON_ALL,
	 .why = "Without a key a row cannot be named: logical replication, online schema changes and most tools need "
		"one.",
	 .check = keep_new_table,
	 .check_migration = tables_without_key,
	 .examples = IW_EXAMPLES(
		 ON_PG("", "CREATE TABLE t (a int);", "CREATE TABLE t (a int);\nALTER TABLE t ADD PRIMARY KEY (a);"),
		 {IW_MYSQL, "", "CREATE TABLE t (a int);", "CREATE TABLE t (a int PRIMARY KEY);"},
		 {IW_SQLITE, "", "CREATE TABLE t (a int);", "CREATE TABLE t (a integer PRIMARY KEY);"})},
	{.id = "foreign-key-without-index",
	 .title = "the columns of a foreign key have no index",
	 .severity_with_sizes = IW_WARNING,
	 .dialects = IW_ON_POSTGRES | IW_ON_SQLITE,
	 .why = "PostgreSQL and SQLite make no index for a foreign key. Each DELETE, and each UPDATE of the key, in "
		"the "
		"referenced table then reads the whole referencing one. With a database URL it is reported for tables "
		"that are not small; without one, only where a project asks for it. (MySQL makes the index by itself.)",
	 .check = keep_foreign_keys,
	 .check_migration = keys_without_index,
	 .examples = IW_EXAMPLES(
		 ON_PG(PARENT, "ALTER TABLE c ADD CONSTRAINT f FOREIGN KEY (p_id) REFERENCES p (id) NOT VALID;",
		       "ALTER TABLE c ADD CONSTRAINT f FOREIGN KEY (p_id) REFERENCES p (id) NOT VALID;\n"
		       "CREATE INDEX ON c (p_id, id);"),
		 {IW_SQLITE, "CREATE TABLE p (id integer PRIMARY KEY);",
		  "CREATE TABLE c (id integer PRIMARY KEY, p_id integer REFERENCES p (id));",
		  "CREATE TABLE c (id integer PRIMARY KEY, p_id integer REFERENCES p (id));\n"
		  "CREATE INDEX c_p_id ON c (p_id);"})},
	{.id = "redundant-index",
	 .title = "another index serves the same searches",
	 .dialects = IW_ON_ALL,
	 .why = "An index whose columns are the first ones of another is used for nothing that the other cannot do, "
		"and "
		"costs on every write.",
	 .check = redundant_index,
	 .examples = IW_EXAMPLES(ON_PG("CREATE TABLE t (a int, b int); CREATE INDEX t_a_b ON t (a, b);",
				       "CREATE INDEX t_a ON t (a);", "CREATE INDEX t_b ON t (b);"),
				 {IW_MYSQL, "CREATE TABLE t (a int, b int, KEY t_a_b (a, b));",
				  "CREATE INDEX t_a ON t (a);", "CREATE INDEX t_b ON t (b);"},
				 {IW_SQLITE, "CREATE TABLE t (a int, b int); CREATE INDEX t_a_b ON t (a, b);",
				  "CREATE INDEX t_a ON t (a);", "CREATE INDEX t_b ON t (b);"})},
	{.id = "wide-index",
	 .title = "an index over more than three columns",
	 .dialects = IW_ON_ALL,
	 .why = "Wide indexes are large, slow to maintain, and rarely better than one over their first columns.",
	 .check = wide_index,
	 .examples = IW_EXAMPLES(ON_PG("CREATE TABLE t (a int, b int, c int, d int);",
				       "CREATE INDEX i ON t (a, b, c, d);", "CREATE INDEX i ON t (a, b);"),
				 {IW_MYSQL, "CREATE TABLE t (a int, b int, c int, d int);",
				  "CREATE INDEX i ON t (a, b, c, d);", "CREATE INDEX i ON t (a, b);"},
				 {IW_SQLITE, "CREATE TABLE t (a int, b int, c int, d int);",
				  "CREATE INDEX i ON t (a, b, c, d);", "CREATE INDEX i ON t (a, b);"})},
	{.id = "cascading-foreign-key",
	 .title = "a foreign key with CASCADE",
	 .dialects = IW_ON_ALL,
	 .why = "One DELETE may remove any number of rows in other tables, in one transaction, without a word.",
	 .check = cascading_key,
	 .examples = IW_EXAMPLES(
		 ON_PG(PARENT, "ALTER TABLE c ADD FOREIGN KEY (p_id) REFERENCES p (id) ON DELETE CASCADE NOT VALID;",
		       "ALTER TABLE c ADD FOREIGN KEY (p_id) REFERENCES p (id) NOT VALID;"),
		 {IW_MYSQL, "CREATE TABLE p (id bigint PRIMARY KEY);",
		  "CREATE TABLE c (p_id bigint, FOREIGN KEY (p_id) REFERENCES p (id) ON DELETE CASCADE);",
		  "CREATE TABLE c (p_id bigint, FOREIGN KEY (p_id) REFERENCES p (id));"},
		 {IW_SQLITE, "CREATE TABLE p (id integer PRIMARY KEY);",
		  "CREATE TABLE c (p_id integer REFERENCES p (id) ON DELETE CASCADE);",
		  "CREATE TABLE c (p_id integer REFERENCES p (id));"})},
	{.id = "avoid-enum-type",
	 .title = "an enum type",
	 .dialects = IW_ON_POSTGRES,
	 .why = "A value cannot be taken out of an enum again, and a new one cannot be used in the transaction that "
		"adds it.",
	 .check = enum_type,
	 .examples = IW_EXAMPLES(
		 ON_PG("", "CREATE TYPE mood AS ENUM ('sad', 'ok');", "CREATE TABLE moods (name text PRIMARY KEY);"))},
	{.id = "avoid-domain-constraint",
	 .title = "a domain with constraints",
	 .dialects = IW_ON_POSTGRES,
	 .why = "Changing a domain's constraint reads every table that uses it, and adding a column of such a type "
		"rewrites the table, default or not.",
	 .check = domain_check,
	 .examples =
		 IW_EXAMPLES(ON_PG("", "CREATE DOMAIN age AS int CHECK (VALUE > 0);", "CREATE DOMAIN age AS int;"))},
	{.id = "index-without-name",
	 .title = "an index without a name",
	 .dialects = IW_ON_POSTGRES,
	 .why = "The server makes a name of table and columns, with a number where that is taken.",
	 .check = nameless_index,
	 .examples = IW_EXAMPLES(
		 ON_PG(IW_USERS, "CREATE INDEX ON users (age);", "CREATE INDEX users_age ON users (age);"))},
	{.id = "enum-value-order",
	 .title = "an enum value without a place in the order",
	 .dialects = IW_ON_POSTGRES,
	 .why = "Enums are sorted in the order of their values; without BEFORE or AFTER a new one is the greatest.",
	 .check = enum_order,
	 .examples = IW_EXAMPLES(ON_PG("CREATE TYPE mood AS ENUM ('sad', 'ok');", "ALTER TYPE mood ADD VALUE 'fine';",
				       "ALTER TYPE mood ADD VALUE 'fine' AFTER 'ok';"))},
	{.id = "drop-not-null",
	 .title = "a column may be NULL from now on",
	 .dialects = IW_ON_POSTGRES,
	 .why = "Code that is running was written for a column without NULL, and meets one as soon as new code writes "
		"it.",
	 .check = dropped_not_null,
	 .examples =
		 IW_EXAMPLES(ON_PG("CREATE TABLE t (a int NOT NULL);", "ALTER TABLE t ALTER COLUMN a DROP NOT NULL;",
				   "ALTER TABLE t ALTER COLUMN a SET DEFAULT 1;"))},
	{.id = "reserved-word",
	 .title = "a name is a reserved word",
	 .dialects = IW_ON_POSTGRES,
	 .why = "A reserved word must be quoted at every use, and an unquoted \"user\" is even valid SQL of another "
		"meaning.",
	 .check = reserved_word,
	 .examples = IW_EXAMPLES(ON_PG("", "CREATE TABLE \"user\" (id bigint PRIMARY KEY);",
				       "CREATE TABLE users (id bigint PRIMARY KEY);"))},
	{.id = "name-style",
	 .title = "a name with capitals or blanks",
	 .dialects = IW_ON_ALL,
	 .why = "Names in lower case with underscores need quotes nowhere and mean the same on every engine and file "
		"system.",
	 .check = name_style,
	 .examples = IW_EXAMPLES(ON_PG("", "CREATE TABLE \"UserProfile\" (id bigint PRIMARY KEY);",
				       "CREATE TABLE user_profile (id bigint PRIMARY KEY);"),
				 {IW_MYSQL, "", "CREATE TABLE UserProfile (id bigint PRIMARY KEY);",
				  "CREATE TABLE user_profile (id bigint PRIMARY KEY);"},
				 {IW_SQLITE, "", "CREATE TABLE UserProfile (id integer PRIMARY KEY);",
				  "CREATE TABLE user_profile (id integer PRIMARY KEY);"})},
	{.id = "schema-not-named",
	 .title = "a table is named without its schema",
	 .dialects = IW_ON_POSTGRES,
	 .why = "Which table a bare name means depends on search_path, which roles and databases set differently.",
	 .check = schema_not_named,
	 .examples = IW_EXAMPLES(
		 ON_PG(IW_USERS, "ALTER TABLE users ADD COLUMN a int;", "ALTER TABLE public.users ADD COLUMN a int;"))},
	{.id = "not-idempotent",
	 .title = "a statement outside a transaction cannot be run twice",
	 .dialects = IW_ON_POSTGRES | IW_ON_MYSQL,
	 .why = "Without a transaction a migration that fails half way is half applied, and starting over fails at "
		"what is "
		"there already. (inchworm up journals each statement and needs no IF EXISTS.)",
	 .check = not_idempotent,
	 .examples = IW_EXAMPLES(ON_PG("", "COMMIT;\nCREATE TABLE t (id bigint PRIMARY KEY);",
				       "CREATE TABLE t (id bigint PRIMARY KEY);"),
				 {IW_MYSQL, "", "CREATE TABLE t (id bigint PRIMARY KEY);",
				  "CREATE TABLE IF NOT EXISTS t (id bigint PRIMARY KEY);"})},
	{.id = "drop-object",
	 .title = "a view, function, type, trigger or the like is dropped",
	 .dialects = IW_ON_ALL,
	 .why = "What is running may still use it. Views and functions are often dropped only to be made anew, hence "
		"off.",
	 .check = dropped_object,
	 .examples = IW_EXAMPLES(ON_PG("CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM t;", "DROP VIEW v;",
				       "CREATE OR REPLACE VIEW v AS SELECT a FROM t;"),
				 {IW_MYSQL, "CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM t;", "DROP VIEW v;",
				  "CREATE OR REPLACE VIEW v AS SELECT a FROM t;"},
				 {IW_SQLITE, "CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM t;",
				  "DROP VIEW v;", "CREATE VIEW w AS SELECT a FROM t;"})},
	{.id = "several-alters",
	 .title = "a table is altered by several statements",
	 .dialects = IW_ON_POSTGRES | IW_ON_MYSQL,
	 .why = "Each ALTER TABLE waits for the table's lock, and those that read or copy the table do so each.",
	 .check = several_alters,
	 .examples = IW_EXAMPLES(
		 ON_PG(IW_USERS, "ALTER TABLE users ADD COLUMN a int;\nALTER TABLE users ADD COLUMN b int;",
		       "ALTER TABLE users ADD COLUMN a int, ADD COLUMN b int;"),
		 {IW_MYSQL, IW_USERS_MYSQL, "ALTER TABLE users ADD COLUMN a int;\nALTER TABLE users ADD COLUMN b int;",
		  "ALTER TABLE users ADD COLUMN a int, ADD COLUMN b int;"})},
	{.id = "several-tables-locked",
	 .title = "one transaction locks several tables",
	 .dialects = IW_ON_POSTGRES,
	 .why = "The first table stays locked while the second is waited for, and code that takes the two in the other "
		"order "
		"deadlocks with the migration.",
	 .check = several_tables,
	 .examples = IW_EXAMPLES(ON_PG(PARENT, "ALTER TABLE p ADD COLUMN a int;\nALTER TABLE c ADD COLUMN a int;",
				       "ALTER TABLE p ADD COLUMN a int;\nCOMMIT;\nALTER TABLE c ADD COLUMN a int;"))},
	{.id = "create-table-locks-parent",
	 .title = "a new table's foreign key locks the table that it references",
	 .dialects = IW_ON_POSTGRES,
	 .why = "CREATE TABLE with a foreign key takes SHARE ROW EXCLUSIVE on the referenced table until the "
		"transaction "
		"ends: for a moment when it is alone, longer when more follows.",
	 .check = locked_parent,
	 .examples = IW_EXAMPLES(
		 ON_PG(IW_USERS, "CREATE TABLE posts (id bigint PRIMARY KEY, user_id bigint REFERENCES users (id));",
		       "CREATE TABLE posts (id bigint PRIMARY KEY, user_id bigint);"))},
	{.id = "require-algorithm",
	 .title = "ALTER TABLE without ALGORITHM",
	 .dialects = IW_ON_MYSQL,
	 .why = "What a server can do at once depends on its version, the table and its settings. An ALGORITHM clause "
		"makes it "
		"refuse instead of copying the table.",
	 .check = no_algorithm,
	 .examples = IW_EXAMPLES({IW_MYSQL, IW_USERS_MYSQL, "ALTER TABLE users ADD COLUMN a int;",
				  "ALTER TABLE users ADD COLUMN a int, ALGORITHM=INSTANT;"})},
};
