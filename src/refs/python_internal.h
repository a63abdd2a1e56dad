/* A Python file while its uses are looked for: what names stand for (python_types.c) and what is used (python.c). */
#pragma once

#include "refs/refs_internal.h"

struct python_scope {
	struct python_scope *parent;
	GHashTable *names; /* char * -> const struct refs_model * */
};

/* The class that is being read. */
struct python_class {
	const struct refs_model *model;	 /* it is one itself */
	const struct refs_model *serves; /* `model = X` in it or in its Meta, @admin.register(X) */
	GHashTable *declared;		 /* char * set: fields that a serializer or form declares by itself */
	bool makes;			 /* a factory: its attributes are the model's */
};

struct python {
	struct refs_file *file;
	struct python_scope *scope;
	GPtrArray *stars; /* char *: modules all names of which are imported */
	struct python_class *class;
	const struct refs_model *query; /* whose arguments are being read; NULL */
	bool names_fields;		/* strings here are names of fields */
	int depth;
};

/* No model: a module, a class of another kind. And `self` of a class that is none. */
extern const struct refs_model iw_python_other, iw_python_self;

/* What the expression is an instance, a query or the class of; NULL: not known. */
const struct refs_model *iw_python_resolve(struct python *python, const struct py_node *node);
void iw_python_bind(struct python *python, const char *name, const struct refs_model *model);
/* Names of an IMPORT or FROM. */
void iw_python_import(struct python *python, const struct py_node *node);
/* Of an annotation: User, "User", Optional[User], list[User], User | None. */
const struct refs_model *iw_python_annotated(struct python *python, const struct py_node *node);
/* The methods of queries, whose keywords are fields; functions like F and Q, and methods whose strings are. */
bool iw_python_is_query_method(const char *name);
bool iw_python_takes_names(const char *name);
const char *iw_python_called(const struct py_node *call);
