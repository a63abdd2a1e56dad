/* Output fields of expressions: which type comes out of them. After _resolve_output_field() of
 * django/db/models/expressions.py and functions/mixins.py. */
#include "framework/django/expression_internal.h"

/* fields ----------------------------------------------------------------------------------------------------------- */

struct django_field_ref iw_django_made_field(struct django_context *context, const char *path)
{
	struct django_field *field =
		iw_django_field_make(context, iw_arena_printf(context->arena, "django.%s", path), "");
	return (struct django_field_ref){.field = field};
}

void iw_django_set_output(struct django_node *node, struct django_field_ref field)
{
	node->output = (struct django_output){.kind = DJANGO_OUTPUT_FIELD, .field = field};
}

bool iw_django_type_is(enum django_type type, enum django_type of)
{
	static const enum django_type derived[][2] = {
		{DJANGO_AUTO, DJANGO_INTEGER},
		{DJANGO_BIG_AUTO, DJANGO_BIG_INTEGER},
		{DJANGO_SMALL_AUTO, DJANGO_SMALL_INTEGER},
		{DJANGO_BIG_INTEGER, DJANGO_INTEGER},
		{DJANGO_SMALL_INTEGER, DJANGO_INTEGER},
		{DJANGO_POSITIVE_INTEGER, DJANGO_INTEGER},
		{DJANGO_POSITIVE_BIG_INTEGER, DJANGO_BIG_INTEGER},
		{DJANGO_POSITIVE_SMALL_INTEGER, DJANGO_SMALL_INTEGER},
		{DJANGO_NULL_BOOLEAN, DJANGO_BOOLEAN},
		{DJANGO_SLUG, DJANGO_CHAR},
		{DJANGO_COMMA_SEPARATED_INTEGER, DJANGO_CHAR},
		{DJANGO_DATE_TIME, DJANGO_DATE},
		{DJANGO_ONE_TO_ONE, DJANGO_FOREIGN_KEY},
	};
	if (type == of)
		return true;
	for (size_t i = 0; i < G_N_ELEMENTS(derived); i++)
		if (derived[i][0] == type)
			return iw_django_type_is(derived[i][1], of);
	return false;
}

struct django_field_ref iw_django_final_field(struct django_context *context, struct django_field_ref field)
{
	for (int i = 0; i < 20 && iw_django_type_is(field.field->type, DJANGO_FOREIGN_KEY); i++) {
		struct django_field_ref target = iw_django_target(field);
		if (target.field == NULL) {
			iw_django_fail(context, field.field->place, "it is not known what %s points to",
				       field.field->name);
			return (struct django_field_ref){0};
		}
		field = target;
	}
	if (field.field->unknown != NULL)
		iw_django_fail(context, field.field->place, "%s", field.field->unknown);
	return field;
}

/* combined types --------------------------------------------------------------------------------------------------- */

enum { ADD = 1, SUB = 2, MUL = 4, DIV = 8, MOD = 16, POW = 32, BITS = 64, JOIN = 128 };
#define ARITHMETIC (ADD | SUB | MUL | DIV)
#define NONE	   DJANGO_TYPES /* NoneType: an operand without an output field */

struct combination {
	int connectors;
	enum django_type lhs, rhs, result;
	int since;
};

/* _connector_combinations, in order. */
static const struct combination combinations[] = {
	{ADD | MUL | DIV | MOD | POW, DJANGO_POSITIVE_INTEGER, DJANGO_POSITIVE_INTEGER, DJANGO_POSITIVE_INTEGER, 50000},
	{ARITHMETIC | MOD | POW, DJANGO_INTEGER, DJANGO_INTEGER, DJANGO_INTEGER, 40100},
	{ARITHMETIC | MOD | POW, DJANGO_FLOAT, DJANGO_FLOAT, DJANGO_FLOAT, 40100},
	{ARITHMETIC | MOD | POW, DJANGO_DECIMAL, DJANGO_DECIMAL, DJANGO_DECIMAL, 40100},
	{ARITHMETIC, DJANGO_INTEGER, DJANGO_INTEGER, DJANGO_INTEGER, 0},
	{ARITHMETIC, DJANGO_INTEGER, DJANGO_DECIMAL, DJANGO_DECIMAL, 0},
	{ARITHMETIC, DJANGO_DECIMAL, DJANGO_INTEGER, DJANGO_DECIMAL, 0},
	{ARITHMETIC, DJANGO_INTEGER, DJANGO_FLOAT, DJANGO_FLOAT, 0},
	{ARITHMETIC, DJANGO_FLOAT, DJANGO_INTEGER, DJANGO_FLOAT, 0},
	{MOD, DJANGO_INTEGER, DJANGO_DECIMAL, DJANGO_DECIMAL, 40200},
	{MOD, DJANGO_DECIMAL, DJANGO_INTEGER, DJANGO_DECIMAL, 40200},
	{MOD, DJANGO_INTEGER, DJANGO_FLOAT, DJANGO_FLOAT, 40200},
	{MOD, DJANGO_FLOAT, DJANGO_INTEGER, DJANGO_FLOAT, 40200},
	{BITS, DJANGO_INTEGER, DJANGO_INTEGER, DJANGO_INTEGER, 40100},
	{ARITHMETIC | MOD | POW, DJANGO_INTEGER, NONE, DJANGO_INTEGER, 50100},
	{ARITHMETIC | MOD | POW, NONE, DJANGO_INTEGER, DJANGO_INTEGER, 50100},
	{ARITHMETIC | MOD | POW, DJANGO_DECIMAL, NONE, DJANGO_DECIMAL, 50100},
	{ARITHMETIC | MOD | POW, NONE, DJANGO_DECIMAL, DJANGO_DECIMAL, 50100},
	{ARITHMETIC | MOD | POW, DJANGO_FLOAT, NONE, DJANGO_FLOAT, 40100},
	{ARITHMETIC | MOD | POW, NONE, DJANGO_FLOAT, DJANGO_FLOAT, 40100},
	{ADD | SUB, DJANGO_DATE, DJANGO_DURATION, DJANGO_DATE_TIME, 40100},
	{ADD, DJANGO_DURATION, DJANGO_DATE, DJANGO_DATE_TIME, 40100},
	{ADD | SUB, DJANGO_DURATION, DJANGO_DURATION, DJANGO_DURATION, 40100},
	{ADD | SUB, DJANGO_TIME, DJANGO_DURATION, DJANGO_TIME, 40100},
	{ADD, DJANGO_DURATION, DJANGO_TIME, DJANGO_TIME, 40100},
	{SUB, DJANGO_DATE, DJANGO_DATE, DJANGO_DURATION, 40100},
	{SUB, DJANGO_TIME, DJANGO_TIME, DJANGO_DURATION, 40100},
	{JOIN, DJANGO_SEARCH_VECTOR, DJANGO_SEARCH_VECTOR, DJANGO_SEARCH_VECTOR, 0},
};

static int connector_bit(const char *connector)
{
	static const struct {
		const char *text;
		int bit;
	} rows[] = {{"+", ADD},	 {"-", SUB},  {"*", MUL},   {"/", DIV},	  {"%%", MOD}, {"^", POW},
		    {"&", BITS}, {"|", BITS}, {"<<", BITS}, {">>", BITS}, {"#", BITS}, {"||", JOIN}};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		if (strcmp(rows[i].text, connector) == 0)
			return rows[i].bit;
	return 0;
}

static const char *path_of(enum django_type type)
{
	return type == DJANGO_SEARCH_VECTOR ? "contrib.postgres.search.SearchVectorField" : NULL;
}

static struct django_field_ref field_of_type(struct django_context *context, enum django_type type)
{
	const char *path = path_of(type);
	return iw_django_made_field(
		context,
		path != NULL ? path : iw_arena_printf(context->arena, "db.models.%s", iw_django_type_name(type)));
}

/* operators -------------------------------------------------------------------------------------------------------- */

static struct django_output found(struct django_field_ref field)
{
	return (struct django_output){.kind = DJANGO_OUTPUT_FIELD, .field = field};
}

static struct django_output failed(const char *error)
{
	return (struct django_output){.kind = DJANGO_OUTPUT_ERROR, .error = error};
}

static struct django_output none(void)
{
	return (struct django_output){.kind = DJANGO_OUTPUT_NONE};
}

/* isinstance(field, other.__class__) */
static bool is_instance(struct django_context *context, const struct django_field *field,
			const struct django_field *other)
{
	return strcmp(field->path, other->path) == 0 || iw_django_is_a(context, field, other->path);
}

/* BaseExpression._resolve_output_field() */
static struct django_output of_sources(struct django_context *context, const GPtrArray *sources)
{
	struct django_output result = none();
	for (guint i = 0; i < sources->len; i++) {
		const struct django_output *output = iw_django_output(context, sources->pdata[i]);
		if (output->kind == DJANGO_OUTPUT_ERROR)
			return *output;
		if (output->kind != DJANGO_OUTPUT_FIELD)
			continue;
		if (result.kind == DJANGO_OUTPUT_NONE)
			result = *output;
		else if (!is_instance(context, result.field.field, output->field.field))
			return failed(iw_arena_printf(context->arena,
						      "an expression mixes %s and %s: it must set output_field",
						      result.field.field->path, output->field.field->path));
	}
	return result;
}

static struct django_output of_combined(struct django_context *context, struct django_node *node)
{
	int bit = connector_bit(node->text);
	enum django_type types[2];
	for (guint i = 0; i < 2; i++) {
		const struct django_output *output = iw_django_output(context, node->sources->pdata[i]);
		if (output->kind == DJANGO_OUTPUT_ERROR)
			return *output;
		types[i] = output->kind == DJANGO_OUTPUT_FIELD ? output->field.field->type : NONE;
	}
	if (context->version < 40100) { /* what both are, before the table */
		struct django_output same = of_sources(context, node->sources);
		if (same.kind != DJANGO_OUTPUT_ERROR)
			return same;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(combinations); i++) {
		const struct combination *row = &combinations[i];
		if ((row->connectors & bit) != 0 && context->version >= row->since &&
		    iw_django_type_is(types[0], row->lhs) && iw_django_type_is(types[1], row->rhs))
			return found(field_of_type(context, row->result));
	}
	return failed(iw_arena_printf(context->arena, "the type of this \"%s\" cannot be inferred", node->text));
}

/* NumericOutputFieldMixin */
static struct django_output of_numbers(struct django_context *context, struct django_node *node)
{
	bool has_decimal = false, has_integer = false;
	for (guint i = 0; i < node->sources->len; i++) {
		const struct django_output *output = iw_django_output(context, node->sources->pdata[i]);
		if (output->kind == DJANGO_OUTPUT_ERROR)
			return *output;
		if (output->kind != DJANGO_OUTPUT_FIELD)
			continue;
		has_decimal |= iw_django_type_is(output->field.field->type, DJANGO_DECIMAL);
		has_integer |= iw_django_type_is(output->field.field->type, DJANGO_INTEGER);
	}
	if (has_decimal)
		return found(iw_django_made_field(context, "db.models.DecimalField"));
	if (has_integer || node->sources->len == 0)
		return found(iw_django_made_field(context, "db.models.FloatField"));
	return of_sources(context, node->sources);
}

/* base_field of an array or a range. */
static struct django_output of_base(struct django_context *context, struct django_node *node)
{
	static const char *const ranges[][2] = {
		{"IntegerRangeField", "IntegerField"},	 {"BigIntegerRangeField", "BigIntegerField"},
		{"DecimalRangeField", "DecimalField"},	 {"DateRangeField", "DateField"},
		{"DateTimeRangeField", "DateTimeField"},
	};
	const struct django_output *output = iw_django_output(context, node->sources->pdata[0]);
	if (output->kind != DJANGO_OUTPUT_FIELD)
		return *output;
	struct django_field_ref field = output->field;
	if (field.field->base != NULL)
		return found((struct django_field_ref){field.state, NULL, field.field->base});
	for (size_t i = 0; i < G_N_ELEMENTS(ranges); i++)
		if (g_str_has_suffix(field.field->base_path, ranges[i][0]) &&
		    field.field->base_path[strlen(field.field->base_path) - strlen(ranges[i][0]) - 1] == '.')
			return found(iw_django_made_field(
				context, iw_arena_printf(context->arena, "db.models.%s", ranges[i][1])));
	return failed("its base field is not known");
}

/* Value._resolve_output_field() */
static struct django_output of_value(struct django_context *context, const struct iw_py_value *value)
{
	static const struct {
		const char *path, *field;
	} calls[] = {
		{"datetime.datetime", "DateTimeField"}, {"datetime.date", "DateField"},
		{"datetime.time", "TimeField"},		{"datetime.timedelta", "DurationField"},
		{"decimal.Decimal", "DecimalField"},	{"uuid.UUID", "UUIDField"},
	};
	const char *name = value->kind == IW_PY_STRING	  ? "CharField"
			   : value->kind == IW_PY_BOOLEAN ? "BooleanField"
			   : value->kind == IW_PY_INTEGER ? "IntegerField"
			   : value->kind == IW_PY_FLOAT	  ? "FloatField"
			   : value->kind == IW_PY_BYTES	  ? "BinaryField"
							  : NULL;
	for (size_t i = 0; value->kind == IW_PY_CALL && name == NULL && i < G_N_ELEMENTS(calls); i++)
		if (iw_py_is(context->python, value, calls[i].path))
			name = calls[i].field;
	return name == NULL
		       ? none()
		       : found(iw_django_made_field(context, iw_arena_printf(context->arena, "db.models.%s", name)));
}

/* ArrayField(TextField()) */
static struct django_field_ref array_of_texts(struct django_context *context)
{
	struct django_field_ref text = iw_django_made_field(context, "db.models.TextField");
	struct django_field *field = iw_django_field_copy(context->arena, text.field);
	field->type = DJANGO_ARRAY;
	field->path = field->base_path = "django.contrib.postgres.fields.ArrayField";
	field->base = (struct django_field *)text.field;
	field->size = -1;
	return (struct django_field_ref){.field = field};
}

static struct django_output of_function(struct django_context *context, struct django_node *node)
{
	switch (node->function->rule) {
	case DJANGO_OUT_FIELD:
		return strstr(node->function->output, "ArrayField") != NULL
			       ? found(array_of_texts(context))
			       : found(iw_django_made_field(context, node->function->output));
	case DJANGO_OUT_NUMERIC:
		return of_numbers(context, node);
	case DJANGO_OUT_FIRST:
		return *iw_django_output(context, node->sources->pdata[0]);
	case DJANGO_OUT_BASE:
		return of_base(context, node);
	case DJANGO_OUT_NONE:
		return none();
	case DJANGO_OUT_SOURCES:
		break;
	}
	return of_sources(context, node->sources);
}

static struct django_output work_out(struct django_context *context, struct django_node *node)
{
	switch (node->kind) {
	case NODE_FUNCTION:
		return of_function(context, node);
	case NODE_VALUE:
		return of_value(context, node->value);
	case NODE_COMBINED:
	case NODE_DURATION:
		return of_combined(context, node);
	case NODE_TEMPORAL:
		return found(iw_django_made_field(context, "db.models.DurationField"));
	case NODE_WHEN:
		return *iw_django_output(context, node->sources->pdata[1]);
	case NODE_RAW:
		return failed("RawSQL does not say its output_field");
	case NODE_LOOKUP:
	case NODE_WHERE:
	case NODE_NEGATED:
		return found(iw_django_made_field(context, "db.models.BooleanField"));
	case NODE_COLUMN:
	case NODE_WRAPPER:
	case NODE_CASE:
	case NODE_ORDER_BY:
	case NODE_LIST:
		break;
	}
	return of_sources(context, node->sources);
}

const struct django_output *iw_django_output(struct django_context *context, struct django_node *node)
{
	if (node->output.kind == DJANGO_OUTPUT_UNASKED)
		node->output = work_out(context, node);
	return &node->output;
}

struct django_field_ref iw_django_output_field(struct django_context *context, struct django_node *node)
{
	const struct django_output *output = iw_django_output(context, node);
	return output->kind == DJANGO_OUTPUT_FIELD ? output->field : (struct django_field_ref){0};
}

struct django_field_ref iw_django_output_needed(struct django_context *context, struct django_node *node)
{
	const struct django_output *output = iw_django_output(context, node);
	if (output->kind == DJANGO_OUTPUT_FIELD)
		return output->field;
	iw_django_fail(context, node->place, "%s",
		       output->kind == DJANGO_OUTPUT_ERROR ? output->error : "the type of an expression is not known");
	return (struct django_field_ref){0};
}

bool iw_django_output_is(struct django_context *context, struct django_node *node, enum django_type of)
{
	struct django_field_ref field = iw_django_output_field(context, node);
	return field.field != NULL && iw_django_type_is(field.field->type, of);
}

bool iw_django_is_conditional(struct django_context *context, struct django_node *node)
{
	return node->kind != NODE_WHEN && iw_django_output_is(context, node, DJANGO_BOOLEAN);
}
