/* What every framework's bookkeeping needs: names, statements, checksums, states; see framework_internal.h. */
#include "framework/framework_internal.h"

#include "base/error.h"

#include <stdarg.h>
#include <string.h>
#include <sys/random.h>

struct iw_bookkeeping *iw_bookkeeping_new(iw_arena *arena, const struct iw_project *project,
					  const struct iw_bookkeeping_class *class, const char *schema,
					  const char *table_name)
{
	struct iw_bookkeeping *self = iw_new(arena, struct iw_bookkeeping);
	self->class = class;
	self->dialect = project->engine.dialect;
	self->schema = schema;
	self->table_name = table_name;
	self->migrations = project->migrations;
	return self;
}

const char *iw_bookkeeping_table(iw_arena *arena, const struct iw_bookkeeping *self)
{
	return iw_quote_name(arena, self->dialect, (struct iw_name){self->schema, self->table_name});
}

const char *iw_bookkeeping_plain_table(iw_arena *arena, const struct iw_bookkeeping *self)
{
	const char *name = self->table_name;
	bool is_plain = self->schema == NULL && (g_ascii_isalpha(*name) || *name == '_');
	for (; is_plain && *name != '\0'; name++)
		is_plain = g_ascii_isalnum(*name) || *name == '_';
	return is_plain ? self->table_name : iw_bookkeeping_table(arena, self);
}

const char *iw_literal(iw_arena *arena, const struct iw_bookkeeping *self, const char *text)
{
	return text == NULL ? "NULL" : iw_quote_literal(arena, self->dialect, text);
}

const char *iw_bookkeeping_exists_sql(iw_arena *arena, const struct iw_bookkeeping *self)
{
	const char *table = iw_literal(arena, self, self->table_name);
	const char *schema = self->schema == NULL ? NULL : iw_literal(arena, self, self->schema);
	switch (self->dialect) {
	case IW_POSTGRES:
		/* What pg_tables shows; the view is slow on a new session. */
		return iw_arena_printf(
			arena,
			"SELECT count(*) FROM pg_catalog.pg_class WHERE relname = %s AND relkind IN ('r', 'p')"
			" AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = %s)",
			table, schema == NULL ? "current_schema()" : schema);
	case IW_MYSQL:
		return iw_arena_printf(arena,
				       "SELECT count(*) FROM information_schema.tables WHERE table_schema = %s"
				       " AND table_name = %s",
				       schema == NULL ? "DATABASE()" : schema, table);
	default:
		return iw_arena_printf(
			arena, "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = %s COLLATE NOCASE",
			table);
	}
}

GPtrArray *iw_statements(iw_arena *arena, const char *first, ...)
{
	GPtrArray *list = iw_arena_ptr_array(arena);
	va_list more;
	va_start(more, first);
	for (const char *sql = first; sql != NULL; sql = va_arg(more, const char *))
		g_ptr_array_add(list, (char *)sql);
	va_end(more);
	return list;
}

GHashTable *iw_bookkeeping_by_name(iw_arena *arena, const struct iw_bookkeeping *self)
{
	GHashTable *names = iw_arena_hash_table(arena, g_str_hash, g_str_equal);
	for (guint i = 0; i < self->migrations->len; i++) {
		struct iw_migration *migration = g_ptr_array_index(self->migrations, i);
		g_hash_table_insert(names, (char *)migration->name, migration);
	}
	return names;
}

struct iw_applied *iw_applied_add(iw_arena *arena, GPtrArray *list, struct iw_migration *migration, const char *name)
{
	struct iw_applied *applied = iw_new(arena, struct iw_applied);
	applied->migration = migration;
	applied->name = name;
	applied->state = migration == NULL ? IW_MISSING_FILE : IW_PENDING;
	g_ptr_array_add(list, applied);
	return applied;
}

void iw_mark_out_of_order(GPtrArray *applied)
{
	bool is_newer_applied = false;
	for (guint i = applied->len; i-- > 0;) {
		struct iw_applied *one = g_ptr_array_index(applied, i);
		if (one->migration == NULL || one->migration->is_repeatable)
			continue;
		if (one->state == IW_APPLIED || one->state == IW_FAILED)
			is_newer_applied = true;
		else if (one->state == IW_PENDING || one->state == IW_ROLLED_BACK)
			one->is_out_of_order = is_newer_applied;
	}
}

const char *iw_uuid4(iw_arena *arena)
{
	unsigned char b[16];
	if (getrandom(b, sizeof b, 0) != sizeof b)
		g_error("the system has no random numbers");
	b[6] = (unsigned char)((b[6] & 0x0F) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3F) | 0x80);
	return iw_arena_printf(arena, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0],
			       b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
			       b[15]);
}

GPtrArray *iw_refuse_resolve(GError **error, const char *format, ...)
{
	va_list list;
	va_start(list, format);
	g_autofree char *message = g_strdup_vprintf(format, list);
	va_end(list);
	iw_fail(error, IW_ERROR_HISTORY, "%s", message);
	return NULL;
}

/* checksums ---------------------------------------------------------------------------------------------------- */

static iw_source *open_up(const struct iw_migration *migration, GError **error)
{
	if (migration->problem == NULL)
		return iw_source_open(migration->up.path, migration->up.shown_path, error);
	g_propagate_error(error, g_error_copy(migration->problem));
	return NULL;
}

/* As a JavaScript runtime decodes a file: bytes that are not UTF-8 become U+FFFD. *owned receives what must be freed.
 */
static const char *as_utf8(const iw_source *source, size_t *length, char **owned)
{
	*owned = NULL;
	*length = source->length;
	if (g_utf8_validate_len(source->text, source->length, NULL) || memchr(source->text, 0, source->length) != NULL)
		return source->text;
	*owned = g_utf8_make_valid(source->text, (gssize)source->length);
	*length = strlen(*owned);
	return *owned;
}

const char *iw_migration_sha256(iw_arena *arena, const struct iw_migration *migration, GError **error)
{
	if (migration->checksum != NULL)
		return migration->checksum;
	g_autoptr(iw_source) source = open_up(migration, error);
	if (source == NULL)
		return NULL;
	size_t length;
	g_autofree char *owned = NULL;
	const char *text = as_utf8(source, &length, &owned);
	const char *checksum = iw_sha256(arena, text, length);
	((struct iw_migration *)migration)->checksum = checksum;
	return checksum;
}

/* Every line end as `end`. */
static GString *with_line_ends(const char *text, size_t length, const char *end)
{
	GString *out = g_string_sized_new(length + length / 16);
	for (size_t i = 0; i < length; i++) {
		bool is_crlf = text[i] == '\r' && i + 1 < length && text[i + 1] == '\n';
		if (!is_crlf && text[i] != '\n') {
			g_string_append_c(out, text[i]);
			continue;
		}
		g_string_append(out, end);
		i += is_crlf;
	}
	return out;
}

/* Old Prisma versions wrote each byte without its leading zero. */
static bool is_same_digest(const char *digest, const char *recorded)
{
	if (strlen(recorded) == 64)
		return strcmp(digest, recorded) == 0;
	GString *unpadded = g_string_new(NULL);
	for (size_t i = 0; i + 1 < strlen(digest); i += 2)
		g_string_append_len(unpadded, digest + i + (digest[i] == '0'), digest[i] == '0' ? 1 : 2);
	bool is_same = strcmp(unpadded->str, recorded) == 0;
	g_string_free(unpadded, TRUE);
	return is_same;
}

bool iw_sha256_matches(iw_arena *arena, const struct iw_migration *migration, const char *recorded, GError **error)
{
	const char *checksum = iw_migration_sha256(arena, migration, error);
	if (checksum == NULL)
		return false;
	if (is_same_digest(checksum, recorded))
		return true;
	g_autoptr(iw_source) source = open_up(migration, error);
	if (source == NULL)
		return false;
	size_t length;
	g_autofree char *owned = NULL;
	const char *text = as_utf8(source, &length, &owned);
	for (int i = 0; i < 2; i++) {
		GString *variant = with_line_ends(text, length, i == 0 ? "\n" : "\r\n");
		g_autofree char *digest =
			g_compute_checksum_for_data(G_CHECKSUM_SHA256, (guchar *)variant->str, variant->len);
		g_string_free(variant, TRUE);
		if (is_same_digest(digest, recorded))
			return true;
	}
	return false;
}
