/* CREATE TABLE, CREATE INDEX and their parts as SQLAlchemy's DDL compilers write them; see sqlalchemy.h. */
#include "framework/alembic/sqlalchemy.h"

#include <string.h>

static const char *quoted_names(struct iw_sa *sa, const GPtrArray *names)
{
	GPtrArray *texts = iw_arena_ptr_array(sa->arena);
	for (guint i = 0; i < names->len; i++)
		g_ptr_array_add(texts, (gpointer)iw_sa_quote(sa, names->pdata[i]));
	return iw_sa_join(sa, texts, ", ");
}

/* columns ---------------------------------------------------------------------------------------------------------- */

static bool matches(const char *pattern, const char *text)
{
	return g_regex_match_simple(pattern, text, G_REGEX_CASELESS | G_REGEX_DOTALL, 0);
}

/*
 * Since SQLAlchemy 2.0 functions stand in parentheses on SQLite, and on MySQL since 8.0.13 and MariaDB since 10.2.1.
 * Before, everything that is no string and no text() did on SQLite.
 */
static const char *default_text(struct iw_sa *sa, const char *text, const struct iw_py_value *value)
{
	if (sa->version < 200) {
		bool is_element = value != NULL && sa->engine.dialect == IW_SQLITE && value->kind != IW_PY_STRING &&
				  !iw_sa_is(sa, value, "text");
		return is_element ? iw_arena_printf(sa->arena, "(%s)", text) : text;
	}
	if (sa->engine.dialect == IW_POSTGRES || matches("^\\s*['\"(]", text) || !matches("\\W", text))
		return text;
	bool is_moment = sa->engine.dialect == IW_MYSQL &&
			 (matches("ON +UPDATE", text) || matches("^now\\(\\d+\\)|^current_timestamp\\(\\d+\\)", text));
	return is_moment ? text : iw_arena_printf(sa->arena, "(%s)", text);
}

static void append_default(struct iw_sa *sa, GString *out, const struct iw_sa_column *column)
{
	const char *text =
		column->default_text != NULL ? column->default_text : iw_sa_default(sa, column->server_default);
	if (text != NULL)
		g_string_append_printf(out, " DEFAULT %s", default_text(sa, text, column->server_default));
}

static void append_computed(struct iw_sa *sa, GString *out, const struct iw_sa_column *column)
{
	if (column->computed_text != NULL)
		g_string_append_printf(out, " GENERATED ALWAYS AS (%s)", column->computed_text);
	if (column->computed == NULL)
		return;
	struct iw_py_value *expression = iw_sa_given(column->computed, 0, "sqltext");
	int persisted = iw_sa_truth(sa, iw_sa_given(column->computed, 1, "persisted"), -1);
	if (persisted == 0 && sa->engine.dialect == IW_POSTGRES && (sa->version < 201 || sa->engine.version < 180000))
		iw_sa_fail(sa, "SQLAlchemy refuses persisted=False on PostgreSQL");
	g_string_append_printf(out, " GENERATED ALWAYS AS (%s)", iw_sa_expression(sa, expression, 0));
	/* Virtual ones came with PostgreSQL 18. */
	bool is_old = sa->version < 201 || sa->engine.version < 180000;
	if (sa->engine.dialect == IW_POSTGRES && (is_old || persisted == 1))
		g_string_append(out, " STORED");
	else if (sa->engine.dialect == IW_POSTGRES && persisted < 0)
		return;
	else if (persisted >= 0)
		g_string_append(out, persisted == 1 ? " STORED" : " VIRTUAL");
}

/* `shift`: how many places the arguments stand before those of Identity(). */
static const char *sequence_options(struct iw_sa *sa, const struct iw_py_value *identity, int shift)
{
	static const struct {
		const char *name, *words;
		int position;
	} numbers[] = {{"increment", "INCREMENT BY ", 3},
		       {"start", "START WITH ", 2},
		       {"minvalue", "MINVALUE ", 4},
		       {"maxvalue", "MAXVALUE ", 5}};
	GPtrArray *texts = iw_arena_ptr_array(sa->arena);
	for (guint i = 0; i < G_N_ELEMENTS(numbers); i++) {
		const struct iw_py_value *value = iw_sa_given(identity, numbers[i].position - shift, numbers[i].name);
		if (value != NULL && value->kind == IW_PY_INTEGER)
			g_ptr_array_add(texts, iw_arena_printf(sa->arena, "%s%s", numbers[i].words, value->text));
	}
	if (iw_sa_truth(sa, iw_sa_given(identity, 6 - shift, "nominvalue"), 0) == 1)
		g_ptr_array_add(texts, (gpointer) "NO MINVALUE");
	if (iw_sa_truth(sa, iw_sa_given(identity, 7 - shift, "nomaxvalue"), 0) == 1)
		g_ptr_array_add(texts, (gpointer) "NO MAXVALUE");
	const struct iw_py_value *cache = iw_sa_given(identity, -1, "cache");
	if (cache != NULL && cache->kind == IW_PY_INTEGER)
		g_ptr_array_add(texts, iw_arena_printf(sa->arena, "CACHE %s", cache->text));
	int cycle = iw_sa_truth(sa, iw_sa_given(identity, 8 - shift, "cycle"), -1);
	if (cycle >= 0)
		g_ptr_array_add(texts, (gpointer)(cycle == 1 ? "CYCLE" : "NO CYCLE"));
	return iw_sa_join(sa, texts, " ");
}

const char *iw_sa_identity_options(struct iw_sa *sa, const struct iw_py_value *identity)
{
	return sequence_options(sa, identity, 0);
}

const char *iw_sa_sequence_options(struct iw_sa *sa, const struct iw_py_value *sequence)
{
	return sequence_options(sa, sequence, 1);
}

static void append_identity(struct iw_sa *sa, GString *out, const struct iw_py_value *identity)
{
	bool always = iw_sa_truth(sa, iw_sa_given(identity, 0, "always"), 0) == 1;
	const char *options = iw_sa_identity_options(sa, identity);
	g_string_append_printf(out, " GENERATED %s AS IDENTITY", always ? "ALWAYS" : "BY DEFAULT");
	if (*options != '\0')
		g_string_append_printf(out, " (%s)", options);
}

static void postgres_column(struct iw_sa *sa, GString *out, const struct iw_sa_table *table,
			    const struct iw_sa_column *column)
{
	bool numbers = column->is_primary && table != NULL && column == iw_sa_autoincrement(sa, table) &&
		       column->identity == NULL && !column->has_default && !column->has_sequence;
	const char *type = iw_sa_type_text(sa, column->type);
	if (numbers) {
		const char *serial = strcmp(type, "BIGINT") == 0     ? "BIGSERIAL"
				     : strcmp(type, "SMALLINT") == 0 ? "SMALLSERIAL"
								     : "SERIAL";
		g_string_append_printf(out, " %s", serial);
	} else {
		g_string_append_printf(out, " %s", type);
		append_default(sa, out, column);
	}
	append_computed(sa, out, column);
	if (column->identity != NULL)
		append_identity(sa, out, column->identity);
	if (column->nullable == 0 && column->identity == NULL)
		g_string_append(out, " NOT NULL");
	else if (column->nullable != 0 && column->identity != NULL)
		g_string_append(out, " NULL");
}

static void mysql_column(struct iw_sa *sa, GString *out, const struct iw_sa_table *table,
			 const struct iw_sa_column *column)
{
	const char *type = iw_sa_type_text(sa, column->type);
	g_string_append_printf(out, " %s", type);
	append_computed(sa, out, column);
	bool may_be_null = column->nullable != 0 || (sa->engine.is_mariadb && column->computed != NULL &&
						     iw_sa_given(column->value, -1, "nullable") == NULL);
	if (!may_be_null)
		g_string_append(out, " NOT NULL");
	else if (g_str_has_prefix(type, "TIMESTAMP"))
		g_string_append(out, " NULL");
	if (column->comment != NULL)
		g_string_append_printf(out, " COMMENT %s", iw_sa_quote_text(sa, column->comment));
	if (table != NULL && column == iw_sa_autoincrement(sa, table) && column->server_default == NULL)
		g_string_append(out, " AUTO_INCREMENT");
	else
		append_default(sa, out, column);
}

static bool is_inline_key(struct iw_sa *sa, const struct iw_sa_table *table, const struct iw_sa_column *column)
{
	const struct iw_py_value *option = table == NULL ? NULL : iw_sa_option(sa, table->value, "autoincrement");
	return option != NULL && iw_sa_truth(sa, option, 0) == 1 && column->is_primary &&
	       table->primary->columns->len == 1 && column->type->affinity == IW_SA_INTEGER &&
	       column->foreign_keys->len == 0;
}

static void sqlite_column(struct iw_sa *sa, GString *out, const struct iw_sa_table *table,
			  const struct iw_sa_column *column)
{
	g_string_append_printf(out, " %s", iw_sa_type_text(sa, column->type));
	append_default(sa, out, column);
	if (column->nullable == 0) {
		g_string_append(out, " NOT NULL");
		const char *conflict = iw_sa_text(sa, iw_sa_option(sa, column->value, "on_conflict_not_null"));
		if (conflict != NULL)
			g_string_append_printf(out, " ON CONFLICT %s", conflict);
	}
	if (column->autoincrement == 1 && column->is_primary && table != NULL && table->primary->columns->len != 1)
		iw_sa_fail(sa, "SQLAlchemy refuses autoincrement in a key of several columns on SQLite");
	if (is_inline_key(sa, table, column))
		g_string_append(out, " PRIMARY KEY AUTOINCREMENT");
	append_computed(sa, out, column);
}

const char *iw_sa_column_text(struct iw_sa *sa, const struct iw_sa_table *table, const struct iw_sa_column *column)
{
	g_autoptr(GString) out = g_string_new(NULL);
	if (column->name == NULL || column->type == NULL)
		return "";
	struct iw_sa_name name = {.text = column->name, .is_final = true, .is_forced = column->is_name_forced};
	g_string_append(out,
			column->is_name_forced ? iw_sa_format_name(sa, name, false) : iw_sa_quote(sa, column->name));
	static void (*const renders[])(struct iw_sa *, GString *, const struct iw_sa_table *,
				       const struct iw_sa_column *) = {
		[IW_POSTGRES] = postgres_column, [IW_MYSQL] = mysql_column, [IW_SQLITE] = sqlite_column};
	renders[sa->engine.dialect](sa, out, table, column);
	for (guint i = 0; i < column->checks->len; i++) {
		const char *check = iw_sa_constraint_text(sa, table, column->checks->pdata[i]);
		g_string_append_printf(out, " %s", check == NULL ? "" : check);
	}
	return iw_arena_strdup(sa->arena, out->str);
}

/* constraints ------------------------------------------------------------------------------------------------------ */

const char *iw_sa_deferrability(struct iw_sa *sa, const struct iw_sa_constraint *constraint)
{
	const char *first = constraint->deferrable < 0	  ? ""
			    : constraint->deferrable == 0 ? " NOT DEFERRABLE"
							  : " DEFERRABLE";
	return constraint->initially == NULL
		       ? first
		       : iw_arena_printf(sa->arena, "%s INITIALLY %s", first, constraint->initially);
}

static const char *foreign_key_text(struct iw_sa *sa, const struct iw_sa_table *table,
				    const struct iw_sa_constraint *constraint)
{
	bool is_sqlite = sa->engine.dialect == IW_SQLITE;
	if (is_sqlite && g_strcmp0(table == NULL ? NULL : table->schema, constraint->remote_schema) != 0)
		return NULL;
	if (constraint->match != NULL && sa->engine.dialect == IW_MYSQL)
		iw_sa_fail(sa, "SQLAlchemy refuses MATCH on MySQL");
	if (constraint->remote_table == NULL)
		return "";
	g_autoptr(GString) out = g_string_new(NULL);
	g_string_append_printf(
		out, "FOREIGN KEY(%s) REFERENCES %s (%s)", quoted_names(sa, constraint->columns),
		iw_sa_table_name(sa, is_sqlite ? NULL : constraint->remote_schema, constraint->remote_table),
		quoted_names(sa, constraint->remote_columns));
	if (constraint->match != NULL)
		g_string_append_printf(out, " MATCH %s", constraint->match);
	if (constraint->on_delete != NULL)
		g_string_append_printf(out, " ON DELETE %s", constraint->on_delete);
	if (constraint->on_update != NULL)
		g_string_append_printf(out, " ON UPDATE %s", constraint->on_update);
	g_string_append(out, iw_sa_deferrability(sa, constraint));
	if (constraint->is_not_valid && sa->engine.dialect == IW_POSTGRES)
		g_string_append(out, " NOT VALID");
	return iw_arena_strdup(sa->arena, out->str);
}

static const char *include_text(struct iw_sa *sa, const struct iw_py_value *call)
{
	struct iw_py_value *include = sa->engine.dialect != IW_POSTGRES ? NULL : iw_sa_option(sa, call, "include");
	GPtrArray *names = iw_sa_texts(sa, include);
	return names->len == 0 ? "" : iw_arena_printf(sa->arena, " INCLUDE (%s)", quoted_names(sa, names));
}

static const char *distinctness(struct iw_sa *sa, const struct iw_py_value *call)
{
	struct iw_py_value *option =
		sa->engine.dialect != IW_POSTGRES ? NULL : iw_sa_option(sa, call, "nulls_not_distinct");
	int truth = option == NULL ? -1 : iw_sa_truth(sa, option, -1);
	return truth < 0 ? "" : truth == 1 ? "NULLS NOT DISTINCT" : "NULLS DISTINCT";
}

static const char *conflict_text(struct iw_sa *sa, const struct iw_sa_constraint *constraint)
{
	struct iw_py_value *option =
		sa->engine.dialect != IW_SQLITE ? NULL : iw_sa_option(sa, constraint->value, "on_conflict");
	const char *text = iw_sa_text(sa, option);
	return text == NULL ? "" : iw_arena_printf(sa->arena, " ON CONFLICT %s", text);
}

static const char *key_text(struct iw_sa *sa, const struct iw_sa_table *table,
			    const struct iw_sa_constraint *constraint)
{
	if (constraint->columns->len == 0)
		return NULL;
	const struct iw_sa_column *only = table == NULL || constraint->columns->len != 1
						  ? NULL
						  : iw_sa_find_column(table, constraint->columns->pdata[0]);
	bool is_primary = constraint->kind == IW_SA_PRIMARY;
	if (is_primary && only != NULL && sa->engine.dialect == IW_SQLITE && is_inline_key(sa, table, only))
		return NULL;
	const char *distinct = is_primary ? "" : distinctness(sa, constraint->value);
	struct iw_py_value *using =
		sa->engine.dialect != IW_MYSQL || !is_primary ? NULL : iw_sa_option(sa, constraint->value, "using");
	const char *method = iw_sa_text(sa, using);
	return iw_arena_printf(sa->arena, "%s%s%s (%s)%s%s%s%s%s", is_primary ? "PRIMARY KEY" : "UNIQUE",
			       *distinct == '\0' ? "" : " ", distinct, quoted_names(sa, constraint->columns),
			       include_text(sa, constraint->value), iw_sa_deferrability(sa, constraint),
			       conflict_text(sa, constraint), method == NULL ? "" : " USING ",
			       method == NULL ? "" : iw_sa_quote(sa, method));
}

/* ExcludeConstraint((column, operator), ..., where=, using=) */
static const char *exclude_text(struct iw_sa *sa, const struct iw_sa_constraint *constraint)
{
	const struct iw_py_value *call = constraint->value;
	if (sa->engine.dialect != IW_POSTGRES)
		return iw_sa_fail(sa, "EXCLUDE is PostgreSQL's");
	const char *using = iw_sa_text(sa, iw_sa_given(call, -1, "using"));
	struct iw_py_value *where = iw_sa_given(call, -1, "where");
	struct iw_py_value *classes = iw_sa_given(call, -1, "ops");
	GPtrArray *texts = iw_arena_ptr_array(sa->arena);
	for (guint i = 0; i < call->items->len; i++) {
		const struct iw_py_value *item = call->items->pdata[i];
		if (item->kind != IW_PY_TUPLE || item->items->len != 2)
			continue;
		struct iw_py_value *key = item->items->pdata[0];
		const char *name =
			key->kind == IW_PY_STRING ? iw_sa_quote(sa, key->text) : iw_sa_expression(sa, key, 0);
		const struct iw_py_value *class =
			classes != NULL && classes->kind == IW_PY_DICT && key->kind == IW_PY_STRING
				? iw_py_dict_find(classes, key->text)
				: NULL;
		g_ptr_array_add(texts, iw_arena_printf(sa->arena, "%s%s%s WITH %s", name, class == NULL ? "" : " ",
						       class == NULL ? "" : class->text,
						       iw_sa_text(sa, item->items->pdata[1])));
	}
	g_autofree char *method = g_ascii_strdown(using == NULL ? "gist" : using, -1);
	const char *condition = where == NULL ? NULL : iw_sa_expression(sa, where, 0);
	return iw_arena_printf(sa->arena, "EXCLUDE USING %s (%s)%s%s%s%s", method, iw_sa_join(sa, texts, ", "),
			       condition == NULL ? "" : " WHERE (", condition == NULL ? "" : condition,
			       condition == NULL ? "" : ")", iw_sa_deferrability(sa, constraint));
}

static const char *constraint_body(struct iw_sa *sa, const struct iw_sa_table *table,
				   const struct iw_sa_constraint *constraint)
{
	switch (constraint->kind) {
	case IW_SA_PRIMARY:
	case IW_SA_UNIQUE:
		return key_text(sa, table, constraint);
	case IW_SA_FOREIGN:
		return foreign_key_text(sa, table, constraint);
	case IW_SA_CHECK:
		return iw_arena_printf(
			sa->arena, "CHECK (%s)%s%s%s", constraint->check, iw_sa_deferrability(sa, constraint),
			constraint->is_not_valid && sa->engine.dialect == IW_POSTGRES ? " NOT VALID" : "",
			conflict_text(sa, constraint));
	case IW_SA_EXCLUDE:
		return exclude_text(sa, constraint);
	case IW_SA_ANY:
		break;
	}
	return NULL;
}

const char *iw_sa_constraint_text(struct iw_sa *sa, const struct iw_sa_table *table,
				  const struct iw_sa_constraint *constraint)
{
	const char *body = constraint_body(sa, table, constraint);
	if (body == NULL)
		return NULL;
	const char *name = iw_sa_format_name(sa,
					     iw_sa_constraint_name(sa, constraint, table == NULL ? NULL : table->schema,
								   table == NULL ? "" : table->name),
					     false);
	return name == NULL ? body : iw_arena_printf(sa->arena, "CONSTRAINT %s %s", name, body);
}

/* tables ----------------------------------------------------------------------------------------------------------- */

static void append_postgres_options(struct iw_sa *sa, GString *out, const struct iw_sa_table *table)
{
	struct iw_py_value *inherits = iw_sa_option(sa, table->value, "inherits");
	if (inherits != NULL)
		g_string_append_printf(out, "\n INHERITS ( %s )", quoted_names(sa, iw_sa_texts(sa, inherits)));
	const char *partition = iw_sa_text(sa, iw_sa_option(sa, table->value, "partition_by"));
	if (partition != NULL)
		g_string_append_printf(out, "\n PARTITION BY %s", partition);
	const char *using = iw_sa_text(sa, iw_sa_option(sa, table->value, "using"));
	if (using != NULL)
		g_string_append_printf(out, "\n USING %s", using);
	struct iw_py_value *with = iw_sa_option(sa, table->value, "with");
	for (guint i = 0; with != NULL && with->kind == IW_PY_DICT && i < with->items->len; i++)
		g_string_append_printf(out, "%s%s = %s%s", i == 0 ? "\n WITH (" : ", ",
				       ((struct iw_py_value *)with->items->pdata[i])->text,
				       ((struct iw_py_value *)with->values->pdata[i])->text,
				       i + 1 == with->items->len ? ")" : "");
	const char *commit = iw_sa_text(sa, iw_sa_option(sa, table->value, "on_commit"));
	if (commit != NULL) {
		g_autofree char *words = g_ascii_strup(commit, -1);
		g_string_append_printf(out, "\n ON COMMIT %s", g_strdelimit(words, "_", ' '));
	}
	const char *tablespace = iw_sa_text(sa, iw_sa_option(sa, table->value, "tablespace"));
	if (tablespace != NULL)
		g_string_append_printf(out, "\n TABLESPACE %s", iw_sa_quote(sa, tablespace));
}

static bool is_one_of(const char *const *words, const char *word)
{
	for (guint i = 0; words[i] != NULL; i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return false;
}

/* ENGINE=InnoDB CHARSET=utf8mb4: a character set stands before its collation. */
static void append_mysql_option(struct iw_sa *sa, GString *out, const char *key, const char *value)
{
	static const char *const texts[] = {"COMMENT",	"DATA_DIRECTORY", "INDEX_DIRECTORY",
					    "PASSWORD", "CONNECTION",	  NULL};
	static const char *const spaced[] = {"TABLESPACE",    "DEFAULT_CHARACTER_SET", "CHARACTER_SET",
					     "COLLATE",	      "PARTITION_BY",	       "PARTITIONS",
					     "SUBPARTITIONS", "SUBPARTITION_BY",       NULL};
	static const char *const split[] = {"DATA_DIRECTORY", "INDEX_DIRECTORY", "DEFAULT_CHARACTER_SET",
					    "CHARACTER_SET",  "DEFAULT_CHARSET", "DEFAULT_COLLATE",
					    "PARTITION_BY",   "SUBPARTITION_BY", NULL};
	g_autofree char *name = g_strdup(key);
	if (is_one_of(split, key))
		g_strdelimit(name, "_", ' ');
	g_string_append_printf(out, "%s%s%s%s", out->len > 0 ? " " : "", name, is_one_of(spaced, key) ? " " : "=",
			       is_one_of(texts, key) ? iw_sa_quote_text(sa, value) : value);
}

static void append_mysql_options(struct iw_sa *sa, GString *out, const struct iw_sa_table *table)
{
	g_autoptr(GString) options = g_string_new(NULL), last = g_string_new(NULL);
	const struct iw_py_value *call = table->value;
	for (guint i = 0; call != NULL && i < call->names->len; i++) {
		const char *name = call->names->pdata[i];
		const char *prefix = iw_arena_printf(sa->arena, "%s_", iw_sa_dialect_name(sa));
		if (!g_str_has_prefix(name, prefix))
			continue;
		g_autofree char *key = g_ascii_strup(name + strlen(prefix), -1);
		const struct iw_py_value *value = call->values->pdata[i];
		const char *text = value->kind == IW_PY_INTEGER ? value->text : iw_sa_text(sa, value);
		bool is_late = strcmp(key, "COLLATE") == 0 || strstr(key, "PARTITION") != NULL;
		if (text != NULL)
			append_mysql_option(sa, is_late ? last : options, key, text);
	}
	if (table->comment != NULL)
		append_mysql_option(sa, options, "COMMENT", table->comment);
	g_string_append_printf(out, "%s%s%s", options->str, options->len > 0 && last->len > 0 ? " " : "", last->str);
}

static void append_sqlite_options(struct iw_sa *sa, GString *out, const struct iw_sa_table *table)
{
	struct iw_py_value *rowid = iw_sa_option(sa, table->value, "with_rowid");
	struct iw_py_value *strict = iw_sa_option(sa, table->value, "strict");
	bool without = rowid != NULL && iw_sa_truth(sa, rowid, 1) == 0;
	bool is_strict = strict != NULL && iw_sa_truth(sa, strict, 0) == 1;
	if (without || is_strict)
		g_string_append_printf(out, "\n %s%s%s", without ? "WITHOUT ROWID" : "",
				       without && is_strict ? ",\n " : "", is_strict ? "STRICT" : "");
}

static void append_options(struct iw_sa *sa, GString *out, const struct iw_sa_table *table)
{
	static void (*const renders[])(struct iw_sa *, GString *,
				       const struct iw_sa_table *) = {[IW_POSTGRES] = append_postgres_options,
								      [IW_MYSQL] = append_mysql_options,
								      [IW_SQLITE] = append_sqlite_options};
	renders[sa->engine.dialect](sa, out, table);
}

const char *iw_sa_create_table(struct iw_sa *sa, const struct iw_sa_table *table)
{
	g_autoptr(GString) out = g_string_new("CREATE ");
	if (table->prefixes->len > 0)
		g_string_append_printf(out, "%s ", iw_sa_join(sa, table->prefixes, " "));
	g_string_append_printf(out, "TABLE %s%s (", table->if_not_exists ? "IF NOT EXISTS " : "",
			       iw_sa_table_name(sa, table->schema, table->name));
	const char *separator = "\n    ";
	for (guint i = 0; i < table->columns->len; i++) {
		const struct iw_sa_column *column = table->columns->pdata[i];
		if (column->is_system)
			continue;
		g_string_append_printf(out, "%s%s", separator, iw_sa_column_text(sa, table, column));
		separator = ",\n    ";
	}
	const char *primary = iw_sa_constraint_text(sa, table, table->primary);
	if (primary != NULL)
		g_string_append_printf(out, "%s%s", separator, primary);
	if (primary != NULL)
		separator = ",\n    ";
	for (guint i = 0; i < table->constraints->len; i++) {
		const struct iw_sa_constraint *constraint = table->constraints->pdata[i];
		if (constraint->is_alter && sa->engine.dialect != IW_SQLITE)
			continue;
		const char *text = iw_sa_constraint_text(sa, table, constraint);
		if (text == NULL)
			continue;
		g_string_append_printf(out, "%s%s", separator, text);
		separator = ",\n    ";
	}
	g_string_append(out, "\n)");
	append_options(sa, out, table);
	return iw_arena_strdup(sa->arena, out->str);
}

/* indexes ---------------------------------------------------------------------------------------------------------- */

/* A string is a column's name; other things are expressions. */
static const char *key_name(struct iw_sa *sa, struct iw_py_value *key, const char **text)
{
	struct iw_py_value *table = NULL;
	const char *name = key->kind == IW_PY_STRING ? key->text : iw_sa_column_of(sa, key, &table);
	*text = name != NULL ? iw_sa_quote(sa, name) : iw_sa_expression(sa, key, 0);
	return name;
}

/* Expressions stand in parentheses, but for functions and text(). */
static const char *group_key(struct iw_sa *sa, const struct iw_py_value *key, const char *text)
{
	const char *path = key->kind == IW_PY_CALL ? iw_py_path(sa->python, key) : NULL;
	const char *method = NULL;
	bool is_function = path != NULL && strstr(path, ".func.") != NULL;
	bool is_method = iw_sa_method(key, &method) != NULL;
	bool is_nulls = is_method && g_str_has_prefix(method, "nulls");
	bool is_order = is_method && (strcmp(method, "desc") == 0 || strcmp(method, "asc") == 0);
	bool groups = sa->engine.dialect == IW_MYSQL
			      ? is_function || is_nulls || key->kind == IW_PY_OPERATION
			      : sa->engine.dialect == IW_POSTGRES && key->kind == IW_PY_OPERATION;
	return groups && !is_order ? iw_arena_printf(sa->arena, "(%s)", text) : text;
}

static const char *index_key(struct iw_sa *sa, const struct iw_sa_index *index, struct iw_py_value *key)
{
	const char *text = NULL, *name = key_name(sa, key, &text);
	if (name == NULL)
		text = group_key(sa, key, text);
	if (sa->engine.dialect == IW_POSTGRES) {
		struct iw_py_value *classes = iw_sa_option(sa, index->value, "ops");
		struct iw_py_value *label =
			name == NULL && iw_sa_is(sa, key, "label") ? iw_sa_given(key, 0, "name") : NULL;
		const char *by = name != NULL ? name : label != NULL ? iw_sa_text(sa, label) : text;
		struct iw_py_value *class = classes == NULL || classes->kind != IW_PY_DICT || by == NULL
						    ? NULL
						    : iw_py_dict_find(classes, by);
		return class == NULL ? text : iw_arena_printf(sa->arena, "%s %s", text, iw_sa_text(sa, class));
	}
	struct iw_py_value *length = sa->engine.dialect == IW_MYSQL ? iw_sa_option(sa, index->value, "length") : NULL;
	if (length != NULL && length->kind == IW_PY_DICT)
		length = name == NULL ? NULL : iw_py_dict_find(length, name);
	return length == NULL || length->kind != IW_PY_INTEGER
		       ? text
		       : iw_arena_printf(sa->arena, "%s(%s)", text, length->text);
}

static const char *index_keys(struct iw_sa *sa, const struct iw_sa_index *index)
{
	if (index->key_texts != NULL)
		return iw_sa_join(sa, index->key_texts, ", ");
	GPtrArray *texts = iw_arena_ptr_array(sa->arena);
	for (guint i = 0; i < index->keys->len; i++)
		g_ptr_array_add(texts, (gpointer)index_key(sa, index, index->keys->pdata[i]));
	return iw_sa_join(sa, texts, ", ");
}

static void append_storage(struct iw_sa *sa, GString *out, const struct iw_sa_index *index)
{
	const char *distinct = distinctness(sa, index->value);
	g_string_append_printf(out, "%s%s%s", include_text(sa, index->value), *distinct == '\0' ? "" : " ", distinct);
	struct iw_py_value *with = iw_sa_option(sa, index->value, "with");
	for (guint i = 0; with != NULL && with->kind == IW_PY_DICT && i < with->items->len; i++) {
		const struct iw_py_value *value = with->values->pdata[i];
		const char *text = value->kind == IW_PY_BOOLEAN ? (value->boolean ? "True" : "False") : value->text;
		g_string_append_printf(out, "%s%s = %s%s", i == 0 ? " WITH (" : ", ", iw_py_text(with->items->pdata[i]),
				       text, i + 1 == with->items->len ? ")" : "");
	}
	const char *tablespace = iw_sa_text(sa, iw_sa_option(sa, index->value, "tablespace"));
	if (tablespace != NULL)
		g_string_append_printf(out, " TABLESPACE %s", iw_sa_quote(sa, tablespace));
}

static void append_mysql_suffix(struct iw_sa *sa, GString *out, const struct iw_sa_index *index)
{
	const char *parser = iw_sa_text(sa, iw_sa_option(sa, index->value, "with_parser"));
	const char *using = iw_sa_text(sa, iw_sa_option(sa, index->value, "using"));
	if (parser != NULL)
		g_string_append_printf(out, " WITH PARSER %s", parser);
	if (using != NULL)
		g_string_append_printf(out, " USING %s", iw_sa_quote(sa, using));
}

static const char *index_name(struct iw_sa *sa, const struct iw_sa_index *index)
{
	const char *name = iw_sa_format_name(sa, iw_sa_index_name(sa, index, index->schema, index->table), true);
	if (name == NULL)
		return iw_sa_fail(sa, "the index has no name");
	return sa->engine.dialect == IW_SQLITE && index->schema != NULL
		       ? iw_arena_printf(sa->arena, "%s.%s", iw_sa_quote(sa, index->schema), name)
		       : name;
}

const char *iw_sa_create_index(struct iw_sa *sa, const struct iw_sa_index *index)
{
	bool is_postgres = sa->engine.dialect == IW_POSTGRES, is_sqlite = sa->engine.dialect == IW_SQLITE;
	g_autoptr(GString) out = g_string_new(index->is_unique ? "CREATE UNIQUE " : "CREATE ");
	const char *prefix =
		sa->engine.dialect == IW_MYSQL ? iw_sa_text(sa, iw_sa_option(sa, index->value, "prefix")) : NULL;
	struct iw_py_value *concurrently = is_postgres ? iw_sa_option(sa, index->value, "concurrently") : NULL;
	const char *using = is_postgres ? iw_sa_text(sa, iw_sa_option(sa, index->value, "using")) : NULL;
	const char *name = index_name(sa, index);
	if (prefix != NULL)
		g_string_append_printf(out, "%s ", prefix);
	g_string_append_printf(
		out, "INDEX %s%s%s ON %s ",
		concurrently != NULL && iw_sa_truth(sa, concurrently, 0) == 1 ? "CONCURRENTLY " : "",
		iw_sa_truth(sa, iw_sa_given(index->value, -1, "if_not_exists"), 0) == 1 ? "IF NOT EXISTS " : "",
		name == NULL ? "" : name, iw_sa_table_name(sa, is_sqlite ? NULL : index->schema, index->table));
	if (using != NULL) {
		g_autofree char *lower = g_ascii_strdown(using, -1);
		g_string_append_printf(out, "USING %s ", lower);
	}
	g_string_append_printf(out, "(%s)", index_keys(sa, index));
	if (is_postgres)
		append_storage(sa, out, index);
	if (sa->engine.dialect == IW_MYSQL)
		append_mysql_suffix(sa, out, index);
	struct iw_py_value *where = sa->engine.dialect == IW_MYSQL ? NULL : iw_sa_option(sa, index->value, "where");
	if (where != NULL)
		g_string_append_printf(out, " WHERE %s", iw_sa_expression(sa, where, 0));
	else if (index->where != NULL)
		g_string_append_printf(out, " WHERE %s", index->where);
	return iw_arena_strdup(sa->arena, out->str);
}

const char *iw_sa_create_enum(struct iw_sa *sa, const struct iw_sa_type *type)
{
	GPtrArray *texts = iw_arena_ptr_array(sa->arena);
	for (guint i = 0; i < type->labels->len; i++)
		g_ptr_array_add(texts, (gpointer)iw_sa_quote_text(sa, type->labels->pdata[i]));
	return iw_arena_printf(sa->arena, "CREATE TYPE %s AS ENUM (%s)", iw_sa_enum_name(sa, type),
			       iw_sa_join(sa, texts, ", "));
}
