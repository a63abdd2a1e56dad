/* Reader loop and dispatch by dialect; see sql.h. The work is in sql/<dialect>/. */
#include "sql/sql.h"

#include "base/error.h"

#include <stdint.h>
#include <string.h>

static const struct iw_grammar *const grammars[IW_DIALECTS] = {
	[IW_POSTGRES] = &iw_postgres_grammar,
	[IW_MYSQL] = &iw_mysql_grammar,
	[IW_SQLITE] = &iw_sqlite_grammar,
};

struct iw_reader {
	const struct iw_grammar *grammar;
	struct iw_engine engine;
	iw_source *source;
	struct iw_script script;
	size_t offset, limit;
	void *cookie;
	bool is_checked;
	guint piece; /* of source->pieces: the next one */
};

iw_reader *iw_reader_new(struct iw_engine engine, iw_source *source, const struct iw_script *script)
{
	iw_reader *reader = g_new0(iw_reader, 1);
	reader->grammar = grammars[engine.dialect];
	reader->engine = engine;
	reader->source = iw_source_ref(source);
	if (script != NULL)
		reader->script = *script;
	else
		reader->script.length = SIZE_MAX;
	reader->offset = MAX(source->start, MIN(reader->script.offset, source->length));
	size_t rest = source->length - MIN(reader->script.offset, source->length);
	reader->limit = reader->script.length < rest ? reader->script.offset + reader->script.length : source->length;
	return reader;
}

void iw_reader_free(iw_reader *reader)
{
	if (reader == NULL)
		return;
	if (reader->cookie != NULL && reader->grammar->free_cookie != NULL)
		reader->grammar->free_cookie(reader->cookie);
	iw_source_unref(reader->source);
	g_free(reader);
}

static bool check_text(iw_reader *reader, GError **error)
{
	if (reader->is_checked)
		return true;
	reader->is_checked = true;
	gssize bad = iw_source_find_invalid(reader->source);
	if (bad < 0)
		return true;
	struct iw_place place = {reader->source, (size_t)bad, 1};
	unsigned char byte = (unsigned char)reader->source->text[bad];
	if (byte == 0)
		iw_fail_at(error, IW_ERROR_INPUT, &place, "cannot read \"%s\": NUL byte, this is not an SQL text",
			   reader->source->path);
	else
		iw_fail_at(error, IW_ERROR_INPUT, &place, "cannot read \"%s\": byte 0x%02x is not valid UTF-8",
			   reader->source->path, byte);
	iw_error_hint(error, "Save the file as UTF-8 text.");
	reader->offset = reader->limit;
	return false;
}

static struct iw_statement *new_statement(iw_reader *reader, iw_arena *arena, size_t lead, const struct iw_cut *cut)
{
	struct iw_statement *statement = iw_new(arena, struct iw_statement);
	statement->length = cut->end - cut->begin;
	statement->text = iw_arena_strndup(arena, reader->source->text + cut->begin, statement->length);
	statement->place = (struct iw_place){reader->source, cut->begin, statement->length};
	statement->lead = lead;
	statement->end = cut->next;
	statement->operations = iw_arena_ptr_array(arena);
	iw_arena_defer(arena, (GDestroyNotify)iw_source_unref, iw_source_ref(reader->source));
	return statement;
}

/* What was made from something else is shown where its author wrote it. */
static void set_origin(struct iw_statement *statement, const struct iw_piece *piece)
{
	statement->place = piece->origin;
	if (statement->is_syntax_error)
		statement->error_place = piece->origin;
	statement->note = piece->note;
	statement->varying = piece->varying;
	statement->undo = piece->undo;
	statement->needs = piece->needs;
	statement->is_outside = piece->is_alone;
	statement->needs_no_transaction = statement->needs_no_transaction || piece->is_alone;
	for (guint i = 0; i < statement->operations->len; i++)
		((struct iw_operation *)g_ptr_array_index(statement->operations, i))->place = piece->origin;
}

static struct iw_statement *foreign_statement(iw_reader *reader, iw_arena *arena, const struct iw_piece *piece)
{
	struct iw_cut cut = {piece->offset, piece->offset + piece->length, piece->offset + piece->length};
	struct iw_statement *statement = new_statement(reader, arena, piece->offset, &cut);
	struct iw_operation *operation = iw_new(arena, struct iw_operation);
	operation->kind = IW_OP_OPAQUE;
	operation->reason = iw_arena_strdup(arena, piece->foreign);
	operation->data = piece->is_rows_only ? iw_new(arena, struct iw_data) : NULL;
	operation->statement = statement;
	statement->is_foreign = true;
	statement->part = piece->part;
	statement->is_part_atomic = piece->is_part_atomic;
	g_ptr_array_add(statement->operations, operation);
	set_origin(statement, piece);
	return statement;
}

/* Several statements in one query: each is read, the first to the last. */
static struct iw_statement *next_of_pieces(iw_reader *reader, iw_arena *arena, GError **error)
{
	const GArray *pieces = reader->source->pieces;
	for (; reader->piece < pieces->len; reader->piece++) {
		const struct iw_piece *piece = &g_array_index(pieces, struct iw_piece, reader->piece);
		size_t end = piece->offset + piece->length;
		if (piece->foreign != NULL) {
			reader->piece++;
			return foreign_statement(reader, arena, piece);
		}
		size_t lead = reader->offset = MAX(reader->offset, piece->offset);
		while (reader->offset < end) {
			struct iw_cut cut = {0};
			if (!reader->grammar->split(reader->source, reader->offset, end, &reader->script,
						    &reader->cookie, &cut, error)) {
				reader->piece = pieces->len;
				return NULL;
			}
			reader->offset = cut.next;
			if (cut.begin == cut.end)
				continue;
			struct iw_statement *statement = new_statement(reader, arena, lead, &cut);
			reader->grammar->parse(arena, reader->engine, statement);
			set_origin(statement, piece);
			return statement;
		}
	}
	return NULL;
}

struct iw_statement *iw_reader_next(iw_reader *reader, iw_arena *arena, GError **error)
{
	if (!check_text(reader, error))
		return NULL;
	if (reader->source->pieces != NULL)
		return next_of_pieces(reader, arena, error);
	size_t lead = reader->offset;
	while (reader->offset < reader->limit) {
		struct iw_cut cut = {0};
		if (!reader->grammar->split(reader->source, reader->offset, reader->limit, &reader->script,
					    &reader->cookie, &cut, error)) {
			reader->offset = reader->limit;
			return NULL;
		}
		g_assert(cut.next > reader->offset);
		reader->offset = cut.next;
		iw_source_forget(reader->source, cut.begin);
		if (cut.begin == cut.end)
			continue;
		struct iw_statement *statement = new_statement(reader, arena, lead, &cut);
		reader->grammar->parse(arena, reader->engine, statement);
		return statement;
	}
	return NULL;
}

GPtrArray *iw_read_all(iw_arena *arena, struct iw_engine engine, iw_source *source, const struct iw_script *script,
		       GError **error)
{
	g_autoptr(iw_reader) reader = iw_reader_new(engine, source, script);
	GPtrArray *statements = iw_arena_ptr_array(arena);
	GError *failure = NULL;
	struct iw_statement *statement;
	while ((statement = iw_reader_next(reader, arena, &failure)) != NULL)
		g_ptr_array_add(statements, statement);
	if (failure == NULL)
		return statements;
	g_propagate_error(error, failure);
	return NULL;
}

const char *iw_render(iw_arena *arena, struct iw_engine engine, const struct iw_operation *operation)
{
	return grammars[engine.dialect]->render(arena, engine, operation);
}

GPtrArray *iw_render_all(iw_arena *arena, struct iw_engine engine, GPtrArray *operations, bool merge)
{
	const struct iw_grammar *grammar = grammars[engine.dialect];
	if (merge && grammar->render_all != NULL)
		return grammar->render_all(arena, engine, operations);
	GPtrArray *texts = iw_arena_ptr_array(arena);
	for (guint i = 0; i < operations->len; i++)
		g_ptr_array_add(texts, (char *)grammar->render(arena, engine, g_ptr_array_index(operations, i)));
	return texts;
}

const char *iw_quote(iw_arena *arena, enum iw_dialect dialect, const char *identifier)
{
	return grammars[dialect]->quote(arena, identifier);
}

const char *iw_quote_name(iw_arena *arena, enum iw_dialect dialect, struct iw_name name)
{
	const char *object = iw_quote(arena, dialect, name.name);
	if (name.schema == NULL)
		return object;
	return iw_arena_printf(arena, "%s.%s", iw_quote(arena, dialect, name.schema), object);
}

const char *iw_quote_literal(iw_arena *arena, enum iw_dialect dialect, const char *text)
{
	return grammars[dialect]->quote_literal(arena, text);
}

const struct iw_expression *iw_expression_read(iw_arena *arena, struct iw_engine engine, const char *text)
{
	return grammars[engine.dialect]->expression(arena, engine, text);
}

struct iw_type iw_type_read(iw_arena *arena, struct iw_engine engine, const char *text)
{
	return grammars[engine.dialect]->type(arena, engine, text);
}
