/* Constraints of Meta, what they are and their SQL; see expressions.h and editor.h. After
 * django/db/models/constraints.py and contrib/postgres/constraints.py. */
#include "framework/django/index_internal.h"

#include <string.h>

/* reading ---------------------------------------------------------------------------------------------------------- */

static const struct {
	const char *path, *module;
	enum django_constraint_kind kind;
} classes[] = {
	{"django.db.models.CheckConstraint", "django.db.models.constraints.CheckConstraint", DJANGO_CHECK},
	{"django.db.models.UniqueConstraint", "django.db.models.constraints.UniqueConstraint", DJANGO_UNIQUE},
	{"django.contrib.postgres.constraints.ExclusionConstraint", NULL, DJANGO_EXCLUSION},
};

/* Deferrable.DEFERRED, Deferrable["DEFERRED"]; NULL: neither. */
static const char *deferrable_of(struct django_context *context, const struct iw_py_value *value)
{
	static const char *const names[] = {"DEFERRED", "IMMEDIATE"};
	const char *text = NULL;
	if (value->kind == IW_PY_OPERATION && strcmp(value->text, "[]") == 0 && value->items->len == 2)
		text = iw_py_text(value->items->pdata[1]);
	else if (iw_py_path(context->python, value) != NULL)
		text = strrchr(iw_py_path(context->python, value), '.') + 1;
	for (size_t i = 0; text != NULL && i < G_N_ELEMENTS(names); i++)
		if (strcmp(names[i], text) == 0)
			return names[i];
	return NULL;
}

/* ExclusionConstraint: [(expression, operator), ...] in one list, two by two. */
static const char *read_exclusion(struct django_context *context, struct django_constraint *constraint)
{
	static const char *const why = "the expressions of an exclusion constraint are not known";
	const struct iw_py_value *list = iw_py_argument(constraint->value, -1, "expressions");
	if (list == NULL || (list->kind != IW_PY_LIST && list->kind != IW_PY_TUPLE))
		return why;
	for (guint i = 0; i < list->items->len; i++) {
		const struct iw_py_value *pair = list->items->pdata[i];
		if ((pair->kind != IW_PY_LIST && pair->kind != IW_PY_TUPLE) || pair->items->len != 2)
			return why;
		g_ptr_array_add(constraint->expressions, pair->items->pdata[0]);
		g_ptr_array_add(constraint->expressions, pair->items->pdata[1]);
	}
	struct iw_py_value *type = iw_django_some(iw_py_argument(constraint->value, -1, "index_type"));
	constraint->index_type = type == NULL ? "GIST" : iw_py_text(type);
	(void)context;
	return constraint->index_type == NULL ? why : NULL;
}

/* What all kinds may have; returns why it is not known, NULL: it is. */
static const char *read_common(struct django_context *context, struct django_constraint *constraint)
{
	const struct iw_py_value *value = constraint->value;
	const struct iw_py_value *deferrable = iw_django_some(iw_py_argument(value, -1, "deferrable"));
	const struct iw_py_value *nulls = iw_django_some(iw_py_argument(value, -1, "nulls_distinct"));
	constraint->nulls_distinct = nulls == NULL ? -1 : iw_py_truth(nulls);
	struct iw_py_value *name = iw_django_some(iw_py_argument(value, -1, "name"));
	constraint->name = name == NULL ? NULL : iw_py_text(name);
	constraint->condition = iw_django_some(iw_py_argument(value, -1, "condition"));
	if (constraint->kind == DJANGO_CHECK && constraint->condition == NULL)
		constraint->condition = iw_django_some(iw_py_argument(value, -1, "check"));
	if (constraint->name == NULL)
		return "the name of a constraint is not known";
	if (deferrable != NULL)
		constraint->deferrable = deferrable_of(context, deferrable);
	if ((deferrable != NULL && constraint->deferrable == NULL) || (nulls != NULL && constraint->nulls_distinct < 0))
		return "the arguments of a constraint are not known";
	return iw_django_take_texts(context, iw_py_argument(value, -1, "fields"), constraint->fields) &&
			       iw_django_take_texts(context, iw_py_argument(value, -1, "opclasses"),
						    constraint->opclasses) &&
			       iw_django_take_texts(context, iw_py_argument(value, -1, "include"), constraint->include)
		       ? NULL
		       : "the fields of a constraint are not known";
}

static const char *read_constraint(struct django_context *context, struct django_constraint *constraint,
				   struct iw_py_value *value)
{
	static const char *const methods[] = {"__init__", "constraint_sql", "create_sql", "remove_sql", NULL};
	const struct iw_py_value *unknown = iw_py_unknown_in(value);
	if (unknown != NULL)
		return unknown->text;
	if (value->kind != IW_PY_CALL)
		return "a constraint is not known";
	const char *why = NULL;
	const struct iw_py_value *base = iw_django_foreign_base(context, value, methods, &why);
	if (base == NULL)
		return why;
	size_t row = 0;
	while (row < G_N_ELEMENTS(classes) && strcmp(base->text, classes[row].path) != 0 &&
	       g_strcmp0(base->text, classes[row].module) != 0)
		row++;
	if (row == G_N_ELEMENTS(classes))
		return iw_arena_printf(context->arena, "the constraint class %s is not known", base->text);
	constraint->kind = classes[row].kind;
	constraint->path =
		value->receiver->kind == IW_PY_CLASS ? iw_py_path(context->python, value) : classes[row].path;
	if (constraint->kind == DJANGO_UNIQUE)
		for (guint i = 0; i < value->items->len; i++)
			g_ptr_array_add(constraint->expressions, value->items->pdata[i]);
	why = read_common(context, constraint);
	if (why == NULL && constraint->kind == DJANGO_EXCLUSION)
		why = read_exclusion(context, constraint);
	if (why == NULL && constraint->kind == DJANGO_CHECK && constraint->condition == NULL)
		why = "the condition of a check constraint is not known";
	return why;
}

struct django_constraint *iw_django_constraint_new(struct django_context *context, struct iw_py_value *value)
{
	struct django_constraint *constraint = iw_new(context->arena, struct django_constraint);
	*constraint = (struct django_constraint){.value = value,
						 .place = value->place,
						 .path = "",
						 .nulls_distinct = -1,
						 .fields = iw_arena_ptr_array(context->arena),
						 .expressions = iw_arena_ptr_array(context->arena),
						 .opclasses = iw_arena_ptr_array(context->arena),
						 .include = iw_arena_ptr_array(context->arena)};
	constraint->unknown = read_constraint(context, constraint, value);
	return constraint;
}

bool iw_django_same_constraint(struct django_context *context, const struct django_constraint *one,
			       const struct django_constraint *other)
{
	return one->unknown == NULL && other->unknown == NULL && one->kind == other->kind &&
	       strcmp(one->path, other->path) == 0 && g_strcmp0(one->name, other->name) == 0 &&
	       g_strcmp0(one->deferrable, other->deferrable) == 0 && one->nulls_distinct == other->nulls_distinct &&
	       (one->index_type == NULL || g_ascii_strcasecmp(one->index_type, other->index_type) == 0) &&
	       iw_django_same_texts(one->fields, other->fields) &&
	       iw_django_same_texts(one->opclasses, other->opclasses) &&
	       iw_django_same_texts(one->include, other->include) &&
	       iw_django_same_values(context, one->expressions, other->expressions) &&
	       iw_django_same_value(context, one->condition, other->condition);
}

/* checks ----------------------------------------------------------------------------------------------------------- */

/* CheckConstraint._get_check_sql() */
static const char *check_sql(struct django_editor *self, struct django_model_ref model,
			     const struct django_constraint *constraint)
{
	const char *sql = NULL;
	if (!iw_django_take_condition(self, model, constraint->condition, &sql))
		return NULL;
	if (*sql == '\0')
		return iw_django_fail(self->context, constraint->place,
				      "the check \"%s\" is always true, and has no SQL", constraint->name);
	return sql;
}

/* Django asks whether the server has checks since `version`. */
static bool supports_checks(struct django_editor *self, int version)
{
	return self->context->version < version || self->backend->supports_check_constraints == NULL ||
	       self->backend->supports_check_constraints(self->context);
}

/* unique constraints ----------------------------------------------------------------------------------------------- */

const char *iw_django_left_out(struct django_editor *self, struct django_model_ref model, struct iw_py_value *condition)
{
	struct django_context *context = self->context;
	enum django_truth truth = DJANGO_DEPENDS;
	if (context->problem != NULL)
		return "left out";
	iw_django_condition_sql(context, model, condition, &truth);
	context->problem = NULL;
	if (truth == DJANGO_ALWAYS_TRUE && context->version < 40200)
		return "";
	if (truth != DJANGO_DEPENDS)
		iw_django_fail(context, condition->place, "Django refuses a condition that is always %s",
			       truth == DJANGO_ALWAYS_TRUE ? "true" : "false");
	return "left out";
}

/* False: it failed. A backend that leaves the constraint out need not know its condition. */
static bool unique_request(struct django_editor *self, struct django_model_ref model,
			   const struct django_constraint *constraint, struct django_index_request *request)
{
	struct django_context *context = self->context;
	*request = (struct django_index_request){.fields = iw_arena_ptr_array(context->arena),
						 .name = constraint->name,
						 .opclasses = constraint->opclasses,
						 .include = iw_arena_ptr_array(context->arena),
						 .deferrable = constraint->deferrable,
						 .nulls_distinct = constraint->nulls_distinct};
	if (constraint->condition != NULL && !self->backend->supports_partial_indexes)
		request->condition = iw_django_left_out(self, model, constraint->condition);
	else if (!iw_django_take_condition(self, model, constraint->condition, &request->condition))
		return false;
	bool has_expressions = self->backend->supports_expression_indexes == NULL ||
			       self->backend->supports_expression_indexes(context);
	request->expressions = constraint->expressions; /* enough where they are left out */
	return context->problem == NULL &&
	       iw_django_take_fields(context, model, constraint->fields, constraint->place, request->fields) &&
	       iw_django_take_columns(context, model, constraint->include, constraint->place, request->include) &&
	       (!has_expressions || iw_django_take_expressions(self, model, constraint->expressions, request));
}

/* _unique_sql(): what becomes an index is put off. */
static const char *unique_sql(struct django_editor *self, struct django_model_ref model,
			      const struct django_constraint *constraint)
{
	struct django_context *context = self->context;
	struct django_index_request request;
	if (!unique_request(self, model, constraint, &request) || !iw_django_is_unique_supported(self, &request))
		return NULL;
	if (iw_django_is_unique_index(&request) || (request.nulls_distinct >= 0 && context->version >= 50000)) {
		struct django_statement *statement = iw_django_create_unique_sql(self, model, &request);
		if (statement != NULL)
			g_ptr_array_add(self->deferred, statement);
		return NULL;
	}
	g_autoptr(GString) columns = g_string_new(NULL);
	for (guint i = 0; i < request.fields->len; i++) {
		const char *column = iw_django_column(context, request.fields->pdata[i]);
		if (column == NULL)
			return iw_django_fail(context, constraint->place, "a field of \"%s\" has no column",
					      constraint->name);
		g_string_append_printf(columns, "%s%s", i == 0 ? "" : ", ", iw_django_quote_name(context, column));
	}
	return iw_arena_printf(context->arena, "CONSTRAINT %s UNIQUE (%s)%s",
			       iw_django_quote_name(context, constraint->name), columns->str,
			       iw_django_deferrable_sql(context, request.deferrable));
}

/* exclusion constraints -------------------------------------------------------------------------------------------- */

/* RangeOperators.OVERLAPS, "&&"; NULL: it is not known. */
static const char *operator_of(struct django_context *context, const struct iw_py_value *value)
{
	static const char *const names[][2] = {
		{"EQUAL", "="},	    {"NOT_EQUAL", "<>"},    {"CONTAINS", "@>"}, {"CONTAINED_BY", "<@"},
		{"OVERLAPS", "&&"}, {"FULLY_LT", "<<"},	    {"FULLY_GT", ">>"}, {"NOT_LT", "&>"},
		{"NOT_GT", "&<"},   {"ADJACENT_TO", "-|-"},
	};
	if (value->kind == IW_PY_STRING)
		return value->text;
	const char *path = iw_py_path(context->python, value);
	const char *name = path == NULL ? NULL : strrchr(path, '.');
	for (size_t i = 0; name != NULL && i < G_N_ELEMENTS(names); i++)
		if (strcmp(names[i][0], name + 1) == 0)
			return names[i][1];
	return iw_django_fail(context, value->place, "an operator of an exclusion constraint is not known");
}

/* Before Django 4.1 what is excluded is no indexed expression; before 4.0 it has no parentheses of its own. */
static const char *old_expression(struct django_context *context, struct django_model_ref model,
				  struct iw_py_value *expression, const char *class)
{
	bool is_name = expression->kind == IW_PY_STRING ||
		       iw_py_is(context->python, expression, "django.db.models.F") ||
		       iw_py_is(context->python, expression, "django.db.models.expressions.F");
	GPtrArray *columns = iw_arena_ptr_array(context->arena);
	const char *sql = is_name ? iw_django_indexed_sql(context, model, expression, NULL, columns)
				  : iw_django_expression_sql(context, model, expression);
	bool is_grouped = !is_name && context->version >= 40000;
	if (sql == NULL)
		return NULL;
	return iw_arena_printf(context->arena, "%s%s%s%s%s", is_grouped ? "(" : "", sql, is_grouped ? ")" : "",
			       class == NULL ? "" : " ", class == NULL ? "" : class);
}

/* One expression with its operator class and operator. */
static const char *excluded(struct django_editor *self, struct django_model_ref model,
			    const struct django_constraint *constraint, guint index, GPtrArray *columns)
{
	struct django_context *context = self->context;
	struct iw_py_value *expression = constraint->expressions->pdata[index];
	const char *class = index / 2 < constraint->opclasses->len ? constraint->opclasses->pdata[index / 2] : NULL;
	const char *sign = operator_of(context, constraint->expressions->pdata[index + 1]);
	if (class != NULL && *class == '\0')
		class = NULL;
	const char *sql = context->version >= 40100 ? iw_django_indexed_sql(context, model, expression, class, columns)
						    : old_expression(context, model, expression, class);
	return sql == NULL || sign == NULL ? NULL : iw_arena_printf(context->arena, "%s WITH %s", sql, sign);
}

#define EXCLUDE "CONSTRAINT %(name)s EXCLUDE USING %(index_type)s (%(expressions)s)%(include)s%(where)s%(deferrable)s"

static struct django_statement *exclusion_sql(struct django_editor *self, struct django_model_ref model,
					      const struct django_constraint *constraint, const char *template)
{
	struct django_context *context = self->context;
	GPtrArray *columns = iw_arena_ptr_array(context->arena), *include = iw_arena_ptr_array(context->arena);
	g_autoptr(GString) list = g_string_new(NULL);
	for (guint i = 0; i + 1 < constraint->expressions->len; i += 2) {
		const char *sql = excluded(self, model, constraint, i, columns);
		if (sql == NULL)
			return NULL;
		g_string_append_printf(list, "%s%s", i == 0 ? "" : ", ", sql);
	}
	const char *condition = NULL, *table = model.model->db_table;
	if (!iw_django_take_condition(self, model, constraint->condition, &condition) ||
	    !iw_django_take_columns(context, model, constraint->include, constraint->place, include))
		return NULL;
	struct django_statement *statement = iw_django_statement_new(self, template);
	iw_django_statement_table(self, statement, "table", table);
	iw_django_statement_text(self, statement, "name", iw_django_quote_name(context, constraint->name));
	iw_django_statement_text(self, statement, "index_type", constraint->index_type);
	iw_django_statement_part(self, statement,
				 &(struct django_part){.name = "expressions",
						       .kind = DJANGO_EXPRESSIONS_PART,
						       .table = table,
						       .text = iw_arena_strdup(context->arena, list->str),
						       .columns = columns});
	bool has_condition = condition != NULL && *condition != '\0';
	iw_django_statement_text(self, statement, "where",
				 has_condition ? iw_arena_printf(context->arena, " WHERE (%s)", condition) : "");
	if (include->len > 0 && self->backend->supports_covering_indexes)
		iw_django_statement_include(self, statement, table, include);
	iw_django_statement_text(self, statement, "deferrable",
				 iw_django_deferrable_sql(context, constraint->deferrable));
	return statement;
}

/* all -------------------------------------------------------------------------------------------------------------- */

static bool is_known(struct django_editor *self, const struct django_constraint *constraint)
{
	if (constraint->unknown != NULL)
		iw_django_fail(self->context, constraint->place, "%s", constraint->unknown);
	return constraint->unknown == NULL;
}

const char *iw_django_constraint_sql(struct django_editor *self, struct django_model_ref model,
				     const struct django_constraint *constraint)
{
	struct django_context *context = self->context;
	if (!is_known(self, constraint))
		return NULL;
	if (constraint->kind == DJANGO_UNIQUE)
		return unique_sql(self, model, constraint);
	if (constraint->kind == DJANGO_EXCLUSION) {
		const struct django_statement *statement = exclusion_sql(self, model, constraint, EXCLUDE);
		return statement == NULL ? NULL : iw_django_statement_sql(self, statement);
	}
	const char *check = check_sql(self, model, constraint);
	return check == NULL ? NULL
			     : iw_arena_printf(context->arena, "CONSTRAINT %s CHECK (%s)",
					       iw_django_quote_name(context, constraint->name), check);
}

struct django_statement *iw_django_constraint_create_sql(struct django_editor *self, struct django_model_ref model,
							 const struct django_constraint *constraint)
{
	if (!is_known(self, constraint))
		return NULL;
	if (constraint->kind == DJANGO_UNIQUE) {
		struct django_index_request request;
		return unique_request(self, model, constraint, &request)
			       ? iw_django_create_unique_sql(self, model, &request)
			       : NULL;
	}
	if (constraint->kind == DJANGO_EXCLUSION)
		return exclusion_sql(self, model, constraint, "ALTER TABLE %(table)s ADD " EXCLUDE);
	const char *check = supports_checks(self, 50000) ? check_sql(self, model, constraint) : NULL;
	if (check == NULL)
		return NULL;
	struct django_statement *statement = iw_django_statement_new(self, self->backend->sql.create_check);
	iw_django_statement_table(self, statement, "table", model.model->db_table);
	iw_django_statement_text(self, statement, "name", iw_django_quote_name(self->context, constraint->name));
	iw_django_statement_text(self, statement, "check", check);
	return statement;
}

struct django_statement *iw_django_constraint_remove_sql(struct django_editor *self, struct django_model_ref model,
							 const struct django_constraint *constraint)
{
	const char *template = self->backend->sql.delete_check;
	if (!is_known(self, constraint))
		return NULL;
	if (constraint->kind == DJANGO_CHECK && !supports_checks(self, 40200))
		return NULL;
	if (constraint->kind == DJANGO_UNIQUE) {
		struct django_index_request request;
		if (!unique_request(self, model, constraint, &request) ||
		    !iw_django_is_unique_supported(self, &request))
			return NULL;
		template = iw_django_is_unique_index(&request) ? self->backend->sql.delete_index
							       : self->backend->sql.delete_unique;
	}
	return iw_django_delete_constraint_sql(self, template, model, constraint->name);
}
