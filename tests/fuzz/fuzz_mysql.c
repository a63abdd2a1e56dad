/* MySQL: any text is read to its end, every operation is printable, and what is rendered can be read again. */
#include "base/error.h"
#include "sql/sql.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_place(const iw_source *source, const struct iw_place *place)
{
	if (place->source != NULL)
		g_assert(place->offset + place->length <= source->length + 1);
}

static void check_statement(iw_arena *arena, struct iw_engine engine, const iw_source *source,
			    const struct iw_statement *statement)
{
	g_assert(statement->operations->len > 0);
	for (guint i = 0; i < statement->operations->len; i++) {
		const struct iw_operation *operation = statement->operations->pdata[i];
		check_place(source, &operation->place);
		g_assert(operation->kind != IW_OP_OPAQUE || operation->reason != NULL);
		g_assert(iw_render(arena, engine, operation) != NULL);
	}
	g_assert(iw_render_all(arena, engine, statement->operations, true)->len > 0);
	if (statement->is_syntax_error)
		check_place(source, &statement->error_place);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct iw_engine engine = {IW_MYSQL, size > 0 && data[0] & 1, 0};
	struct iw_script script = {.length = SIZE_MAX};
	if (size > 0 && data[0] & 2)
		script.breakpoint = "--> statement-breakpoint";
	if (size > 0 && data[0] & 4) {
		script.block_begin = "-- +goose StatementBegin";
		script.block_end = "-- +goose StatementEnd";
	}
	g_autofree char *text = g_strndup((const char *)data + (size > 0), size - (size > 0));
	g_autoptr(iw_source) source = iw_source_from_text(text, strlen(text), "fuzz");
	g_autoptr(iw_reader) reader = iw_reader_new(engine, source, &script);
	g_autoptr(GError) error = NULL;
	for (;;) {
		g_autoptr(iw_arena) arena = iw_arena_new();
		const struct iw_statement *statement = iw_reader_next(reader, arena, &error);
		if (statement == NULL)
			break;
		check_statement(arena, engine, source, statement);
		g_assert(iw_expression_read(arena, engine, statement->text)->canonical != NULL);
		g_assert(iw_type_read(arena, engine, statement->text).text != NULL);
	}
	return 0;
}
