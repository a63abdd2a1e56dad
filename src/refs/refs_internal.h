/*
 * Parts of the search for references: the walk (walk.c), the models (models.c and a file per framework), and a reader
 * per kind of text, which tells refs.c about every name that is used as a field or as a model.
 */
#pragma once

#include "framework/python/syntax.h"
#include "refs/refs.h"

enum refs_kind { REFS_DJANGO, REFS_SQLALCHEMY, REFS_PRISMA, REFS_DRIZZLE };

struct refs_field {
	const char *name, *column;
	const char *to;		  /* relations: name of the model; NULL: none */
	const char *related_name; /* Django: of the way back; NULL */
};

struct refs_model {
	enum refs_kind kind;
	const char *name;     /* of the class, of Prisma's model, of Drizzle's constant */
	const char *accessor; /* Prisma: "userProfile" of prisma.userProfile */
	const char *table;    /* NULL: none (abstract, or not known) */
	const char *file;     /* absolute */
	const char *label;    /* Django's app label */
	GPtrArray *bases;     /* char *: names as written */
	GPtrArray *fields;    /* struct refs_field *: its own */
	GHashTable *others;   /* char * set: methods and other attributes of the class; NULL: none */
	bool is_abstract, is_user;
	bool is_known; /* its bases were looked through: it is a model */
};

/* A name that stands for a field of some targets, or for the model of some. */
struct refs_word {
	GArray *columns; /* guint: targets */
	GArray *models;	 /* guint: targets whose model or table has this name */
};

struct refs_target {
	struct iw_ref_target is;
	GPtrArray *models; /* struct refs_model *: of the table */
	GPtrArray *names;  /* char *: of the field in code */
};

struct refs_private {
	iw_arena *arena;   /* of what is found */
	iw_arena *scratch; /* of one file */
	bool keeps_all;
	GHashTable *migrations; /* char * set: absolute paths */
	GPtrArray *files;	/* char *: absolute */
	GPtrArray *targets;	/* struct refs_target * */
	GPtrArray *models;	/* struct refs_model * */
	GHashTable *by_name;	/* char * -> GPtrArray of struct refs_model *; accessors, too */
	GHashTable *by_table;	/* char * -> the same */
	GHashTable *ways_back; /* char * -> GPtrArray of struct refs_model *: those with a relation of that name back */
	GHashTable *words;     /* char * -> struct refs_word * */
	GHashTable *gone_classes; /* char * set: in lower case, of tables without a model */
	GHashTable *tables;	  /* char * -> GArray of guint: targets whose table is called so, for SQL */
	GByteArray *buffer;	  /* the file at hand */
};

/* What is known while one file is read. */
struct refs_file {
	iw_refs *refs;
	struct refs_private *private;
	const char *path;
	iw_source *source;
	bool is_kept;	       /* the source, by a reference that was found */
	GHashTable *mentioned; /* struct refs_model * set: models that the file names */
	const char *owner;     /* what stands before the dot, while a reader tells of a field; NULL */
	GHashTable *annotated; /* char * set: names that queries of the file make up; NULL: none */
	GHashTable *said;      /* place and target of each reference, which two readers may find */
};

/* walk.c: all files of the project that may hold code. */
bool iw_refs_walk(iw_refs *refs, GError **error);
/* Reads a file into private->buffer, ended by NUL; false: it was skipped, with a note where that matters. */
bool iw_refs_read(iw_refs *refs, const char *path);

/* models.c */
void iw_refs_learn(iw_refs *refs);
struct refs_model *iw_refs_add_model(struct refs_private *self, enum refs_kind kind, const char *name,
				     const char *table, const char *file);
struct refs_field *iw_refs_add_field(struct refs_private *self, struct refs_model *model, const char *name,
				     const char *column);
/* The field of that name, of the model or of what it derives from. */
const struct refs_field *iw_refs_find_field(const struct refs_private *self, const struct refs_model *model,
					    const char *name);
/* Does the class give the name to something that is no field (a property)? */
bool iw_refs_has_other(const struct refs_private *self, const struct refs_model *model, const char *name);
/* Does it derive from it, or is it the same? */
bool iw_refs_derives(const struct refs_private *self, const struct refs_model *model, const struct refs_model *from);
/* The model that `name` of `path` (a file or folder without suffix, "app/models"; NULL: anywhere) is. */
struct refs_model *iw_refs_find_model(const struct refs_private *self, const char *name, const char *path);
/* "app.User", "User", settings.AUTH_USER_MODEL as "user". */
struct refs_model *iw_refs_model_of_label(const struct refs_private *self, const char *label);
/* Where a relation leads: by a field, or by the name of the way back. */
struct refs_model *iw_refs_related(const struct refs_private *self, const struct refs_model *model, const char *name);
/* What a variable seems to be by its name: "order", "new_order", "foundField", "order_with_lines"; NULL: none. */
struct refs_model *iw_refs_named_like(const struct refs_private *self, const char *variable);
struct refs_model *iw_refs_user_model(const struct refs_private *self);

/* models_python.c, models_script.c: add what one file defines. */
void iw_refs_learn_python(struct refs_private *self, const char *path, const iw_source *source);
void iw_refs_learn_prisma(struct refs_private *self, const char *path, const char *text);
void iw_refs_learn_drizzle(struct refs_private *self, const char *path, const char *text);

/* refs.c: what readers say. A name is used as a field of `model`, or of what is not known (NULL). */
void iw_refs_use_field(struct refs_file *file, const struct refs_model *model, const char *name, struct iw_place place,
		       enum iw_certainty most, const char *how);
/* The same where only the bytes are at hand: `length` of them at `offset`. */
void iw_refs_use_bytes(struct refs_file *file, const struct refs_model *model, size_t offset, size_t length,
		       enum iw_certainty most, const char *how);
void iw_refs_use_model(struct refs_file *file, const struct refs_model *model, struct iw_place place, const char *how);
/* A table that no model stands for any more, by the name that its class gave it by default. */
void iw_refs_use_table(struct refs_file *file, const char *table, struct iw_place place, const char *how);
void iw_refs_add_reference(struct refs_file *file, guint target, enum iw_certainty certainty, struct iw_place place,
			   const char *how);
bool iw_refs_is_word(const struct refs_file *file, const char *name);
struct iw_place iw_refs_place(const struct refs_file *file, size_t offset, size_t length);

/* The readers. */
void iw_refs_read_python(struct refs_file *file);
void iw_refs_read_script(struct refs_file *file); /* TypeScript, JavaScript; the code of Vue and Svelte */
void iw_refs_read_prisma(struct refs_file *file);
void iw_refs_read_template(struct refs_file *file);
void iw_refs_read_sql_file(struct refs_file *file);
/* Strings of any language that hold SQL. */
void iw_refs_read_strings(struct refs_file *file);
/* A piece of the file that may be a statement of SQL; false: it does not look like one. */
bool iw_refs_read_sql(struct refs_file *file, size_t offset, size_t length);
