/*
 * Types of columns: what each backend has for Django's internal types, by version; see models.h. After
 * django/db/backends/<backend>/base.py (data_types, data_type_check_constraints, data_types_suffix) and the db_type()
 * methods of fields.
 */
#include "framework/django/editor.h"
#include "framework/django/fields.h"

#include <string.h>

enum { DEEPEST_TARGET = 32 };

/* connection.data_types -------------------------------------------------------------------------------------------- */

static const struct {
	const char *name;		/* get_internal_type() */
	const char *types[IW_DIALECTS]; /* data_types */
	const char *cast[IW_DIALECTS];	/* ops.cast_data_types; NULL: the type itself */
	enum django_type related_to;	/* rel_db_type(): the type of what points to it; 0: its own */
	bool is_positive;		/* has a check that it is */
} rows[DJANGO_TYPES] = {
#define TYPES(...)                                                                                                     \
	{                                                                                                              \
		__VA_ARGS__                                                                                            \
	}
	[DJANGO_AUTO] = {"AutoField", TYPES("integer", "integer AUTO_INCREMENT", "integer"),
			 TYPES("integer", "signed integer", NULL), DJANGO_INTEGER, false},
	[DJANGO_BIG_AUTO] = {"BigAutoField", TYPES("bigint", "bigint AUTO_INCREMENT", "integer"),
			     TYPES("bigint", "signed integer", NULL), DJANGO_BIG_INTEGER, false},
	[DJANGO_SMALL_AUTO] = {"SmallAutoField", TYPES("smallint", "smallint AUTO_INCREMENT", "integer"),
			       TYPES("smallint", "signed integer", NULL), DJANGO_SMALL_INTEGER, false},
	[DJANGO_BIG_INTEGER] = {"BigIntegerField", TYPES("bigint", "bigint", "bigint"),
				TYPES(NULL, "signed integer", NULL), 0, false},
	[DJANGO_INTEGER] = {"IntegerField", TYPES("integer", "integer", "integer"), TYPES(NULL, "signed integer", NULL),
			    0, false},
	[DJANGO_SMALL_INTEGER] = {"SmallIntegerField", TYPES("smallint", "smallint", "smallint"),
				  TYPES(NULL, "signed integer", NULL), 0, false},
	[DJANGO_POSITIVE_BIG_INTEGER] = {"PositiveBigIntegerField",
					 TYPES("bigint", "bigint UNSIGNED", "bigint unsigned"),
					 TYPES(NULL, "unsigned integer", NULL), DJANGO_BIG_INTEGER, true},
	[DJANGO_POSITIVE_INTEGER] = {"PositiveIntegerField", TYPES("integer", "integer UNSIGNED", "integer unsigned"),
				     TYPES(NULL, "unsigned integer", NULL), DJANGO_INTEGER, true},
	[DJANGO_POSITIVE_SMALL_INTEGER] = {"PositiveSmallIntegerField",
					   TYPES("smallint", "smallint UNSIGNED", "smallint unsigned"),
					   TYPES(NULL, "unsigned integer", NULL), DJANGO_SMALL_INTEGER, true},
	[DJANGO_BINARY] = {"BinaryField", TYPES("bytea", "longblob", "BLOB"), {NULL}, 0, false},
	[DJANGO_BOOLEAN] = {"BooleanField", TYPES("boolean", "bool", "bool"), {NULL}, 0, false},
	[DJANGO_NULL_BOOLEAN] = {"NullBooleanField", TYPES("boolean", "bool", "bool"), {NULL}, 0, false},
	[DJANGO_CHAR] = {"CharField",
			 TYPES("varchar(%(max_length)s)", "varchar(%(max_length)s)", "varchar(%(max_length)s)"),
			 TYPES(NULL, "char(%(max_length)s)", NULL), 0, false},
	[DJANGO_SLUG] = {"SlugField",
			 TYPES("varchar(%(max_length)s)", "varchar(%(max_length)s)", "varchar(%(max_length)s)"),
			 {NULL},
			 0,
			 false},
	[DJANGO_FILE] = {"FileField",
			 TYPES("varchar(%(max_length)s)", "varchar(%(max_length)s)", "varchar(%(max_length)s)"),
			 {NULL},
			 0,
			 false},
	[DJANGO_FILE_PATH] = {"FilePathField",
			      TYPES("varchar(%(max_length)s)", "varchar(%(max_length)s)", "varchar(%(max_length)s)"),
			      {NULL},
			      0,
			      false},
	[DJANGO_TEXT] = {"TextField", TYPES("text", "longtext", "text"), TYPES(NULL, "char", NULL), 0, false},
	[DJANGO_DATE] = {"DateField", TYPES("date", "date", "date"), TYPES(NULL, NULL, "TEXT"), 0, false},
	[DJANGO_TIME] = {"TimeField", TYPES("time", "time(6)", "time"), {NULL}, 0, false},
	[DJANGO_DATE_TIME] = {"DateTimeField", TYPES("timestamp with time zone", "datetime(6)", "datetime"),
			      TYPES(NULL, NULL, "TEXT"), 0, false},
	[DJANGO_DECIMAL] = {"DecimalField",
			    TYPES("numeric(%(max_digits)s, %(decimal_places)s)",
				  "numeric(%(max_digits)s, %(decimal_places)s)", "decimal"),
			    TYPES(NULL, "decimal(%(max_digits)s, %(decimal_places)s)", NULL), 0, false},
	[DJANGO_DURATION] = {"DurationField", TYPES("interval", "bigint", "bigint"),
			     TYPES(NULL, "signed integer", NULL), 0, false},
	[DJANGO_FLOAT] = {"FloatField", TYPES("double precision", "double precision", "real"), {NULL}, 0, false},
	[DJANGO_IP_ADDRESS] = {"IPAddressField", TYPES("inet", "char(15)", "char(15)"), {NULL}, 0, false},
	[DJANGO_GENERIC_IP_ADDRESS] =
		{"GenericIPAddressField", TYPES("inet", "char(39)", "char(39)"), {NULL}, 0, false},
	[DJANGO_JSON] = {"JSONField", TYPES("jsonb", "json", "text"), {NULL}, 0, false},
	[DJANGO_UUID] = {"UUIDField", TYPES("uuid", "char(32)", "char(32)"), {NULL}, 0, false},
	/* those below have no row in data_types */
	[DJANGO_GENERATED] = {.name = "GeneratedField"},
	[DJANGO_FOREIGN_KEY] = {.name = "ForeignKey"},
	[DJANGO_ONE_TO_ONE] = {.name = "OneToOneField"},
	[DJANGO_ARRAY] = {.name = "ArrayField"},
	[DJANGO_HSTORE] = {.name = "HStoreField"},
	[DJANGO_RANGE] = {.name = "RangeField"},
	[DJANGO_SEARCH_VECTOR] = {.name = "SearchVectorField"},
	[DJANGO_CITEXT] = {.name = "CICharField"},
	[DJANGO_CUSTOM] = {.name = "Field"},
	[DJANGO_NO_COLUMN] = {.name = "ManyToManyField"},
#undef TYPES
};

/* Where a version differs from the rows above; the first that fits counts. */
static const struct {
	enum django_type type;
	enum iw_dialect dialect;
	int below; /* versions of Django */
	const char *text;
} older[] = {
	{DJANGO_AUTO, IW_POSTGRES, 40100, "serial"},
	{DJANGO_BIG_AUTO, IW_POSTGRES, 40100, "bigserial"},
	{DJANGO_SMALL_AUTO, IW_POSTGRES, 40100, "smallserial"},
};

const char *iw_django_type_name(enum django_type type)
{
	return rows[type].name;
}

enum django_type iw_django_type_of_name(const char *name)
{
	/* Not of Django any more, but still what old migrations have. */
	if (strcmp(name, "CommaSeparatedIntegerField") == 0)
		return DJANGO_CHAR;
	for (int type = 0; type < DJANGO_TYPES; type++)
		if (rows[type].name != NULL && rows[type].types[0] != NULL && strcmp(rows[type].name, name) == 0)
			return type;
	return DJANGO_TYPES;
}

bool iw_django_has_native_uuid(const struct django_context *context)
{
	const struct iw_engine *engine = &context->engine;
	bool is_recent = engine->version == 0 || engine->version >= 100700;
	return engine->dialect == IW_POSTGRES ||
	       (engine->dialect == IW_MYSQL && engine->is_mariadb && context->version >= 50000 &&
		(is_recent || context->version >= 60100));
}

const char *iw_django_type_template(struct django_context *context, enum django_type type)
{
	enum iw_dialect dialect = context->engine.dialect;
	if (type == DJANGO_NULL_BOOLEAN && context->version >= 40000)
		type = DJANGO_BOOLEAN;
	for (size_t i = 0; i < G_N_ELEMENTS(older); i++)
		if (older[i].type == type && older[i].dialect == dialect && context->version < older[i].below)
			return older[i].text;
	if (type == DJANGO_UUID && iw_django_has_native_uuid(context))
		return "uuid";
	return rows[type].types[dialect];
}

/* Does the backend leave the length out where none is given? */
static bool is_unlimited(const struct django_context *context, enum django_type type, const struct django_field *field)
{
	enum iw_dialect dialect = context->engine.dialect;
	if (type == DJANGO_CHAR && field->max_length < 0)
		return (dialect == IW_POSTGRES && context->version >= 40200) ||
		       (dialect == IW_SQLITE && context->version >= 50200);
	return type == DJANGO_DECIMAL && field->max_digits < 0 && field->decimal_places < 0 && dialect == IW_POSTGRES &&
	       context->version >= 60100;
}

static const char *number(iw_arena *arena, int value)
{
	return value < 0 ? "None" : iw_arena_printf(arena, "%d", value);
}

static const char *fill(struct django_context *context, const char *template, enum django_type type,
			const struct django_field *field)
{
	iw_arena *arena = context->arena;
	if (template == NULL || strchr(template, '%') == NULL)
		return template;
	if (is_unlimited(context, type, field))
		return iw_arena_strndup(arena, template, strcspn(template, "("));
	return iw_django_format(arena, template, "max_length", number(arena, field->max_length), "max_digits",
				number(arena, field->max_digits), "decimal_places",
				number(arena, field->decimal_places), NULL);
}

/* fields ------------------------------------------------------------------------------------------------------------
 */

static bool is_foreign_key(const struct django_field *field)
{
	return field->type == DJANGO_FOREIGN_KEY || field->type == DJANGO_ONE_TO_ONE;
}

static bool is_known(struct django_context *context, const struct django_field *field)
{
	if (field->unknown != NULL)
		iw_django_fail(context, field->place, "%s", field->unknown);
	return field->unknown == NULL;
}

static struct django_field_ref base_of(struct django_field_ref field)
{
	return (struct django_field_ref){field.state, field.model, field.field->base};
}

/* What a foreign key points to; field NULL: it failed. */
static struct django_field_ref target_of(struct django_context *context, struct django_field_ref field)
{
	struct django_field_ref target = iw_django_target(field);
	if (target.field == NULL)
		iw_django_fail(context, field.field->place, "what \"%s\" points to is not known: %s", field.field->name,
			       field.field->to != NULL ? field.field->to : "?");
	return target;
}

/* The end of a chain of foreign keys. */
static struct django_field_ref last_target(struct django_context *context, struct django_field_ref field)
{
	for (int depth = 0; field.field != NULL && is_foreign_key(field.field); depth++) {
		if (depth == DEEPEST_TARGET) {
			iw_django_fail(context, field.field->place, "\"%s\" points to itself", field.field->name);
			return (struct django_field_ref){0};
		}
		field = target_of(context, field);
	}
	return field;
}

const char *iw_django_own_db_type(struct django_context *context, struct django_field_ref field)
{
	const struct django_field *of = field.field;
	switch (of->type) {
	case DJANGO_NO_COLUMN:
		return NULL;
	case DJANGO_FOREIGN_KEY:
	case DJANGO_ONE_TO_ONE: {
		struct django_field_ref target = target_of(context, field);
		return target.field == NULL ? NULL : iw_django_rel_db_type(context, target);
	}
	case DJANGO_GENERATED:
		return iw_django_column_of(context, base_of(field)).type;
	case DJANGO_ARRAY: {
		const char *base = iw_django_column_of(context, base_of(field)).type;
		return base == NULL ? NULL
				    : iw_arena_printf(context->arena, "%s[%s]", base,
						      of->size > 0 ? number(context->arena, of->size) : "");
	}
	default:
		return of->db_type != NULL && rows[of->type].types[0] == NULL
			       ? of->db_type
			       : fill(context, iw_django_type_template(context, of->type), of->type, of);
	}
}

static bool has_checks(const struct iw_engine *engine)
{
	return engine->dialect != IW_MYSQL || engine->version == 0 ||
	       engine->version >= (engine->is_mariadb ? 100201 : 80016);
}

const char *iw_django_own_db_check(struct django_context *context, struct django_field_ref field)
{
	const struct iw_engine *engine = &context->engine;
	const char *column = field.field->name == NULL ? NULL : iw_django_column(context, field.field);
	char quote = engine->dialect == IW_MYSQL ? '`' : '"';
	if (column == NULL || !has_checks(engine))
		return NULL;
	if (rows[field.field->type].is_positive)
		return iw_arena_printf(context->arena, "%c%s%c >= 0", quote, column, quote);
	if (field.field->type != DJANGO_JSON)
		return NULL;
	if (engine->dialect == IW_SQLITE)
		return iw_arena_printf(context->arena, "(JSON_VALID(\"%s\") OR \"%s\" IS NULL)", column, column);
	bool is_old =
		engine->is_mariadb && engine->version != 0 && engine->version < 100403 && context->version < 50100;
	return is_old ? iw_arena_printf(context->arena, "JSON_VALID(`%s`)", column) : NULL;
}

static const char *suffix_of(const struct django_context *context, const struct django_field *field)
{
	if (field->type == DJANGO_GENERATED && field->base != NULL)
		field = field->base;
	bool is_auto = field->type == DJANGO_AUTO || field->type == DJANGO_BIG_AUTO || field->type == DJANGO_SMALL_AUTO;
	if (!is_auto || context->engine.dialect == IW_MYSQL)
		return NULL;
	if (context->engine.dialect == IW_SQLITE)
		return "AUTOINCREMENT";
	return context->version >= 40100 ? "GENERATED BY DEFAULT AS IDENTITY" : NULL;
}

/* what classes of the project override -------------------------------------------------------------------------------
 */

static const char *text_result(struct django_context *context, const struct django_field *field, const char *method,
			       const struct iw_py_value *value)
{
	if (value == NULL || value->kind == IW_PY_NONE)
		return NULL;
	if (value->kind == IW_PY_STRING)
		return iw_arena_strdup(context->arena, value->text);
	return iw_django_fail(context, field->place, "what %s() of %s gives is not known: %s", method, field->path,
			      iw_py_repr(context->python, value));
}

static const char *overridden(struct django_context *context, struct django_field_ref field, const char *method,
			      const char *standard)
{
	bool is_own = false;
	GPtrArray *arguments = iw_arena_ptr_array(context->arena);
	g_ptr_array_add(arguments, iw_django_connection(context));
	const struct iw_py_value *value = iw_django_field_method(context, field, method, arguments, &is_own);
	return is_own ? text_result(context, field.field, method, value) : standard;
}

static void override_parameters(struct django_context *context, struct django_field_ref field,
				struct django_column *column)
{
	bool is_own = false;
	GPtrArray *arguments = iw_arena_ptr_array(context->arena);
	g_ptr_array_add(arguments, iw_django_connection(context));
	const struct iw_py_value *value = iw_django_field_method(context, field, "db_parameters", arguments, &is_own);
	if (!is_own || value == NULL)
		return;
	if (value->kind != IW_PY_DICT) {
		text_result(context, field.field, "db_parameters", value);
		return;
	}
	const struct {
		const char *name, **member;
	} members[] = {{"type", &column->type}, {"check", &column->check}, {"collation", &column->collation}};
	for (size_t i = 0; i < G_N_ELEMENTS(members); i++)
		*members[i].member =
			text_result(context, field.field, "db_parameters", iw_py_dict_find(value, members[i].name));
}

static const char *collation_of(struct django_context *context, struct django_field_ref field)
{
	if (is_foreign_key(field.field)) {
		struct django_field_ref target =
			context->version >= 40100 ? last_target(context, field) : (struct django_field_ref){0};
		return target.field == NULL ? NULL : collation_of(context, target);
	}
	if (field.field->type == DJANGO_GENERATED)
		return field.field->base->db_collation;
	if (field.field->type == DJANGO_ARRAY && context->version < 40200)
		return NULL;
	return field.field->db_collation;
}

struct django_column iw_django_column_of(struct django_context *context, struct django_field_ref field)
{
	struct django_column column = {NULL, NULL, NULL, NULL};
	if (field.field == NULL || !is_known(context, field.field) || field.field->type == DJANGO_NO_COLUMN)
		return column;
	column.type = iw_django_own_db_type(context, field);
	column.suffix = suffix_of(context, field.field);
	column.collation = collation_of(context, field);
	column.check = field.field->type == DJANGO_GENERATED ? NULL : iw_django_own_db_check(context, field);
	if (field.field->self == NULL)
		return column;
	column.type = overridden(context, field, "db_type", column.type);
	column.check = overridden(context, field, "db_check", column.check);
	column.suffix = overridden(context, field, "db_type_suffix", column.suffix);
	override_parameters(context, field, &column);
	return column;
}

/* A class object of Python where Django has a function: it differs from any text. */
static const char *function_name(const struct django_context *context, enum django_type type)
{
	enum iw_dialect dialect = context->engine.dialect;
	bool is_text = (dialect == IW_POSTGRES && context->version >= 40200) ||
		       (dialect == IW_SQLITE && context->version >= 50200);
	if (type == DJANGO_CHAR && is_text)
		return "_get_varchar_column";
	return type == DJANGO_DECIMAL && dialect == IW_POSTGRES && context->version >= 60100 ? "_get_decimal_column"
											     : NULL;
}

const char *iw_django_data_type(struct django_context *context, struct django_field_ref field)
{
	if (is_foreign_key(field.field))
		return iw_django_column_of(context, field).type;
	if (!is_known(context, field.field))
		return NULL;
	enum django_type type = field.field->type;
	if (type == DJANGO_GENERATED)
		type = field.field->base->type;
	const char *function = function_name(context, type);
	const char *template = function != NULL ? function : iw_django_type_template(context, type);
	return template != NULL ? template : iw_django_column_of(context, field).type;
}

const char *iw_django_rel_db_type(struct django_context *context, struct django_field_ref field)
{
	if (!is_known(context, field.field))
		return NULL;
	const struct django_field *of = field.field;
	bool is_own = false;
	GPtrArray *arguments = iw_arena_ptr_array(context->arena);
	g_ptr_array_add(arguments, iw_django_connection(context));
	const struct iw_py_value *value = iw_django_field_method(context, field, "rel_db_type", arguments, &is_own);
	if (is_own)
		return text_result(context, of, "rel_db_type", value);
	bool is_matched = context->engine.dialect == IW_MYSQL && rows[of->type].is_positive;
	if (rows[of->type].related_to != 0 && !is_matched)
		return iw_django_type_template(context, rows[of->type].related_to);
	return iw_django_column_of(context, field).type;
}

enum django_type iw_django_target_type(struct django_context *context, struct django_field_ref field)
{
	struct django_field_ref target = last_target(context, field);
	if (target.field == NULL)
		return DJANGO_NO_COLUMN;
	return target.field->type == DJANGO_GENERATED && target.field->base != NULL ? target.field->base->type
										    : target.field->type;
}

const char *iw_django_cast_type(struct django_context *context, struct django_field_ref field)
{
	static const char *const without_length[] = {
		[IW_POSTGRES] = "varchar", [IW_MYSQL] = "char", [IW_SQLITE] = "text"};
	enum iw_dialect dialect = context->engine.dialect;
	const struct django_field *of = field.field;
	if (!is_known(context, of))
		return NULL;
	if (is_foreign_key(of) && context->version >= 50000) {
		struct django_field_ref target = target_of(context, field);
		return target.field == NULL ? NULL : iw_django_cast_type(context, target);
	}
	if (of->type == DJANGO_ARRAY) {
		const char *base = iw_django_cast_type(context, base_of(field));
		return base == NULL ? NULL
				    : iw_arena_printf(context->arena, "%s[%s]", base,
						      of->size > 0 ? number(context->arena, of->size) : "");
	}
	bool is_text = iw_django_is_a(context, of, "django.db.models.CharField");
	if (is_text && of->max_length < 0)
		return without_length[dialect];
	enum django_type type = of->type == DJANGO_GENERATED ? of->base->type : of->type;
	const char *cast = rows[type].cast[dialect];
	return cast != NULL ? fill(context, cast, DJANGO_TYPES, of) : iw_django_column_of(context, field).type;
}
