/* Everything beside tables: enums, domains, sequences, triggers, policies, functions, extensions, schemas, ... */
#include "driver/postgres/inspect_internal.h"

#include "sql/sql.h"

#include <stdlib.h>

#define NOT_OF_EXTENSION(catalogue, oid)                                                                               \
	"NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = '" catalogue "'::regclass AND d.objid = " oid         \
	" AND d.deptype = 'e')"

static void read_enum(struct inspection *inspection)
{
	struct iw_enum *type = iw_new(inspection->arena, struct iw_enum);
	type->name = iw_pg_name_at(inspection, 0);
	type->values = iw_pg_array(inspection, 2);
	if (type->values == NULL)
		type->values = iw_arena_ptr_array(inspection->arena);
	g_ptr_array_add(inspection->schema->enums, type);
}

const struct catalogue_query iw_postgres_enums_query = {
	"SELECT n.nspname, t.typname, (SELECT array_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e"
	" WHERE e.enumtypid = t.oid) FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace"
	" WHERE t.typtype = 'e' AND @schemas@ AND " NOT_OF_EXTENSION("pg_type", "t.oid") " ORDER BY t.oid",
	read_enum,
};

static void read_domain(struct inspection *inspection)
{
	struct iw_domain *domain = iw_new(inspection->arena, struct iw_domain);
	domain->name = iw_pg_name_at(inspection, 0);
	domain->base = iw_type_read(inspection->arena, inspection->schema->engine, iw_pg_text(inspection, 2));
	domain->not_null = iw_pg_is(inspection, 3);
	domain->default_value = iw_pg_expression_at(inspection, 4);
	domain->constraints = iw_arena_ptr_array(inspection->arena);
	g_ptr_array_add(inspection->schema->domains, domain);
}

const struct catalogue_query iw_postgres_domains_query = {
	"SELECT n.nspname, t.typname, format_type(t.typbasetype, t.typtypmod), t.typnotnull,"
	" pg_get_expr(t.typdefaultbin, 0) FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace"
	" WHERE t.typtype = 'd' AND @schemas@ AND " NOT_OF_EXTENSION("pg_type", "t.oid") " ORDER BY t.oid",
	read_domain,
};

static void read_domain_check(struct inspection *inspection)
{
	struct iw_domain *domain = iw_schema_find_domain(inspection->schema, iw_pg_name_at(inspection, 0));
	if (domain == NULL)
		return;
	struct iw_constraint *constraint = iw_new(inspection->arena, struct iw_constraint);
	constraint->kind = IW_CHECK;
	constraint->name = iw_pg_text(inspection, 2);
	constraint->check = iw_pg_expression_at(inspection, 3);
	constraint->is_not_valid = !iw_pg_is(inspection, 4);
	g_ptr_array_add(domain->constraints, constraint);
}

const struct catalogue_query iw_postgres_domain_checks_query = {
	"SELECT n.nspname, t.typname, con.conname, pg_get_expr(con.conbin, 0), con.convalidated FROM pg_constraint con"
	" JOIN pg_type t ON t.oid = con.contypid JOIN pg_namespace n ON n.oid = t.typnamespace"
	" WHERE con.contype = 'c' AND @schemas@ ORDER BY con.oid",
	read_domain_check,
};

static void read_sequence(struct inspection *inspection)
{
	struct iw_sequence *sequence = iw_new(inspection->arena, struct iw_sequence);
	sequence->name = iw_pg_name_at(inspection, 0);
	sequence->type = iw_pg_text(inspection, 2);
	sequence->options = iw_pg_text(inspection, 3);
	sequence->is_unlogged = iw_pg_letter(inspection, 4) == 'u';
	sequence->is_temporary = iw_pg_letter(inspection, 4) == 't';
	sequence->owner_table = iw_pg_name_at(inspection, 5);
	sequence->owner_column = iw_pg_text(inspection, 7);
	sequence->is_identity = iw_pg_letter(inspection, 8) == 'i';
	g_ptr_array_add(inspection->schema->sequences, sequence);
}

/* Options where they differ from the defaults of the type and direction. */
const struct catalogue_query iw_postgres_sequences_query = {
	"SELECT n.nspname, c.relname, format_type(s.seqtypid, NULL),"
	" nullif(concat_ws(' ',"
	"  CASE WHEN s.seqincrement <> 1 THEN 'INCREMENT BY ' || s.seqincrement END,"
	"  CASE WHEN s.seqmin <> lowest THEN 'MINVALUE ' || s.seqmin END,"
	"  CASE WHEN s.seqmax <> highest THEN 'MAXVALUE ' || s.seqmax END,"
	"  CASE WHEN s.seqstart <> CASE WHEN s.seqincrement > 0 THEN s.seqmin ELSE s.seqmax END"
	"   THEN 'START WITH ' || s.seqstart END,"
	"  CASE WHEN s.seqcache <> 1 THEN 'CACHE ' || s.seqcache END,"
	"  CASE WHEN s.seqcycle THEN 'CYCLE' END), ''), c.relpersistence,"
	" tn.nspname, t.relname, a.attname, d.deptype"
	" FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
	" CROSS JOIN LATERAL (SELECT CASE s.seqtypid WHEN 21 THEN 32767 WHEN 23 THEN 2147483647"
	"  ELSE 9223372036854775807 END AS size) b"
	" CROSS JOIN LATERAL (SELECT CASE WHEN s.seqincrement > 0 THEN 1 ELSE -size - 1 END AS lowest,"
	"  CASE WHEN s.seqincrement > 0 THEN size ELSE -1 END AS highest) l"
	" LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0"
	"  AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')"
	" LEFT JOIN pg_class t ON t.oid = d.refobjid LEFT JOIN pg_namespace tn ON tn.oid = t.relnamespace"
	" LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid"
	" WHERE @schemas@ AND " NOT_OF_EXTENSION("pg_class", "c.oid") " ORDER BY c.oid",
	read_sequence,
};

static struct iw_object *new_object(struct inspection *inspection, enum iw_object_kind kind, struct iw_name name,
				    const char *definition)
{
	struct iw_object *object = iw_new(inspection->arena, struct iw_object);
	object->kind = kind;
	object->name = name;
	object->definition = definition;
	return object;
}

static void read_trigger(struct inspection *inspection)
{
	struct iw_table *table = iw_pg_table_at(inspection, 0);
	if (table == NULL)
		return;
	struct iw_name name = {NULL, iw_pg_text(inspection, 1)};
	struct iw_object *trigger = new_object(inspection, IW_OBJECT_TRIGGER, name, iw_pg_text(inspection, 2));
	trigger->is_disabled = iw_pg_letter(inspection, 3) == 'D';
	g_ptr_array_add(table->triggers, trigger);
}

const struct catalogue_query iw_postgres_triggers_query = {
	"SELECT t.tgrelid, t.tgname, pg_get_triggerdef(t.oid), t.tgenabled FROM pg_trigger t"
	" JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
	" WHERE NOT t.tgisinternal AND @relations@ AND " NOT_OF_EXTENSION("pg_trigger", "t.oid") " ORDER BY t.oid",
	read_trigger,
};

static void read_policy(struct inspection *inspection)
{
	struct iw_table *table = iw_pg_table_at(inspection, 0);
	struct iw_name name = {NULL, iw_pg_text(inspection, 1)};
	if (table != NULL)
		g_ptr_array_add(table->policies,
				new_object(inspection, IW_OBJECT_POLICY, name, iw_pg_text(inspection, 2)));
}

const struct catalogue_query iw_postgres_policies_query = {
	"SELECT p.polrelid, p.polname, format('CREATE POLICY %I ON %s AS %s FOR %s TO %s', p.polname, "
	"p.polrelid::regclass,"
	"  CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,"
	"  CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE'"
	"   ELSE 'ALL' END,"
	"  (SELECT string_agg(CASE WHEN r = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r)) END, ', ' ORDER BY i)"
	"   FROM unnest(p.polroles) WITH ORDINALITY roles(r, i)))"
	" || coalesce(' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', '')"
	" || coalesce(' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')', '')"
	" FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
	" WHERE @relations@ ORDER BY p.oid",
	read_policy,
};

static void read_function(struct inspection *inspection)
{
	char kind = iw_pg_letter(inspection, 3);
	struct iw_name name = iw_pg_name_at(inspection, 0);
	name.name = iw_arena_printf(inspection->arena, "%s(%s)", name.name, iw_pg_text(inspection, 2));
	g_ptr_array_add(inspection->schema->objects, new_object(inspection,
								kind == 'p'   ? IW_OBJECT_PROCEDURE
								: kind == 'a' ? IW_OBJECT_AGGREGATE
									      : IW_OBJECT_FUNCTION,
								name, iw_pg_text(inspection, 4)));
}

const struct catalogue_query iw_postgres_functions_query = {
	"SELECT n.nspname, p.proname, coalesce((SELECT string_agg(format_type(t, NULL), ',' ORDER BY i)"
	"  FROM unnest(p.proargtypes) WITH ORDINALITY arguments(t, i)), ''), p.prokind,"
	" CASE WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid) END"
	" FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
	" WHERE @schemas@ AND " NOT_OF_EXTENSION("pg_proc", "p.oid")
	/* a range type brings its constructors along */
	" AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid"
	"  AND d.deptype = 'i') ORDER BY p.oid",
	read_function,
};

static void read_object(struct inspection *inspection)
{
	static const enum iw_object_kind kinds[] = {
		IW_OBJECT_SCHEMA,    IW_OBJECT_EXTENSION,  IW_OBJECT_TYPE,
		IW_OBJECT_COLLATION, IW_OBJECT_STATISTICS, IW_OBJECT_PUBLICATION,
	};
	int kind = atoi(iw_pg_text(inspection, 0));
	g_ptr_array_add(inspection->schema->objects,
			new_object(inspection, kinds[kind], iw_pg_name_at(inspection, 1), iw_pg_text(inspection, 3)));
}

/* The first column is the index into the kinds above. What every new database has (public, plpgsql) is left out. */
const struct catalogue_query iw_postgres_objects_query = {
	"SELECT 0, NULL, n.nspname, 'CREATE SCHEMA ' || quote_ident(n.nspname) FROM pg_namespace n"
	" WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'public', current_schema())"
	" AND " NOT_OF_EXTENSION(
		"pg_namespace",
		"n.oid") " UNION ALL SELECT 1, NULL, e.extname, 'CREATE EXTENSION ' || quote_ident(e.extname) FROM "
			 "pg_extension e"
			 " WHERE e.extname <> 'plpgsql'"
			 " UNION ALL SELECT 2, n.nspname, t.typname, CASE WHEN t.typtype = 'c' THEN format('CREATE "
			 "TYPE %s AS (%s)',"
			 "  t.oid::regtype, (SELECT string_agg(quote_ident(a.attname) || ' ' || "
			 "format_type(a.atttypid, a.atttypmod), ', '"
			 "   ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = t.typrelid AND NOT "
			 "a.attisdropped)) END"
			 " FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid "
			 "= t.typrelid"
			 " WHERE (t.typtype IN ('r', 'b') AND t.typelem = 0 OR c.relkind = 'c') AND t.typisdefined AND "
			 "@schemas@"
			 " AND " NOT_OF_EXTENSION(
				 "pg_type",
				 "t.oid") " UNION ALL SELECT 3, n.nspname, co.collname, NULL FROM pg_collation co"
					  " JOIN pg_namespace n ON n.oid = co.collnamespace WHERE @schemas@ "
					  "AND " NOT_OF_EXTENSION(
						  "pg_collation",
						  "co.oid") " UNION ALL SELECT 4, n.nspname, s.stxname, "
							    "pg_get_statisticsobjdef(s.oid) FROM pg_statistic_ext s"
							    " JOIN pg_namespace n ON n.oid = s.stxnamespace WHERE "
							    "@schemas@"
							    " UNION ALL SELECT 5, NULL, p.pubname, NULL FROM "
							    "pg_publication p ORDER BY 1, 2, 3",
	read_object,
};
