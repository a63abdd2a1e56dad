/* Input files, read or mapped, and places in them; see source.h. */
#include "base/source.h"

#include "base/arena.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static size_t after_byte_order_mark(const char *text, size_t length)
{
	return length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

static iw_source *source_new(const char *text, size_t length, const char *shown_as)
{
	iw_source *source = g_new0(iw_source, 1);
	g_atomic_ref_count_init(&source->references);
	source->owned_path = g_strdup(shown_as);
	source->path = source->owned_path;
	source->text = text == NULL ? "" : text;
	source->length = length;
	source->start = after_byte_order_mark(source->text, length);
	return source;
}

enum { SMALL = 32 * 1024 }; /* bytes: up to here reading is quicker than mapping */

static iw_source *read_small(int file, size_t length, const char *shown_as)
{
	char *text = g_malloc(length + 1);
	size_t filled = 0;
	while (filled < length) {
		ssize_t got = read(file, text + filled, length - filled);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			g_free(text);
			return NULL;
		}
		if (got == 0)
			break;
		filled += (size_t)got;
	}
	text[filled] = '\0';
	iw_source *source = source_new(text, filled, shown_as);
	source->owned_text = text;
	return source;
}

static iw_source *map(int file, const char *shown_as, GError **error)
{
	g_autoptr(GError) cause = NULL;
	GMappedFile *mapped = g_mapped_file_new_from_fd(file, FALSE, &cause);
	if (mapped == NULL) {
		iw_fail(error, IW_ERROR_INPUT, "could not read \"%s\": %s", shown_as, cause->message);
		return NULL;
	}
	iw_source *source = source_new(g_mapped_file_get_contents(mapped), g_mapped_file_get_length(mapped), shown_as);
	source->mapped = mapped;
	return source;
}

static iw_source *open_file(int file, const struct stat *status, const char *shown_as, GError **error)
{
	if (!S_ISREG(status->st_mode)) {
		iw_fail(error, IW_ERROR_INPUT, "cannot read \"%s\": it is not a regular file", shown_as);
		return NULL;
	}
	if (status->st_size > SMALL)
		return map(file, shown_as, error);
	iw_source *source = read_small(file, (size_t)status->st_size, shown_as);
	if (source == NULL)
		iw_fail(error, IW_ERROR_INPUT, "could not read \"%s\": %s", shown_as, g_strerror(errno));
	return source;
}

static GHashTable *overrides; /* char * path -> GString *; NULL: none was ever set */

static void free_override(gpointer text)
{
	g_string_free(text, TRUE);
}

void iw_source_override(const char *path, const char *text, size_t length)
{
	if (overrides == NULL)
		overrides = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_override);
	if (text == NULL)
		g_hash_table_remove(overrides, path);
	else
		g_hash_table_insert(overrides, g_strdup(path), g_string_new_len(text, (gssize)length));
}

iw_source *iw_source_open(const char *path, const char *shown_as, GError **error)
{
	const GString *override = overrides == NULL ? NULL : g_hash_table_lookup(overrides, path);
	if (override != NULL)
		return iw_source_from_text(override->str, override->len, shown_as);
	/* A pipe that nobody writes to must not hold this up. */
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat status;
	if (file < 0 || fstat(file, &status) != 0) {
		iw_fail(error, IW_ERROR_INPUT, "could not read \"%s\": %s", shown_as, g_strerror(errno));
		if (file >= 0)
			close(file);
		return NULL;
	}
	iw_source *source = open_file(file, &status, shown_as, error);
	close(file);
	return source;
}

iw_source *iw_source_from_text(const char *text, size_t length, const char *shown_as)
{
	char *copy = g_malloc(length + 1);
	memcpy(copy, text, length);
	copy[length] = '\0';
	iw_source *source = source_new(copy, length, shown_as);
	source->owned_text = copy;
	return source;
}

enum { STEP = 4 << 20 }; /* bytes looked at before memory is given back; a multiple of every page size */

void iw_source_forget(iw_source *source, size_t offset)
{
	if (source->mapped == NULL || offset < source->forgotten + 2 * STEP)
		return;
	size_t end = (offset / STEP - 1) * STEP;
	madvise((char *)(uintptr_t)source->text + source->forgotten, end - source->forgotten, MADV_DONTNEED);
	source->forgotten = end;
}

iw_source *iw_source_ref(iw_source *source)
{
	g_atomic_ref_count_inc(&source->references);
	return source;
}

void iw_source_unref(iw_source *source)
{
	if (source == NULL || !g_atomic_ref_count_dec(&source->references))
		return;
	g_clear_pointer(&source->mapped, g_mapped_file_unref);
	if (source->line_starts != NULL)
		g_array_unref(source->line_starts);
	g_clear_pointer(&source->made_in, iw_arena_free);
	g_free(source->owned_path);
	g_free(source->owned_text);
	g_free(source);
}

void iw_source_set_pieces(iw_source *source, struct iw_arena *arena, const GArray *pieces)
{
	source->made_in = arena;
	source->pieces = pieces;
}

static GArray *find_line_starts(const iw_source *source)
{
	GArray *starts = g_array_new(FALSE, FALSE, sizeof(size_t));
	size_t start = source->start;
	g_array_append_val(starts, start);
	for (size_t i = source->start; i < source->length; i++) {
		char c = source->text[i];
		bool ends_line = c == '\n' || (c == '\r' && (i + 1 >= source->length || source->text[i + 1] != '\n'));
		if (!ends_line)
			continue;
		start = i + 1;
		g_array_append_val(starts, start);
	}
	return starts;
}

static size_t line_index(const GArray *starts, size_t offset)
{
	size_t low = 0;
	size_t high = starts->len;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (g_array_index(starts, size_t, middle) <= offset)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static bool is_continuation(char byte)
{
	return ((unsigned char)byte & 0xC0) == 0x80;
}

struct iw_line_column iw_source_locate(const iw_source *source, size_t offset)
{
	iw_source *cache = (iw_source *)source;
	if (cache->line_starts == NULL)
		cache->line_starts = find_line_starts(source);
	offset = MIN(offset, source->length);
	size_t line = line_index(source->line_starts, offset);
	int column = 1;
	for (size_t i = g_array_index(source->line_starts, size_t, line); i < offset; i++)
		column += !is_continuation(source->text[i]);
	return (struct iw_line_column){(int)line + 1, column};
}

static const char *line_begin(const iw_source *source, size_t offset)
{
	const char *at = source->text + offset;
	const char *first = source->text + source->start;
	while (at > first && at[-1] != '\n' && at[-1] != '\r')
		at--;
	return at;
}

static const char *line_end(const iw_source *source, size_t offset)
{
	const char *at = source->text + offset;
	const char *last = source->text + source->length;
	while (at < last && *at != '\n' && *at != '\r')
		at++;
	return at;
}

static void append_printable(GString *out, const char *from, const char *to)
{
	for (const char *at = from; at < to;) {
		gunichar c = g_utf8_get_char_validated(at, to - at);
		if (c == (gunichar)-1 || c == (gunichar)-2) {
			g_string_append(out, "\xEF\xBF\xBD");
			at++;
			continue;
		}
		const char *next = g_utf8_next_char(at);
		if (c == '\t' || g_unichar_isprint(c))
			g_string_append_len(out, at, next - at);
		else
			g_string_append_c(out, ' ');
		at = next;
	}
}

static void append_blank(GString *out, const char *from, const char *to)
{
	for (const char *at = from; at < to; at++)
		if (!is_continuation(*at))
			g_string_append_c(out, *at == '\t' ? '\t' : ' ');
}

void iw_place_caret(GString *out, const struct iw_place *place, int width)
{
	const iw_source *source = place->source;
	size_t offset = MIN(place->offset, source->length);
	struct iw_line_column at = iw_source_locate(source, offset);
	const char *caret = source->text + offset;
	const char *begin = line_begin(source, offset);
	const char *end = line_end(source, offset);
	if (width > 20 && end - begin > width) {
		if (caret - begin > width / 2)
			begin = caret - width / 2;
		end = MIN(end, begin + width);
		while (begin < caret && is_continuation(*begin))
			begin++;
		while (end > caret && end < source->text + source->length && is_continuation(*end))
			end--;
	}
	g_string_append_printf(out, "%5d | ", at.line);
	append_printable(out, begin, end);
	g_string_append(out, "\n      | ");
	append_blank(out, begin, caret);
	g_string_append_c(out, '^');
	const char *marked_end = MIN(caret + place->length, end);
	for (const char *i = caret + 1; i < marked_end; i++)
		if (!is_continuation(*i))
			g_string_append_c(out, '~');
	g_string_append_c(out, '\n');
}

/* Memory goes back as the scan moves on: the text is read again later, a part at a time. */
gssize iw_source_find_invalid(const iw_source *source)
{
	for (size_t begin = 0; begin < source->length;) {
		size_t end = MIN(begin + STEP, source->length);
		const char *stop = NULL;
		bool is_valid = g_utf8_validate_len(source->text + begin, end - begin, &stop);
		size_t valid = (size_t)(stop - source->text);
		/* A character may be cut by the end of the part; the longest has four bytes. */
		if (!is_valid && (end == source->length || end - valid > 3))
			return (gssize)valid;
		/* Not a byte more than the file has: behind it is other memory, which would be emptied. */
		size_t from = begin / STEP * STEP;
		if (source->mapped != NULL && source->length > STEP)
			madvise((char *)(uintptr_t)source->text + from, MIN((size_t)STEP, source->length - from),
				MADV_DONTNEED);
		begin = is_valid ? end : valid;
	}
	return -1;
}
