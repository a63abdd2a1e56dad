/* PostgreSQL's reader and renderer: any text is cut, read and rendered without crash, leak or endless loop. */
#include "sql/sql.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct iw_engine engine = {.dialect = IW_POSTGRES};

static void read_script(iw_arena *arena, const char *text, size_t size, const struct iw_script *script)
{
	g_autoptr(GError) error = NULL;
	iw_source *source = iw_source_from_text(text, size, "fuzz");
	g_autoptr(iw_reader) reader = iw_reader_new(engine, source, script);
	struct iw_statement *statement;
	while ((statement = iw_reader_next(reader, arena, &error)) != NULL) {
		g_assert_cmpint(statement->operations->len, >, 0);
		g_assert_cmpint(statement->place.offset + statement->length, <=, size);
		for (guint i = 0; i < statement->operations->len; i++) {
			const struct iw_operation *operation = g_ptr_array_index(statement->operations, i);
			g_assert_cmpint(operation->place.offset + operation->place.length, <=, size);
			iw_render(arena, engine, operation);
		}
		iw_render_all(arena, engine, statement->operations, true);
	}
	iw_source_unref(source);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	struct iw_script script = {.length = SIZE_MAX};
	g_autofree char *text = g_strndup((const char *)data, size);
	if (size > 0 && data[0] == '-') {
		script.breakpoint = "--> statement-breakpoint";
		script.block_begin = "-- +goose StatementBegin";
		script.block_end = "-- +goose StatementEnd";
	}
	read_script(arena, text, size, &script);
	if (size < 4096 && g_utf8_validate(text, -1, NULL)) {
		iw_expression_read(arena, engine, text);
		iw_type_read(arena, engine, text);
		iw_quote(arena, IW_POSTGRES, text);
		iw_quote_literal(arena, IW_POSTGRES, text);
	}
	return 0;
}
