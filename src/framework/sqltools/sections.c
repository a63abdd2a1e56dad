/*
 * Sections of files that hold both directions: where a line "-- +goose Up", "-- migrate:up" or "-- inchworm:up" stands,
 * and what its options mean. Each tool's own reader is followed, its refusals included.
 */
#include "framework/sqltools/sqltools_internal.h"

#include "base/error.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* One annotation: the words after "--", and where the lines begin and end. */
struct annotation {
	size_t line, after; /* the line's offset, and the next line's */
	const char *words;  /* without "--", the tool's mark and blanks around */
};

static bool starts_with(const char *text, size_t length, const char *prefix)
{
	size_t wanted = strlen(prefix);
	return length >= wanted && g_ascii_strncasecmp(text, prefix, wanted) == 0;
}

static size_t skip_blanks(const char *text, size_t at, size_t end)
{
	while (at < end && (text[at] == ' ' || text[at] == '\t'))
		at++;
	return at;
}

/* "--", blanks, `mark`: the offset behind the mark; 0: no. A comment that turns a rule off is no mark. */
static size_t after_mark(const char *text, size_t begin, size_t end, const char *mark)
{
	if (!starts_with(text + begin, end - begin, "--"))
		return 0;
	size_t at = begin;
	while (at < end && text[at] == '-')
		at++;
	at = skip_blanks(text, at, end);
	if (!starts_with(text + at, end - at, mark))
		return 0;
	at += strlen(mark);
	size_t word = skip_blanks(text, at, end);
	return starts_with(text + word, end - word, "ignore") ? 0 : at;
}

bool iw_sql_has_mark(const char *path, const char *mark)
{
	char text[4096];
	int file = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = file < 0 ? -1 : read(file, text, sizeof text);
	if (file >= 0)
		close(file);
	size_t length = got > 0 ? (size_t)got : 0;
	for (size_t line = 0; line < length;) {
		const char *newline = memchr(text + line, '\n', length - line);
		size_t end = newline == NULL ? length : (size_t)(newline - text);
		size_t begin = line == 0 && starts_with(text, length, "\xEF\xBB\xBF") ? 3 : line;
		if (after_mark(text, begin, end, mark) > 0)
			return true;
		line = end + 1;
	}
	return false;
}

/* The next annotation at or after *at; false at the end of the file. */
static bool next_annotation(iw_arena *arena, const iw_source *source, const char *mark, size_t *at,
			    struct annotation *found)
{
	while (*at < source->length) {
		const char *newline = memchr(source->text + *at, '\n', source->length - *at);
		size_t after = newline == NULL ? source->length : (size_t)(newline - source->text) + 1;
		size_t begin = *at;
		size_t words = after_mark(source->text, begin, after, mark);
		*at = after;
		if (words == 0)
			continue;
		char *text = iw_arena_strndup(arena, source->text + words, after - words);
		*found = (struct annotation){begin, after, g_strstrip(text)};
		return true;
	}
	return false;
}

static bool fail_in(const iw_source *source, size_t offset, enum iw_error code, GError **error, const char *format, ...)
	G_GNUC_PRINTF(5, 6);
static bool fail_in(const iw_source *source, size_t offset, enum iw_error code, GError **error, const char *format, ...)
{
	va_list list;
	va_start(list, format);
	g_autofree char *message = g_strdup_vprintf(format, list);
	va_end(list);
	const char *newline = memchr(source->text + offset, '\n', source->length - offset);
	size_t end = newline == NULL ? source->length : (size_t)(newline - source->text);
	struct iw_place place = {source, offset, end - offset};
	return iw_fail_at(error, code, &place, "%s:%d: %s", source->path, iw_source_locate(source, offset).line,
			  message);
}

static void set_section(struct iw_script *script, const struct iw_script *file, size_t from, size_t to)
{
	*script = *file;
	script->offset = from;
	script->length = to - from;
}

/* Nothing but blanks and line comments between two offsets? */
static bool is_blank(const iw_source *source, size_t from, size_t to)
{
	for (size_t at = from; at < to; at++) {
		if (g_ascii_isspace(source->text[at]))
			continue;
		if (!starts_with(source->text + at, to - at, "--"))
			return false;
		const char *newline = memchr(source->text + at, '\n', to - at);
		if (newline == NULL)
			return true;
		at = (size_t)(newline - source->text);
	}
	return true;
}

/* up and down --------------------------------------------------------------------------------------------------- */

/* Where the directions of one file begin. Offset 0 and `has_` false: not there. */
struct sections {
	struct annotation up, down;
	bool has_up, has_down, is_out_of_transaction[2];
};

static bool apply(struct iw_migration *migration, const iw_source *source, const struct sections *found)
{
	struct iw_script file = migration->up;
	file.is_atomic = true;
	size_t up_end = found->has_down ? found->down.line : source->length;
	set_section(&migration->up, &file, found->up.after, up_end);
	migration->up.is_atomic = !found->is_out_of_transaction[IW_UP];
	if (!found->has_down) {
		migration->down = (struct iw_script){.path = NULL};
		return true;
	}
	set_section(&migration->down, &file, found->down.after, source->length);
	migration->down.is_atomic = !found->is_out_of_transaction[IW_DOWN];
	if (is_blank(source, found->down.after, source->length))
		migration->down.path =
			NULL; /* "-- migrate:down" with nothing after it is how one says that there is none */
	return true;
}

/* goose ---------------------------------------------------------------------------------------------------------- */

/* The marker as this file writes it ("--+goose statementbegin" is as good); false when it differs from an earlier one.
 */
static bool take_marker(const char **marker, const char *line)
{
	const char *text = g_strstrip((char *)line);
	if (*marker == NULL)
		*marker = text;
	return strcmp(*marker, text) == 0;
}

bool iw_sql_prepare_goose(struct iw_migration *migration, const iw_source *source, GError **error)
{
	iw_arena *arena = ((struct iw_migration_hook *)migration->framework_data)->arena;
	struct sections found = {0};
	struct annotation one;
	bool is_in_block = false;
	for (size_t at = source->start; next_annotation(arena, source, "+goose", &at, &one);) {
		const char *line = iw_arena_strndup(arena, source->text + one.line, one.after - one.line);
		if (g_ascii_strcasecmp(one.words, "Up") == 0) {
			if (found.has_up)
				return fail_in(source, one.line, IW_ERROR_INPUT, error, "a second \"+goose Up\"");
			found.up = one;
			found.has_up = true;
		} else if (g_ascii_strcasecmp(one.words, "Down") == 0) {
			if (!found.has_up || found.has_down)
				return fail_in(source, one.line, IW_ERROR_INPUT, error,
					       found.has_up ? "a second \"+goose Down\""
							    : "\"+goose Down\" before \"+goose Up\"");
			found.down = one;
			found.has_down = true;
		} else if (g_ascii_strcasecmp(one.words, "NO TRANSACTION") == 0) {
			found.is_out_of_transaction[IW_UP] = found.is_out_of_transaction[IW_DOWN] = true;
		} else if (g_ascii_strcasecmp(one.words, "StatementBegin") == 0) {
			is_in_block = true;
			if (!take_marker(&migration->up.block_begin, line))
				return fail_in(source, one.line, IW_ERROR_UNSUPPORTED, error,
					       "write all \"StatementBegin\" lines alike");
		} else if (g_ascii_strcasecmp(one.words, "StatementEnd") == 0) {
			if (!is_in_block)
				return fail_in(source, one.line, IW_ERROR_INPUT, error,
					       "\"+goose StatementEnd\" without its begin");
			is_in_block = false;
			if (!take_marker(&migration->up.block_end, line))
				return fail_in(source, one.line, IW_ERROR_UNSUPPORTED, error,
					       "write all \"StatementEnd\" lines alike");
		} else if (g_ascii_strcasecmp(one.words, "ENVSUB ON") == 0) {
			fail_in(source, one.line, IW_ERROR_UNSUPPORTED, error,
				"\"+goose ENVSUB ON\": what depends on the environment is not supported");
			iw_error_hint(error, "Write the values into the migration, or run this one with goose.");
			return false;
		} else if (g_ascii_strcasecmp(one.words, "ENVSUB OFF") != 0) {
			return fail_in(source, one.line, IW_ERROR_INPUT, error, "unknown annotation \"+goose %s\"",
				       one.words);
		}
	}
	if (!found.has_up)
		return fail_in(source, source->start, IW_ERROR_INPUT, error, "no \"-- +goose Up\" in this file");
	if (is_in_block)
		return fail_in(source, found.up.line, IW_ERROR_INPUT, error,
			       "a \"+goose StatementBegin\" is not ended");
	return apply(migration, source, &found);
}

/* dbmate and Inchworm's own ---------------------------------------------------------------------------------------- */

static bool is_without_transaction(const char *words)
{
	g_auto(GStrv) options = g_strsplit_set(words, " \t", -1);
	return g_strv_contains((const char *const *)options, "transaction:false");
}

static bool is_direction(const char *words, const char *name)
{
	size_t length = strlen(name);
	return strncmp(words, name, length) == 0 && (words[length] == '\0' || g_ascii_isspace(words[length]));
}

static bool prepare_marked(struct iw_migration *migration, const iw_source *source, const char *mark, GError **error)
{
	iw_arena *arena = ((struct iw_migration_hook *)migration->framework_data)->arena;
	struct sections found = {0};
	struct annotation one;
	for (size_t at = source->start; next_annotation(arena, source, mark, &at, &one);) {
		bool is_up = is_direction(one.words, "up");
		bool is_down = is_direction(one.words, "down");
		if (!is_up && !is_down)
			return fail_in(source, one.line, IW_ERROR_INPUT, error, "unknown section \"%s%s\"", mark,
				       one.words);
		if ((is_up && found.has_up) || (is_down && found.has_down))
			return fail_in(source, one.line, IW_ERROR_INPUT, error, "a second \"%s%s\"", mark,
				       is_up ? "up" : "down");
		if (is_down && !found.has_up)
			return fail_in(source, one.line, IW_ERROR_INPUT, error, "\"%sdown\" stands before \"%sup\"",
				       mark, mark);
		*(is_up ? &found.up : &found.down) = one;
		*(is_up ? &found.has_up : &found.has_down) = true;
		found.is_out_of_transaction[is_up ? IW_UP : IW_DOWN] = is_without_transaction(one.words);
	}
	if (!found.has_up)
		return fail_in(source, source->start, IW_ERROR_INPUT, error, "no \"-- %sup\" in this file", mark);
	if (!is_blank(source, source->start, found.up.line))
		return fail_in(source, source->start, IW_ERROR_INPUT, error, "there are statements before \"-- %sup\"",
			       mark);
	return apply(migration, source, &found);
}

bool iw_sql_prepare_dbmate(struct iw_migration *migration, const iw_source *source, GError **error)
{
	return prepare_marked(migration, source, "migrate:", error);
}

/* A file without a mark is all up; the rest of it may say `-- inchworm:up transaction:false` in its first comments. */
bool iw_sql_prepare_inchworm(struct iw_migration *migration, const iw_source *source, GError **error)
{
	iw_arena *arena = ((struct iw_migration_hook *)migration->framework_data)->arena;
	struct annotation one;
	size_t at = source->start;
	bool is_pair = migration->down.path != NULL && strcmp(migration->down.path, migration->up.path) != 0;
	if (next_annotation(arena, source, "inchworm:", &at, &one) && !is_pair)
		return prepare_marked(migration, source, "inchworm:", error);
	if (!is_pair)
		migration->down = (struct iw_script){.path = NULL};
	return true;
}
