/*
 * Models as the migrations before describe them: Django's ProjectState, ModelState and Field without running Python.
 * After django/db/migrations/state.py and django/db/models/options.py, whose names are kept where they say the same.
 *
 * A state holds models; copies share them until one changes. A model does not know its state: what its relations lead
 * to depends on who asks. So what needs both takes a struct django_model_ref or django_field_ref, by value.
 *
 * Where something cannot be known, django_fail() keeps the first reason, and what is returned does not count: look at
 * context->problem at the end of an operation.
 */
#pragma once

#include "framework/django/django_internal.h"

/* What all that is asked about one project shares. */
struct django_context {
	iw_arena *arena; /* of everything that is returned; never NULL text unless said so */
	iw_py *python;
	struct iw_engine engine;
	int version; /* of Django, never 0: 30200, 40200, 50200, 60000, 60100 */
	const struct iw_django_settings *settings;
	const char
		*problem; /* why the operation at hand cannot be rendered: a short sentence without full stop; NULL */
	struct iw_place problem_place;
	GHashTable *classes; /* private to fields */
};

/* Keeps the first reason. Returns NULL so that `return iw_django_fail(...)` reads well. `place.source` may be NULL. */
void *iw_django_fail(struct django_context *context, struct iw_place place, const char *format, ...)
	G_GNUC_PRINTF(3, 4);
/* Fails with the reason of the first UNKNOWN in the value; false when it is known. NULL is known. */
bool iw_django_is_unknown(struct django_context *context, const struct iw_py_value *value);

/* fields: django/db/models/fields ------------------------------------------------------------------------------------
 */

/* get_internal_type() of the fields that make columns; a row each in field_types.c. */
enum django_type {
	DJANGO_NO_COLUMN, /* ManyToManyField, GenericForeignKey, GenericRelation, managers, CompositePrimaryKey */
	DJANGO_AUTO,
	DJANGO_BIG_AUTO,
	DJANGO_SMALL_AUTO,
	DJANGO_BIG_INTEGER,
	DJANGO_INTEGER,
	DJANGO_SMALL_INTEGER,
	DJANGO_POSITIVE_BIG_INTEGER,
	DJANGO_POSITIVE_INTEGER,
	DJANGO_POSITIVE_SMALL_INTEGER,
	DJANGO_BINARY,
	DJANGO_BOOLEAN,
	DJANGO_NULL_BOOLEAN,
	DJANGO_CHAR, /* EmailField, URLField too: their internal type */
	DJANGO_SLUG,
	DJANGO_FILE, /* ImageField */
	DJANGO_FILE_PATH,
	DJANGO_COMMA_SEPARATED_INTEGER,
	DJANGO_TEXT,
	DJANGO_DATE,
	DJANGO_TIME,
	DJANGO_DATE_TIME,
	DJANGO_DECIMAL,
	DJANGO_DURATION,
	DJANGO_FLOAT,
	DJANGO_IP_ADDRESS,
	DJANGO_GENERIC_IP_ADDRESS,
	DJANGO_JSON,
	DJANGO_UUID,
	DJANGO_GENERATED,
	DJANGO_FOREIGN_KEY,
	DJANGO_ONE_TO_ONE,
	DJANGO_ARRAY,
	DJANGO_HSTORE,
	DJANGO_RANGE, /* which one: its path */
	DJANGO_SEARCH_VECTOR,
	DJANGO_CITEXT,
	DJANGO_CUSTOM, /* db_type is the text that a class of the project or a known package gives */
	DJANGO_TYPES
};

struct django_field {
	const char *name;	   /* "author" */
	struct iw_py_value *value; /* the CALL as the migration has it; NULL: made here (id, through tables) */
	struct iw_place place;
	const char *unknown; /* why it is not known what this field is; NULL: it is. Any use of it fails with this */
	enum django_type type;
	const char *path;      /* what deconstruct() gives: "django.db.models.CharField", "shop.fields.MoneyField" */
	const char *base_path; /* the class of Django that it derives from; the same as path for Django's own */
	const char *db_type;   /* DJANGO_CUSTOM, and classes that override db_type(): the constant; else NULL */
	/* Arguments that reach its __init__ once those of custom classes have run, defaults left out: char * ->
	 * struct iw_py_value *, as deconstruct() gives them. */
	GHashTable *arguments;

	bool null, blank, unique, primary_key, db_index; /* as attributes have them: SlugField's index, O2O's
							  * unique, ... are settled */
	bool auto_created;				 /* parent links and ids that Django adds */
	bool is_auto_now;				 /* auto_now or auto_now_add */
	bool is_many_to_many, is_relation;		 /* is_relation: FK, O2O, M2M */
	bool is_parent_link;
	bool empty_strings_allowed;
	const char *db_column, *db_comment, *db_collation, *db_tablespace; /* NULL: not given */
	int max_length, max_digits, decimal_places; /* -1: not given (max_length: FileField 100, ... settled) */
	struct iw_py_value *default_value;	    /* NULL: NOT_PROVIDED; NONE is a value */
	struct iw_py_value *db_default;		    /* NULL: none */

	/* Relations. */
	const char *to;	       /* "auth.user": key of the model, lower case; settings and "self" resolved */
	const char *to_field;  /* of ForeignKey: as written; NULL: the primary key of `to` */
	bool db_constraint;    /* true when not given */
	const char *on_delete; /* last part of its path: "CASCADE", "DB_CASCADE"; NULL: not given */
	const char *through;   /* M2M: key of a model of its own; NULL: Django makes the table */
	const char *through_from, *through_to; /* M2M through_fields; NULL: not given */
	const char *db_table;		       /* M2M: db_table; NULL */

	struct django_field *base;	/* ArrayField's base_field, GeneratedField's output_field; NULL */
	int size;			/* ArrayField; -1: not given */
	struct iw_py_value *expression; /* GeneratedField */
	bool is_stored;			/* GeneratedField db_persist */
	GPtrArray *columns_of;		/* CompositePrimaryKey: char *: names of its fields; NULL */

	/* private to fields */
	struct iw_py_value *self; /* of a class of the project: the object that its methods see */
	const char *opaque;	  /* why it is not known what deconstruct() gives; NULL: `arguments` is that */
	bool has_spatial_index;	  /* of a column of PostGIS: an index of its own */
};

struct django_model {
	const char *app_label, *name; /* "shop", "OrderLine" */
	const char *key;	      /* "shop.orderline" */
	struct iw_place place;
	const char *unknown; /* why it is not known what this model is; NULL: it is */
	const char *doubt;   /* private to the state: the part of it that options do not say */
	GPtrArray *fields;   /* struct django_field *, in the order of the state (M2M too) */
	GPtrArray *bases;    /* char *: keys of models that it derives from (multi-table inheritance, proxies) */
	/* Meta. */
	const char *db_table; /* never NULL: as given, or Django's own, no longer than the backend wants it */
	bool is_db_table_given;
	const char *db_table_comment, *db_tablespace;	      /* NULL */
	bool is_managed, is_proxy, is_abstract, auto_created; /* auto_created: a through table */
	bool swapped;			   /* Meta.swappable names a setting that names another model: no table */
	bool is_elsewhere;		   /* Meta.required_db_vendor is another one: no table */
	bool has_no_key;		   /* a table in the making that has lost its primary key: gets none */
	const char *order_with_respect_to; /* NULL */
	GPtrArray *unique_together, *index_together; /* GPtrArray * of char * */
	GPtrArray *indexes;			     /* struct django_index * (expressions.h) */
	GPtrArray *constraints;			     /* struct django_constraint * */
	GHashTable
		*options; /* char * -> struct iw_py_value *: Meta as the state has it, without the four lists above */
};

struct django_model_ref {
	const iw_django_state *state;
	const struct django_model *model; /* NULL: there is none */
};
struct django_field_ref {
	const iw_django_state *state;
	const struct django_model *model;
	const struct django_field *field; /* NULL: there is none */
};

/* field.c: never NULL; `unknown` is set where it cannot be told. app_label and model: for "self" and bare names. */
struct django_field *iw_django_field_new(struct django_context *context, const char *app_label, const char *model,
					 const char *name, struct iw_py_value *value);
/* A field that Django makes by itself: `path` "django.db.models.BigAutoField"; arguments are set by the caller. */
struct django_field *iw_django_field_make(struct django_context *context, const char *path, const char *name);
struct django_field *iw_django_field_copy(iw_arena *arena, const struct django_field *field);
/* "author_id" for foreign keys, else the name. */
const char *iw_django_attname(struct django_context *context, const struct django_field *field);
/* Its column (db_column, else attname); NULL: it has none. */
const char *iw_django_column(struct django_context *context, const struct django_field *field);
/* field.has_default(); a default that is a callable counts. */
bool iw_django_has_default(const struct django_field *field);
/* Is the field of that class of Django, or derived from it? "django.db.models.CharField" */
bool iw_django_is_a(struct django_context *context, const struct django_field *field, const char *path);

/* field_types.c ------------------------------------------------------------------------------------------------------
 */

/* db_parameters(), db_type_suffix() and what is beside them. */
struct django_column {
	const char *type;      /* "varchar(30)"; NULL: no column */
	const char *check;     /* "\"n\" >= 0"; NULL */
	const char *collation; /* NULL */
	const char *suffix;    /* "GENERATED BY DEFAULT AS IDENTITY", "AUTOINCREMENT"; NULL */
};
/* Follows foreign keys to what they point to. Fails when the field or what it points to is not known. */
struct django_column iw_django_column_of(struct django_context *context, struct django_field_ref field);
/* connection.data_types[internal type], as _field_data_type() of PostgreSQL compares them; foreign keys followed. */
const char *iw_django_data_type(struct django_context *context, struct django_field_ref field);
/* rel_db_type(): what a column that points to it has. */
const char *iw_django_rel_db_type(struct django_context *context, struct django_field_ref field);
/* The internal type once foreign keys are followed. */
enum django_type iw_django_target_type(struct django_context *context, struct django_field_ref field);
/* The word that get_internal_type() gives: "CharField". */
const char *iw_django_type_name(enum django_type type);
/* cast_db_type(), for Cast() and the like. */
const char *iw_django_cast_type(struct django_context *context, struct django_field_ref field);

/* field_compare.c ----------------------------------------------------------------------------------------------------
 */

/* _field_should_be_altered(): deconstruct() differs in more than what never reaches the database, or the column's name
 * does. `ignore`: names of arguments that do not count, NULL-terminated; may be NULL. */
bool iw_django_should_be_altered(struct django_context *context, struct django_field_ref old,
				 struct django_field_ref new_field, const char *const *ignore);
/* deconstruct()[2] of both is equal in that argument. */
bool iw_django_same_argument(struct django_context *context, const struct django_field *one,
			     const struct django_field *other, const char *name);
/* Values as Python's == has them; FOREIGN symbols and functions by their path. */
bool iw_django_values_equal(struct django_context *context, const struct iw_py_value *one,
			    const struct iw_py_value *other);

/* defaults.c ---------------------------------------------------------------------------------------------------------
 */

/*
 * effective_default() as a literal of SQL for this column, as the backend's quote_value()/driver writes it. NULL: there
 * is none (Python's None). A callable is called where that can be done (dict, list, uuid4, timezone.now, functions of
 * the project that need nothing from outside): volatile ones give a value of now, and *is_volatile is set.
 */
const char *iw_django_effective_default(struct django_context *context, struct django_field_ref field,
					bool *is_volatile);
/* Any value of Python as a literal (schema_editor.quote_value()). `field` (may be empty) prepares it:
 * get_db_prep_save(). */
const char *iw_django_literal(struct django_context *context, struct django_field_ref field,
			      const struct iw_py_value *value);
/* Which driver of PostgreSQL Django talks through: psycopg 3, or psycopg2. */
bool iw_django_is_psycopg3(const struct django_context *context);
/* "'it''s'" */
const char *iw_django_quote_text(struct django_context *context, const char *text);

/* state.c, relations.c -----------------------------------------------------------------------------------------------
 */

struct django_context *iw_django_state_context(const iw_django_state *state);
/* key "shop.orderline" (any case); model NULL: there is none. */
struct django_model_ref iw_django_find_model(const iw_django_state *state, const char *key);
struct django_model_ref iw_django_get_model(const iw_django_state *state, const char *app_label, const char *name);
/* struct django_model *, by app and in order of their making; without through tables. */
GPtrArray *iw_django_models(const iw_django_state *state);
/* _meta.get_field(): own fields, then those of parents (then ref.model is the parent). Attnames ("author_id") and "pk"
 * are found too. field NULL: there is none. */
struct django_field_ref iw_django_get_field(struct django_model_ref model, const char *name);
/* _meta.local_fields with a column or not, without M2M, sorted as Django sorts them (creation_counter: auto-created ids
 * first), struct django_field *. Ids and parent links that the migration does not hold are added. */
GPtrArray *iw_django_local_fields(struct django_model_ref model);
/* _meta.local_many_to_many */
GPtrArray *iw_django_local_many_to_many(struct django_model_ref model);
/* _meta.pk, through parents. */
struct django_field_ref iw_django_primary_key(struct django_model_ref model);
/* What a foreign key points to: model and field; of M2M: the model only. model NULL: it is not in the state (or
 * its app is unknown). */
struct django_field_ref iw_django_target(struct django_field_ref field);
/* The through model of a M2M: of the state, or made here (auto_created); never NULL unless it fails. */
struct django_model_ref iw_django_through(struct django_field_ref field);
/* The same where Django makes it by itself; model NULL: it does not, or the field is no M2M. Needs no other model. */
struct django_model_ref iw_django_auto_through(struct django_field_ref field);
/* Columns of a M2M: m2m_field_name and m2m_reverse_field_name of its through model. */
struct django_field_ref iw_django_through_field(struct django_field_ref field, bool is_reverse);
/* Fields of all models of the state that point to this model: FK, O2O and M2M, those of auto-created through tables
 * too (is_auto_created models); in the order of Django's related_objects(include_hidden=True). struct django_field_ref
 * * */
GPtrArray *iw_django_related(struct django_model_ref model);
