/*
 * Operations of migrations: what each does to the state of models and to the database. One row of a table each; its
 * functions are in operations_models.c, operations_fields.c, operations_special.c, operations_postgres.c and
 * operations_custom.c. After django/db/migrations/operations and contrib/postgres/operations.py.
 */
#pragma once

#include "base/error.h"
#include "framework/django/editor.h"
#include "framework/django/state.h"

struct django_operation;

/* An operation of a migration, or within another. */
struct django_op {
	const struct django_operation *kind;
	struct iw_py_value *value; /* the CALL; UNKNOWN or anything else where kind is iw_django_unknown_operation */
	struct iw_place place;
	const char *name;      /* of its class: "AddField", "AddTrigger" */
	const char *app_label; /* of the migration */
	const char *problem;   /* unknown operations: why */
	/* Classes of the project. */
	struct iw_py_value *class;
	const struct django_operation *base; /* what it derives from */
	bool is_made;			     /* its __init__ was run: arguments are attributes of `value` */
};

/* What database_forwards() and database_backwards() are given. `from` and `to`: the states before and after. */
struct django_step {
	struct django_editor *editor;
	struct django_context *context;
	const struct iw_django_making *making;
	const struct django_op *op;
	const iw_django_state *from, *to;
	int number; /* in the migration, from 1; 0: within another operation */
	GError **error;
};

/*
 * Errors: INPUT, in Django's words. Where something is only not known: state functions forget what it concerns;
 * database functions leave the reason in context->problem, or have sent what they could not make as foreign.
 */
typedef bool django_state_step(iw_django_state *state, const struct django_op *op, GError **error);
typedef bool django_database_step(struct django_step *step);

struct django_operation {
	const char *name;
	const char *parameters[7];			   /* of its __init__, in order; NULL-terminated */
	django_state_step *state_forwards;		   /* NULL: it leaves the state alone */
	django_database_step *forwards, *backwards;	   /* NULL: it leaves the database alone */
	bool (*is_reversible)(const struct django_op *op); /* NULL: it is */
	const char *fixed_name; /* CreateExtension and those that derive from it: the extension */
	int since;		/* version of Django that has it first; 0: all */
};

/* operations.c ----------------------------------------------------------------------------------------------------- */

extern const struct django_operation iw_django_unknown_operation;

/* Any value that stands in a list of operations. */
struct django_op iw_django_op(struct django_context *context, const char *app_label, struct iw_py_value *value);
/* By the dotted path of its class; NULL: it is none of Django's. */
const struct django_operation *iw_django_find_operation(const char *path);
/* struct django_op *, of a list; *why: it is not known what they are. */
GPtrArray *iw_django_ops(struct django_context *context, const char *app_label, const struct iw_py_value *list,
			 const char **why);

/* An argument by the name that its operation has for it; NULL: not given, or None. */
struct iw_py_value *iw_django_given(const struct django_op *op, const char *name);
/* The same as text; NULL where it is no text (*why is set when it was given). */
const char *iw_django_given_text(struct django_context *context, const struct django_op *op, const char *name,
				 const char **why);
int iw_django_given_flag(const struct django_op *op, const char *name, bool standard); /* -1: not known */

/* The model whose name is in argument `name`. model NULL and true: not known, what it may concern is forgotten. */
bool iw_django_state_model(iw_django_state *state, const struct django_op *op, const char *name,
			   struct django_model_ref *model, GError **error);
/* Model of a state by an argument of the operation, for database steps. NULL model: step->context->problem says why, or
 * *step->error is set. */
struct django_model_ref iw_django_step_model(struct django_step *step, const iw_django_state *state,
					     const char *argument);
/* allow_migrate_model(): false also when that is not known (the problem is set). */
bool iw_django_may_migrate(struct django_step *step, struct django_model_ref model);
/* router.allow_migrate() with hints. */
bool iw_django_may_run(struct django_step *step, const struct iw_py_value *hints);
/* A field of a model; NULL field: *step->error is set, or the problem. */
struct django_field_ref iw_django_step_field(struct django_step *step, struct django_model_ref model, const char *name);

bool iw_django_forwards(iw_django_state *state, const struct django_op *op, GError **error);
/* One operation in the database, with its place and its mark: what is not known becomes a foreign piece. */
bool iw_django_run(struct django_step *step, bool is_forwards);
bool iw_django_op_is_reversible(const struct django_op *op);

/* operations_models.c */
django_state_step iw_django_create_model_state, iw_django_delete_model_state, iw_django_rename_model_state,
	iw_django_alter_table_state, iw_django_alter_comment_state, iw_django_alter_unique_together_state,
	iw_django_alter_index_together_state, iw_django_alter_order_state, iw_django_alter_options_state,
	iw_django_alter_managers_state;
django_database_step iw_django_create_model_forwards, iw_django_create_model_backwards, iw_django_delete_model_forwards,
	iw_django_delete_model_backwards, iw_django_rename_model_forwards, iw_django_rename_model_backwards,
	iw_django_alter_table_forwards, iw_django_alter_comment_forwards, iw_django_alter_unique_together_forwards,
	iw_django_alter_index_together_forwards, iw_django_alter_order_forwards;

/* operations_indexes.c */
django_state_step iw_django_add_index_state, iw_django_remove_index_state, iw_django_rename_index_state,
	iw_django_add_constraint_state, iw_django_remove_constraint_state, iw_django_alter_constraint_state;
django_database_step iw_django_add_index_forwards, iw_django_add_index_backwards, iw_django_remove_index_forwards,
	iw_django_remove_index_backwards, iw_django_rename_index_forwards, iw_django_rename_index_backwards,
	iw_django_add_constraint_forwards, iw_django_add_constraint_backwards, iw_django_remove_constraint_forwards,
	iw_django_remove_constraint_backwards;
bool iw_django_change_index(struct django_step *step, bool adds, bool concurrently);

/* operations_fields.c */
django_state_step iw_django_add_field_state, iw_django_remove_field_state, iw_django_alter_field_state,
	iw_django_rename_field_state;
django_database_step iw_django_add_field_forwards, iw_django_add_field_backwards, iw_django_remove_field_forwards,
	iw_django_remove_field_backwards, iw_django_alter_field_forwards, iw_django_rename_field_forwards,
	iw_django_rename_field_backwards;

/* operations_special.c */
django_state_step iw_django_separate_state, iw_django_run_sql_state;
django_database_step iw_django_separate_forwards, iw_django_separate_backwards, iw_django_run_sql_forwards,
	iw_django_run_sql_backwards, iw_django_run_python_forwards, iw_django_run_python_backwards;
bool iw_django_separate_is_reversible(const struct django_op *op),
	iw_django_run_sql_is_reversible(const struct django_op *op),
	iw_django_run_python_is_reversible(const struct django_op *op);
/* RunSQL._run_sql(): a text, or a list of texts and of pairs with parameters. */
void iw_django_send_sql(struct django_step *step, const struct iw_py_value *sql);
/* One query as it is written. */
void iw_django_send_text(struct django_step *step, const char *sql);
/* A query with the values of its parameters, as the driver would put them in; NULL: the problem is set. */
const char *iw_django_with_parameters(struct django_context *context, const char *sql,
				      const struct iw_py_value *parameters);

/* operations_postgres.c */
django_database_step iw_django_extension_forwards, iw_django_extension_backwards,
	iw_django_add_index_concurrently_forwards, iw_django_add_index_concurrently_backwards,
	iw_django_remove_index_concurrently_forwards, iw_django_remove_index_concurrently_backwards,
	iw_django_create_collation_forwards, iw_django_create_collation_backwards, iw_django_remove_collation_forwards,
	iw_django_remove_collation_backwards, iw_django_not_valid_forwards, iw_django_validate_forwards;

/* operations_custom.c: classes of the project and of known packages */
django_state_step iw_django_custom_state;
django_database_step iw_django_custom_forwards, iw_django_custom_backwards;
bool iw_django_custom_is_reversible(const struct django_op *op);
/* Makes `op` what its class is: NULL kind: it is neither. */
void iw_django_custom_op(struct django_context *context, struct django_op *op);

/* pgtrigger.c */
django_state_step iw_django_add_trigger_state, iw_django_remove_trigger_state;
django_database_step iw_django_add_trigger_forwards, iw_django_add_trigger_backwards, iw_django_remove_trigger_forwards,
	iw_django_remove_trigger_backwards;

/* run_python.c ----------------------------------------------------------------------------------------------------- */

/*
 * Runs a function of the project as far as it only says what is to be sent: schema_editor.execute(), cursors, questions
 * about the vendor. True: it was sent, or there was nothing. False: nothing was sent, *why.
 */
bool iw_django_run_function(struct django_step *step, struct iw_py_value *function, GPtrArray *arguments,
			    const char **why);
/* rows_only.c: can the function of a RunPython be seen to leave tables as they are? */
bool iw_django_changes_rows_only(struct django_context *context, const struct iw_py_value *code);

/* run_models.c: the model of a call of apps.get_model(); model NULL: it is none, or not known. */
struct django_model_ref iw_django_model_of_call(const struct django_step *step, const struct iw_py_value *call);
/* Model._meta.db_table and the like; NULL: something else. */
struct iw_py_value *iw_django_meta_value(const struct django_step *step, const struct iw_py_value *attribute);
/* apps.get_models(); NULL: not all are known. */
struct iw_py_value *iw_django_all_models(const struct django_step *step);

/* sql_split.c ------------------------------------------------------------------------------------------------------ */

/* connection.ops.prepare_sql_script(): char *, as sqlparse.split() and format(strip_comments=True) give them; on
 * PostgreSQL the text as it is. */
GPtrArray *iw_django_prepare_sql_script(struct django_context *context, const char *sql);
