/* What protects rows, readers and the server is switched off or made weaker. */
#include "lint/rules/rules.h"

#include <string.h>

static struct iw_finding *triggers_off(const struct iw_lint_context *context)
{
	const struct iw_operation *operation = context->operation;
	bool is_role = iw_lint_is_any(context, IW_OP_SET) &&
		       g_strcmp0(operation->member, "session_replication_role") == 0 &&
		       g_strcmp0(operation->text, "replica") == 0;
	bool is_trigger = iw_lint_is(context, IW_OP_SET_TRIGGER) && (operation->flags & IW_ON) == 0;
	if (!is_role && !is_trigger)
		return NULL;
	bool is_all = is_role || g_strcmp0(operation->member, "all") == 0;
	struct iw_finding *finding =
		is_all ? iw_finding_new(context, IW_OFF,
					"foreign keys are not checked while all triggers are off, and nothing checks "
					"the rows afterwards")
		       : iw_finding_new(
				 context, IW_NOTE,
				 "rows of %s are written without this trigger, by everybody, until it is on again",
				 iw_lint_table_words(context));
	return iw_finding_with(
		finding, "DISABLE TRIGGER USER leaves foreign keys alone; switch it on again in the same transaction.",
		NULL);
}

static struct iw_finding *autovacuum_off(const struct iw_lint_context *context)
{
	static const char WORD[] = "autovacuum_enabled";
	const char *text = context->operation->text;
	if (!iw_lint_is_any(context, IW_OP_SET_TABLE_OPTIONS) || (context->operation->flags & IW_ON) == 0 ||
	    text == NULL)
		return NULL;
	const char *found = strstr(text, WORD);
	if (found == NULL)
		return NULL;
	const char *value = found + strlen(WORD) + strspn(found + strlen(WORD), " ='");
	if (g_ascii_strncasecmp(value, "f", 1) != 0 && g_ascii_strncasecmp(value, "of", 2) != 0 && *value != '0' &&
	    g_ascii_strncasecmp(value, "n", 1) != 0)
		return NULL;
	struct iw_finding *finding = iw_finding_new(context, IW_OFF, "%s is never vacuumed nor analyzed from now on",
						    iw_lint_table_words(context));
	return iw_finding_with(finding,
			       "It grows, its plans get worse, and in the end the server vacuums it anyway against "
			       "wraparound. Switch it on again, or tune its thresholds.",
			       NULL);
}

static struct iw_finding *unlogged(const struct iw_lint_context *context)
{
	if (!iw_lint_is(context, IW_OP_SET_LOGGED) || (context->operation->flags & IW_ON) != 0)
		return NULL;
	struct iw_finding *finding =
		iw_finding_new(context, IW_OFF, "a crash of the server empties %s", iw_lint_table_words(context));
	return iw_finding_with(finding, "Keep the table logged unless its rows can be made again.", NULL);
}

static struct iw_finding *not_enforced(const struct iw_lint_context *context)
{
	GPtrArray *constraints = iw_lint_constraints(context);
	for (guint i = 0; i < constraints->len; i++) {
		if (!((const struct iw_constraint *)g_ptr_array_index(constraints, i))->is_not_enforced)
			continue;
		struct iw_finding *finding = iw_finding_new(context, IW_OFF, "NOT ENFORCED: rows of %s may violate it",
							    iw_lint_table_words(context));
		return iw_finding_with(finding, "NOT VALID checks new rows and can be validated later.", NULL);
	}
	return NULL;
}

static struct iw_finding *check_depends_on_now(const struct iw_lint_context *context)
{
	GPtrArray *constraints = iw_lint_constraints(context);
	for (guint i = 0; i < constraints->len; i++) {
		const struct iw_constraint *constraint = g_ptr_array_index(constraints, i);
		if (constraint->kind != IW_CHECK || constraint->check == NULL ||
		    (constraint->check->volatility != IW_STABLE && constraint->check->volatility != IW_VOLATILE))
			continue;
		struct iw_finding *finding = iw_finding_new(
			context, IW_OFF,
			"the CHECK calls a function whose result changes: rows that passed may fail it later");
		finding->fact = NULL;
		return iw_finding_with(finding,
				       "A dump of such rows cannot be restored. Check it in a trigger, or in the code.",
				       NULL);
	}
	return NULL;
}

static bool drops_key(const struct iw_lint_context *context)
{
	const struct iw_operation *operation = context->operation;
	if (!iw_lint_is(context, IW_OP_DROP_CONSTRAINT))
		return false;
	if (operation->constraint != NULL && operation->constraint->kind == IW_PRIMARY_KEY && operation->member == NULL)
		return true;
	const struct iw_table *table = iw_lint_table(context);
	const struct iw_constraint *constraint =
		table == NULL || operation->member == NULL
			? NULL
			: iw_table_find_constraint(table, context->options->engine, operation->member);
	if (constraint != NULL)
		return constraint->kind == IW_PRIMARY_KEY;
	/* The server's own name for it, on a table that is not known. */
	return table != NULL && table->is_opaque && operation->member != NULL &&
	       g_str_has_suffix(operation->member, "_pkey");
}

static struct iw_finding *keep_dropped_key(const struct iw_lint_context *context)
{
	if (drops_key(context))
		iw_lint_keep(context, NULL, NULL);
	return NULL;
}

/* A key that the migration makes anew is no loss. */
static struct iw_finding *key_is_gone(const struct iw_lint_context *context)
{
	GPtrArray *kept = iw_lint_kept(context);
	for (guint i = kept->len; i-- > 0;) {
		const struct iw_lint_kept *one = g_ptr_array_index(kept, i);
		const struct iw_table *table = iw_schema_find_table(context->before, one->table);
		if (table == NULL || iw_table_primary_key(table) != NULL)
			g_ptr_array_remove_index(kept, i);
	}
	struct iw_finding *finding = iw_finding_of_kept(context, kept, "no primary key any more");
	return finding == NULL
		       ? NULL
		       : iw_finding_with(finding,
					 "Where the table is replicated logically, UPDATE and DELETE fail from now on: "
					 "set its REPLICA IDENTITY to another unique index first.",
					 NULL);
}

static struct iw_finding *keep_secured(const struct iw_lint_context *context)
{
	if (iw_lint_is(context, IW_OP_SET_ROW_SECURITY) && (context->operation->flags & IW_ON) != 0)
		iw_lint_keep(context, NULL, NULL);
	return NULL;
}

static struct iw_finding *secured_without_policy(const struct iw_lint_context *context)
{
	GPtrArray *kept = iw_lint_kept(context);
	for (guint i = kept->len; i-- > 0;) {
		const struct iw_lint_kept *one = g_ptr_array_index(kept, i);
		const struct iw_table *table = iw_schema_find_table(context->before, one->table);
		if (table == NULL || table->is_opaque || table->policies->len > 0)
			g_ptr_array_remove_index(kept, i);
	}
	struct iw_finding *finding = iw_finding_of_kept(context, kept, "row security without a policy");
	return finding == NULL ? NULL
			       : iw_finding_with(finding,
						 "All roles but the owner see no rows from now on. Create the policies "
						 "in the same migration.",
						 NULL);
}

static struct iw_finding *keep_unsecured(const struct iw_lint_context *context)
{
	const struct iw_table *table = context->operation->table;
	if (iw_lint_is_any(context, IW_OP_CREATE_TABLE) && table != NULL && table->kind == IW_TABLE &&
	    !table->is_temporary)
		iw_lint_keep(context, NULL, NULL);
	return NULL;
}

static struct iw_finding *without_row_security(const struct iw_lint_context *context)
{
	GPtrArray *kept = iw_lint_kept(context);
	for (guint i = kept->len; i-- > 0;) {
		const struct iw_lint_kept *one = g_ptr_array_index(kept, i);
		const struct iw_table *table = iw_schema_find_table(context->before, one->table);
		if (table == NULL || table->row_security)
			g_ptr_array_remove_index(kept, i);
	}
	struct iw_finding *finding = iw_finding_of_kept(context, kept, "no row security");
	return finding == NULL
		       ? NULL
		       : iw_finding_with(finding, "ALTER TABLE ... ENABLE ROW LEVEL SECURITY, and policies.", NULL);
}

static struct iw_finding *definer_without_path(const struct iw_lint_context *context)
{
	const char *text = context->statement->text;
	if (!iw_lint_is_any(context, IW_OP_CREATE_OBJECT) || text == NULL ||
	    strcasestr(text, "security definer") == NULL || strcasestr(text, "search_path") != NULL)
		return NULL;
	struct iw_finding *finding = iw_finding_new(context, IW_OFF,
						    "a SECURITY DEFINER function without a search_path of its own: its "
						    "caller decides which objects it finds");
	finding->fact = NULL;
	return iw_finding_with(finding, "Add SET search_path = pg_catalog, pg_temp and write schema-qualified names.",
			       NULL);
}

static struct iw_finding *grant_to_all(const struct iw_lint_context *context)
{
	const char *text = context->statement->text;
	if (!iw_lint_is_any(context, IW_OP_GRANT) || g_strcmp0(context->operation->text, "grant") != 0 || text == NULL)
		return NULL;
	bool is_public = strcasestr(text, "to public") != NULL, is_all = strcasestr(text, "grant all") != NULL;
	if (!is_public && !is_all)
		return NULL;
	struct iw_finding *finding =
		iw_finding_new(context, IW_OFF, "%s",
			       is_public ? "every role of the server gets this" : "all rights are granted at once");
	finding->fact = NULL;
	return iw_finding_with(finding, "Name the role, and the rights that it needs.", NULL);
}

const struct iw_rule iw_rules_protections[] = {
	{.id = "disable-triggers",
	 .title = "triggers are switched off",
	 .severity = IW_WARNING,
	 .dialects = IW_ON_POSTGRES,
	 .why = "DISABLE TRIGGER ALL, and session_replication_role = replica, also switch off the triggers that check "
		"foreign "
		"keys; rows that violate them stay, and nothing finds them later. DISABLE TRIGGER takes SHARE ROW "
		"EXCLUSIVE "
		"and acts for all sessions.",
	 .check = triggers_off,
	 .examples = IW_EXAMPLES({IW_POSTGRES, IW_USERS, "ALTER TABLE users DISABLE TRIGGER ALL;",
				  "ALTER TABLE users ENABLE TRIGGER ALL;"},
				 {IW_POSTGRES, IW_USERS, "SET session_replication_role = replica;",
				  "SET session_replication_role = DEFAULT;"})},
	{.id = "autovacuum-off",
	 .title = "autovacuum is switched off for a table",
	 .severity = IW_WARNING,
	 .dialects = IW_ON_POSTGRES,
	 .why = "Dead rows are never removed and statistics never renewed: the table and its indexes grow, plans get "
		"worse, "
		"until a vacuum against wraparound comes at its own time.",
	 .check = autovacuum_off,
	 .examples = IW_EXAMPLES({IW_POSTGRES, IW_USERS, "ALTER TABLE users SET (autovacuum_enabled = false);",
				  "ALTER TABLE users SET (autovacuum_vacuum_scale_factor = 0.01);"})},
	{.id = "unlogged-table",
	 .title = "an unlogged table is emptied by a crash",
	 .severity = IW_WARNING,
	 .dialects = IW_ON_POSTGRES,
	 .why = "Changes of an unlogged table are not in the write-ahead log: a crash empties it, and replicas never "
		"see it.",
	 .check = unlogged,
	 .examples = IW_EXAMPLES({IW_POSTGRES, "CREATE TABLE sessions (id bigint PRIMARY KEY);",
				  "ALTER TABLE sessions SET UNLOGGED;", "ALTER TABLE sessions SET LOGGED;"})},
	{.id = "not-enforced",
	 .title = "a constraint that is not enforced",
	 .severity = IW_NOTE,
	 .dialects = IW_ON_POSTGRES | IW_ON_MYSQL,
	 .why = "NOT ENFORCED keeps the constraint as a remark: new rows are not checked either. (NOT VALID checks "
		"them.)",
	 .check = not_enforced,
	 .examples = IW_EXAMPLES(
		 {IW_POSTGRES, IW_USERS, "ALTER TABLE users ADD CONSTRAINT c CHECK (age > 0) NOT ENFORCED;",
		  "ALTER TABLE users ADD CONSTRAINT c CHECK (age > 0) NOT VALID;"},
		 {IW_MYSQL, IW_USERS_MYSQL, "ALTER TABLE users ADD CONSTRAINT c CHECK (age > 0) NOT ENFORCED;",
		  "ALTER TABLE users ADD INDEX (age);"})},
	{.id = "volatile-check",
	 .title = "a CHECK whose result changes with time",
	 .severity = IW_NOTE,
	 .dialects = IW_ON_POSTGRES,
	 .why = "A CHECK is evaluated when a row is written. With now() or a function that reads tables, rows that "
		"passed are "
		"wrong later: validating, and restoring a dump, fails.",
	 .check = check_depends_on_now,
	 .examples = IW_EXAMPLES({IW_POSTGRES, "CREATE TABLE t (at timestamptz);",
				  "ALTER TABLE t ADD CONSTRAINT c CHECK (at > now()) NOT VALID;",
				  "ALTER TABLE t ADD CONSTRAINT c CHECK (at > '2000-01-01') NOT VALID;"})},
	{.id = "drop-primary-key",
	 .title = "a table loses its primary key",
	 .severity = IW_WARNING,
	 .dialects = IW_ON_POSTGRES | IW_ON_MYSQL,
	 .why = "Logical replication names rows by the primary key unless it is told otherwise: in a published table "
		"every "
		"UPDATE and DELETE fails once it is gone. Tools that copy changes need it, too.",
	 .check = keep_dropped_key,
	 .check_migration = key_is_gone,
	 .examples = IW_EXAMPLES({IW_POSTGRES, IW_USERS, "ALTER TABLE users DROP CONSTRAINT users_pkey;",
				  "ALTER TABLE users DROP CONSTRAINT users_pkey, ADD PRIMARY KEY (id, age);"},
				 {IW_MYSQL, IW_USERS_MYSQL, "ALTER TABLE users DROP PRIMARY KEY;",
				  "ALTER TABLE users DROP PRIMARY KEY, ADD PRIMARY KEY (id, age);"})},
	{.id = "row-security-without-policy",
	 .title = "row security is switched on without a policy",
	 .severity = IW_WARNING,
	 .dialects = IW_ON_POSTGRES,
	 .why = "With row security and no policy, every role but the owner sees no rows and cannot write any.",
	 .check = keep_secured,
	 .check_migration = secured_without_policy,
	 .examples = IW_EXAMPLES({IW_POSTGRES, IW_USERS, "ALTER TABLE users ENABLE ROW LEVEL SECURITY;",
				  "ALTER TABLE users ENABLE ROW LEVEL SECURITY;\nCREATE POLICY own ON users USING "
				  "(name = current_user);"})},
	{.id = "row-security-missing",
	 .title = "a new table without row security",
	 .dialects = IW_ON_POSTGRES,
	 .why = "For projects whose clients speak to the database themselves: a table without row security is open to "
		"them all.",
	 .check = keep_unsecured,
	 .check_migration = without_row_security,
	 .examples =
		 IW_EXAMPLES({IW_POSTGRES, "", "CREATE TABLE t (id bigint PRIMARY KEY);",
			      "CREATE TABLE t (id bigint PRIMARY KEY);\nALTER TABLE t ENABLE ROW LEVEL SECURITY;"})},
	{.id = "security-definer-search-path",
	 .title = "a SECURITY DEFINER function without search_path",
	 .dialects = IW_ON_POSTGRES,
	 .why = "The function runs with its owner's rights and finds objects by its caller's search_path: whoever can "
		"create "
		"objects can make it call theirs.",
	 .check = definer_without_path,
	 .examples = IW_EXAMPLES({IW_POSTGRES, "",
				  "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';",
				  "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = "
				  "pg_catalog AS 'SELECT 1';"})},
	{.id = "grant-to-everyone",
	 .title = "rights for PUBLIC, or all rights",
	 .dialects = IW_ON_POSTGRES,
	 .why = "PUBLIC is every role there is or will be; ALL includes TRUNCATE and TRIGGER.",
	 .check = grant_to_all,
	 .examples = IW_EXAMPLES(
		 {IW_POSTGRES, IW_USERS, "GRANT SELECT ON users TO PUBLIC;", "GRANT SELECT ON users TO app;"})},
};
