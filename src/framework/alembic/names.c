/* How SQLAlchemy writes names: quoting, naming conventions, length; see sqlalchemy.h. */
#include "framework/alembic/sqlalchemy.h"

#include <string.h>

static bool is_plain(const char *name)
{
	if (name[0] == '\0' || g_ascii_isdigit(name[0]) || name[0] == '$')
		return false;
	for (const char *at = name; *at != '\0'; at++)
		if (!g_ascii_islower(*at) && !g_ascii_isdigit(*at) && *at != '_' && *at != '$')
			return false;
	return true;
}

static const char *force_quote(struct iw_sa *sa, const char *name)
{
	char quote = sa->engine.dialect == IW_MYSQL ? '`' : '"';
	g_autoptr(GString) out = g_string_new(NULL);
	g_string_append_c(out, quote);
	for (const char *at = name; *at != '\0'; at++) {
		g_string_append_c(out, *at);
		if (*at == quote)
			g_string_append_c(out, quote);
	}
	g_string_append_c(out, quote);
	return iw_arena_strdup(sa->arena, out->str);
}

const char *iw_sa_quote(struct iw_sa *sa, const char *name)
{
	if (name == NULL)
		return "";
	return is_plain(name) && !iw_sa_is_reserved(sa->engine, name) ? name : force_quote(sa, name);
}

const char *iw_sa_table_name(struct iw_sa *sa, const char *schema, const char *name)
{
	if (schema == NULL || schema[0] == '\0')
		return iw_sa_quote(sa, name);
	g_auto(GStrv) parts = g_strsplit(schema, ".", -1);
	g_autoptr(GString) out = g_string_new(NULL);
	for (int i = 0; parts[i] != NULL; i++)
		g_string_append_printf(out, "%s.", iw_sa_quote(sa, iw_arena_strdup(sa->arena, parts[i])));
	g_string_append(out, iw_sa_quote(sa, name));
	return iw_arena_strdup(sa->arena, out->str);
}

struct iw_sa_name iw_sa_name(struct iw_sa *sa, const struct iw_py_value *value)
{
	struct iw_sa_name name = {.text = iw_sa_text(sa, value)};
	if (name.text == NULL || value->kind != IW_PY_CALL)
		return name;
	const char *called = iw_sa_called(sa, value);
	name.is_final = strcmp(called, "f") == 0 || strcmp(called, "conv") == 0;
	if (strcmp(called, "quoted_name") == 0)
		name.is_forced = iw_sa_truth(sa, iw_sa_given(value, 1, "quote"), 0) == 1;
	return name;
}

/* naming conventions ---------------------------------------------------------------------------------------------- */

/* What the tokens of a convention ask about. */
struct subject {
	const char *schema, *table, *given;
	GPtrArray *columns;			   /* char * */
	const struct iw_sa_constraint *constraint; /* FOREIGN KEY; NULL for indexes */
};

static const char *convention_of(struct iw_sa *sa, const char *key, const char *class)
{
	const struct iw_py_value *all = sa->conventions;
	if (all == NULL || all->kind != IW_PY_DICT || all->items->len == 0)
		return strcmp(key, "ix") == 0 ? "ix_%(column_0_label)s" : NULL;
	for (guint i = 0; i < all->items->len; i++) {
		const struct iw_py_value *at = all->items->pdata[i];
		bool is_it = at->kind == IW_PY_STRING ? strcmp(at->text, key) == 0
						      : at->kind == IW_PY_FOREIGN && iw_sa_is(sa, at, class);
		if (!is_it)
			continue;
		const struct iw_py_value *format = all->values->pdata[i];
		if (format->kind == IW_PY_STRING)
			return format->text;
		if (format->kind != IW_PY_NONE && !iw_sa_unknown(sa, format))
			iw_sa_fail(sa, "the naming convention for \"%s\" is no string", key);
		return NULL;
	}
	return NULL;
}

static const char *nth_column(struct iw_sa *sa, const struct subject *subject, guint index, const char *attribute)
{
	if (g_str_has_prefix(attribute, "referred_")) {
		GPtrArray *remote = subject->constraint == NULL ? NULL : subject->constraint->remote_columns;
		return remote == NULL || index >= remote->len ? "" : remote->pdata[index];
	}
	if (index >= subject->columns->len)
		return "";
	const char *column = subject->columns->pdata[index];
	if (!g_str_has_suffix(attribute, "label"))
		return column;
	if (subject->schema == NULL)
		return iw_arena_printf(sa->arena, "%s_%s", subject->table, column);
	g_autofree char *schema = g_strdelimit(g_strdup(subject->schema), ".", '_');
	return iw_arena_printf(sa->arena, "%s_%s_%s", schema, subject->table, column);
}

/* column_0_name, column_0N_name, column_0_N_name, referred_column_0_name, column_0_label, column_0_key */
static const char *column_token(struct iw_sa *sa, const struct subject *subject, const char *token)
{
	const char *digits = strstr(token, "column_");
	if (digits == NULL || !g_ascii_isdigit(digits[7]))
		return NULL;
	char *end = NULL;
	guint index = (guint)g_ascii_strtoull(digits + 7, &end, 10);
	bool underscored = g_str_has_prefix(end, "_N_");
	const char *attribute = g_str_has_prefix(token, "referred_") ? token : end;
	if (!underscored && !g_str_has_prefix(end, "N_"))
		return nth_column(sa, subject, index, attribute);
	GPtrArray *all = iw_arena_ptr_array(sa->arena);
	for (guint i = 0; i < subject->columns->len; i++)
		g_ptr_array_add(all, (gpointer)nth_column(sa, subject, i, attribute));
	return iw_sa_join(sa, all, underscored ? "_" : "");
}

static const char *token_text(struct iw_sa *sa, const struct subject *subject, const char *token)
{
	if (strcmp(token, "table_name") == 0)
		return subject->table;
	if (strcmp(token, "referred_table_name") == 0)
		return subject->constraint == NULL ? "" : subject->constraint->remote_table;
	if (strcmp(token, "constraint_name") == 0)
		return subject->given != NULL
			       ? subject->given
			       : iw_sa_fail(sa, "the naming convention wants a constraint that has a name");
	const char *text = column_token(sa, subject, token);
	return text != NULL ? text
			    : iw_sa_fail(sa, "the naming convention's %%(%s)s is the project's own function", token);
}

static const char *expand(struct iw_sa *sa, const struct subject *subject, const char *format)
{
	g_autoptr(GString) out = g_string_new(NULL);
	for (const char *at = format; *at != '\0'; at++) {
		const char *end = g_str_has_prefix(at, "%(") ? strstr(at, ")s") : NULL;
		if (end == NULL) {
			if (g_str_has_prefix(at, "%%"))
				at++;
			g_string_append_c(out, *at);
			continue;
		}
		const char *text = token_text(sa, subject, iw_arena_strndup(sa->arena, at + 2, (size_t)(end - at - 2)));
		g_string_append(out, text == NULL ? "" : text);
		at = end + 1;
	}
	return iw_arena_strdup(sa->arena, out->str);
}

/* As sqlalchemy/sql/naming.py: _constraint_name_for_table. */
static struct iw_sa_name by_convention(struct iw_sa *sa, struct iw_sa_name name, const struct subject *subject,
				       const char *key, const char *class)
{
	if (name.is_final)
		return name;
	const char *format = convention_of(sa, key, class);
	if (format == NULL || (name.text != NULL && strstr(format, "constraint_name") == NULL))
		return name;
	if (name.text == NULL && strcmp(key, "ck") == 0 && strstr(format, "constraint_name") != NULL)
		return iw_sa_fail(sa, "the naming convention wants a check that has a name"), name;
	return (struct iw_sa_name){.text = expand(sa, subject, format), .is_final = true};
}

struct iw_sa_name iw_sa_constraint_name(struct iw_sa *sa, const struct iw_sa_constraint *constraint, const char *schema,
					const char *table)
{
	static const struct {
		const char *key, *class;
	} keys[] = {
		[IW_SA_PRIMARY] = {"pk", "PrimaryKeyConstraint"}, [IW_SA_UNIQUE] = {"uq", "UniqueConstraint"},
		[IW_SA_FOREIGN] = {"fk", "ForeignKeyConstraint"}, [IW_SA_CHECK] = {"ck", "CheckConstraint"},
		[IW_SA_EXCLUDE] = {"", "ExcludeConstraint"},	  [IW_SA_ANY] = {"", "Constraint"},
	};
	const struct subject subject = {.schema = schema,
					.table = table,
					.given = constraint->name.text,
					.columns = constraint->columns,
					.constraint = constraint->kind == IW_SA_FOREIGN ? constraint : NULL};
	/* The CHECK of a type without a name of its own has none, whatever the convention. */
	if (constraint->is_bound_to_type && constraint->name.text == NULL) {
		const char *format = convention_of(sa, "ck", "CheckConstraint");
		if (format == NULL || strstr(format, "constraint_name") != NULL)
			return constraint->name;
	}
	return by_convention(sa, constraint->name, &subject, keys[constraint->kind].key, keys[constraint->kind].class);
}

struct iw_sa_name iw_sa_index_name(struct iw_sa *sa, const struct iw_sa_index *index, const char *schema,
				   const char *table)
{
	GPtrArray *columns = iw_arena_ptr_array(sa->arena);
	for (guint i = 0; index->keys != NULL && i < index->keys->len; i++) {
		struct iw_py_value *key = index->keys->pdata[i], *of = NULL;
		const char *column = key->kind == IW_PY_STRING ? key->text : iw_sa_column_of(sa, key, &of);
		if (column != NULL)
			g_ptr_array_add(columns, (gpointer)column);
	}
	const struct subject subject = {
		.schema = schema, .table = table, .given = index->name.text, .columns = columns};
	return by_convention(sa, index->name, &subject, "ix", "Index");
}

/*
 * Names that SQLAlchemy makes are cut to what indexes and constraints may have; those of the author are compared with
 * what identifiers may have at most, which on MySQL is said to be 255, and the server refuses.
 */
static size_t longest(struct iw_sa *sa, bool is_final)
{
	static const size_t made[] = {[IW_POSTGRES] = 63, [IW_MYSQL] = 64, [IW_SQLITE] = 9999};
	return sa->engine.dialect == IW_MYSQL && !is_final ? 255 : made[sa->engine.dialect];
}

const char *iw_sa_format_name(struct iw_sa *sa, struct iw_sa_name name, bool is_index)
{
	(void)is_index;
	if (name.text == NULL)
		return NULL;
	size_t limit = longest(sa, name.is_final), length = (size_t)g_utf8_strlen(name.text, -1);
	const char *text = name.text;
	if (length > limit && !name.is_final)
		return iw_sa_fail(sa, "SQLAlchemy refuses the name \"%s\": it has more than %zu characters", name.text,
				  limit);
	if (length > limit) {
		g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_MD5, name.text, -1);
		const char *end = g_utf8_offset_to_pointer(text, (glong)limit - 8);
		text = iw_arena_printf(sa->arena, "%.*s_%s", (int)(end - text), text, sum + strlen(sum) - 4);
	}
	return name.is_forced ? force_quote(sa, text) : iw_sa_quote(sa, text);
}
