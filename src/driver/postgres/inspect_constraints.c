/* Constraints of tables, from iw_pg_constraint. Keys come from the constraint's index, which is read before. */
#include "driver/postgres/inspect_internal.h"

enum {
	CONSTRAINT_TABLE,
	CONSTRAINT_KIND,
	CONSTRAINT_NAME,
	CONSTRAINT_DEFERRABLE,
	CONSTRAINT_DEFERRED,
	CONSTRAINT_VALID,
	CONSTRAINT_ENFORCED,
	CONSTRAINT_NO_INHERIT,
	CONSTRAINT_PERIOD,
	CONSTRAINT_INDEX,
	CONSTRAINT_COLUMNS,
	CONSTRAINT_REFERENCES,
	CONSTRAINT_REFERENCED = CONSTRAINT_REFERENCES + 2,
	CONSTRAINT_ON_UPDATE,
	CONSTRAINT_ON_DELETE,
	CONSTRAINT_MATCH,
	CONSTRAINT_SET_COLUMNS,
	CONSTRAINT_CHECK,
	CONSTRAINT_OPERATORS,
};

static const struct {
	char letter;
	enum iw_constraint_kind kind;
} kinds[] = {
	{'p', IW_PRIMARY_KEY}, {'u', IW_UNIQUE},  {'f', IW_FOREIGN_KEY},
	{'c', IW_CHECK},       {'x', IW_EXCLUDE}, {'n', IW_NOT_NULL_CONSTRAINT},
};

static enum iw_action action_of(char letter)
{
	static const struct {
		char letter;
		enum iw_action action;
	} actions[] = {
		{'a', IW_NO_ACTION}, {'r', IW_RESTRICT}, {'c', IW_CASCADE}, {'n', IW_SET_NULL}, {'d', IW_SET_DEFAULT},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(actions); i++)
		if (actions[i].letter == letter)
			return actions[i].action;
	return IW_NO_ACTION;
}

static void read_foreign_key(struct inspection *inspection, struct iw_constraint *constraint)
{
	constraint->columns = iw_pg_array(inspection, CONSTRAINT_COLUMNS);
	constraint->references = iw_pg_name_at(inspection, CONSTRAINT_REFERENCES);
	constraint->referenced_columns = iw_pg_array(inspection, CONSTRAINT_REFERENCED);
	constraint->on_update = action_of(iw_pg_letter(inspection, CONSTRAINT_ON_UPDATE));
	constraint->on_delete = action_of(iw_pg_letter(inspection, CONSTRAINT_ON_DELETE));
	constraint->match = iw_pg_letter(inspection, CONSTRAINT_MATCH) == 'f' ? "FULL" : NULL;
	constraint->set_columns = iw_pg_array(inspection, CONSTRAINT_SET_COLUMNS);
}

static GPtrArray *keys_with_operators(struct inspection *inspection, const struct iw_index *index)
{
	GPtrArray *operators = iw_pg_array(inspection, CONSTRAINT_OPERATORS);
	if (operators == NULL)
		return index->keys;
	GPtrArray *keys = iw_arena_ptr_array(inspection->arena);
	for (guint i = 0; i < index->keys->len; i++) {
		struct iw_key *key = iw_arena_memdup(inspection->arena, index->keys->pdata[i], sizeof *key);
		key->with_operator = i < operators->len ? operators->pdata[i] : NULL;
		g_ptr_array_add(keys, key);
	}
	return keys;
}

static void read_index_part(struct inspection *inspection, struct iw_constraint *constraint)
{
	const struct iw_index *index =
		g_hash_table_lookup(inspection->indexes, iw_pg_text(inspection, CONSTRAINT_INDEX));
	if (index == NULL)
		return;
	constraint->keys = constraint->kind == IW_EXCLUDE ? keys_with_operators(inspection, index) : index->keys;
	constraint->included = index->included;
	constraint->options = index->options;
	constraint->tablespace = index->tablespace;
	constraint->nulls_not_distinct = index->nulls_not_distinct;
	constraint->method = constraint->kind == IW_EXCLUDE ? index->method : NULL;
	constraint->where = index->where;
}

static void read_constraint(struct inspection *inspection)
{
	struct iw_table *table = iw_pg_table_at(inspection, CONSTRAINT_TABLE);
	if (table == NULL)
		return;
	struct iw_constraint *constraint = iw_new(inspection->arena, struct iw_constraint);
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (kinds[i].letter == iw_pg_letter(inspection, CONSTRAINT_KIND))
			constraint->kind = kinds[i].kind;
	constraint->name = iw_pg_text(inspection, CONSTRAINT_NAME);
	constraint->is_deferrable = iw_pg_is(inspection, CONSTRAINT_DEFERRABLE);
	constraint->is_initially_deferred = iw_pg_is(inspection, CONSTRAINT_DEFERRED);
	constraint->is_not_enforced = !iw_pg_is(inspection, CONSTRAINT_ENFORCED);
	constraint->is_not_valid = !iw_pg_is(inspection, CONSTRAINT_VALID) && !constraint->is_not_enforced;
	bool is_about_rows = constraint->kind == IW_CHECK || constraint->kind == IW_NOT_NULL_CONSTRAINT;
	constraint->is_no_inherit = is_about_rows && iw_pg_is(inspection, CONSTRAINT_NO_INHERIT);
	constraint->without_overlaps = iw_pg_is(inspection, CONSTRAINT_PERIOD);
	if (constraint->kind == IW_FOREIGN_KEY)
		read_foreign_key(inspection, constraint);
	else if (constraint->kind == IW_CHECK)
		constraint->check = iw_pg_expression_at(inspection, CONSTRAINT_CHECK);
	else if (constraint->kind == IW_NOT_NULL_CONSTRAINT)
		constraint->columns = iw_pg_array(inspection, CONSTRAINT_COLUMNS);
	else
		read_index_part(inspection, constraint);
	g_ptr_array_add(table->constraints, constraint);
}

#define COLUMN_NAMES(numbers, relation)                                                                                \
	"(SELECT array_agg(a.attname ORDER BY k.i) FROM unnest(" numbers ") WITH ORDINALITY k(n, i)"                   \
	" JOIN pg_attribute a ON a.attrelid = " relation " AND a.attnum = k.n)"

/* A foreign key to a partitioned table has rows of its own for each partition of it: of the same table, with a parent.
 */
const struct catalogue_query iw_postgres_constraints_query = {
	"SELECT con.conrelid, con.contype, con.conname, con.condeferrable, con.condeferred, con.convalidated, "
	"@is_enforced@,"
	" con.connoinherit, @is_period@, con.conindid, " COLUMN_NAMES(
		"con.conkey",
		"con.conrelid") ", fn.nspname, f.relname,"
				" " COLUMN_NAMES(
					"con.confkey",
					"con.confrelid") ", con.confupdtype, con.confdeltype, con.confmatchtype,"
							 " " COLUMN_NAMES(
								 "@set_columns@",
								 "con.conrelid") ","
										 " CASE WHEN con.contype = 'c' THEN "
										 "pg_get_expr(con.conbin, "
										 "con.conrelid) END,"
										 " (SELECT array_agg(CASE WHEN "
										 "opn.nspname IN ('pg_catalog', "
										 "current_schema()) THEN "
										 "op.oprname::text"
										 "   ELSE 'OPERATOR(' || "
										 "quote_ident(opn.nspname) || '.' || "
										 "op.oprname || ')' END ORDER BY k.i)"
										 "  FROM unnest(con.conexclop) WITH "
										 "ORDINALITY k(o, i) JOIN pg_operator "
										 "op ON op.oid = k.o"
										 "  JOIN pg_namespace opn ON opn.oid = "
										 "op.oprnamespace WHERE con.contype = "
										 "'x')"
										 " FROM pg_constraint con JOIN "
										 "pg_class c ON c.oid = con.conrelid "
										 "JOIN pg_namespace n ON n.oid = "
										 "c.relnamespace"
										 " LEFT JOIN pg_class f ON f.oid = "
										 "con.confrelid LEFT JOIN pg_namespace "
										 "fn ON fn.oid = f.relnamespace"
										 " WHERE con.contype IN ('p', 'u', "
										 "'f', 'c', 'x', 'n') AND @relations@"
										 " AND NOT EXISTS (SELECT 1 FROM "
										 "pg_constraint up WHERE up.oid = "
										 "con.conparentid AND up.conrelid = "
										 "con.conrelid)"
										 " ORDER BY con.oid",
	read_constraint,
};
