/*
 * Classes of fields as rows, and what a field makes of values: for field*.c, default*.c only.
 *
 *  1. a row says what __init__() of a class makes of its arguments and what deconstruct() gives of them, so that a
 * field is made without running Django;
 *  2. classes of the project and of installed packages are followed to the row that they derive from (field_custom.c);
 *  3. defaults become a datum, what the backend's get_db_prep_save() gives, and that becomes text as the driver sends
 * it.
 */
#pragma once

#include "framework/django/models.h"

/* rows: field_table.c, field_packages.c ------------------------------------------------------------------------------
 */

/* When deconstruct() leaves an argument out. */
enum django_drop {
	DROP_NEVER,
	DROP_ALWAYS,
	DROP_NONE,
	DROP_FALSE,
	DROP_TRUE,
	DROP_FALSY,
	DROP_INITIAL,
	SAY_TRUE, /* never left out, always True */
};

struct django_parameter {
	const char *name;
	const char *initial; /* what it is when it is not given: "50", "True", "''", "None"; NULL: not there at all */
	enum django_drop drop;
	bool is_forced; /* it is that whatever is given */
};

enum django_class_flags {
	NO_EMPTY_STRINGS = 1, /* empty_strings_allowed is False */
	NAMED_TYPE = 2,	      /* get_internal_type() is the name of the class, of those that derive from it too */
	OWN_VALUES = 4,	      /* makes values of its own of what is given: only None and "" are known */
	JSON_VALUES = 8,      /* writes json.dumps() of what is given */
	OWN_ARGUMENTS = 16,   /* deconstruct() gives what is not worked out */
};

struct django_class {
	const char *path;  /* as deconstruct() has it */
	const char *alias; /* other paths that it is imported from, separated by blanks; NULL */
	const char *parent;
	enum django_type type;
	const char *db_type;	/* of PostgreSQL, where it is the class that says; NULL: the type's own */
	const char *positional; /* its parameters that may come without a name, in order; NULL: the parent's */
	int flags;		/* of enum django_class_flags */
	const struct django_parameter *parameters; /* its own, not its parents'; ends with name NULL; may be NULL */
};
#define DJANGO_PARAMETERS(...)                                                                                         \
	((const struct django_parameter[]){                                                                            \
		__VA_ARGS__,                                                                                           \
		{NULL},                                                                                                \
	})
extern const struct django_class iw_django_classes[], iw_django_package_classes[]; /* end with path NULL */

/* The row of a dotted path, whatever it was imported from; NULL: no known class of fields. */
const struct django_class *iw_django_class_row(const char *path);
const struct django_class *iw_django_class_parent(const struct django_class *row);
bool iw_django_class_derives(const struct django_class *row, const char *path);
/* Classes beside the fields' that change nothing of what is asked here: mixins of Django. */
bool iw_django_is_harmless_base(const char *path);
/* "django.db.models.CharField" of "django.db.models.fields.CharField", "...deletion.CASCADE": the name that compares.
 */
const char *iw_django_plain_path(iw_arena *arena, const char *path);
/* The type that get_internal_type() names; DJANGO_TYPES: none. */
enum django_type iw_django_type_of_name(const char *name);

/* making: field_make.c -----------------------------------------------------------------------------------------------
 */

struct django_building {
	struct django_context *context;
	struct django_field *field;
	const char *app_label, *model;
	const struct django_class *row;
	GHashTable
		*values; /* char * -> struct iw_py_value *: attributes by their parameters, once __init__() has run */
};

/* __init__() of the row with the arguments of a CALL (`skip` of the positional ones are not its own). False: the field
 * is unknown now. */
bool iw_django_field_init(struct django_building *building, const struct django_class *row,
			  const struct iw_py_value *call, guint skip);
/* Members and arguments from building->values. */
void iw_django_field_settle(struct django_building *building);
/* deconstruct()[3]: DICT. */
struct iw_py_value *iw_django_field_deconstruct(const struct django_building *building);
/* Keeps the first reason why the field is not known. */
void iw_django_field_unknown(struct django_field *field, iw_arena *arena, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* "True", "50", "'x'" as a value; a dotted name is FOREIGN. */
struct iw_py_value *iw_django_initial_value(struct django_context *context, const char *text);
bool iw_django_is_not_provided(const struct iw_py_value *value);

/* classes of the project: field_custom.c ------------------------------------------------------------------------------
 */

void iw_django_field_custom(struct django_building *building);
/* As the row has it, whatever the class is; field.c. */
void iw_django_field_of_row(struct django_building *building, const struct django_class *row);
/*
 * What a method that its class overrides gives; *is_own tells whether it does. `arguments` may be NULL. NULL: it does
 * not, or (then the context has the reason) what it gives is not known.
 */
struct iw_py_value *iw_django_field_method(struct django_context *context, struct django_field_ref field,
					   const char *name, GPtrArray *arguments, bool *is_own);
bool iw_django_field_overrides(struct django_context *context, const struct django_field *field, const char *name);
/* The connection, as methods get it. */
struct iw_py_value *iw_django_connection(struct django_context *context);
/* The value of a class's attribute; NULL: Django's own. */
struct iw_py_value *iw_django_class_attribute(struct django_context *context, struct iw_py_value *class,
					      const char *name);

/* types beyond models.h: field_types.c --------------------------------------------------------------------------------
 */

/* connection.data_types[type], with "%(max_length)s" and the like; NULL: the backend has no such type. */
const char *iw_django_type_template(struct django_context *context, enum django_type type);
/* db_type(), db_check() of the field's type, whatever its class overrides. */
const char *iw_django_own_db_type(struct django_context *context, struct django_field_ref field);
const char *iw_django_own_db_check(struct django_context *context, struct django_field_ref field);
bool iw_django_has_native_uuid(const struct django_context *context);
/* The default once it is called where it can be: what get_default() gives; UNKNOWN where it cannot. defaults.c */
struct iw_py_value *iw_django_called_default(struct django_context *context, struct iw_py_value *value);
/*
 * What methods that the field's class overrides make of a value: the first of them from `from` on; each calls the next
 * through Django's own. NULL: not known, with a reason.
 */
enum django_preparation { PREPARE_SAVE, PREPARE_DATABASE, PREPARE_VALUE, PREPARED };
struct iw_py_value *iw_django_prepared_value(struct django_context *context, struct django_field_ref field,
					     struct iw_py_value *value, enum django_preparation from);
/* "message" of gettext_lazy("message") and the like; NULL: it is none. */
const struct iw_py_value *iw_django_lazy_text(struct django_context *context, const struct iw_py_value *value);

/* values: datum.c, literal.c, moment.c
 * ---------------------------------------------------------------------------------
 */

struct django_moment {
	int year, month, day, hour, minute, second, microsecond;
	bool is_aware;
	int offset; /* seconds east of UTC */
};

enum django_datum_kind {
	DATUM_NULL,
	DATUM_BOOLEAN,
	DATUM_INTEGER, /* text */
	DATUM_FLOAT,
	DATUM_DECIMAL, /* text, as str() has it */
	DATUM_TEXT,
	DATUM_BYTES,
	DATUM_DATE,
	DATUM_DATE_TIME,
	DATUM_TIME,
	DATUM_DURATION, /* microseconds */
	DATUM_UUID,	/* text, with hyphens */
	DATUM_JSON,	/* text */
	DATUM_INET,	/* text */
	DATUM_ARRAY,	/* items */
	DATUM_RANGE,	/* items: lower, upper (NULL: none); text: "[)"; type */
	DATUM_HSTORE,	/* items: key, value, key, value */
};

struct django_datum {
	enum django_datum_kind kind;
	bool boolean;
	const char *text; /* in the arena */
	size_t length;
	double number;
	__int128 microseconds __attribute__((packed, aligned(8))); /* the arena aligns to 8 */
	struct django_moment moment;
	const char *type; /* "int4range" */
	GPtrArray *items; /* struct django_datum * */
};

/* The value as get_db_prep_save() of the field gives it; field.field NULL: as it is. NULL: not known, with a reason. */
struct django_datum *iw_django_datum(struct django_context *context, struct django_field_ref field,
				     const struct iw_py_value *value);
/* As the driver writes it. */
const char *iw_django_datum_literal(struct django_context *context, const struct django_datum *datum);
/* json.dumps(); NULL: cannot be known. */
const char *iw_django_json_text(struct django_context *context, const struct iw_py_value *value);
/* json.dumps(value, cls=encoder); NULL encoder: Python's own. encode_json.c */
const char *iw_django_encoded_json(struct django_context *context, const struct iw_py_value *value,
				   const struct iw_py_value *encoder);

/* datetime.date(...), .datetime(...), .time(...): true and the moment; `kind` is set. */
bool iw_django_read_moment(struct django_context *context, const struct iw_py_value *value,
			   enum django_datum_kind *kind, struct django_moment *moment);
/* datetime.timedelta(...). */
bool iw_django_read_duration(struct django_context *context, const struct iw_py_value *value, __int128 *microseconds);
/* parse_date(), parse_datetime(), parse_time(), parse_duration() of Django. */
bool iw_django_parse_moment(const char *text, enum django_datum_kind kind, struct django_moment *moment);
bool iw_django_parse_duration(const char *text, __int128 *microseconds);
/* "2020-01-02 03:04:05.000006+01:00" as str() has it; separator ' ' or 'T'. */
const char *iw_django_moment_text(iw_arena *arena, const struct django_moment *moment, enum django_datum_kind kind,
				  char separator, bool has_microseconds);
/* The same instant in a time zone by its name ("UTC" when NULL), naive when `keeps_zone` is false; false: unknown zone.
 */
bool iw_django_moment_to_zone(struct django_context *context, struct django_moment *moment, const char *zone,
			      bool keeps_zone);
/* A naive moment taken to be in that zone. */
bool iw_django_moment_in_zone(struct django_context *context, struct django_moment *moment, const char *zone);
struct django_moment iw_django_now(void); /* UTC, aware */
