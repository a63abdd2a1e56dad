/*
 * Parts of the TypeScript reader: modules and their names (module.c), expressions (evaluate.c), what is called
 * (call.c). Values are made once and never changed; a name's value is worked out when it is first asked for.
 */
#pragma once

#include "framework/files.h"
#include "framework/typescript/typescript.h"

#include <tree_sitter/api.h>

enum { TS_MOST_STEPS = 100000, TS_DEEPEST = 120, TS_MOST_MODULES = 64, TS_LONGEST = 1 << 16, TS_MOST_ITEMS = 4096 };

struct ts_evaluator {
	iw_arena *arena;
	struct iw_environment *environment;
	const char *directory; /* of the first file: the working directory of the real tool */
	GHashTable *modules;   /* char * path -> struct ts_module * */
	bool loads_dotenv;
	int steps, depth;
};

/* A name: a node to evaluate in a scope, an import, or a value. */
struct ts_binding {
	const char *from;     /* import: module specifier */
	const char *imported; /* import: "default", "*", or a name */
	TSNode node;	      /* null node: none */
	struct ts_scope *scope;
	const char *picked;		 /* const { picked } = node; NULL: all of it */
	const struct iw_ts_value *value; /* NULL: not known yet */
	bool is_busy;
};

struct ts_scope {
	struct ts_module *module;
	struct ts_scope *parent;
	GHashTable *names; /* char * -> struct ts_binding * */
};

struct ts_module {
	struct ts_evaluator *evaluator;
	const char *path;
	iw_source *source;
	TSTree *tree;
	struct ts_scope scope;
	GHashTable *exports;		/* char * -> struct ts_binding * */
	GPtrArray *stars;		/* char *: export * from */
	GHashTable *assigned;		/* char *: text of what is assigned to after its declaration */
	const struct iw_ts_value *json; /* .json files */
};

/* What a FUNCTION value is: code of the project, or something of a package or of the runtime. */
struct ts_function {
	TSNode node; /* null node: not code */
	struct ts_scope *scope;
	const char *package;		    /* without "node:"; "process" and "global" for the runtime's own */
	const char *name;		    /* "*": the package itself */
	const struct iw_ts_value *receiver; /* method of a value; its name in `name` */
	struct ts_module *module;	    /* import * as module */
};

/* module.c */
struct ts_module *iw_ts_load(struct ts_evaluator *evaluator, const char *path, GError **error);
const struct iw_ts_value *iw_ts_import(struct ts_module *module, const char *from, const char *imported, TSNode node);
const struct iw_ts_value *iw_ts_export(struct ts_module *module, const char *name);
struct ts_binding *iw_ts_find(struct ts_scope *scope, const char *name);
const struct iw_ts_value *iw_ts_binding_value(struct ts_binding *binding);
void iw_ts_declare(struct ts_scope *scope, TSNode declaration);
void iw_ts_bind(struct ts_scope *scope, TSNode pattern, TSNode value_node, const struct iw_ts_value *value);
struct ts_scope *iw_ts_scope_new(struct ts_scope *parent);

/* evaluate.c */
const struct iw_ts_value *iw_ts_evaluate(struct ts_scope *scope, TSNode node);
const struct iw_ts_value *iw_ts_member_of(struct ts_scope *scope, const struct iw_ts_value *value, const char *name,
					  TSNode node);
/* 1 true, 0 false, -1 unknown: as a condition. */
int iw_ts_is_true(const struct iw_ts_value *value);
const char *iw_ts_node_text(struct ts_scope *scope, TSNode node);
bool iw_ts_is(TSNode node, const char *type);
TSNode iw_ts_field(TSNode node, const char *name);
struct iw_ts_value *iw_ts_new_value(struct ts_scope *scope, enum iw_ts_kind kind, TSNode node);
const struct iw_ts_value *iw_ts_string(struct ts_scope *scope, TSNode node, const char *text);
const struct iw_ts_value *iw_ts_number(struct ts_scope *scope, TSNode node, double number);
const struct iw_ts_value *iw_ts_boolean(struct ts_scope *scope, TSNode node, bool boolean);
const struct iw_ts_value *iw_ts_unknown(struct ts_scope *scope, TSNode node, const char *format, ...)
	G_GNUC_PRINTF(3, 4);
const struct iw_ts_value *iw_ts_foreign(struct ts_scope *scope, TSNode node, const char *package, const char *name);
/* The text that a template or "+" makes of it; NULL: none that is known. */
const char *iw_ts_as_text(const struct iw_ts_value *value);

/* call.c */
const struct iw_ts_value *iw_ts_call(struct ts_scope *scope, TSNode node);
const struct iw_ts_value *iw_ts_apply(struct ts_scope *scope, TSNode node, const struct iw_ts_value *callee,
				      GPtrArray *arguments);
const struct iw_ts_value *iw_ts_variable(struct ts_scope *scope, TSNode node, const char *name);
void iw_ts_load_dotenv(struct ts_evaluator *evaluator, const char *file, bool expand);
/* Runs a statement for what it does to the environment; returns the value of `return`, or NULL. */
const struct iw_ts_value *iw_ts_execute(struct ts_scope *scope, TSNode statement);
