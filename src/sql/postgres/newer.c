/* Newer grammar: tokens of PostgreSQL 16 to 18 rewritten to what the parser takes; see newer.h. */
#include "sql/postgres/newer.h"

#include <stdlib.h>
#include <string.h>

struct rewriter {
	struct reading *reading;
	const char *text;
	const struct pg_token *tokens;
	guint count;	  /* the end token not counted */
	char *out;	  /* a copy of the text, changed in place */
	GPtrArray *grown; /* struct growth *, in order of their offset */
	bool is_changed;
};

/* `text` goes in front of the author's byte `offset`. */
struct growth {
	size_t offset;
	const char *text;
};

/* --- helpers --- */

static const struct pg_token *token_at(const struct rewriter *rewriter, guint index)
{
	return &rewriter->tokens[MIN(index, rewriter->count)];
}

static bool is(const struct rewriter *rewriter, guint index, const char *word)
{
	return iw_pg_token_is(rewriter->text, token_at(rewriter, index), word);
}

static bool is_char(const struct rewriter *rewriter, guint index, char c)
{
	return iw_pg_is_punctuation(rewriter->text, token_at(rewriter, index), c);
}

static bool is_any(const struct rewriter *rewriter, guint index, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (is(rewriter, index, words[i]))
			return true;
	return false;
}

static bool is_name(const struct rewriter *rewriter, guint index)
{
	enum pg_token_kind kind = token_at(rewriter, index)->kind;
	return kind == PG_TOKEN_WORD || kind == PG_TOKEN_QUOTED;
}

static size_t end_of(const struct rewriter *rewriter, guint index)
{
	const struct pg_token *token = token_at(rewriter, index);
	return token->offset + token->length;
}

/* Tokens first..last become `text` and blanks. The text must fit. */
static void put(struct rewriter *rewriter, guint first, guint last, const char *text)
{
	size_t from = token_at(rewriter, first)->offset;
	size_t width = end_of(rewriter, last) - from;
	size_t length = strlen(text);
	g_assert(length <= width);
	memset(rewriter->out + from, ' ', width);
	memcpy(rewriter->out + from, text, length);
	rewriter->is_changed = true;
}

static void blank(struct rewriter *rewriter, guint first, guint last)
{
	put(rewriter, first, last, "");
}

static void grow(struct rewriter *rewriter, size_t offset, const char *text)
{
	struct growth *growth = iw_new(rewriter->reading->arena, struct growth);
	*growth = (struct growth){offset, text};
	g_ptr_array_add(rewriter->grown, growth);
	rewriter->is_changed = true;
}

static void amend(struct rewriter *rewriter, enum pg_amendment_kind kind, guint first, guint last, const char *text)
{
	struct reading *reading = rewriter->reading;
	struct pg_amendment *amendment = iw_new(reading->arena, struct pg_amendment);
	*amendment = (struct pg_amendment){kind, token_at(rewriter, first)->offset, end_of(rewriter, last), text};
	if (reading->amendments == NULL)
		reading->amendments = iw_arena_ptr_array(reading->arena);
	g_ptr_array_add(reading->amendments, amendment);
}

/* The name that a token spells: folded, or without its quotes. */
static const char *name_of(const struct rewriter *rewriter, guint index)
{
	const struct pg_token *token = token_at(rewriter, index);
	const char *text = rewriter->text + token->offset;
	iw_arena *arena = rewriter->reading->arena;
	if (token->kind != PG_TOKEN_QUOTED || *text != '"' || token->length < 2) {
		g_autofree char *lower = g_ascii_strdown(text, (gssize)token->length);
		return iw_arena_strdup(arena, lower);
	}
	char *name = iw_arena_strndup(arena, text + 1, token->length - 2);
	char *out = name;
	for (const char *c = name; *c != '\0'; c++) {
		*out++ = *c;
		if (*c == '"' && c[1] == '"')
			c++;
	}
	*out = '\0';
	return name;
}

/* The bracket that encloses the token, or G_MAXUINT. */
static guint opening(const struct rewriter *rewriter, guint index)
{
	int depth = token_at(rewriter, index)->depth;
	while (index-- > 0)
		if (token_at(rewriter, index)->depth < depth)
			return index;
	return G_MAXUINT;
}

/* --- constraints --- */

/* [CONSTRAINT n] NOT NULL c of a table: CHECK(c). */
static void table_not_null(struct rewriter *rewriter, guint i)
{
	if (!is(rewriter, i, "not") || !is(rewriter, i + 1, "null") || i == 0)
		return;
	bool is_named = i >= 3 && is(rewriter, i - 2, "constraint");
	guint before = is_named ? i - 3 : i - 1;
	bool is_table = is_char(rewriter, before, ',') || is_char(rewriter, before, '(') || is(rewriter, before, "add");
	if (!is_table)
		return;
	if (is(rewriter, 0, "alter") && is(rewriter, 1, "domain")) {
		put(rewriter, i, i + 1, "CHECK(1)");
		amend(rewriter, PG_AMEND_NOT_NULL, i, i + 1, "value");
		return;
	}
	if (!is_name(rewriter, i + 2))
		return;
	const struct pg_token *column = token_at(rewriter, i + 2);
	g_autofree char *check = g_strdup_printf("CHECK(%.*s)", (int)column->length, rewriter->text + column->offset);
	put(rewriter, i, i + 2, check);
	amend(rewriter, PG_AMEND_NOT_NULL, i, i + 2, name_of(rewriter, i + 2));
}

/* A column's NOT NULL NO INHERIT. */
static void column_no_inherit(struct rewriter *rewriter, guint i)
{
	if (!is(rewriter, i, "null") || !is(rewriter, i + 1, "no") || !is(rewriter, i + 2, "inherit") || i == 0)
		return;
	if (!is(rewriter, i - 1, "not") || rewriter->out[token_at(rewriter, i)->offset] == ' ')
		return;
	blank(rewriter, i + 1, i + 2);
	amend(rewriter, PG_AMEND_NO_INHERIT, i + 1, i + 2, NULL);
}

static void generated(struct rewriter *rewriter, guint i)
{
	if (!is(rewriter, i, "generated") || !is(rewriter, i + 1, "always") || !is(rewriter, i + 2, "as") ||
	    !is_char(rewriter, i + 3, '('))
		return;
	guint close = iw_pg_closing(rewriter->reading, i + 3);
	if (is(rewriter, close + 1, "stored"))
		return;
	if (is(rewriter, close + 1, "virtual")) {
		put(rewriter, close + 1, close + 1, "STORED");
		amend(rewriter, PG_AMEND_VIRTUAL, close + 1, close + 1, NULL);
	} else {
		put(rewriter, i, i + 2, "DEFAULT");
		amend(rewriter, PG_AMEND_GENERATED, i, i + 2, NULL);
	}
}

static void enforced(struct rewriter *rewriter, guint i)
{
	static const char *const followers[] = {"not",	   "null",	 "default",    "check",
						"unique",  "primary",	 "references", "constraint",
						"collate", "deferrable", "initially",  "no"};
	bool is_not = i > 0 && is(rewriter, i - 1, "not");
	if (!is(rewriter, i, "enforced") || i < 2)
		return;
	bool is_last = i + 1 >= rewriter->count || is_char(rewriter, i + 1, ',') || is_char(rewriter, i + 1, ')');
	if (!is_last && !is_any(rewriter, i + 1, followers, G_N_ELEMENTS(followers)))
		return;
	if (is_char(rewriter, i - 1, ',') || is_char(rewriter, i - 1, '(') || is_char(rewriter, i - 1, '.') ||
	    is(rewriter, i - 1, "column") || is(rewriter, i - 1, "add"))
		return;
	blank(rewriter, is_not ? i - 1 : i, i);
	amend(rewriter, is_not ? PG_AMEND_NOT_ENFORCED : PG_AMEND_ENFORCED, is_not ? i - 1 : i, i, NULL);
}

/* ALTER CONSTRAINT n [NO] INHERIT */
static void constraint_inherit(struct rewriter *rewriter, guint i)
{
	if (!is(rewriter, i, "alter") || !is(rewriter, i + 1, "constraint"))
		return;
	bool is_no = is(rewriter, i + 3, "no");
	guint inherit = is_no ? i + 4 : i + 3;
	if (!is(rewriter, inherit, "inherit"))
		return;
	blank(rewriter, i + 3, inherit);
	amend(rewriter, PG_AMEND_INHERIT, i + 3, inherit, is_no ? "NO INHERIT" : "INHERIT");
}

static void without_overlaps(struct rewriter *rewriter, guint i)
{
	if (!is(rewriter, i, "without") || !is(rewriter, i + 1, "overlaps"))
		return;
	blank(rewriter, i, i + 1);
	amend(rewriter, PG_AMEND_WITHOUT_OVERLAPS, i, i + 1, NULL);
}

/* FOREIGN KEY (a, PERIOD p) REFERENCES t (a, PERIOD p) */
static void period(struct rewriter *rewriter, guint i)
{
	if (!is(rewriter, i, "period") || !is_name(rewriter, i + 1) || !is_char(rewriter, i + 2, ')'))
		return;
	guint open = opening(rewriter, i);
	if (open == G_MAXUINT || open == 0)
		return;
	guint before = open - 1;
	while (before >= 2 && is_char(rewriter, before - 1, '.'))
		before -= 2;
	if (!is(rewriter, open - 1, "key") && !(before > 0 && is(rewriter, before - 1, "references")))
		return;
	blank(rewriter, i, i);
	amend(rewriter, PG_AMEND_WITHOUT_OVERLAPS, i, i, NULL);
}

/* --- columns and tables --- */

static void set_expression(struct rewriter *rewriter, guint i)
{
	if (!is(rewriter, i, "set") || !is(rewriter, i + 1, "expression") || !is(rewriter, i + 2, "as"))
		return;
	put(rewriter, i + 1, i + 2, "DEFAULT");
	amend(rewriter, PG_AMEND_SET_EXPRESSION, i + 1, i + 2, NULL);
}

static void storage(struct rewriter *rewriter, guint i)
{
	static const char *const kinds[] = {"plain", "external", "extended", "main", "default"};
	if (!is(rewriter, i, "storage") || !is_any(rewriter, i + 1, kinds, G_N_ELEMENTS(kinds)) || i == 0)
		return;
	if (is(rewriter, i - 1, "set")) {
		if (is(rewriter, i + 1, "default"))
			put(rewriter, i + 1, i + 1, "extende");
		amend(rewriter, PG_AMEND_STORAGE, i, i + 1, name_of(rewriter, i + 1));
		return;
	}
	blank(rewriter, i, i + 1);
	amend(rewriter, PG_AMEND_STORAGE, i, i + 1, name_of(rewriter, i + 1));
}

static void set_default_words(struct rewriter *rewriter, guint i)
{
	if (is(rewriter, i, "statistics") && is(rewriter, i + 1, "default"))
		put(rewriter, i + 1, i + 1, "-1");
	if (is(rewriter, i, "access") && is(rewriter, i + 1, "method") && is(rewriter, i + 2, "default")) {
		put(rewriter, i + 2, i + 2, "heap");
		amend(rewriter, PG_AMEND_ACCESS_METHOD, i + 2, i + 2, NULL);
	}
	if (is(rewriter, i, "large") && is(rewriter, i + 1, "objects"))
		put(rewriter, i, i + 1, "TABLES");
}

/* --- statements --- */

static void merge(struct rewriter *rewriter, guint i)
{
	if (is(rewriter, i, "matched") && is(rewriter, i + 1, "by")) {
		if (is(rewriter, i + 2, "source") && i > 0 && is(rewriter, i - 1, "not"))
			blank(rewriter, i - 1, i - 1);
		blank(rewriter, i + 1, i + 2);
	}
	if (!is(rewriter, i, "returning"))
		return;
	bool is_merge = is(rewriter, 0, "merge") && token_at(rewriter, i)->depth == 0;
	if (is_merge && i < rewriter->count)
		blank(rewriter, i, rewriter->count - 1);
	else if (is(rewriter, i + 1, "with") && is_char(rewriter, i + 2, '('))
		blank(rewriter, i + 1, iw_pg_closing(rewriter->reading, i + 2));
}

static void grant(struct rewriter *rewriter, guint i)
{
	static const char *const options[] = {"inherit", "set", "admin"};
	if (is(rewriter, 0, "revoke") && i == 1 && is_any(rewriter, 1, options, 2) && is(rewriter, 2, "option"))
		blank(rewriter, 1, 3);
	if (!is(rewriter, 0, "grant") || !is(rewriter, i, "with") ||
	    !is_any(rewriter, i + 1, options, G_N_ELEMENTS(options)))
		return;
	guint last = i + 1;
	while (last + 1 < rewriter->count && !is(rewriter, last + 1, "granted"))
		last++;
	blank(rewriter, i, last);
}

/* FROM (SELECT ...) without a name. */
static void nameless_subquery(struct rewriter *rewriter, guint i)
{
	static const char *const starts[] = {"select", "values", "with"};
	static const char *const followers[] = {"where", "group",     "order",	"limit",     "join",	"inner",
						"left",	 "right",     "full",	"cross",     "natural", "on",
						"union", "intersect", "except", "having",    "window",	"offset",
						"fetch", "for",	      "using",	"returning", "when",	"set"};
	if (!(is(rewriter, i, "from") || is(rewriter, i, "join") || is(rewriter, i, "lateral")) ||
	    !is_char(rewriter, i + 1, '(') || !is_any(rewriter, i + 2, starts, G_N_ELEMENTS(starts)) ||
	    (i > 0 && is(rewriter, i - 1, "distinct")))
		return;
	guint close = iw_pg_closing(rewriter->reading, i + 1);
	if (close >= rewriter->count)
		return;
	bool is_last =
		close + 1 >= rewriter->count || is_char(rewriter, close + 1, ')') || is_char(rewriter, close + 1, ',');
	if (is_last || is_any(rewriter, close + 1, followers, G_N_ELEMENTS(followers)))
		grow(rewriter, end_of(rewriter, close),
		     iw_arena_printf(rewriter->reading->arena, " nameless%u ", rewriter->grown->len));
}

static void optional_names(struct rewriter *rewriter, guint i)
{
	bool is_whole = is(rewriter, i, "database") || is(rewriter, i, "system");
	bool is_end = i + 1 == rewriter->count || (i + 2 == rewriter->count && is(rewriter, i + 1, "concurrently"));
	if (is(rewriter, 0, "reindex") && is_whole && is_end)
		grow(rewriter, end_of(rewriter, rewriter->count - 1), " nameless");
	if (is(rewriter, 0, "create") && is(rewriter, i, "statistics") && i == 1 &&
	    (is(rewriter, 2, "on") || is_char(rewriter, 2, '(')))
		grow(rewriter, end_of(rewriter, 1), " nameless ");
	if ((is(rewriter, 0, "vacuum") || is(rewriter, 0, "analyze")) && is(rewriter, i, "only") &&
	    is_name(rewriter, i + 1))
		blank(rewriter, i, i);
}

/* --- expressions --- */

/* 0x1F, 0o17, 0b11, 1_000: the same number in decimal, which is never longer. */
static void number(struct rewriter *rewriter, guint i)
{
	const struct pg_token *token = token_at(rewriter, i);
	if (token->kind != PG_TOKEN_NUMBER || token->length < 3 || token->length > 60)
		return;
	char digits[64];
	size_t length = 0;
	for (size_t c = 0; c < token->length; c++)
		if (rewriter->text[token->offset + c] != '_')
			digits[length++] = rewriter->text[token->offset + c];
	digits[length] = '\0';
	static const char letters[] = "xob";
	static const int bases[] = {16, 8, 2};
	const char *letter = digits[0] == '0' && length > 2 ? strchr(letters, digits[1] | 32) : NULL;
	if (letter != NULL && *letter != '\0') {
		char *end;
		guint64 value = g_ascii_strtoull(digits + 2, &end, (guint)bases[letter - letters]);
		if (*end != '\0' || value == G_MAXUINT64)
			return;
		g_autofree char *decimal = g_strdup_printf("%" G_GUINT64_FORMAT, value);
		if (strlen(decimal) <= token->length)
			put(rewriter, i, i, decimal);
		return;
	}
	if (length < token->length)
		put(rewriter, i, i, digits);
}

static void is_json(struct rewriter *rewriter, guint i)
{
	static const char *const kinds[] = {"value", "scalar", "array", "object"};
	if (!is(rewriter, i, "is"))
		return;
	guint json = is(rewriter, i + 1, "not") ? i + 2 : i + 1;
	if (!is(rewriter, json, "json"))
		return;
	guint last = json;
	if (is_any(rewriter, last + 1, kinds, G_N_ELEMENTS(kinds)))
		last++;
	if ((is(rewriter, last + 1, "with") || is(rewriter, last + 1, "without")) && is(rewriter, last + 2, "unique"))
		last += is(rewriter, last + 3, "keys") ? 3 : 2;
	put(rewriter, json, last, "NULL");
	amend(rewriter, PG_AMEND_EXPRESSION, i, last, NULL);
}

static void json_function(struct rewriter *rewriter, guint i)
{
	static const char *const names[] = {"json_object", "json_array",    "json_objectagg", "json_arrayagg",
					    "json_table",  "json_value",    "json_query",     "json_exists",
					    "json_scalar", "json_serialize"};
	if (!is_any(rewriter, i, names, G_N_ELEMENTS(names)) || !is_char(rewriter, i + 1, '('))
		return;
	guint close = iw_pg_closing(rewriter->reading, i + 1);
	if (close >= rewriter->count || close == i + 2)
		return;
	put(rewriter, i + 2, close - 1, "0");
	amend(rewriter, PG_AMEND_EXPRESSION, i, close, NULL);
}

static void at_local(struct rewriter *rewriter, guint i)
{
	if (!is(rewriter, i, "at") || !is(rewriter, i + 1, "local"))
		return;
	blank(rewriter, i, i + 1);
	amend(rewriter, PG_AMEND_EXPRESSION, i, i + 1, NULL);
}

/* Each looks at one token and what is around it. */
static void (*const rules[])(struct rewriter *rewriter, guint i) = {
	table_not_null,
	column_no_inherit,
	generated,
	enforced,
	constraint_inherit,
	without_overlaps,
	period,
	set_expression,
	storage,
	set_default_words,
	merge,
	grant,
	nameless_subquery,
	optional_names,
	number,
	is_json,
	json_function,
	at_local,
};

static int compare_growth(gconstpointer a, gconstpointer b)
{
	const struct growth *left = *(const struct growth *const *)a;
	const struct growth *right = *(const struct growth *const *)b;
	return left->offset < right->offset ? -1 : left->offset > right->offset;
}

/* The changed copy with what had to grow. */
static char *assemble(struct rewriter *rewriter)
{
	struct reading *reading = rewriter->reading;
	GString *out = g_string_sized_new(reading->length + 64);
	size_t done = 0;
	g_ptr_array_sort(rewriter->grown, compare_growth);
	for (guint i = 0; i < rewriter->grown->len; i++) {
		const struct growth *growth = g_ptr_array_index(rewriter->grown, i);
		g_string_append_len(out, rewriter->out + done, (gssize)(growth->offset - done));
		struct pg_insertion insertion = {out->len, strlen(growth->text)};
		if (reading->insertions == NULL)
			reading->insertions = g_array_new(FALSE, FALSE, sizeof(struct pg_insertion));
		g_array_append_val(reading->insertions, insertion);
		g_string_append(out, growth->text);
		done = growth->offset;
	}
	g_string_append_len(out, rewriter->out + done, (gssize)(reading->length - done));
	return g_string_free(out, FALSE);
}

char *iw_pg_rewrite(struct reading *reading)
{
	struct rewriter rewriter = {.reading = reading, .text = reading->text, .tokens = iw_pg_tokens(reading)};
	rewriter.count = reading->tokens->len - 1;
	if (rewriter.count == 0)
		return NULL;
	rewriter.out = iw_arena_strndup(reading->arena, reading->text, reading->length);
	rewriter.grown = iw_arena_ptr_array(reading->arena);
	for (guint i = 0; i < rewriter.count; i++)
		for (size_t rule = 0; rule < G_N_ELEMENTS(rules); rule++)
			rules[rule](&rewriter, i);
	return rewriter.is_changed ? assemble(&rewriter) : NULL;
}

const struct pg_amendment *iw_pg_find_amendment(const struct reading *reading, enum pg_amendment_kind kind, size_t from,
						size_t to)
{
	for (guint i = 0; reading->amendments != NULL && i < reading->amendments->len; i++) {
		const struct pg_amendment *amendment = g_ptr_array_index(reading->amendments, i);
		if (amendment->kind == kind && amendment->offset >= from && amendment->offset < to)
			return amendment;
	}
	return NULL;
}

bool iw_pg_amendment_hides_expression(const struct pg_amendment *amendment, size_t from, size_t to)
{
	return amendment->kind == PG_AMEND_EXPRESSION && amendment->offset < to && amendment->end > from;
}
