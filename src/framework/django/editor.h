/*
 * The schema editor: what Django's BaseDatabaseSchemaEditor would send, as text. After
 * django/db/backends/base/schema.py, ddl_references.py and the editors of the three backends, whose names are kept.
 *
 *  1. iw_django_editor_new() for the text of one direction of one migration;
 *  2. operations call iw_django_create_model(), iw_django_add_field(), ...: what runs at once goes out with the place
 *     of the operation at hand, what Django puts off (foreign keys, indexes) waits in `deferred`;
 *  3. iw_django_editor_finish() sends what was put off.
 *
 * What cannot be known or rendered is in context->problem, see models.h; the caller looks after each operation and
 * takes back what the operation has sent so far with iw_django_editor_mark() and iw_django_editor_rewind().
 */
#pragma once

#include "framework/django/expressions.h"
#include "framework/made.h"
#include "model/schema.h"

/* ddl_references.py: a statement that is put off knows what it names, so that a later rename or drop reaches it. */
enum django_part_kind {
	DJANGO_TEXT_PART,	 /* text, as it is */
	DJANGO_TABLE_PART,	 /* table */
	DJANGO_COLUMNS_PART,	 /* columns of table; suffixes beside them ("DESC", "text_ops"); text: a template that
				  * %(columns)s stands in, or NULL */
	DJANGO_INDEX_NAME_PART,	 /* name by table, columns and suffix; text: the name when it is given, not quoted */
	DJANGO_FK_NAME_PART,	 /* the same with to_table, to_columns; suffix "_fk_%(to_table)s_%(to_column)s" */
	DJANGO_EXPRESSIONS_PART, /* text that names columns of table */
};
struct django_part {
	const char *name; /* "table" in the template's "%(table)s" */
	enum django_part_kind kind;
	const char *text, *table, *suffix, *to_table;
	GPtrArray *columns, *suffixes, *to_columns; /* char *; suffixes may be NULL, or hold NULL */
};
struct django_statement {
	const char *template;
	GPtrArray *parts; /* struct django_part * */
	struct iw_place place;
};

struct django_editor;

/* What differs between backends: one const row each, in editor_postgres.c, editor_mysql.c, editor_sqlite.c. Templates
 * are Django's own; NULL: the backend has no such thing. `self` of a hook is the editor; NULL hooks: the base's way. */
struct django_backend {
	enum iw_dialect dialect;
	int longest_name; /* max_name_length(): in characters for Django; 0: unlimited */
	/* features */
	bool can_rollback_ddl, supports_comments, supports_comments_inline, supports_combined_alters,
		supports_foreign_keys, supports_partial_indexes, supports_covering_indexes, supports_deferrable_unique,
		can_rename_index, supports_nulls_distinct, allows_multiple_constraints_on_same_fields,
		supports_tablespaces, ignores_table_name_case, supports_index_column_ordering, has_inline_fk,
		requires_literal_defaults;
	bool (*supports_expression_indexes)(const struct django_context *context);
	bool (*supports_check_constraints)(const struct django_context *context);
	struct { /* sql_create_table, ... */
		const char *create_table, *rename_table, *delete_table, *create_column, *alter_column,
			*alter_column_type, *alter_column_null, *alter_column_not_null, *alter_column_default,
			*alter_column_no_default, *alter_column_no_default_null, *delete_column, *rename_column,
			*update_with_default, *create_check, *delete_check, *create_unique, *delete_unique, *create_fk,
			*create_inline_fk, *create_column_inline_fk, *delete_fk, *create_index, *create_unique_index,
			*rename_index, *delete_index, *create_pk, *delete_pk, *alter_table_comment,
			*alter_column_comment, *unique_constraint;
	} sql;
	const char *deferrable; /* ops.deferrable_sql(): " DEFERRABLE INITIALLY DEFERRED", "" */
	/* hooks, in place of the base's methods of that name */
	void (*create_model)(struct django_editor *self, struct django_model_ref model);
	void (*delete_model)(struct django_editor *self, struct django_model_ref model);
	void (*add_field)(struct django_editor *self, struct django_field_ref field);
	void (*remove_field)(struct django_editor *self, struct django_field_ref field);
	void (*alter_physical_field)(struct django_editor *self, struct django_field_ref old,
				     struct django_field_ref new_field, const struct django_column *old_column,
				     const struct django_column *new_column, bool strict);
	void (*alter_many_to_many)(struct django_editor *self, struct django_field_ref old,
				   struct django_field_ref new_field, bool strict);
	void (*alter_db_table)(struct django_editor *self, struct django_model_ref model, const char *old_table,
			       const char *new_table);
	void (*add_constraint)(struct django_editor *self, struct django_model_ref model,
			       const struct django_constraint *constraint);
	void (*remove_constraint)(struct django_editor *self, struct django_model_ref model,
				  const struct django_constraint *constraint);
	void (*remove_index)(struct django_editor *self, struct django_model_ref model,
			     const struct django_index *index);
	void (*before_delete_composed)(struct django_editor *self, struct django_model_ref model, GPtrArray *fields);
	/* _alter_column_type_sql(): the fragment for ALTER TABLE; what runs before and after is added to the lists
	 * (char *); old_collation, new_collation may be NULL. */
	const char *(*alter_column_type)(struct django_editor *self, struct django_field_ref old,
					 struct django_field_ref new_field, const char *new_type,
					 const char *old_collation, const char *new_collation, GPtrArray *post_actions);
	const char *(*alter_column_null)(struct django_editor *self, struct django_field_ref old,
					 struct django_field_ref new_field);
	const char *(*rename_field)(struct django_editor *self, const char *table, struct django_field_ref old,
				    struct django_field_ref new_field, const char *new_type);
	const char *(*field_check)(struct django_editor *self, struct django_field_ref field);
	const char *(*comment_sql)(struct django_editor *self, const char *comment);
	const char *(*column_default)(struct django_editor *self, struct django_field_ref field); /* "%s", "(%s)" */
	bool (*skips_default)(struct django_editor *self, struct django_field_ref field);
	bool (*skips_default_on_alter)(struct django_editor *self, struct django_field_ref field);
	bool (*should_be_indexed)(struct django_editor *self, struct django_field_ref field);
	/* Statements added behind the base's own (PostgreSQL's _like). */
	void (*more_field_indexes)(struct django_editor *self, struct django_field_ref field, GPtrArray *statements);
	/* Columns of an index with operator classes and suffixes, as suffix texts. */
	const char *(*index_column_suffix)(struct django_editor *self, const char *suffix, const char *opclass);
	void (*begin)(struct django_editor *self);
	void (*finish)(struct django_editor *self);
};
extern const struct django_backend iw_django_postgres, iw_django_mysql, iw_django_sqlite;

struct django_editor {
	struct django_context *context;
	const struct django_backend *backend;
	iw_made *made;
	struct iw_place place; /* of the operation at hand */
	bool is_alone;	       /* what is sent now is outside of the migration's transaction */
	bool is_backwards;     /* the migration is undone: the state to come was there first */
	const char *note;      /* goes with the next query; NULL */
	GPtrArray *sent;       /* struct django_sent *: in order, not yet in `made` */
	GPtrArray *deferred;   /* struct django_statement * */
	/* The catalogue in which the text runs; asked for when it is first needed; NULL: not known. */
	const iw_schema *(*catalogue_before)(void *data);
	void *data;
	GPtrArray *varying; /* char *: literals of values of now */
	/* private to catalogue.c */
	const iw_schema *catalogue_base;
	iw_schema *catalogue;
	bool is_catalogue_asked;
	guint replayed; /* how much of `sent` it has seen */
	const struct django_sent *last_replayed;
};

struct django_sent {
	const char *sql;     /* NULL: Python that Django itself must run */
	const char *foreign; /* why, when sql is NULL */
	const char *needs;   /* a function that only Django's own connection has; NULL */
	const char *note;    /* NULL */
	struct iw_place place;
	bool is_alone;	   /* outside of the migration's transaction */
	bool is_rows_only; /* foreign: tables are as they were afterwards */
	/* Foreign: see struct iw_piece. */
	int part;
	bool is_part_atomic;
};

/* sqlite_functions.c: the first function in a text that SQLite has only on Django's own connection; NULL: none. */
const char *iw_django_own_function(const char *sql);

/* editor.c --------------------------------------------------------------------------------------------------------- */

struct django_editor *iw_django_editor_new(struct django_context *context,
					   const iw_schema *(*catalogue_before)(void *data), void *data);
/* One query; "a; b" of PostgreSQL's templates is sent as Django sends it. */
void iw_django_execute(struct django_editor *self, const char *sql);
void iw_django_execute_statement(struct django_editor *self, const struct django_statement *statement);
void iw_django_execute_foreign(struct django_editor *self, const char *why);
/* The same, of what changes rows at most. What can be run alone is set in the result. */
struct django_sent *iw_django_execute_foreign_rows(struct django_editor *self, const char *why);
/* What was put off, in order; then all that was sent goes to `made`. */
void iw_django_editor_finish(struct django_editor *self, iw_made *made);
/* To take back an operation that turned out not to be known. */
struct django_mark {
	guint sent;
	GPtrArray *deferred; /* a copy */
};
struct django_mark iw_django_editor_mark(const struct django_editor *self);
void iw_django_editor_rewind(struct django_editor *self, struct django_mark mark);

const char *iw_django_quote_name(const struct django_context *context, const char *name);
/* Python's "%(table)s" templates: name, value pairs, NULL-terminated; a value of NULL is "". "%%" is "%". */
const char *iw_django_format(iw_arena *arena, const char *template, ...) G_GNUC_NULL_TERMINATED;
/* names.c: _create_index_name(), truncate_name(), names_digest(); not quoted. `columns`: char *. */
const char *iw_django_create_index_name(const struct django_context *context, const char *table, GPtrArray *columns,
					const char *suffix);
const char *iw_django_truncate_name(iw_arena *arena, const char *name, int length, int hash_length);
/* `a"."b`, as db_table may have it: the namespace ("": none) and the name, without quotes. */
const char *iw_django_split_identifier(iw_arena *arena, const char *identifier, const char **name);
/* md5 of all names together, `length` hex digits; NULL-terminated. */
const char *iw_django_names_digest(iw_arena *arena, int length, ...) G_GNUC_NULL_TERMINATED;
int iw_django_longest_name(const struct django_context *context); /* 0: unlimited */
const struct django_backend *iw_django_backend(const struct django_context *context);

/* What operations call. For models that are not managed, proxies and swapped ones the caller has seen to it. */
void iw_django_create_model(struct django_editor *self, struct django_model_ref model);
void iw_django_delete_model(struct django_editor *self, struct django_model_ref model);
void iw_django_alter_db_table(struct django_editor *self, struct django_model_ref model, const char *old_table,
			      const char *new_table);
void iw_django_alter_db_table_comment(struct django_editor *self, struct django_model_ref model, const char *comment);
void iw_django_alter_db_tablespace(struct django_editor *self, struct django_model_ref model,
				   const char *old_tablespace, const char *new_tablespace);
/* `model` is the model of the new state; unique_together: GPtrArray * of GPtrArray * of char *. */
void iw_django_alter_unique_together(struct django_editor *self, struct django_model_ref model, GPtrArray *old_sets,
				     GPtrArray *new_sets);
void iw_django_alter_index_together(struct django_editor *self, struct django_model_ref model, GPtrArray *old_sets,
				    GPtrArray *new_sets);
/* field.model is the model that Django passes: from_model or to_model as the operation does. */
void iw_django_add_field(struct django_editor *self, struct django_field_ref field);
void iw_django_remove_field(struct django_editor *self, struct django_field_ref field);
/* editor_alter.c; model: what Django passes as `model` is old.model. */
void iw_django_alter_field(struct django_editor *self, struct django_field_ref old, struct django_field_ref new_field,
			   bool strict);
void iw_django_add_index(struct django_editor *self, struct django_model_ref model, const struct django_index *index,
			 bool concurrently);
void iw_django_remove_index(struct django_editor *self, struct django_model_ref model, const struct django_index *index,
			    bool concurrently);
void iw_django_rename_index(struct django_editor *self, struct django_model_ref model,
			    const struct django_index *old_index, const struct django_index *new_index);
void iw_django_add_constraint(struct django_editor *self, struct django_model_ref model,
			      const struct django_constraint *constraint);
void iw_django_remove_constraint(struct django_editor *self, struct django_model_ref model,
				 const struct django_constraint *constraint);

/* The base's own, for hooks that add to it. */
void iw_django_base_create_model(struct django_editor *self, struct django_model_ref model);
void iw_django_base_delete_model(struct django_editor *self, struct django_model_ref model);
void iw_django_base_add_field(struct django_editor *self, struct django_field_ref field);
void iw_django_base_remove_field(struct django_editor *self, struct django_field_ref field);
void iw_django_base_alter_physical_field(struct django_editor *self, struct django_field_ref old,
					 struct django_field_ref new_field, const struct django_column *old_column,
					 const struct django_column *new_column, bool strict);
void iw_django_base_alter_many_to_many(struct django_editor *self, struct django_field_ref old,
				       struct django_field_ref new_field, bool strict);
void iw_django_base_alter_db_table(struct django_editor *self, struct django_model_ref model, const char *old_table,
				   const char *new_table);
void iw_django_base_add_constraint(struct django_editor *self, struct django_model_ref model,
				   const struct django_constraint *constraint);
void iw_django_base_remove_constraint(struct django_editor *self, struct django_model_ref model,
				      const struct django_constraint *constraint);
void iw_django_base_remove_index(struct django_editor *self, struct django_model_ref model,
				 const struct django_index *index);
const char *iw_django_base_alter_column_type(struct django_editor *self, struct django_field_ref old,
					     struct django_field_ref new_field, const char *new_type,
					     const char *old_collation, const char *new_collation,
					     GPtrArray *post_actions);
const char *iw_django_base_alter_column_null(struct django_editor *self, struct django_field_ref old,
					     struct django_field_ref new_field);
bool iw_django_base_should_be_indexed(struct django_editor *self, struct django_field_ref field);

/* Pieces that hooks use. */
/* table_sql(): CREATE TABLE; foreign keys and unique_together go to `deferred`. */
const char *iw_django_table_sql(struct django_editor *self, struct django_model_ref model);
/* column_sql(): definition without the name; NULL: no column. */
const char *iw_django_column_sql(struct django_editor *self, struct django_field_ref field, bool include_default);
/* _alter_column_default_sql(); drop: take it away. */
const char *iw_django_alter_column_default_sql(struct django_editor *self, struct django_field_ref old,
					       struct django_field_ref new_field, bool drop);
const char *iw_django_alter_column_comment_sql(struct django_editor *self, struct django_field_ref field,
					       const char *type, const char *comment);
/* effective_default() as a literal, to be sent: a value of now is noted. NULL: there is none. */
const char *iw_django_default_sql(struct django_editor *self, struct django_field_ref field);
/* _column_default_sql() with the literal in it. */
const char *iw_django_default_clause(struct django_editor *self, struct django_field_ref field, const char *literal);
/* "COLLATE \"C\""; "" for NULL. */
const char *iw_django_collate_sql(struct django_editor *self, const char *collation);
/* _create_on_delete_sql(): " ON DELETE CASCADE" of 6.1's DB_CASCADE; "". */
const char *iw_django_on_delete_sql(const struct django_context *context, const struct django_field *field);
/* sql_create_inline_fk and sql_create_column_inline_fk for a foreign key; `template` is one of the backend's. */
const char *iw_django_inline_fk_sql(struct django_editor *self, struct django_field_ref field, const char *template);
/* ALTER TABLE with these changes. */
void iw_django_alter_table(struct django_editor *self, const struct django_model *model, const char *changes);
/* Drops the foreign keys of the catalogue on this column; how many there were. */
guint iw_django_drop_foreign_keys(struct django_editor *self, struct django_field_ref field);
/* Does something that is put off name this column? Then the database has not seen it yet. */
bool iw_django_is_put_off(struct django_editor *self, const char *table, const char *column);
/* settings.NAME when it is a text that is not empty; NULL. */
const char *iw_django_setting_text(const struct django_context *context, const char *name);
/* The fields of these names (char *), struct django_field *; empty, and a failure, when one is not there. */
GPtrArray *iw_django_named_fields(struct django_editor *self, struct django_model_ref model, const GPtrArray *names);
/* Field.unique: a primary key is, too. */
bool iw_django_is_unique(const struct django_field *field);
/* Names that the model's Meta has given, which do not count where a field's own are looked for: char * set. */
enum django_meta_names { DJANGO_CONSTRAINT_NAMES = 1, DJANGO_INDEX_NAMES = 2 };
GHashTable *iw_django_meta_names(struct django_editor *self, struct django_model_ref model, unsigned which);
/* "%%" as "%": what drivers make of a query that comes with parameters, be there none. */
const char *iw_django_formatted(iw_arena *arena, const char *sql);
/* The comment as Django's % leaves it: until 4.2 it doubled the signs, in what is formatted afterwards or not. */
const char *iw_django_comment_text(const struct django_context *context, const char *comment, bool is_formatted);
/* A list of one. */
GPtrArray *iw_django_list(iw_arena *arena, const void *item);
/* struct django_statement *: _model_indexes_sql(), _field_indexes_sql(). */
GPtrArray *iw_django_model_indexes(struct django_editor *self, struct django_model_ref model);
GPtrArray *iw_django_field_indexes(struct django_editor *self, struct django_field_ref field);

/* statement.c ------------------------------------------------------------------------------------------------------ */

struct django_statement *iw_django_statement_new(struct django_editor *self, const char *template);
void iw_django_statement_text(struct django_editor *self, struct django_statement *statement, const char *name,
			      const char *text);
void iw_django_statement_table(struct django_editor *self, struct django_statement *statement, const char *name,
			       const char *table);
void iw_django_statement_columns(struct django_editor *self, struct django_statement *statement, const char *name,
				 const char *table, GPtrArray *columns, GPtrArray *suffixes);
/* _index_include_sql(): "include" is " INCLUDE (...)". */
void iw_django_statement_include(struct django_editor *self, struct django_statement *statement, const char *table,
				 GPtrArray *columns);
void iw_django_statement_part(struct django_editor *self, struct django_statement *statement,
			      const struct django_part *part);
const char *iw_django_statement_sql(struct django_editor *self, const struct django_statement *statement);
bool iw_django_references_table(const struct django_statement *statement, const char *table);
bool iw_django_references_column(const struct django_statement *statement, const char *table, const char *column);
const struct django_part *iw_django_statement_find(const struct django_statement *statement, const char *name);
/* Over all that is put off. */
void iw_django_deferred_drop_table(struct django_editor *self, const char *table);
void iw_django_deferred_drop_column(struct django_editor *self, const char *table, const char *column);
void iw_django_deferred_drop_index(struct django_editor *self, const char *table, const char *quoted_name);
void iw_django_deferred_rename_table(struct django_editor *self, const char *old_table, const char *new_table);
void iw_django_deferred_rename_column(struct django_editor *self, const char *table, const char *old_column,
				      const char *new_column);

/* constraint_sql.c: statements for indexes and constraints -----------------------------------------------------------
 */

/* _create_index_sql() and _create_unique_sql(); `fields`: names of the model's fields (struct django_field *). */
struct django_index_request {
	GPtrArray *fields;     /* struct django_field *; empty: expressions */
	const char *name;      /* NULL: made from table, columns and suffix */
	const char *suffix;    /* "", "_idx", "_like" */
	const char *using;     /* "", " USING gin" */
	const char *template;  /* NULL: the backend's */
	const char *condition; /* SQL; NULL */
	const char *extra;     /* " WITH (fillfactor = 70)"; NULL */
	const char *db_tablespace;
	GPtrArray *suffixes, *opclasses; /* char *, beside fields; NULL: none */
	GPtrArray *include;		 /* char *: columns; NULL */
	GPtrArray *expressions;		 /* char *: SQL, as the index wants them (with parentheses) */
	GPtrArray *expression_columns;	 /* char *: what they name; NULL */
	const char *deferrable;		 /* unique: "DEFERRED", "IMMEDIATE"; NULL */
	int nulls_distinct;		 /* unique: 1, 0, -1 */
};
struct django_statement *iw_django_create_index_sql(struct django_editor *self, struct django_model_ref model,
						    const struct django_index_request *request);
/* NULL: the backend leaves such a constraint out (_unique_supported()). */
struct django_statement *iw_django_create_unique_sql(struct django_editor *self, struct django_model_ref model,
						     const struct django_index_request *request);
/* _unique_supported(); and whether it is a unique index, rather than a constraint. */
bool iw_django_is_unique_supported(struct django_editor *self, const struct django_index_request *request);
bool iw_django_is_unique_index(const struct django_index_request *request);
/* _deferrable_constraint_sql(): " DEFERRABLE INITIALLY DEFERRED", "" */
const char *iw_django_deferrable_sql(const struct django_context *context, const char *deferrable);
struct django_statement *iw_django_create_fk_sql(struct django_editor *self, struct django_field_ref field,
						 const char *suffix);
/* _delete_constraint_sql(): `template` with table and name. */
struct django_statement *iw_django_delete_constraint_sql(struct django_editor *self, const char *template,
							 struct django_model_ref model, const char *name);
struct django_statement *iw_django_delete_index_sql(struct django_editor *self, struct django_model_ref model,
						    const char *name, bool concurrently);

/* index.c: django_index and django_constraint as statements (Index.create_sql(), constraint_sql(), ...) --------------
 */

struct django_statement *iw_django_index_create_sql(struct django_editor *self, struct django_model_ref model,
						    const struct django_index *index, bool concurrently);
/* Inside CREATE TABLE: "CONSTRAINT n CHECK (...)"; NULL: none (then it may have been put off). */
const char *iw_django_constraint_sql(struct django_editor *self, struct django_model_ref model,
				     const struct django_constraint *constraint);
/* ALTER TABLE ... ADD CONSTRAINT, CREATE UNIQUE INDEX; NULL: the backend leaves it out. */
struct django_statement *iw_django_constraint_create_sql(struct django_editor *self, struct django_model_ref model,
							 const struct django_constraint *constraint);
struct django_statement *iw_django_constraint_remove_sql(struct django_editor *self, struct django_model_ref model,
							 const struct django_constraint *constraint);

/* catalogue.c ------------------------------------------------------------------------------------------------------ */

/* introspection.get_constraints() over the replayed catalogue; -1 in a member: does not matter. */
struct django_wanted {
	int unique, primary_key, index, foreign_key, check;
	const char *type;    /* "idx" (btree), "gin"; NULL: any */
	GPtrArray *columns;  /* char *, in that order; NULL: any */
	GHashTable *exclude; /* char * set; NULL */
	bool is_none_likely; /* the models say that there is none (db_constraint=False): nothing found is believed */
};
/* One answer of get_constraints(). */
struct django_known_constraint {
	const char *name;
	GPtrArray *columns; /* char *; NULL among them: an expression */
	bool unique, primary_key, index, foreign_key, check;
	const char *type; /* of indexes */
};
/* Names (char *), in the order of Django's introspection. Fails when the catalogue is not known (or may have been
 * changed by what could not be read), except where what was found answers the question all the same. */
GPtrArray *iw_django_constraint_names(struct django_editor *self, const char *table,
				      const struct django_wanted *wanted);
/* All of them, struct django_known_constraint *; NULL when it fails. */
GPtrArray *iw_django_constraints(struct django_editor *self, const char *table);
/* introspection.c: the same for a table. */
GPtrArray *iw_django_introspect(const struct django_context *context, const struct iw_table *table);
/* Does a foreign key lead to the table, to this column of it (NULL: any)? Those of other tables only, or its own, too.
 */
bool iw_django_is_referenced(struct django_editor *self, const char *table, const char *column, bool by_others);
/* The table as it is now, all that was sent replayed; NULL: not there or not known (no failure). */
const struct iw_table *iw_django_catalogue_table(struct django_editor *self, const char *table);
/* All of it as it is now; never NULL. is_uncertain: there may be more. */
const iw_schema *iw_django_catalogue(struct django_editor *self);
