/*
 * Loops of DO blocks, functions and procedures that fill a column in batches. The body is cut into words; no more of
 * its grammar is known than loops, UPDATE ... SET ... WHERE and LIMIT.
 */
#include "lint/rules/rules.h"

#include <string.h>

struct word {
	const char *text; /* lower case; literals are "0" */
	bool is_name;
};

static size_t literal_length(const char *text, size_t left)
{
	const char *end = memchr(text + 1, *text, left - 1);
	return end == NULL ? left : (size_t)(end - text) + 1;
}

static size_t comment_length(const char *text, size_t left)
{
	if (left > 1 && text[0] == '-' && text[1] == '-') {
		const char *end = memchr(text, '\n', left);
		return end == NULL ? left : (size_t)(end - text);
	}
	if (left > 1 && text[0] == '/' && text[1] == '*') {
		const char *end = memmem(text, left, "*/", 2);
		return end == NULL ? left : (size_t)(end - text) + 2;
	}
	return 0;
}

static bool is_word_byte(char c)
{
	return g_ascii_isalnum(c) || c == '_' || (c & 0x80) != 0;
}

static GArray *words_of(iw_arena *arena, const char *text, size_t length)
{
	GArray *words = g_array_new(FALSE, FALSE, sizeof(struct word));
	for (size_t i = 0; i < length;) {
		size_t size = comment_length(text + i, length - i);
		struct word word = {.text = NULL};
		if (size == 0 && text[i] == '\'') {
			size = literal_length(text + i, length - i);
			word.text = "0";
		} else if (size == 0 && (text[i] == '"' || text[i] == '`')) {
			size = literal_length(text + i, length - i);
			word = (struct word){iw_arena_strndup(arena, text + i + 1, size > 2 ? size - 2 : 0), true};
		} else if (size == 0 && is_word_byte(text[i])) {
			while (i + size < length && is_word_byte(text[i + size]))
				size++;
			g_autofree char *lower = g_ascii_strdown(text + i, (gssize)size);
			bool is_number = g_ascii_isdigit(*lower);
			word = (struct word){is_number ? "0" : iw_arena_strdup(arena, lower), !is_number};
		} else if (size == 0) {
			size = 1;
			word.text = g_ascii_isspace(text[i]) || text[i] == '$' ? NULL
									       : iw_arena_strndup(arena, text + i, 1);
		}
		if (word.text != NULL)
			g_array_append_val(words, word);
		i += size;
	}
	return words;
}

static const char *at(const GArray *words, guint i)
{
	return i < words->len ? g_array_index(words, struct word, i).text : "";
}

static bool is_at(const GArray *words, guint i, const char *text)
{
	return strcmp(at(words, i), text) == 0;
}

static guint find(const GArray *words, guint from, guint to, const char *text)
{
	while (from < to && !is_at(words, from, text))
		from++;
	return from;
}

static guint find_back(const GArray *words, guint from, const char *text)
{
	while (from > 0 && !is_at(words, from, text))
		from--;
	return from;
}

/* The loop that begins at `i` goes on until its body says stop: bare LOOP, WHILE, REPEAT. `end` receives its END. */
static bool is_open_loop(const GArray *words, guint i, guint *end)
{
	static const char *const KINDS[] = {"loop", "repeat"};
	for (size_t kind = 0; kind < G_N_ELEMENTS(KINDS); kind++) {
		if (!is_at(words, i, KINDS[kind]) || (i > 0 && is_at(words, i - 1, "end")))
			continue;
		guint depth = 1, k = i + 1;
		for (; k < words->len && depth > 0; k++)
			if (is_at(words, k, KINDS[kind]))
				depth += is_at(words, k - 1, "end") ? -1u : 1u;
		guint begin = i > 0 ? find_back(words, i - 1, ";") : 0;
		bool is_counted = find(words, begin, i, "for") < i || find(words, begin, i, "foreach") < i;
		*end = k;
		return depth == 0 && !(is_counted && find_back(words, i, "for") > find_back(words, i, "begin")) &&
		       find(words, begin, i, "foreach") == i;
	}
	return false;
}

static bool is_keyword(const char *word)
{
	static const char *const WORDS[] = {"null",	"true", "false", "case",	 "when",     "then",
					    "else",	"end",	"and",	 "or",		 "not",	     "is",
					    "interval", "as",	"cast",	 "distinct",	 "date",     "in",
					    "like",	"from", "for",	 "current_date", "timestamp"};
	for (size_t i = 0; i < G_N_ELEMENTS(WORDS); i++)
		if (strcmp(word, WORDS[i]) == 0)
			return true;
	return false;
}

/* words[from..to) is "column IS NULL" somewhere (or IS NOT NULL). */
static bool has_test(const GArray *words, guint from, guint to, const char *column, bool negated)
{
	for (guint i = from; i + 2 < to; i++)
		if (is_at(words, i, column) && is_at(words, i + 1, "is") &&
		    (negated ? is_at(words, i + 2, "not") && is_at(words, i + 3, "null") : is_at(words, i + 2, "null")))
			return true;
	return false;
}

/* The expression words[from..to) can be NULL as far as its columns can; `first`..`last` is the whole statement. */
static bool may_be_null(const GArray *words, guint from, guint to, guint first, guint last)
{
	if (is_at(words, from, "coalesce") && to >= from + 4) {
		const struct word *fallback = &g_array_index(words, struct word, to - 2);
		bool is_value = !fallback->is_name || strcmp(fallback->text, "true") == 0 ||
				strcmp(fallback->text, "false") == 0;
		if (is_value && is_at(words, to - 1, ")"))
			return false;
	}
	for (guint i = from; i < to; i++) {
		const struct word *word = &g_array_index(words, struct word, i);
		bool is_call = is_at(words, i + 1, "("), is_qualifier = is_at(words, i + 1, ".");
		bool is_type = i > 0 && is_at(words, i - 1, ":");
		if (word->is_name && !is_call && !is_qualifier && !is_type && !is_keyword(word->text) &&
		    !has_test(words, first, last, word->text, true))
			return true;
	}
	return false;
}

static guint end_of_value(const GArray *words, guint from, guint to)
{
	int depth = 0;
	guint i = from;
	for (; i < to; i++) {
		depth += is_at(words, i, "(") ? 1 : is_at(words, i, ")") ? -1 : 0;
		if (depth < 0 || (depth == 0 && (is_at(words, i, ",") || is_at(words, i, "where") ||
						 is_at(words, i, "from") || is_at(words, i, "returning") ||
						 is_at(words, i, "limit") || is_at(words, i, "order"))))
			break;
	}
	return i;
}

/* A column that an UPDATE in words[from..to) looks for as NULL and may set to NULL again; NULL: none. */
static const char *refilled_column(const GArray *words, guint from, guint to)
{
	for (guint i = find(words, from, to, "update"); i < to; i = find(words, i + 1, to, "update")) {
		guint first = find_back(words, i, ";"), last = find(words, i, to, ";");
		guint set = find(words, i, last, "set");
		for (guint k = set + 1; set < last && k + 2 < last;) {
			guint value = k + 2, end = end_of_value(words, value, last);
			if (is_at(words, k + 1, "=") && has_test(words, first, last, at(words, k), false) &&
			    may_be_null(words, value, end, first, last))
				return at(words, k);
			if (!is_at(words, end, ","))
				break;
			k = end + 1;
		}
	}
	return NULL;
}

static bool is_code(const struct iw_lint_context *context)
{
	const struct iw_operation *operation = context->operation;
	bool is_do = iw_lint_is_any(context, IW_OP_OPAQUE) && g_strcmp0(operation->text, "plpgsql") == 0;
	bool is_routine =
		iw_lint_is_any(context, IW_OP_CREATE_OBJECT) &&
		(operation->object_kind == IW_OBJECT_FUNCTION || operation->object_kind == IW_OBJECT_PROCEDURE);
	return (is_do || is_routine) && context->statement->text != NULL;
}

static struct iw_finding *never_ends(const struct iw_lint_context *context)
{
	if (!is_code(context) || strcasestr(context->statement->text, "update") == NULL)
		return NULL;
	GArray *words = words_of(context->arena, context->statement->text, context->statement->length);
	const char *column = NULL;
	guint end;
	for (guint i = 0; i < words->len && column == NULL; i++)
		if (is_open_loop(words, i, &end))
			column = refilled_column(words, i, end);
	g_array_unref(words);
	if (column == NULL)
		return NULL;
	struct iw_finding *finding = iw_finding_new(context, IW_WARNING,
						    "this loop never ends if the new value of \"%s\" is NULL for some "
						    "row: it finds the same rows again and again",
						    column);
	finding->fact = NULL;
	return iw_finding_with(finding, "Go by the key (id > the last one of the batch before), or coalesce the value.",
			       NULL);
}

static struct iw_finding *one_transaction(const struct iw_lint_context *context)
{
	if (!is_code(context) || context->operation->kind != IW_OP_OPAQUE)
		return NULL;
	GArray *words = words_of(context->arena, context->statement->text, context->statement->length);
	bool has_batches = false;
	guint end;
	for (guint i = 0; i < words->len; i++)
		has_batches |= is_open_loop(words, i, &end) && find(words, i, end, "limit") < end &&
			       (find(words, i, end, "update") < end || find(words, i, end, "delete") < end ||
				find(words, i, end, "insert") < end);
	bool commits = false; /* not ON COMMIT DROP */
	for (guint i = 0; i < words->len; i++)
		commits |= is_at(words, i, "commit") && is_at(words, i + 1, ";");
	g_array_unref(words);
	if (!has_batches || (commits && !context->in_transaction))
		return NULL;
	struct iw_finding *finding =
		commits ? iw_finding_new(
				  context, IW_SEVERE,
				  "COMMIT in a DO block fails inside a transaction, and this migration runs in one")
			: iw_finding_new(context, IW_OFF,
					 "all batches of this loop are one transaction: every row stays locked until "
					 "the last one is done");
	finding->fact = NULL;
	return iw_finding_with(
		finding,
		"Run the batches from outside, each in a transaction of its own, or COMMIT in the loop and run the "
		"migration without a transaction.",
		NULL);
}

#define BODY(value, rest)                                                                                              \
	"DO $$ BEGIN LOOP\n"                                                                                           \
	"  UPDATE users SET nick = " value " WHERE id IN (SELECT id FROM users WHERE nick IS NULL LIMIT 1000);\n"      \
	"  EXIT WHEN NOT FOUND;\n" rest "END LOOP; END $$;"
#define PEOPLE "CREATE TABLE users (id bigint PRIMARY KEY, name text, nick text);"

const struct iw_rule iw_rules_loops[] = {
	{.id = "never-ending-loop",
	 .title = "a batch loop may never end",
	 .severity = IW_SEVERE,
	 .dialects = IW_ON_ALL,
	 .note = IW_NOTE_NEVER_ENDING_LOOP,
	 .advice = "Walk over the key instead (WHERE id > last ORDER BY id LIMIT n), or leave out rows whose "
		   "source is NULL too.",
	 .code = iw_code_never_ending_loop,
	 .why = "A loop that fills a column \"where it is NULL\" until no row is left goes on for ever when the "
		"expression yields "
		"NULL for a row: that row is found each time. It writes the same rows, and their dead versions, until "
		"somebody "
		"notices.",
	 .check = never_ends,
	 .examples = IW_EXAMPLES({IW_POSTGRES, PEOPLE, BODY("lower(name)", ""), BODY("coalesce(lower(name), '')", "")},
				 {IW_MYSQL, "CREATE TABLE users (id bigint PRIMARY KEY, name text, nick text);",
				  "CREATE PROCEDURE fill()\nBEGIN\nREPEAT\n  UPDATE users SET nick = lower(name) WHERE "
				  "nick IS NULL LIMIT 1000;\n"
				  "UNTIL ROW_COUNT() = 0 END REPEAT;\nEND",
				  "CREATE PROCEDURE fill()\nBEGIN\nREPEAT\n  UPDATE users SET nick = lower(name) WHERE "
				  "nick IS NULL AND name IS NOT NULL LIMIT "
				  "1000;\nUNTIL ROW_COUNT() = 0 END REPEAT;\nEND"})},
	{.id = "backfill-in-one-transaction",
	 .title = "batches that are all one transaction",
	 .severity = IW_WARNING,
	 .dialects = IW_ON_ALL,
	 .note = IW_NOTE_BACKFILL_IN_ONE_TRANSACTION,
	 .advice = "Do it in batches that commit by themselves (Django: a migration of its own with atomic = "
		   "False; Alembic: autocommit_block()), each bounded by the key and short.",
	 .code = iw_code_backfill_in_one_transaction,
	 .why = "Every row that is changed stays locked until the transaction ends: whoever wants to change one waits, "
		"replicas "
		"fall behind, and vacuum cannot clean up. In Python, changes of whole tables inside a migration's "
		"transaction "
		"are reported. A DO block is one statement: unless it commits in its loop, which it may only do "
		"outside a "
		"transaction, all "
		"batches are one transaction. Every row stays locked and nothing can be vacuumed until the last one is "
		"done.",
	 .check = one_transaction,
	 .examples = IW_EXAMPLES({IW_POSTGRES, PEOPLE, BODY("coalesce(lower(name), '')", ""),
				  "COMMIT;\n" BODY("coalesce(lower(name), '')", "  COMMIT;\n")})},
};
