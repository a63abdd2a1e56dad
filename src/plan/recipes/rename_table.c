/* RENAME TABLE: see docs/recipes. */
#include "plan/recipes/parts.h"

static bool fits(const struct iw_recipe_context *context)
{
	const struct iw_operation *operation = context->operation;
	return operation->kind == IW_OP_RENAME_TABLE && context->table->kind == IW_TABLE &&
	       context->table->partition_of.name == NULL;
}

/* The view's rights are the table's. */
static void copy_rights(struct iw_recipe_maker *maker, const char *from, const char *to)
{
	iw_arena *arena = maker->context->arena;
	iw_recipe_sql(
		maker,
		"DO $inchworm$ DECLARE r record; BEGIN FOR r IN SELECT g.privilege_type AS privilege, g.is_grantable "
		"AS "
		"grantable, CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE "
		"pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(g.grantee)) END AS grantee FROM "
		"pg_catalog.pg_class AS c CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) AS g WHERE c.oid = "
		"%1$s::pg_catalog.regclass AND g.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE', "
		"'REFERENCES', 'TRIGGER') LOOP EXECUTE pg_catalog.format('GRANT %%s ON %%s TO %%s%%s', r.privilege, "
		"%2$s, r.grantee, CASE WHEN r.grantable THEN ' WITH GRANT OPTION' ELSE '' END); END LOOP; EXECUTE "
		"pg_catalog.format('ALTER VIEW %%s OWNER TO %%I', %2$s, (SELECT pg_catalog.pg_get_userbyid(relowner) "
		"FROM pg_catalog.pg_class WHERE oid = %1$s::pg_catalog.regclass)); END $inchworm$",
		iw_quote_literal(arena, IW_POSTGRES, from), iw_quote_literal(arena, IW_POSTGRES, to));
}

static const char *make(struct iw_recipe_maker *maker)
{
	const struct iw_recipe_context *context = maker->context;
	if (context->table->row_security && iw_recipe_version(context) < 150000)
		return "before PostgreSQL 15 a view under the old name would pass by the table's row security";
	const char *old = iw_recipe_table(maker);
	const char *new = iw_recipe_beside(maker, context->operation->new_name.name);
	iw_recipe_unit(maker, IW_SWITCH,
		       "the table has its new name, and a view its old one: both can be read and written");
	iw_recipe_sql(maker, "ALTER TABLE %s RENAME TO %s", old,
		      iw_recipe_quote(maker, context->operation->new_name.name));
	iw_recipe_undo(maker, "ALTER TABLE %s RENAME TO %s", new, iw_recipe_quote(maker, context->table->name.name));
	iw_recipe_sql(maker, "CREATE VIEW %s%s AS SELECT * FROM %s", old,
		      iw_recipe_version(context) >= 150000 ? " WITH (security_invoker = true)" : "", new);
	iw_recipe_undo(maker, "DROP VIEW IF EXISTS %s", old);
	copy_rights(maker, new, old);
	iw_recipe_unit(maker, IW_CONTRACT, "the old name %s goes", context->table->name.name);
	iw_recipe_sql(maker, "DROP VIEW %s", old);
	iw_recipe_undo(maker, "CREATE VIEW %s%s AS SELECT * FROM %s", old,
		       iw_recipe_version(context) >= 150000 ? " WITH (security_invoker = true)" : "", new);
	return NULL;
}

const struct iw_recipe iw_recipe_rename_table = {
	.id = "rename-table-two-names",
	.title = "A table that has both names until the old code is gone",
	.dialects = 1U << IW_POSTGRES,
	.fits = fits,
	.make = make,
	.when = "RENAME of a table that is there: as written it is quick, and from then on the code that is running "
		"fails.",
	.how = "In one short transaction the table gets its new name and a view the old one, with the table's rights "
	       "and owner. "
	       "Rows can be read and written through it, ON CONFLICT and RETURNING included. `contract` drops the "
	       "view.",
	.cost = "Through the old name COPY FROM, TRUNCATE and LOCK do not work, and columns added later are not seen.",
	.no_return = "None: the view is made again, or the name given back.",
	.setup = "CREATE TABLE users (id bigint PRIMARY KEY, email text, name text, age integer NOT NULL DEFAULT 0);",
	.example = "ALTER TABLE users RENAME TO accounts;",
};
