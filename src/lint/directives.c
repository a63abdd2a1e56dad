/* Comments that turn rules off, and those of them that turn nothing off; see lint_internal.h. */
#include "lint/lint_internal.h"

#include "base/text.h"

#include <stdint.h>
#include <string.h>

enum { MOST_RULES = 32 }; /* of one comment */

struct directive {
	struct iw_suppression suppression;
	const struct iw_rule *rules[MOST_RULES];
	guint count;   /* 0: all rules */
	unsigned used; /* bit i: rules[i] was turned off somewhere; bit 0 for all rules */
	bool is_of_file;
	bool is_late;		 /* of the file, and behind its first statement */
	bool is_foreign;	 /* another tool's: not ours to call unused */
	bool is_quiet;		 /* what is wrong with it is said elsewhere */
	const iw_source *source; /* what it covers; NULL: nothing yet */
	size_t begin, end;
};

static const char WORD[] = "inchworm:";

void iw_lint_directives_begin(struct iw_lint_directives *directives, iw_arena *arena, const struct iw_script *script)
{
	size_t length = script->length > SIZE_MAX - script->offset ? SIZE_MAX : script->offset + script->length;
	*directives = (struct iw_lint_directives){
		.arena = arena, .all = iw_arena_ptr_array(arena), .active = iw_arena_ptr_array(arena), .limit = length};
}

/* reading -------------------------------------------------------------------------------------------------------- */

struct words {
	const char *at, *end;
};

static void skip_blanks(struct words *words)
{
	while (words->at < words->end && g_ascii_isspace(*words->at))
		words->at++;
}

/* A word of letters, digits and hyphens; in `arena`; "" when something else stands there. */
static const char *take_word(struct words *words, iw_arena *arena)
{
	const char *begin = words->at;
	while (words->at < words->end && (g_ascii_isalnum(*words->at) || *words->at == '-' || *words->at == '_'))
		words->at++;
	return iw_arena_strndup(arena, begin, (size_t)(words->at - begin));
}

static const char *nearest_directive(const char *word)
{
	static const char *const NAMES[] = {"ignore", "ignore-file"};
	for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++)
		if (strcmp(word, NAMES[i]) == 0)
			return NAMES[i];
	return NULL;
}

/* Ids are written with hyphens; a reason's first word hardly is. A word that is nearly an id is a slip. */
static bool is_meant_as_id(const char *word, bool behind_comma)
{
	if (*word == '\0')
		return false;
	return behind_comma || strchr(word, '-') != NULL || (strlen(word) > 5 && iw_rule_nearest(word) != NULL);
}

static void report_unknown(iw_lint *lint, const struct directive *directive, const char *word)
{
	const char *near = iw_rule_nearest(word);
	g_autofree char *message =
		near == NULL ? g_strdup_printf("there is no rule \"%s\"", word)
			     : g_strdup_printf("there is no rule \"%s\": did you mean \"%s\"?", word, near);
	iw_lint_report(lint, iw_rule_find("unused-suppression"), &directive->suppression.place,
		       "Nothing is ignored by this comment as it stands. `inchworm lint --rules` lists the rules.",
		       message);
}

/* Ids by blanks or commas. False: one is none. */
static bool read_rules(iw_lint *lint, struct directive *directive, struct words *words, iw_arena *arena)
{
	bool behind_comma = false;
	for (;;) {
		skip_blanks(words);
		struct words ahead = *words;
		const char *word = take_word(&ahead, arena);
		const struct iw_rule *rule = iw_rule_find(word);
		if (rule == NULL && is_meant_as_id(word, behind_comma) && (behind_comma || directive->count == 0)) {
			if (!directive->is_quiet)
				report_unknown(lint, directive, word);
			return false;
		}
		if (rule == NULL || directive->count == MOST_RULES)
			return true;
		directive->rules[directive->count++] = rule;
		*words = ahead;
		skip_blanks(words);
		behind_comma = words->at < words->end && *words->at == ',';
		words->at += behind_comma;
	}
}

/* What is left, without the comment's own end and what separates it from the ids. */
static const char *read_reason(struct words *words, iw_arena *arena)
{
	size_t length = (size_t)(words->end - words->at);
	if (length >= 2 && memcmp(words->end - 2, "*/", 2) == 0)
		length -= 2;
	g_autofree char *text = g_strndup(words->at, length);
	const char *begin = text + strspn(text, " \t\r\n:-(*,");
	char *end = text + strlen(text);
	while (end > begin && g_ascii_isspace(end[-1]))
		*--end = '\0';
	if (*begin == '\0')
		return NULL;
	if (end[-1] == ')' && strchr(begin, '(') == NULL)
		end[-1] = '\0';
	return iw_arena_strdup(arena, begin);
}

static struct iw_place keep(iw_arena *arena, const struct iw_place *place)
{
	iw_arena_defer(arena, (GDestroyNotify)iw_source_unref, iw_source_ref((iw_source *)place->source));
	return *place;
}

/* "squawk-ignore ban-drop-column, renaming-table"; those of its rules that are none here are not our concern. */
static struct directive *read_squawk(struct iw_lint_directives *directives, const struct iw_place *comment)
{
	static const char IGNORE[] = "squawk-ignore";
	const char *text = comment->source->text + comment->offset;
	const char *found = memmem(text, comment->length, IGNORE, sizeof IGNORE - 1);
	if (found == NULL)
		return NULL;
	iw_arena *arena = directives->arena;
	struct words words = {found, text + comment->length};
	bool is_of_file = strcmp(take_word(&words, arena), "squawk-ignore-file") == 0;
	g_autoptr(GPtrArray) rules = g_ptr_array_new();
	for (const char *before = NULL; before != words.at;) {
		before = words.at;
		while (words.at < words.end && (g_ascii_isspace(*words.at) || *words.at == ','))
			words.at++;
		iw_lint_squawk_rules(take_word(&words, arena), rules);
	}
	if (rules->len == 0)
		return NULL;
	struct directive *directive = iw_new(arena, struct directive);
	directive->is_of_file = is_of_file;
	directive->is_foreign = true;
	directive->suppression = (struct iw_suppression){keep(arena, comment), "a comment for squawk"};
	for (guint i = 0; i < MIN(rules->len, MOST_RULES); i++)
		directive->rules[directive->count++] = g_ptr_array_index(rules, i);
	g_ptr_array_add(directives->all, directive);
	return directive;
}

/* NULL: the comment is no directive, or not a whole one, which is reported. */
static struct directive *read_directive(iw_lint *lint, struct iw_lint_directives *directives,
					const struct iw_place *comment)
{
	const char *text = comment->source->text + comment->offset;
	const char *found = memmem(text, comment->length, WORD, sizeof WORD - 1);
	if (found == NULL)
		return lint->options.honours_squawk ? read_squawk(directives, comment) : NULL;
	iw_arena *arena = directives->arena;
	struct words words = {found + sizeof WORD - 1, text + comment->length};
	skip_blanks(&words);
	const char *name = nearest_directive(take_word(&words, arena));
	if (name == NULL)
		return NULL;
	struct directive *directive = iw_new(arena, struct directive);
	directive->is_of_file = strcmp(name, "ignore-file") == 0;
	directive->is_quiet = directives->is_quiet;
	directive->suppression.place = keep(arena, comment);
	if (!read_rules(lint, directive, &words, arena))
		return NULL;
	directive->suppression.reason = read_reason(&words, arena);
	if (directive->suppression.reason == NULL && lint->options.require_reason && !directive->is_quiet)
		iw_lint_report(lint, iw_rule_find("suppression-without-reason"), &directive->suppression.place,
			       "Say behind the rule why it is fine here: the next reader wants to know.",
			       "this comment turns a rule off and does not say why");
	g_ptr_array_add(directives->all, directive);
	return directive;
}

/* which of them are about a statement ----------------------------------------------------------------------------- */

static void activate(struct iw_lint_directives *directives, struct directive *directive, const iw_source *source,
		     size_t begin, size_t end)
{
	bool is_first = directive->source == NULL;
	directive->source = source;
	directive->begin = is_first ? begin : MIN(begin, directive->begin);
	directive->end = is_first ? end : MAX(end, directive->end);
	if (!g_ptr_array_find(directives->active, directive, NULL))
		g_ptr_array_add(directives->active, directive);
}

static void forget_statement(struct iw_lint_directives *directives)
{
	for (guint i = directives->active->len; i-- > 0;)
		if (!((struct directive *)directives->active->pdata[i])->is_of_file)
			g_ptr_array_remove_index(directives->active, i);
}

static bool is_python(const iw_source *source)
{
	return g_str_has_suffix(source->path, ".py");
}

static void read_python(iw_lint *lint, struct iw_lint_directives *directives, const iw_source *source)
{
	g_autoptr(GArray) comments = iw_lint_python_comments(source);
	for (guint i = 0; i < comments->len; i++) {
		struct directive *directive =
			read_directive(lint, directives, &g_array_index(comments, struct iw_place, i));
		if (directive != NULL && directive->is_of_file)
			g_ptr_array_add(directives->active, directive);
	}
	directives->python = source;
}

static size_t line_begin(const iw_source *source, size_t offset)
{
	while (offset > source->start && source->text[offset - 1] != '\n')
		offset--;
	return offset;
}

static size_t line_end(const iw_source *source, size_t offset)
{
	while (offset < source->length && source->text[offset] != '\n')
		offset++;
	return offset;
}

/* What begins a line of a comment alone: "#", and "--" where it is not Python. */
static bool is_comment_line(const iw_source *source, size_t at)
{
	const char *text = source->text, *end = source->text + source->length;
	for (text += at; text < end && (*text == ' ' || *text == '\t');)
		text++;
	if (text == end || *text == '#' || is_python(source))
		return text < end && *text == '#';
	return end - text > 1 && (memcmp(text, "--", 2) == 0 || memcmp(text, "//", 2) == 0);
}

/* Where the lines of comments alone begin that stand right above the line of `offset`. */
static size_t above(const iw_source *source, size_t offset)
{
	size_t begin = line_begin(source, offset);
	while (begin > source->start) {
		size_t before = line_begin(source, begin - 1);
		if (!is_comment_line(source, before))
			break;
		begin = before;
	}
	return begin;
}

static void match_python(struct iw_lint_directives *directives, const struct iw_place *place)
{
	size_t begin = above(place->source, place->offset);
	size_t end = line_end(place->source, place->offset + place->length);
	for (guint i = 0; i < directives->all->len; i++) {
		struct directive *directive = g_ptr_array_index(directives->all, i);
		const struct iw_place *at = &directive->suppression.place;
		if (!directive->is_of_file && at->source == place->source && at->offset >= begin && at->offset < end)
			activate(directives, directive, place->source, place->offset, place->offset + place->length);
	}
}

static void match_sql(iw_lint *lint, struct iw_lint_directives *directives, const struct iw_statement *statement,
		      const struct iw_place *comment)
{
	struct directive *directive = read_directive(lint, directives, comment);
	if (directive == NULL)
		return;
	if (!directive->is_of_file)
		activate(directives, directive, statement->place.source, statement->place.offset,
			 MAX(statement->place.offset + statement->place.length, comment->offset));
	else if (!directives->is_begun)
		g_ptr_array_add(directives->active, directive);
	else
		directive->is_late = true;
}

/* The end of the line behind the statement before this one is that one's. */
static size_t own_lead(const struct iw_lint_directives *directives, const struct iw_statement *statement)
{
	bool follows = directives->is_begun && directives->source == statement->place.source;
	return follows ? line_end(statement->place.source, directives->end) : 0;
}

static void read_sql(iw_lint *lint, struct iw_lint_directives *directives, const struct iw_statement *statement)
{
	size_t lead = own_lead(directives, statement);
	const iw_source *source = statement->place.source;
	for (guint i = 0; statement->comments != NULL && i < statement->comments->len; i++) {
		const struct iw_place *comment = g_ptr_array_index(statement->comments, i);
		/* A comment in the middle of the line belongs to what comes on the line. */
		bool is_of_last = comment->source == source && comment->offset < lead &&
				  comment->offset >= directives->end && statement->place.offset > lead;
		if (!is_of_last)
			match_sql(lint, directives, statement, comment);
	}
	if (source->pieces != NULL || statement->end > source->length || statement->is_foreign)
		return;
	g_autoptr(GArray) behind = iw_lint_sql_comments(source, lint->options.engine.dialect, statement->end, true);
	for (guint i = 0; i < behind->len; i++)
		match_sql(lint, directives, statement, &g_array_index(behind, struct iw_place, i));
}

void iw_lint_directives_statement(iw_lint *lint, struct iw_lint_directives *directives,
				  const struct iw_statement *statement)
{
	const struct iw_place *place = &statement->place;
	forget_statement(directives);
	if (place->source == NULL)
		return;
	if (!is_python(place->source)) {
		read_sql(lint, directives, statement);
		directives->source = place->source;
		directives->end = statement->end;
	} else {
		if (directives->python != place->source)
			read_python(lint, directives, place->source);
		match_python(directives, place);
		/* Comments of SQL that Python holds. */
		for (guint i = 0; statement->comments != NULL && i < statement->comments->len; i++)
			match_sql(lint, directives, statement, g_ptr_array_index(statement->comments, i));
	}
	directives->is_begun = true;
}

/* what they turn off ---------------------------------------------------------------------------------------------- */

static bool names(struct directive *directive, const struct iw_rule *rule)
{
	if (directive->count == 0) {
		directive->used = 1;
		return true;
	}
	for (guint i = 0; i < directive->count; i++)
		if (directive->rules[i] == rule) {
			directive->used |= 1U << i;
			return true;
		}
	return false;
}

static bool covers(const struct directive *directive, const struct iw_place *place)
{
	return directive->is_of_file || (place->source == directive->source && place->offset >= directive->begin &&
					 place->offset <= directive->end);
}

static const struct iw_suppression *copy(iw_arena *arena, const struct directive *directive)
{
	struct iw_suppression *suppression = iw_new(arena, struct iw_suppression);
	suppression->place = keep(arena, &directive->suppression.place);
	suppression->reason = iw_arena_strdup(arena, directive->suppression.reason);
	return suppression;
}

const struct iw_suppression *iw_lint_suppression(struct iw_lint_directives *directives, iw_arena *arena,
						 const struct iw_rule *rule, const struct iw_place *place)
{
	bool is_before_all = directives->active == NULL; /* no migration was read */
	if (is_before_all || (rule->is_of_engine && strstr(rule->id, "suppression") != NULL))
		return NULL;
	for (guint i = 0; i < directives->active->len; i++) {
		struct directive *directive = g_ptr_array_index(directives->active, i);
		/* What the engine says is about the file, not about the statement that was read last. */
		bool is_about = directive->is_of_file || !rule->is_of_engine;
		if (is_about && names(directive, rule))
			return copy(arena, directive);
	}
	/* What is found at the end of the migration, at a statement of before. */
	for (guint i = 0; i < directives->all->len; i++) {
		struct directive *directive = g_ptr_array_index(directives->all, i);
		if (directive->source != NULL && covers(directive, place) && names(directive, rule))
			return copy(arena, directive);
	}
	return NULL;
}

/* A migration is opened once for its statements and once for notes. */
static bool is_same_file(const iw_source *one, const iw_source *other)
{
	return one == other || (one->length == other->length && strcmp(one->path, other->path) == 0);
}

/* The directives of `all` that stand in the file of `place`, on its line or right above it, or are for the file. */
static struct directive *find_beside(GPtrArray *all, const struct iw_rule *rule, const struct iw_place *place)
{
	size_t begin = above(place->source, place->offset);
	size_t end = line_end(place->source, place->offset + place->length);
	for (guint i = 0; i < all->len; i++) {
		struct directive *directive = g_ptr_array_index(all, i);
		const struct iw_place *at = &directive->suppression.place;
		bool is_beside = directive->is_of_file ? !directive->is_late : at->offset >= begin && at->offset < end;
		if (is_beside && is_same_file(at->source, place->source) && names(directive, rule))
			return directive;
	}
	return NULL;
}

/* Comments on lines of their own, and behind what stands on the line of `place`. */
static void read_lines(iw_lint *lint, struct iw_lint_directives *directives, const struct iw_place *place)
{
	const iw_source *source = place->source;
	size_t own = line_begin(source, place->offset);
	bool is_head = true;
	for (size_t at = source->start; at < source->length; at = line_end(source, at) + 1) {
		bool is_comment = is_comment_line(source, at);
		const struct iw_place line = {source, at, line_end(source, at) - at};
		struct directive *directive = is_comment || at == own ? read_directive(lint, directives, &line) : NULL;
		if (directive != NULL)
			directive->is_late = !is_head;
		is_head = is_head && (is_comment || line.length == 0);
	}
}

static bool was_read(const struct iw_lint_directives *directives, const iw_source *source)
{
	const iw_source *python = directives->python, *sql = directives->source;
	return (python != NULL && is_same_file(python, source)) || (sql != NULL && is_same_file(sql, source));
}

/* Behind the last statement: they are about no statement any more, but maybe about the section for the way back. */
static void read_rest(iw_lint *lint, struct iw_lint_directives *directives)
{
	if (directives->source == NULL || directives->source->pieces != NULL || directives->is_ended)
		return;
	directives->is_ended = true;
	size_t from = line_end(directives->source, MIN(directives->end, directives->source->length));
	g_autoptr(GArray) rest = iw_lint_sql_comments(directives->source, lint->options.engine.dialect, from, false);
	for (guint i = 0; i < rest->len && g_array_index(rest, struct iw_place, i).offset < directives->limit; i++)
		read_directive(lint, directives, &g_array_index(rest, struct iw_place, i));
}

const struct iw_suppression *iw_lint_note_suppression(iw_lint *lint, struct iw_lint_directives *directives,
						      iw_arena *arena, const struct iw_rule *rule,
						      const struct iw_place *place, bool in_migration)
{
	if (place->source == NULL)
		return NULL;
	if (in_migration)
		read_rest(lint, directives);
	g_autoptr(iw_arena) own_arena = iw_arena_new();
	struct iw_lint_directives own = {.arena = own_arena, .all = iw_arena_ptr_array(own_arena), .is_quiet = true};
	own.active = iw_arena_ptr_array(own_arena);
	if (!in_migration || !was_read(directives, place->source)) {
		directives = &own;
		if (is_python(place->source))
			read_python(lint, directives, place->source);
		else
			read_lines(lint, directives, place);
	}
	struct directive *directive = find_beside(directives->all, rule, place);
	return directive == NULL ? NULL : copy(arena, directive);
}

/* Told when all is read, or only where there is a database or a repository: not to be called unused. */
static bool is_told_elsewhere(const iw_lint *lint, const struct iw_rule *rule)
{
	static const enum iw_note_kind late[] = {IW_NOTE_SEVERAL_HEADS, IW_NOTE_EDITED_AFTER_APPLIED,
						 IW_NOTE_NOT_IN_VERSION_CONTROL, IW_NOTE_MIGRATIONS_AT_STARTUP,
						 IW_NOTE_DROPPED_BUT_USED};
	for (size_t i = 0; i < G_N_ELEMENTS(late); i++)
		if (rule->note == late[i])
			return true;
	return rule->note != IW_NOTE_NONE && lint->options.has_no_history;
}

static void report_unused(iw_lint *lint, const struct directive *directive)
{
	const struct iw_rule *unused = iw_rule_find("unused-suppression");
	static const char ADVICE[] =
		"Remove the comment, or the rule from its list: what it was for is gone, and it would "
		"hide what comes later.";
	const char *what = directive->is_of_file ? "file" : "statement";
	if (directive->is_late) {
		iw_lint_report(lint, unused, &directive->suppression.place, ADVICE,
			       "a comment for the whole file must stand before its first statement");
		return;
	}
	if (directive->count == 0 && directive->used == 0)
		iw_lint_report(lint, unused, &directive->suppression.place, ADVICE,
			       "nothing is ignored by this comment");
	for (guint i = 0; i < directive->count; i++) {
		const struct iw_rule *rule = directive->rules[i];
		bool is_off = !iw_lint_runs(lint, rule) && (rule->dialects & (1U << lint->options.engine.dialect)) != 0;
		if ((directive->used & (1U << i)) != 0 || is_off || is_told_elsewhere(lint, rule))
			continue;
		g_autofree char *message =
			g_strdup_printf("this comment ignores %s, which is not found in its %s", rule->id, what);
		iw_lint_report(lint, unused, &directive->suppression.place, ADVICE, message);
	}
}

void iw_lint_directives_end(iw_lint *lint, struct iw_lint_directives *directives)
{
	read_rest(lint, directives);
	g_ptr_array_set_size(directives->active, 0);
	/* With sizes it hangs on the day's rows what is found. */
	for (guint i = 0; lint->options.size == NULL && i < directives->all->len; i++)
		if (!((const struct directive *)directives->all->pdata[i])->is_foreign)
			report_unused(lint, directives->all->pdata[i]);
}
