/*
 * Python: works out what a module of the project says, without running it. An interpreter of the part of Python that
 * migrations use; everything from outside the project is a symbol.
 *
 *  1. iw_py_new(); options say where imports are looked for and who hears of calls;
 *  2. iw_py_load() a file: its top level is evaluated; iw_py_global() gives a name's value;
 *  3. iw_py_call() a function of it; what it calls of other packages goes to the host;
 *  4. values live as long as the interpreter's arena.
 *
 * Values that cannot be known are UNKNOWN and carry place and reason; what is made from one is UNKNOWN for the same
 * reason. Names imported from packages that are not in the project are FOREIGN symbols with their dotted path
 * ("sqlalchemy.dialects.postgresql.JSONB", "django.db.models.CharField", "alembic.op"), whatever name the file gave
 * them. Calling one makes a CALL value; an attribute of a CALL, an ATTRIBUTE; an operator on a symbol, an OPERATION:
 *     sa.text("now()")            CALL of FOREIGN "sqlalchemy.text"
 *     table.c.id == 5             OPERATION "==" of ATTRIBUTE "id" of ATTRIBUTE "c" of CALL "sqlalchemy.table", and 5
 *     models.Q(a=1) | ~models.Q() OPERATION "|" of a CALL and an OPERATION "~" (one operand)
 * Work is bounded: steps, depth, memory, files; beyond them everything is UNKNOWN with that reason.
 */
#pragma once

#include "base/arena.h"
#include "base/source.h"

enum iw_py_kind {
	IW_PY_UNKNOWN,
	IW_PY_NONE,
	IW_PY_BOOLEAN,
	IW_PY_INTEGER,
	IW_PY_FLOAT,
	IW_PY_STRING,
	IW_PY_BYTES,
	IW_PY_LIST,
	IW_PY_TUPLE,
	IW_PY_SET, /* items in order of insertion */
	IW_PY_DICT,
	IW_PY_FUNCTION, /* of the project; lambdas and bound methods too */
	IW_PY_CLASS,	/* of the project */
	IW_PY_INSTANCE, /* of a class of the project none of whose bases is FOREIGN; Enum members too */
	IW_PY_MODULE,	/* of the project */
	IW_PY_FOREIGN,
	IW_PY_CALL, /* of a FOREIGN, an ATTRIBUTE, or a CLASS with a FOREIGN base */
	IW_PY_ATTRIBUTE,
	IW_PY_OPERATION,
};

struct iw_py_value {
	enum iw_py_kind kind;
	bool boolean;
	struct iw_place place; /* where it was written or made; source NULL: nowhere */
	const char *text;  /* STRING, BYTES: NUL-terminated, see length; INTEGER, FLOAT: as Python prints it; FOREIGN:
			    * dotted path; ATTRIBUTE: its name; OPERATION: "+", "==", "not", "in", "[]", ...; FUNCTION,
			    * CLASS: its name; UNKNOWN: the reason, "reads rows", "value from settings.X" */
	size_t length;	   /* STRING, BYTES: in bytes */
	gint64 integer;	   /* INTEGER (saturated; text is exact); BOOLEAN: 0, 1 */
	double number;	   /* FLOAT, INTEGER */
	GPtrArray *items;  /* LIST, TUPLE, SET: struct iw_py_value *; DICT: keys; CALL: positional arguments; OPERATION:
			    * operands */
	GPtrArray *values; /* DICT: values, as `items`; CALL: keyword arguments, as `names` */
	GPtrArray *names;  /* CALL: char * */
	struct iw_py_value *receiver; /* CALL: what is called; ATTRIBUTE: of what; INSTANCE: its CLASS */
	GPtrArray *bases;	      /* CLASS: struct iw_py_value * */
	GHashTable *attributes;	      /* CLASS, INSTANCE, MODULE: char * -> struct iw_py_value * */
	GPtrArray *order;	      /* CLASS: char *: attributes as written */
	const void *private;
};

typedef struct iw_py iw_py;

/* Who hears of what the module does to things outside the project. Every member may be NULL. */
struct iw_py_host {
	/*
	 * A call of a FOREIGN, of an ATTRIBUTE, or of a CLASS with a FOREIGN base. `call` is the CALL value that would
	 * be its result. Returns the result; NULL: that value itself.
	 */
	struct iw_py_value *(*call)(void *data, iw_py *python, struct iw_py_value *call);
	/* An attribute of a FOREIGN, CALL or ATTRIBUTE: a value where it is known (bind.dialect.name), or NULL. */
	struct iw_py_value *(*attribute)(void *data, iw_py *python, struct iw_py_value *attribute);
	/* `with` of a CALL (op.batch_alter_table(...)): the value for `as`, or NULL: the CALL itself; and its end. */
	struct iw_py_value *(*enter)(void *data, iw_py *python, struct iw_py_value *manager);
	void (*leave)(void *data, iw_py *python, struct iw_py_value *manager);
	/*
	 * Code that would run, or not, for a reason that is not known, and that holds calls the host may care for: an
	 * `if`, a loop, a call of an UNKNOWN. `place` is the statement's.
	 */
	void (*skipped)(void *data, iw_py *python, struct iw_place place, const char *reason);
	void *data;
	/* `call` hears of calls of the standard library, too, where the evaluator has no answer (sys.path.insert()). */
	bool hears_all;
};

struct iw_py_options {
	const char *const *roots; /* folders that absolute imports start from, first wins; NULL-terminated */
	const char *top;	  /* nothing outside it is read, but for what lies below a root */
	const struct iw_py_host *host;
	const char *const *environment; /* NAME=VALUE of os.environ, NULL-terminated; NULL: the process's own */
};

iw_py *iw_py_new(iw_arena *arena, const struct iw_py_options *options);
/*
 * An evaluator whose memory is used again, for reading many modules of which little is kept. It is freed with `owner`.
 * iw_py_scratch_next() gives the one for the next module: the values of those before may be gone then. With
 * `keeps_imports` they stay from the first module on that another one has imported: what one does to it, the next sees.
 */
typedef struct iw_py_scratch iw_py_scratch;
iw_py_scratch *iw_py_scratch_new(iw_arena *owner, const struct iw_py_options *options, bool keeps_imports);
iw_py *iw_py_scratch_next(iw_py_scratch *scratch);
/* iw_py_forget() of the evaluator, if there is one. */
void iw_py_scratch_forget(iw_py_scratch *scratch, const char *path);

/* Another host from now on; returns the one before. Modules already loaded stay. */
const struct iw_py_host *iw_py_set_host(iw_py *python, const struct iw_py_host *host);
iw_arena *iw_py_arena(const iw_py *python);

/*
 * Reads and evaluates a file once. `shown` for messages. A syntax error is IW_ERROR_INPUT with its place (Python 2
 * files too, and say so); so are files that cannot be read. Everything else is UNKNOWN where it is used.
 */
struct iw_py_value *iw_py_load(iw_py *python, const char *path, const char *shown, GError **error);
/* The same of a text that is in no file; `path` names it, for messages and as the module. */
struct iw_py_value *iw_py_load_text(iw_py *python, const char *path, const char *text, GError **error);
/* The file has another text: it is read anew when it is loaded again. Values of the old text stay. */
void iw_py_forget(iw_py *python, const char *path);
/* Why the module could not be evaluated to its end ("app.settings raises KeyError('X')"); NULL: it could. */
const char *iw_py_module_failure(const struct iw_py_value *module);
/* The file's text, for places and checksums. */
iw_source *iw_py_source(const struct iw_py_value *module);
/* First string of the module, class or function; NULL: none. */
const char *iw_py_docstring(const struct iw_py_value *value);

/* A module's name, a class's attribute (bases too), an instance's; never NULL: UNKNOWN "there is no NAME". */
struct iw_py_value *iw_py_get(iw_py *python, struct iw_py_value *value, const char *name);
/* The same, but NULL when it is not there. */
struct iw_py_value *iw_py_find(iw_py *python, struct iw_py_value *value, const char *name);
/*
 * Calls a FUNCTION (or makes a value of a CLASS). NULL and *raised = the exception's value (never NULL) when it raises;
 * `raised` may be NULL: then it returns UNKNOWN.
 */
struct iw_py_value *iw_py_call(iw_py *python, struct iw_py_value *function, GPtrArray *arguments,
			       struct iw_py_value **raised);
/* The same with the arguments of a CALL, positional and named. */
struct iw_py_value *iw_py_call_like(iw_py *python, struct iw_py_value *function, const struct iw_py_value *like,
				    struct iw_py_value **raised);
/* Where the attributes of a CLASS are looked for, one after another: itself, its bases (struct iw_py_value *). */
const GPtrArray *iw_py_resolution_order(const struct iw_py_value *class);

/* For hosts, while a call is heard: does the code around it go on when it fails? */
bool iw_py_is_forgiven(const iw_py *python);

/* Dotted path of a FOREIGN, of what a CALL calls, of a CLASS ("app.fields.MoneyField"), with ATTRIBUTEs added
 * ("sqlalchemy.func.now"); NULL: none. */
const char *iw_py_path(iw_py *python, const struct iw_py_value *value);
/* True when the value is a CALL of that path, or the FOREIGN itself. */
bool iw_py_is(iw_py *python, const struct iw_py_value *value, const char *path);
/* Is the CLASS derived from the FOREIGN of that path (through classes of the project)? */
bool iw_py_is_subclass(iw_py *python, const struct iw_py_value *class, const char *path);
/* Argument of a CALL by position (-1: keyword only) or keyword; NULL: not given. */
struct iw_py_value *iw_py_argument(const struct iw_py_value *call, int position, const char *name);
/* The first UNKNOWN in a value, looked for through items, values and receivers; NULL: it is known. */
const struct iw_py_value *iw_py_unknown_in(const struct iw_py_value *value);
/* The string; NULL when it is not a STRING. */
const char *iw_py_text(const struct iw_py_value *value);
/* 1 true, 0 false, -1 not known (UNKNOWN or a symbol). */
int iw_py_truth(const struct iw_py_value *value);
/* As repr() prints it; UNKNOWN: "<unknown>"; CALL: "sa.Integer()". In the arena. */
const char *iw_py_repr(iw_py *python, const struct iw_py_value *value);

/* New values, for hosts. */
struct iw_py_value *iw_py_new_unknown(iw_py *python, struct iw_place place, const char *format, ...)
	G_GNUC_PRINTF(3, 4);
struct iw_py_value *iw_py_new_none(iw_py *python);
struct iw_py_value *iw_py_new_boolean(iw_py *python, bool boolean);
struct iw_py_value *iw_py_new_integer(iw_py *python, gint64 integer);
struct iw_py_value *iw_py_new_string(iw_py *python, const char *text);
struct iw_py_value *iw_py_new_list(iw_py *python, enum iw_py_kind kind); /* LIST, TUPLE, SET; add to items */
struct iw_py_value *iw_py_new_dict(iw_py *python);
void iw_py_dict_set(iw_py *python, struct iw_py_value *dict, struct iw_py_value *key, struct iw_py_value *value);
struct iw_py_value *iw_py_dict_find(const struct iw_py_value *dict, const char *key); /* NULL: not there */
struct iw_py_value *iw_py_new_foreign(iw_py *python, const char *path);
