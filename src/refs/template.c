/* Templates (Jinja, Django, ERB and their like): names behind a dot between {{ }}, {% %}, <% %>; and Prisma's schema.
 */
#include "refs/refs_internal.h"

#include <string.h>

static bool is_name(char c)
{
	return g_ascii_isalnum(c) || c == '_';
}

static void use(struct refs_file *file, size_t owner, size_t owner_length, size_t offset, size_t length)
{
	g_autofree char *name = g_strndup(file->source->text + offset, length);
	g_autofree char *of = g_strndup(file->source->text + owner, owner_length);
	file->owner = of;
	iw_refs_use_field(file, NULL, name, iw_refs_place(file, offset, length), IW_LIKELY, "template");
	file->owner = NULL;
}

/* user.nick within the bytes of one tag. */
static void read_tag(struct refs_file *file, size_t at, size_t end)
{
	const char *text = file->source->text;
	size_t owner = at, owner_length = 0;
	while (at < end) {
		if (!is_name(text[at])) {
			owner_length = text[at] == '.' || text[at] == '?' ? owner_length : 0;
			at++;
			continue;
		}
		size_t begin = at;
		while (at < end && is_name(text[at]))
			at++;
		if (begin > 0 && text[begin - 1] == '.' && owner_length > 0 && text[at] != '(')
			use(file, owner, owner_length, begin, at - begin);
		owner = begin;
		owner_length = at - begin;
	}
}

void iw_refs_read_template(struct refs_file *file)
{
	static const char *const marks[][2] = {{"{{", "}}"}, {"{%", "%}"}, {"<%", "%>"}, {"${", "}"}};
	const char *text = file->source->text, *end = text + file->source->length;
	bool is_open_to_the_end[G_N_ELEMENTS(marks)] = {false}; /* nothing closes it any more */
	for (const char *at = text; at < end; at++) {
		size_t kind = 0;
		while (kind < G_N_ELEMENTS(marks) && !g_str_has_prefix(at, marks[kind][0]))
			kind++;
		if (kind == G_N_ELEMENTS(marks) || is_open_to_the_end[kind])
			continue;
		const char *close = strstr(at + 2, marks[kind][1]);
		is_open_to_the_end[kind] = close == NULL;
		if (close == NULL)
			continue;
		read_tag(file, (size_t)(at - text) + 2, (size_t)(close - text));
		at = close;
	}
}

/* Prisma's schema ---------------------------------------------------------------------------------------------------
 */

static void use_line(struct refs_file *file, const struct refs_model *model, size_t begin, size_t end)
{
	const char *text = file->source->text;
	while (begin < end && g_ascii_isspace(text[begin]))
		begin++;
	size_t at = begin;
	while (at < end && is_name(text[at]))
		at++;
	if (at > begin)
		iw_refs_use_bytes(file, model, begin, at - begin, IW_CERTAIN, "the schema declares it");
	/* @@index([nick]), @relation(fields: [nick]) */
	bool is_comment = text[begin] == '/';
	const char *list = is_comment ? NULL : memchr(text + at, '[', end - at);
	const char *references = list == NULL ? NULL : memmem(text + at, end - at, "references", 10);
	size_t stop = list == NULL ? 0 : references != NULL && references > list ? (size_t)(references - text) : end;
	for (size_t next = list == NULL ? 0 : (size_t)(list - text); next < stop; next++) {
		size_t from = next;
		while (next < stop && is_name(text[next]))
			next++;
		if (next > from)
			iw_refs_use_bytes(file, model, from, next - from, IW_CERTAIN, "the schema names it");
	}
}

void iw_refs_read_prisma(struct refs_file *file)
{
	const char *text = file->source->text;
	const struct refs_model *model = NULL;
	for (size_t begin = 0; begin < file->source->length;) {
		size_t end = begin + strcspn(text + begin, "\n");
		g_autofree char *line = g_strndup(text + begin, end - begin);
		g_strstrip(line);
		if (g_str_has_prefix(line, "model ") || g_str_has_prefix(line, "view ")) {
			char *name = g_strchug(strchr(line, ' '));
			name[strcspn(name, " {\t")] = '\0';
			model = iw_refs_find_model(file->private, name, NULL);
			const char *at = strstr(text + begin, name);
			if (model != NULL && at != NULL)
				iw_refs_use_model(file, model, iw_refs_place(file, (size_t)(at - text), strlen(name)),
						  "the schema declares it");
		} else if (*line == '}') {
			model = NULL;
		} else if (model != NULL) {
			use_line(file, model, begin, end);
		}
		begin = end + 1;
	}
}
