/*
 * Inside of a state of models, for the files that make it up and for the operations that move it: state.c (sharing and
 * changing), model_state.c (models from what operations say), relations.c (what models are once they are together).
 * After django/db/migrations/state.py.
 */
#pragma once

#include "framework/django/expressions.h"

/* The models of one app. States share it until one of them changes. */
struct django_app_models {
	const char *label;
	GPtrArray *models;   /* struct django_model *, in the order of Django's ProjectState.models */
	GHashTable *by_key;  /* char * -> struct django_model * */
	const void *owner;   /* iw_django_state.owner of the state that may change it */
	const char *unknown; /* why the app may have other models, or these may be different; NULL: all is known */
};

struct iw_django_state {
	struct django_context *context;
	GPtrArray *apps;   /* struct django_app_models *, by label */
	const void *owner; /* changes when the state is copied: what is shared then belongs to nobody */
	GHashTable *
		rendered; /* const struct django_model * -> struct django_rendered * (relations.c); NULL: nothing yet */
	GHashTable *pointing; /* char * key -> GPtrArray of struct django_field_ref * (relations.c); NULL: not asked */
};

/* A copy whose results live in another arena: states in between, while a text is made. */
iw_django_state *iw_django_state_branch(const iw_django_state *state, struct django_context *context);
const struct django_app_models *iw_django_state_app(const iw_django_state *state, const char *label);
/* All that is said about the app from now on is "not known, for this reason". */
void iw_django_state_forget_app(iw_django_state *state, const char *label, const char *why);
/* Why a model of the app that is not there may be there all the same; NULL: it is not. */
const char *iw_django_state_doubt(const iw_django_state *state, const char *label);

/* "shop.orderline" of "shop" and "OrderLine"; of "shop.OrderLine". */
const char *iw_django_model_key(iw_arena *arena, const char *app_label, const char *name);
const char *iw_django_lower(iw_arena *arena, const char *text);

/* Changes. A model that is in a state is never written to: edit_model() puts a copy in its place, with a list of fields
 * of its own; other lists and tables of it are replaced, not changed. */
void iw_django_put_model(iw_django_state *state, struct django_model *model);
void iw_django_drop_model(iw_django_state *state, const char *key);
struct django_model *iw_django_edit_model(iw_django_state *state, const struct django_model *model);
void iw_django_rename_model(iw_django_state *state, const struct django_model *model, const char *new_name);
void iw_django_rename_field(iw_django_state *state, const struct django_model *model, const char *old_name,
			    const char *new_name);
/* Index of the field among model->fields; -1: there is none of that name. */
int iw_django_field_index(const struct django_model *model, const char *name);

/* relations.c: keys (char *) of the concrete models that a model derives from, as Django orders them. */
GPtrArray *iw_django_parents(struct django_model_ref model);

/* model_state.c ---------------------------------------------------------------------------------------------------- */

/* A model of the arguments of CreateModel; any may be NULL. */
struct django_model *iw_django_model_new(struct django_context *context, const char *app_label, const char *name,
					 struct iw_place place, const struct iw_py_value *fields,
					 const struct iw_py_value *options, const struct iw_py_value *bases);
/* alter_model_options(): `keys` that are not among the options are taken away; NULL: none. */
void iw_django_set_options(struct django_context *context, struct django_model *model,
			   const struct iw_py_value *options, const char *const *keys);
void iw_django_set_option(struct django_context *context, struct django_model *model, const char *name,
			  struct iw_py_value *value);
/* Members that follow from name and options (db_table, is_proxy, ...), anew. */
void iw_django_settle_model(struct django_context *context, struct django_model *model);
/* normalize_together(): GPtrArray of GPtrArray of char *; NULL: it is not known. */
GPtrArray *iw_django_normalize_together(iw_arena *arena, const struct iw_py_value *value);
/* Copies of lists with one more, one less. */
GPtrArray *iw_django_list_copy(iw_arena *arena, const GPtrArray *list);
