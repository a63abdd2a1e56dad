/*
 * Parts of the Python evaluator:
 *   ahead.c      parsing by threads
 *   module.c     files, imports, names        scope.c      name look-up and binding
 *   statement.c  statements                   try.c        exceptions, with
 *   skip.c       code that may or may not run
 *   evaluate.c   expressions                  sign.c   arithmetic and comparisons
 *   call.c       functions and arguments      class.c      classes, instances, attributes
 *   value.c      values                       repr.c       their text
 *   builtin.c, container.c, string.c, format.c, stdlib.c   what Python brings
 *
 * An expression never gives NULL. When it raises, `python->raised` is set and its value means nothing; whoever goes on
 * to do something with a value asks iw_py_stopped() first.
 */
#pragma once

#include "framework/python/ahead.h"
#include "framework/python/python.h"
#include "framework/python/syntax.h"

#include <math.h>
#include <string.h>

enum {
	PY_MOST_STEPS = 2000000,
	PY_DEEPEST = 300,
	PY_MOST_MEMORY = 96 << 20, /* bytes of one load or call */
	PY_MOST_FILES = 4000,
	PY_LONGEST = 16 << 20, /* bytes of a text, items of a list */
};

struct iw_py {
	iw_arena *arena;
	struct iw_py_options options;
	const struct iw_py_host *host;
	struct py_names names;
	GHashTable *modules; /* char * path -> struct py_module * */
	GHashTable *found;   /* char * dotted name -> char * path; "" not in the project */
	struct iw_py_value *none, *yes, *no;
	struct iw_py_value *raised;
	const char *exhausted; /* reason: a bound was reached; nothing is evaluated any more */
	guint64 steps;
	size_t memory;		     /* of the arena when the load or call began */
	int depth, entered;	     /* evaluations within each other; loads and calls from outside */
	guint files, host_calls;     /* so far */
	int importing;		     /* modules whose top level runs because another wants a name of theirs */
	int guarded;		     /* try statements with handlers around what is evaluated */
	int forgiven;		     /* ... whose handlers go on after a call to the outside has failed */
	struct iw_py_value *handled; /* the exception of the except clause that runs */
};

struct py_module {
	struct iw_py_value *value;
	struct py_scope *scope;
	iw_source *source; /* NULL: a folder without __init__.py */
	struct py_node *tree;
	const char *path;      /* of the file, or of the folder */
	const char *name;      /* dotted */
	const char *package;   /* dotted, for relative imports */
	const char *directory; /* that relative imports start from */
	GPtrArray *stars;      /* char *: FOREIGN modules that * was imported from */
	const char *failure;   /* why it could not be read */
	bool is_package, is_evaluated;
	bool is_asked_for; /* by iw_py_load(): not only imported */
};

enum py_scope_kind { PY_OF_MODULE, PY_OF_CLASS, PY_OF_FUNCTION, PY_OF_COMPREHENSION };

struct py_scope {
	enum py_scope_kind kind;
	struct py_scope *parent; /* where names are looked for next: never a class */
	struct py_module *module;
	GHashTable *names;	   /* char * -> struct iw_py_value * */
	GHashTable *elsewhere;	   /* names declared global (value NULL) or nonlocal (value: the scope); NULL: none */
	struct iw_py_value *class; /* CLASS: itself; FUNCTION: the class that it was written in */
	struct iw_py_value *self;  /* FUNCTION: its first argument */
	struct py_yield *yield;
	struct iw_py_value *result; /* of return; why it is not known after PY_LEFT */
};

/* What yield does: collects, or runs the body of a with statement. */
struct py_yield {
	struct iw_py_value *items;
	bool (*run)(void *data, struct iw_py_value *value); /* false: unwinds */
	void *data;
};

enum py_wrapper { PY_PLAIN, PY_STATIC, PY_OF_TYPE, PY_PROPERTY, PY_MANAGER };

/* What a FUNCTION is: code (`node`), a method of a value that Python brings (`receiver` only), or a partial. */
struct py_function {
	struct py_node *node;
	struct py_scope *scope;
	struct iw_py_value **defaults; /* as many as parameters; NULL: none */
	enum py_wrapper wrapper;
	struct iw_py_value *owner;    /* class it was written in */
	struct iw_py_value *receiver; /* bound to */
	struct iw_py_value *of;	      /* functools.partial: what is called, with these in front */
	struct py_arguments *given;
};

enum py_class_kind { PY_CLASS_PLAIN, PY_CLASS_ENUM, PY_CLASS_EXCEPTION, PY_CLASS_TUPLE, PY_CLASS_DATA };

struct py_class {
	enum py_class_kind kind;
	struct py_module *module;
	struct py_node *node;
	const char *path;
	bool is_foreign;    /* has a FOREIGN base */
	bool has_metaclass; /* one of its own, or of a base */
	bool is_text;	    /* Enum of str, ... */
	bool formats_value; /* StrEnum, IntEnum: str() is the value's */
	GPtrArray *order;   /* struct iw_py_value *: where attributes are looked for, itself first */
	GPtrArray *members; /* Enum: struct iw_py_value * INSTANCE */
	GPtrArray *fields;  /* char *: annotated names, of dataclasses and named tuples */
};

struct py_arguments {
	GPtrArray *items, *names, *values;
	bool is_open; /* more of them are not known */
};

/* A call of something that Python brings. */
struct py_call {
	iw_py *python;
	struct py_scope *scope; /* NULL: called from outside */
	struct iw_place place;
	const char *name;
	struct iw_py_value *receiver;
	const struct py_arguments *arguments;
};
typedef struct iw_py_value *py_native(const struct py_call *call);

/* python.c: around everything that is asked from outside */
void iw_py_begin(iw_py *python);
void iw_py_end(iw_py *python);

/* value.c */
struct iw_py_value *iw_py_new_value(iw_py *python, enum iw_py_kind kind, struct iw_place place);
struct iw_py_value *iw_py_new_text(iw_py *python, enum iw_py_kind kind, const char *text, size_t length);
struct iw_py_value *iw_py_new_float(iw_py *python, double number);
struct iw_py_value *iw_py_new_wide(iw_py *python, __int128 number);
bool iw_py_wide(const struct iw_py_value *value, __int128 *number); /* false: larger, or no INTEGER or BOOLEAN */
struct iw_py_value *iw_py_unknown_from(iw_py *python, const struct iw_py_value *unknown);
struct iw_py_value *iw_py_new_symbol(iw_py *python, enum iw_py_kind kind, struct iw_place place, const char *text);
struct iw_py_value *iw_py_new_operation(iw_py *python, struct iw_place place, const char *sign,
					struct iw_py_value *left, struct iw_py_value *right);
bool iw_py_is_symbol(const struct iw_py_value *value);			   /* FOREIGN, CALL, ATTRIBUTE, OPERATION */
bool iw_py_is_number(const struct iw_py_value *value);			   /* INTEGER, FLOAT, BOOLEAN */
bool iw_py_is_sequence(const struct iw_py_value *value);		   /* LIST, TUPLE */
bool iw_py_has_hash(const struct iw_py_value *value);			   /* may be a key */
bool iw_py_is_container(const struct iw_py_value *value);		   /* with items */
int iw_py_equal(const struct iw_py_value *a, const struct iw_py_value *b); /* 1, 0, -1 not known */
/* Index of the key; -1: not there; -2: not known. */
int iw_py_dict_index(const struct iw_py_value *dict, const struct iw_py_value *key);
void iw_py_dict_remove(struct iw_py_value *dict, int index);
void iw_py_set_add(iw_py *python, struct iw_py_value *set, struct iw_py_value *item);
int iw_py_index_in(const GPtrArray *items, const struct iw_py_value *item); /* as iw_py_dict_index() */
struct iw_py_value *iw_py_copy_list(iw_py *python, enum iw_py_kind kind, const GPtrArray *items);
size_t iw_py_characters(const char *text, size_t length);
struct iw_place iw_py_no_place(void);
/*
 * `text` of LISTs and SETs that are no lists and sets, but behave like them: their repr() is not known. Items of an
 * iterator are gone once they were iterated over.
 */
extern const char iw_py_iterator[], iw_py_view[], iw_py_frozen[]; /* view: range(), keys() */
/* Iteration over `items` of the value stopped before `from`: an iterator has these still. */
void iw_py_put_back(struct iw_py_value *value, const GPtrArray *items, guint from);

/* repr.c */
bool iw_py_add_repr(iw_py *python, GString *out, const struct iw_py_value *value, int depth); /* false: not known */
const char *iw_py_float_text(iw_py *python, double number);
/* str(): a STRING, or UNKNOWN. */
struct iw_py_value *iw_py_str(iw_py *python, struct iw_place place, struct iw_py_value *value);
struct iw_py_value *iw_py_repr_value(iw_py *python, struct iw_place place, struct iw_py_value *value);

/* scope.c */
struct py_scope *iw_py_scope_new(iw_py *python, enum py_scope_kind kind, struct py_scope *parent);
struct iw_py_value *iw_py_name(iw_py *python, struct py_scope *scope, const struct py_node *node);
struct iw_py_value *iw_py_lookup(iw_py *python, struct py_scope *scope, const char *name); /* NULL: not there */
/* As iw_py_lookup() has it, but an import that is not done yet may be LAZY still. */
const struct iw_py_value *iw_py_peek(struct py_scope *scope, const char *name);
void iw_py_bind(iw_py *python, struct py_scope *scope, const char *name, struct iw_py_value *value);
void iw_py_assign(iw_py *python, struct py_scope *scope, const struct py_node *target, struct iw_py_value *value);
void iw_py_delete(iw_py *python, struct py_scope *scope, const struct py_node *target);

/* module.c */
struct py_module *iw_py_module_of(const struct iw_py_value *module);
void iw_py_evaluate_module(iw_py *python, struct py_module *module);
struct iw_py_value *iw_py_module_attribute(iw_py *python, struct iw_py_value *module, const char *name);
/* LAZY values in tables of names become what they stand for. */
struct iw_py_value *iw_py_settle(iw_py *python, GHashTable *names, const char *name, struct iw_py_value *value);
void iw_py_import(iw_py *python, struct py_scope *scope, const struct py_node *node);
void iw_py_import_from(iw_py *python, struct py_scope *scope, const struct py_node *node);
enum { PY_LAZY = 100 }; /* a kind of values that never leave tables of names: an import not yet done */
/* A file that was read: `tree` NULL with `error` set, and `source` too where it could be opened. */
struct py_parsed {
	iw_source *source; /* owned */
	struct py_node *tree;
	GError *error;
};
/* From any thread. */
void iw_py_parse_file(struct py_names *names, const char *path, const char *shown, struct py_parsed *parsed);
/* ahead.c: the file's, once; its tree lives as long as `arena`. False: it is none of the list, or was taken. */
bool iw_py_ahead_take(iw_py_ahead *ahead, iw_arena *arena, const char *path, struct py_parsed *parsed);
/* Text of a file below options.top or a root; NULL: not allowed or not there. */
char *iw_py_read_text(iw_py *python, const char *path, size_t *length);

/* Was the name bound by an import from the package of that name, which is never the project's, or from within it? */
bool iw_py_is_imported_from(struct py_scope *scope, const char *name, const char *package);
/* unasked.c: see struct iw_py_options; `assignment` is an ASSIGN of the scope. */
bool iw_py_is_unasked(iw_py *python, struct py_scope *scope, const struct py_node *assignment);

/* statement.c, try.c, skip.c */
enum py_flow { PY_NEXT, PY_RETURNED, PY_BROKEN, PY_CONTINUED, PY_RAISED, PY_LEFT_LOOP, PY_LEFT };
/* PY_LEFT: whether what follows runs is not known; PY_LEFT_LOOP: what follows in the loop. */
enum py_flow iw_py_run_block(iw_py *python, struct py_scope *scope, const struct py_node *block);
enum py_flow iw_py_run(iw_py *python, struct py_scope *scope, const struct py_node *statement);
enum py_flow iw_py_run_try(iw_py *python, struct py_scope *scope, const struct py_node *node);
enum py_flow iw_py_run_with(iw_py *python, struct py_scope *scope, const struct py_node *node);
enum py_flow iw_py_run_match(iw_py *python, struct py_scope *scope, const struct py_node *node);
/* The statement may or may not run: says so, and forgets what it would assign. */
enum py_flow iw_py_skip(iw_py *python, struct py_scope *scope, const struct py_node *statement,
			const struct iw_py_value *why);
/* Is it a raise, or blocks that always end in one, with nothing that the host may care for? */
bool iw_py_only_raises(const struct py_node *block);
bool iw_py_has_call(const struct py_node *node);
bool iw_py_mentions(const struct py_node *node, const char *name); /* not in functions and classes */
bool iw_py_acts(const struct py_node *node); /* calls something that is not one of Python's own functions */
void iw_py_say_skipped(iw_py *python, struct iw_place place, const char *reason);
struct iw_py_value *iw_py_raise(iw_py *python, struct iw_place place, const char *class, const char *format, ...)
	G_GNUC_PRINTF(4, 5);
/* Raised, or out of bounds. */
static inline bool iw_py_stopped(const iw_py *python)
{
	return python->raised != NULL || python->exhausted != NULL;
}
/* Counts a step; false: a bound was reached. */
bool iw_py_step(iw_py *python);
bool iw_py_enter(iw_py *python);
static inline void iw_py_leave(iw_py *python)
{
	python->depth--;
}

/* evaluate.c */
struct iw_py_value *iw_py_evaluate(iw_py *python, struct py_scope *scope, const struct py_node *node);
struct iw_place iw_py_place(const struct py_scope *scope, const struct py_node *node);
struct iw_py_value *iw_py_subscript(iw_py *python, struct iw_place place, struct iw_py_value *of,
				    struct iw_py_value *index);
/* Items of anything that can be iterated; NULL: `*why` says why not (UNKNOWN, or the symbol), or raised. */
const GPtrArray *iw_py_iterate(iw_py *python, struct iw_place place, struct iw_py_value *value,
			       const struct iw_py_value **why);

/* sign.c */
struct iw_py_value *iw_py_binary(iw_py *python, struct iw_place place, guint32 sign, struct iw_py_value *left,
				 struct iw_py_value *right);
struct iw_py_value *iw_py_unary(iw_py *python, struct iw_place place, guint32 sign, struct iw_py_value *operand);
struct iw_py_value *iw_py_compare(iw_py *python, struct iw_place place, guint32 sign, struct iw_py_value *left,
				  struct iw_py_value *right);
/* As iw_py_truth(), with __bool__ and __len__ of the project. */
int iw_py_is_true(iw_py *python, struct iw_py_value *value);
int iw_py_order(const struct iw_py_value *a, const struct iw_py_value *b, bool *is_known); /* <0, 0, >0 */

/* call.c */
struct iw_py_value *iw_py_call_with(iw_py *python, struct py_scope *scope, struct iw_place place,
				    struct iw_py_value *callee, const struct py_arguments *arguments);
struct iw_py_value *iw_py_call_one(iw_py *python, struct iw_place place, struct iw_py_value *callee,
				   struct iw_py_value *argument);
struct py_arguments *iw_py_new_arguments(iw_py *python);
struct iw_py_value *iw_py_call_node(iw_py *python, struct py_scope *scope, const struct py_node *node);
void iw_py_read_arguments(iw_py *python, struct py_scope *scope, const struct py_node *call,
			  struct py_arguments *arguments);
struct iw_py_value *iw_py_new_function(iw_py *python, struct py_scope *scope, const struct py_node *node);
struct iw_py_value *iw_py_new_method(iw_py *python, struct iw_py_value *receiver, const char *name);
struct iw_py_value *iw_py_decorate(iw_py *python, struct py_scope *scope, const struct py_node *node,
				   struct iw_py_value *value);
/* Runs a FUNCTION's body, with this as what yield does. */
struct iw_py_value *iw_py_run_function(iw_py *python, struct iw_place place, struct iw_py_value *function,
				       const struct py_arguments *arguments, struct py_yield *yield);
struct iw_py_value *iw_py_symbol_call(iw_py *python, struct iw_place place, struct iw_py_value *callee,
				      const struct py_arguments *arguments, bool asks_host);

/* class.c */
void iw_py_define_class(iw_py *python, struct py_scope *scope, const struct py_node *node);
struct iw_py_value *iw_py_instantiate(iw_py *python, struct py_scope *scope, struct iw_place place,
				      struct iw_py_value *class, const struct py_arguments *arguments);
struct iw_py_value *iw_py_attribute(iw_py *python, struct py_scope *scope, struct iw_place place,
				    struct iw_py_value *of, const char *name);
struct iw_py_value *iw_py_find_attribute(iw_py *python, struct iw_place place, struct iw_py_value *of,
					 const char *name);
struct iw_py_value *iw_py_new_super(iw_py *python, struct iw_py_value *class, struct iw_py_value *self);
/* The method of an instance's class; NULL: none. */
struct iw_py_value *iw_py_special(iw_py *python, struct iw_py_value *value, const char *name);
int iw_py_is_instance(iw_py *python, const struct iw_py_value *value, const struct iw_py_value *class); /* 1 0 -1 */
int iw_py_derives(iw_py *python, const struct iw_py_value *class, const struct iw_py_value *base);
static inline const struct py_class *py_class(const struct iw_py_value *value)
{
	return value->private;
}

/* builtin.c, container.c, string.c, format.c, stdlib.c */
bool iw_py_is_builtin(const char *name);
py_native *iw_py_native(const char *path);		      /* NULL: none */
struct iw_py_value *iw_py_method(const struct py_call *call); /* of a value that Python brings */
bool iw_py_has_method(const struct iw_py_value *value, const char *name);
/* A value of the standard library that is known without a call (os.sep); NULL. */
struct iw_py_value *iw_py_stdlib_value(iw_py *python, struct iw_place place, const char *path);
bool iw_py_is_stdlib(const char *path);	  /* dotted path of the standard library */
bool iw_py_is_harmless(const char *path); /* calls of it concern no host: standard library, but for what acts */
bool iw_py_exception_derives(const char *path, const char *base); /* "builtins.KeyError", "builtins.LookupError" */
bool iw_py_is_exception(const char *path);
/* os.environ[name]; `standard` NULL: KeyError. */
struct iw_py_value *iw_py_environment(iw_py *python, struct iw_place place, const struct iw_py_value *name,
				      struct iw_py_value *standard);
/* dict(...) of the arguments; NULL: not known. */
struct iw_py_value *iw_py_make_dict(const struct py_call *call);
/* Stable; false: it cannot be told, or raised. */
bool iw_py_sort(iw_py *python, struct iw_place place, GPtrArray *items, struct iw_py_value *key, bool is_reversed);
struct iw_py_value *iw_py_format(iw_py *python, struct iw_place place, struct iw_py_value *value, const char *spec);
struct iw_py_value *iw_py_format_fields(const struct py_call *call); /* str.format, str.format_map */
struct iw_py_value *iw_py_percent(iw_py *python, struct iw_place place, struct iw_py_value *format,
				  struct iw_py_value *values);

/* Arguments of natives: by position or name; NULL: not given. */
struct iw_py_value *iw_py_given(const struct py_call *call, guint position, const char *name);
const char *iw_py_given_text(const struct py_call *call, guint position, const char *name); /* NULL: no STRING */
