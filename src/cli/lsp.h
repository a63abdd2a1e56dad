/*
 * The language server, by file:
 *
 *  - lsp.c: reads messages from standard input, answers, and judges what has changed when nothing more is waiting;
 *  - lsp_projects.c: the project that a document belongs to, opened once, and the schema before its migration;
 *  - iw_lsp_judge.c: a document to findings, and findings to diagnostics;
 *  - lsp_answers.c: hover and code actions.
 */
#pragma once

#include "cli/linting.h"
#include "lsp/document.h"
#include "lsp/rpc.h"

/* A project is opened again when something in it was saved. */
struct lsp_project {
	char *root;	   /* where it was looked for */
	struct iw_cli cli; /* arena, project, options */
	struct iw_lint_choice choice;
	GPtrArray *pristine; /* struct iw_migration *: copies of before the first reading, beside project->migrations */
	GError *error;	     /* it cannot be opened; NULL */
};

/* What is known of one statement of a document. */
struct lsp_statement {
	size_t begin, end; /* of its text, without the terminator */
	guint operations;
};

struct lsp_document {
	char *uri, *path;
	GString *text;
	struct iw_lines lines; /* of the text */
	gint64 version;
	bool is_dirty; /* to be judged */
	bool is_told;  /* that it belongs to no project */
	/* Of the last judging, all in `arena`. */
	iw_arena *arena;
	GPtrArray *findings; /* struct iw_finding *: those that count */
	GArray *statements;  /* struct lsp_statement, in order */
	/* The schema before its migration; NULL: not read yet, or the project was opened anew. */
	iw_arena *history_arena;
	iw_lint *history;
	struct lsp_project *project; /* NULL: it belongs to none */
	struct iw_migration *migration;
};

struct lsp_server {
	struct iw_cli *cli;    /* of the command: options, where to print */
	GHashTable *documents; /* char * uri -> struct lsp_document * */
	GPtrArray *folders;    /* char *: paths of the workspace */
	GPtrArray *projects;   /* struct lsp_project * */
	bool is_initialized, is_shut_down;
	GString *out; /* frames to write */
};

void iw_lsp_send(struct lsp_server *server, json_t *message);
/* Shown to the user: 1 error, 2 warning, 3 information. */
void iw_lsp_show(struct lsp_server *server, int type, const char *words);

/* lsp_projects.c */
/* Sets project and migration of the document, opening the project when it must be; and its history. */
void iw_lsp_find_project(struct lsp_server *server, struct lsp_document *document);
/* After a save: projects are opened anew when they are asked for. */
void iw_lsp_forget_projects(struct lsp_server *server);
void iw_lsp_project_free(gpointer project);
void iw_lsp_document_free(gpointer document);
struct iw_engine iw_lsp_engine(const struct lsp_server *server, const struct lsp_document *document);

/* iw_lsp_judge.c */
/* Judges it, and publishes what was found. */
void iw_lsp_judge(struct lsp_server *server, struct lsp_document *document);
/* A finding as a diagnostic. */
json_t *iw_lsp_diagnostic(const struct lsp_document *document, const struct iw_finding *finding);

/* lsp_answers.c: results of requests; NULL: params are wrong. */
json_t *iw_lsp_hover(struct lsp_server *server, const json_t *params);
json_t *iw_lsp_code_actions(struct lsp_server *server, const json_t *params);
