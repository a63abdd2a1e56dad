/*
 * fact-probe: what the facts say about statements, as JSON, for the conformance tests.
 *
 *     fact-probe DIALECT VERSION < cases      one object per case: facts of its last statement's operations
 *     fact-probe --list DIALECT               all rows: id, versions, whether they are proved
 *
 * Input: everything before the first line "-- case ..." is replayed before each case; a case's last statement is asked
 * about.
 */
#include "base/error.h"
#include "facts/facts.h"
#include "model/replay.h"
#include "sql/sql.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char CASE[] = "-- case ";
static const char *const WORK[] = {"instant", "scan", "build", "rewrite"};
static const char *const BLOCKS[] = {"nothing", "ddl", "writes", "everything"};

static json_t *lock_list(iw_arena *arena, const struct iw_question *question)
{
	json_t *object = json_object();
	GPtrArray *locks = iw_fact_locks(arena, question);
	for (guint i = 0; i < locks->len; i++) {
		const struct iw_relation_lock *lock = g_ptr_array_index(locks, i);
		json_object_set_new(object, lock->name.name, json_string(lock->lock));
	}
	return object;
}

static json_t *describe(iw_arena *arena, const struct iw_question *question)
{
	const struct iw_fact *fact = iw_fact_find(question);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:s?, s:s?}", "operation",
			 iw_operation_kind_name(question->operation->kind), "id", fact->id, "lock", fact->lock, "work",
			 WORK[fact->work], "blocks", BLOCKS[fact->blocks], "locks", lock_list(arena, question),
			 "refused", fact->refused, "failsIf", fact->fails_if);
}

/* Replays all statements and describes the last one's operations. */
static json_t *probe(struct iw_engine engine, const char *text, size_t length)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	g_autoptr(iw_source) source = iw_source_from_text(text, length, "<case>");
	g_autoptr(GError) error = NULL;
	GPtrArray *statements = iw_read_all(arena, engine, source, NULL, &error);
	json_t *facts = json_array();
	json_t *problems = json_array();
	if (statements == NULL)
		json_array_append_new(problems, json_string(error->message));
	iw_schema *schema = iw_schema_new(arena, engine);
	struct iw_session_settings settings = {0};
	for (guint i = 0; statements != NULL && i < statements->len; i++) {
		const struct iw_statement *statement = g_ptr_array_index(statements, i);
		for (guint k = 0; k < statement->operations->len; k++) {
			const struct iw_operation *operation = g_ptr_array_index(statement->operations, k);
			const struct iw_question question = {engine, operation, schema, false, settings};
			g_autoptr(GError) failure = NULL;
			if (i == statements->len - 1)
				json_array_append_new(facts, describe(arena, &question));
			iw_session_note(&settings, operation);
			if (!iw_schema_apply(schema, operation, &failure))
				json_array_append_new(problems, json_string(failure->message));
		}
	}
	return json_pack("{s:o, s:o}", "facts", facts, "problems", problems);
}

static const char *next_case(const char *from)
{
	for (const char *at = from; at != NULL; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (strncmp(at, CASE, sizeof CASE - 1) == 0)
			return at;
	}
	return NULL;
}

static void probe_all(struct iw_engine engine, const char *input, json_t *out)
{
	const char *begin = next_case(input);
	g_autofree char *preamble = g_strndup(input, begin == NULL ? strlen(input) : (gsize)(begin - input));
	while (begin != NULL) {
		const char *end = next_case(begin + 1);
		g_autofree char *body = end == NULL ? g_strdup(begin) : g_strndup(begin, (gsize)(end - begin));
		g_autofree char *script = g_strconcat(preamble, body, NULL);
		json_array_append_new(out, probe(engine, script, strlen(script)));
		begin = end;
	}
}

static void list(enum iw_dialect dialect, json_t *out)
{
	size_t count;
	const struct iw_fact *facts = iw_facts(dialect, &count);
	for (size_t i = 0; i < count; i++)
		json_array_append_new(out,
				      json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:i, s:b}", "id", facts[i].id,
						"kind", iw_operation_kind_name(facts[i].kind), "source",
						facts[i].source, "lock", facts[i].lock, "work", WORK[facts[i].work],
						"from", facts[i].from_version, "below", facts[i].below_version,
						"vendor", facts[i].vendor, "proved", facts[i].is_proved));
}

int main(int count, char **arguments)
{
	struct iw_engine engine = {0};
	bool is_list = count == 3 && strcmp(arguments[1], "--list") == 0;
	if (count != 3 || !iw_engine_parse(arguments[is_list ? 2 : 1], &engine)) {
		fprintf(stderr, "usage: fact-probe DIALECT VERSION | fact-probe --list DIALECT\n");
		return 2;
	}
	json_t *out = json_array();
	if (is_list) {
		list(engine.dialect, out);
	} else {
		GString *input = g_string_new(NULL);
		char buffer[65536];
		size_t size;
		while ((size = fread(buffer, 1, sizeof buffer, stdin)) > 0)
			g_string_append_len(input, buffer, (gssize)size);
		engine.version = atoi(arguments[2]);
		probe_all(engine, input->str, out);
		g_string_free(input, TRUE);
	}
	json_dumpf(out, stdout, JSON_INDENT(1));
	json_decref(out);
	return 0;
}
