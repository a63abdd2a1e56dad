/*
 * SQL in strings and files: which tables a statement names, and which columns of them. By words, not by grammar: texts
 * with placeholders of any language, halves of statements and any dialect are read alike.
 */
#include "refs/refs_internal.h"

#include <string.h>

enum { MOST_WORDS = 50000, MOST_TABLES = 200 }; /* of one statement: longer ones are data */

struct word {
	size_t offset, length;
	char before; /* the sign right before it ('.', ',', '('); ' ': a word, or nothing */
	char after;
};

struct named {
	const struct word *alias; /* or the table's own name */
	const struct word *table;
};

struct statement {
	struct refs_file *file;
	GArray *words;	/* struct word */
	GArray *tables; /* struct named */
};

static const char *text_of(const struct statement *statement, const struct word *word)
{
	return statement->file->source->text + word->offset;
}

static bool is(const struct statement *statement, const struct word *word, const char *name)
{
	return strlen(name) == word->length && g_ascii_strncasecmp(text_of(statement, word), name, word->length) == 0;
}

static bool is_any(const struct statement *statement, const struct word *word, const char *const *names)
{
	for (; *names != NULL; names++)
		if (is(statement, word, *names))
			return true;
	return false;
}

static bool is_word_byte(char c)
{
	return g_ascii_isalnum(c) || c == '_' || c == '$' || (guchar)c >= 0x80;
}

static bool is_gap(char c)
{
	return g_ascii_isspace(c) || c == '"' || c == '`' || c == '\'' || c == '[' || c == ']' || c == '\\';
}

/* Behind a comment, or a literal between single quotes that stand in one line; `at`: neither begins here. */
static size_t skip(const char *text, size_t at, size_t end, bool has_literals)
{
	if (at + 1 < end && text[at] == '-' && text[at + 1] == '-')
		return at + strcspn(text + at, "\n");
	if (at + 1 < end && text[at] == '/' && text[at + 1] == '*') {
		const char *close = memmem(text + at + 2, end - at - 2, "*/", 2);
		return close == NULL ? end : (size_t)(close - text) + 2;
	}
	if (!has_literals || text[at] != '\'')
		return at;
	size_t close = at + 1;
	while (close < end && text[close] != '\'' && text[close] != '\n')
		close++;
	return close < end && text[close] == '\'' ? close + 1 : at;
}

static void cut(struct statement *statement, size_t offset, size_t length, bool has_literals)
{
	const char *text = statement->file->source->text;
	size_t end = offset + length;
	char before = ' ';
	for (size_t at = offset; at < end && statement->words->len < MOST_WORDS;) {
		size_t behind = skip(text, at, end, has_literals);
		if (behind != at) {
			at = behind;
			continue;
		}
		struct word word = {.offset = at, .before = before};
		while (at < end && is_word_byte(text[at]))
			at++;
		word.length = at - word.offset;
		if (word.length == 0) {
			before = is_gap(text[at]) ? before : text[at];
			at++;
			continue;
		}
		size_t next = at;
		while (next < end && is_gap(text[next]))
			next++;
		word.after = next < end ? text[next] : ' ';
		g_array_append_val(statement->words, word);
		before = ' ';
	}
}

static const char *const beginnings[] = {"select",   "insert", "update",  "delete", "with", "alter", "create",
					 "truncate", "merge",  "replace", "drop",   "copy", "lock",  NULL};
static const char *const before_table[] = {"from",     "join", "into",	 "update",     "table", "using", "only",
					   "truncate", "copy", "exists", "references", "on",	NULL};
static const char *const no_alias[] = {"where",	 "set",	    "on",	 "join",  "left",   "right", "inner",
				       "outer",	 "full",    "cross",	 "group", "order",  "limit", "values",
				       "select", "using",   "returning", "as",	  "having", "union", "natural",
				       "for",	 "default", "add",	 "drop",  "alter",  NULL};

/* "UPDATE t SET", "DELETE FROM", and no sentence of English ("Update the project", "Delete labels from issues"). */
static bool goes_on(const struct statement *statement, guint first)
{
	static const struct {
		const char *begin, *next;
		guint within;
	} forms[] = {{"select", "from", G_MAXUINT}, {"insert", "into", 2},	 {"delete", "from", 1},
		     {"update", "set", 7},	    {"with", "as", 6},		 {"alter", "table", 2},
		     {"create", "on", 16},	    {"create", "table", 5},	 {"create", "view", 6},
		     {"truncate", "table", 1},	    {"merge", "into", 1},	 {"replace", "into", 1},
		     {"drop", "table", 1},	    {"copy", "from", G_MAXUINT}, {"copy", "to", G_MAXUINT},
		     {"lock", "table", 1},	    {"truncate", "cascade", 6}};
	const struct word *begin = &g_array_index(statement->words, struct word, first);
	const char *text = text_of(statement, begin);
	if (g_ascii_isupper(text[0]) != g_ascii_isupper(text[1]))
		return false;
	for (size_t i = 0; i < G_N_ELEMENTS(forms); i++)
		for (guint k = 1;
		     is(statement, begin, forms[i].begin) && k <= forms[i].within && first + k < statement->words->len;
		     k++)
			if (is(statement, &g_array_index(statement->words, struct word, first + k), forms[i].next))
				return true;
	return false;
}

static bool looks_like_sql(const struct statement *statement)
{
	if (statement->words->len < 3)
		return false;
	const struct word *words = &g_array_index(statement->words, struct word, 0), *first = words;
	/* f"...", r'...', b"..." */
	if (first->length <= 2 && !is(statement, first, "do") &&
	    strchr("\"'", text_of(statement, first)[first->length]) != NULL)
		first++;
	return is_any(statement, first, beginnings) && goes_on(statement, (guint)(first - words));
}

static void add_table(struct statement *statement, guint *index)
{
	const GArray *words = statement->words;
	const struct word *table = &g_array_index(words, struct word, *index);
	while (table->after == '.' && *index + 1 < words->len)
		table = &g_array_index(words, struct word, ++*index);
	struct named named = {table, table};
	guint next = *index + 1;
	const struct word *alias = next < words->len ? &g_array_index(words, struct word, next) : NULL;
	if (alias != NULL && is(statement, alias, "as") && next + 1 < words->len)
		alias = &g_array_index(words, struct word, ++next);
	g_array_append_val(statement->tables, named);
	if (alias != NULL && table->after != ',' && table->after != '(' && table->after != ';' && table->after != ')' &&
	    !is_any(statement, alias, no_alias)) {
		named.alias = alias;
		g_array_append_val(statement->tables, named);
		table = alias;
		*index = next;
	}
	/* FROM a, b */
	if (table->after == ',' && *index + 1 < words->len && statement->tables->len < MOST_TABLES) {
		const struct word *more = &g_array_index(words, struct word, *index + 1);
		if (more->after != '.' && !is_any(statement, more, no_alias)) {
			++*index;
			add_table(statement, index);
		}
	}
}

static void find_tables(struct statement *statement)
{
	static const char *const words_between[] = {"only", "if", "not", "exists", "table", "into", "from", NULL};
	const GArray *words = statement->words;
	for (guint i = 0; i + 1 < words->len && statement->tables->len < MOST_TABLES; i++) {
		const struct word *word = &g_array_index(words, struct word, i);
		if (!is_any(statement, word, before_table) || word->after == '(')
			continue;
		guint next = i + 1;
		while (next < words->len && is_any(statement, &g_array_index(words, struct word, next), words_between))
			next++;
		if (next < words->len)
			add_table(statement, &next);
	}
}

/* Whose column a word is: 1 the table's, 0 another's, -1 it may be one of several tables'. */
static int belongs(const struct statement *statement, guint index, const char *table)
{
	const struct word *word = &g_array_index(statement->words, struct word, index);
	bool any_other = false, any_own = false;
	if (word->before == '.' && index > 0) {
		const struct word *owner = &g_array_index(statement->words, struct word, index - 1);
		for (guint i = 0; i < statement->tables->len; i++) {
			const struct named *named = &g_array_index(statement->tables, struct named, i);
			if (named->alias->length == owner->length &&
			    g_ascii_strncasecmp(text_of(statement, named->alias), text_of(statement, owner),
						owner->length) == 0)
				return is(statement, named->table, table);
		}
		return is(statement, owner, table);
	}
	for (guint i = 0; i < statement->tables->len; i++) {
		const struct named *named = &g_array_index(statement->tables, struct named, i);
		any_own |= is(statement, named->table, table);
		any_other |= !is(statement, named->table, table);
	}
	return !any_own ? 0 : any_other ? -1 : 1;
}

static bool is_alias(const struct statement *statement, guint index)
{
	return index > 0 && is(statement, &g_array_index(statement->words, struct word, index - 1), "as");
}

static void use_column(struct statement *statement, guint target, const struct refs_target *of)
{
	for (guint i = 0; i < statement->words->len; i++) {
		const struct word *word = &g_array_index(statement->words, struct word, i);
		if (!is(statement, word, of->is.column) || word->after == '(' || is_alias(statement, i))
			continue;
		int whose = belongs(statement, i, of->is.table.name);
		if (whose != 0)
			iw_refs_add_reference(statement->file, target, whose > 0 ? IW_CERTAIN : IW_LIKELY,
					      iw_refs_place(statement->file, word->offset, word->length), "SQL");
	}
}

static void use_tables(struct statement *statement)
{
	struct refs_private *self = statement->file->private;
	g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
	for (guint i = 0; i < statement->tables->len; i++) {
		const struct word *table = g_array_index(statement->tables, struct named, i).table;
		g_autofree char *name = g_strndup(text_of(statement, table), table->length);
		GArray *targets = g_hash_table_lookup(self->tables, name);
		for (guint k = 0; targets != NULL && k < targets->len; k++) {
			guint target = g_array_index(targets, guint, k);
			const struct refs_target *of = self->targets->pdata[target];
			if (of->is.column == NULL && table == g_array_index(statement->tables, struct named, i).alias)
				iw_refs_add_reference(statement->file, target, IW_CERTAIN,
						      iw_refs_place(statement->file, table->offset, table->length),
						      "SQL");
			else if (of->is.column != NULL && g_hash_table_add(seen, GUINT_TO_POINTER(target)))
				use_column(statement, target, of);
		}
	}
}

/* "users.nick" alone, as query builders and foreign keys name a column. */
static void use_dotted(struct statement *statement)
{
	const struct refs_private *self = statement->file->private;
	const GArray *words = statement->words;
	guint last = words->len - 1;
	if (words->len < 2 || words->len > 3 || g_array_index(words, struct word, last).before != '.')
		return;
	const struct word *table = &g_array_index(words, struct word, last - 1), *column = table + 1;
	if (column->after != ' ' && !g_ascii_isspace(column->after))
		return;
	g_autofree char *name = g_strndup(text_of(statement, table), table->length);
	GArray *targets = g_hash_table_lookup(self->tables, name);
	for (guint k = 0; targets != NULL && k < targets->len; k++) {
		guint target = g_array_index(targets, guint, k);
		const struct refs_target *of = self->targets->pdata[target];
		if (of->is.column != NULL && is(statement, column, of->is.column))
			iw_refs_add_reference(statement->file, target, IW_CERTAIN,
					      iw_refs_place(statement->file, column->offset, column->length),
					      "its full name");
	}
}

bool iw_refs_read_sql(struct refs_file *file, size_t offset, size_t length)
{
	g_autoptr(GArray) words = g_array_new(FALSE, FALSE, sizeof(struct word));
	g_autoptr(GArray) tables = g_array_new(FALSE, FALSE, sizeof(struct named));
	struct statement statement = {file, words, tables};
	/* A string between single quotes holds no literals between single quotes. */
	size_t quote = offset + strcspn(file->source->text + offset, "'\"`");
	bool has_literals = quote >= offset + length || file->source->text[quote] != '\'' || quote > offset + 2 ||
			    strncmp(file->source->text + quote, "'''", 3) == 0;
	cut(&statement, offset, length, has_literals);
	if (!looks_like_sql(&statement)) {
		if (words->len > 0)
			use_dotted(&statement);
		return false;
	}
	find_tables(&statement);
	use_tables(&statement);
	return true;
}

void iw_refs_read_sql_file(struct refs_file *file)
{
	const char *text = file->source->text;
	size_t begin = 0;
	for (size_t at = 0; at < file->source->length;) {
		size_t behind = skip(text, at, file->source->length, true);
		if (behind == at && text[at] == ';') {
			iw_refs_read_sql(file, begin, at - begin);
			begin = at + 1;
		}
		at = behind == at ? at + 1 : behind;
	}
	iw_refs_read_sql(file, begin, file->source->length - begin);
}

/* strings of other languages ----------------------------------------------------------------------------------------
 */

void iw_refs_read_strings(struct refs_file *file)
{
	const char *text = file->source->text;
	size_t end = file->source->length;
	for (size_t at = 0; at < end;) {
		char quote = text[at];
		if (quote != '"' && quote != '\'' && quote != '`') {
			at++;
			continue;
		}
		/* """, and those that end in their line. */
		bool is_long = quote == '`' || (at + 2 < end && text[at + 1] == quote && text[at + 2] == quote);
		const char *mark = quote == '`' ? "`" : quote == '"' ? "\"\"\"" : "'''";
		size_t begin = at + (is_long ? strlen(mark) : 1), close = begin;
		while (close < end && (is_long ? strncmp(text + close, mark, strlen(mark)) != 0
					       : text[close] != quote && text[close] != '\n'))
			close += text[close] == '\\' && close + 1 < end ? 2 : 1;
		close = MIN(close, end);
		if (close - begin > 12)
			iw_refs_read_sql(file, at, close - at);
		at = close + (is_long ? strlen(mark) : 1);
	}
}
