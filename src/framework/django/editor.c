/* What all schema editors share: what is sent, what is put off, and the texts that queries are made of; see editor.h.
 */
#include "framework/django/editor.h"

#include <stdarg.h>
#include <string.h>

const struct django_backend *iw_django_backend(const struct django_context *context)
{
	static const struct django_backend *const backends[IW_DIALECTS] = {
		[IW_POSTGRES] = &iw_django_postgres, [IW_MYSQL] = &iw_django_mysql, [IW_SQLITE] = &iw_django_sqlite};
	return backends[context->engine.dialect];
}

struct django_editor *iw_django_editor_new(struct django_context *context,
					   const iw_schema *(*catalogue_before)(void *data), void *data)
{
	struct django_editor *self = iw_new(context->arena, struct django_editor);
	*self = (struct django_editor){
		.context = context,
		.backend = iw_django_backend(context),
		.sent = iw_arena_ptr_array(context->arena),
		.deferred = iw_arena_ptr_array(context->arena),
		.varying = iw_arena_ptr_array(context->arena),
		.catalogue_before = catalogue_before,
		.data = data,
	};
	if (self->backend->begin != NULL)
		self->backend->begin(self);
	return self;
}

/* sending ---------------------------------------------------------------------------------------------------------- */

static void add_sent(struct django_editor *self, struct iw_place place, const char *sql, const char *foreign)
{
	struct django_sent *sent = iw_new(self->context->arena, struct django_sent);
	*sent = (struct django_sent){
		.sql = sql, .foreign = foreign, .note = self->note, .place = place, .is_alone = self->is_alone};
	self->note = NULL;
	g_ptr_array_add(self->sent, sent);
}

static struct django_sent *last_sent(struct django_editor *self)
{
	return self->sent->pdata[self->sent->len - 1];
}

static void send(struct django_editor *self, struct iw_place place, const char *sql)
{
	add_sent(self, place, sql, NULL);
	if (self->context->engine.dialect == IW_SQLITE)
		last_sent(self)->needs = iw_django_own_function(sql);
}

void iw_django_execute(struct django_editor *self, const char *sql)
{
	if (sql != NULL && *sql != '\0')
		send(self, self->place, sql);
}

void iw_django_execute_statement(struct django_editor *self, const struct django_statement *statement)
{
	if (statement != NULL)
		send(self, statement->place, iw_django_statement_sql(self, statement));
}

void iw_django_execute_foreign(struct django_editor *self, const char *why)
{
	add_sent(self, self->place, NULL, why);
}

struct django_sent *iw_django_execute_foreign_rows(struct django_editor *self, const char *why)
{
	add_sent(self, self->place, NULL, why);
	last_sent(self)->is_rows_only = true;
	return last_sent(self);
}

static void add_to_made(iw_made *made, const struct django_sent *sent)
{
	iw_made_set_alone(made, sent->is_alone);
	if (sent->note != NULL)
		iw_made_note(made, "%s", sent->note);
	if (sent->sql != NULL)
		iw_made_sql(made, sent->place, sent->sql);
	else if (sent->is_rows_only)
		iw_made_foreign_rows(made, sent->place, sent->foreign);
	else
		iw_made_foreign(made, sent->place, sent->foreign);
	if (sent->needs != NULL)
		iw_made_set_needs(made, sent->needs);
	if (sent->part != 0)
		iw_made_set_part(made, sent->part, sent->is_part_atomic);
}

/* Until 4.2 with a list of parameters, which was empty. */
static void send_deferred(struct django_editor *self, const struct django_statement *statement)
{
	const char *sql = iw_django_statement_sql(self, statement);
	send(self, statement->place,
	     self->context->version < 50000 ? iw_django_formatted(self->context->arena, sql) : sql);
}

/* __exit__() */
void iw_django_editor_finish(struct django_editor *self, iw_made *made)
{
	if (self->backend->finish != NULL)
		self->backend->finish(self);
	for (guint i = 0; i < self->deferred->len; i++)
		send_deferred(self, self->deferred->pdata[i]);
	g_ptr_array_set_size(self->deferred, 0);
	for (guint i = 0; i < self->sent->len; i++) {
		add_to_made(made, self->sent->pdata[i]);
		iw_made_set_varying(made, self->varying);
	}
}

/* taking back ------------------------------------------------------------------------------------------------------ */

static GPtrArray *copy_of(iw_arena *arena, const GPtrArray *list)
{
	GPtrArray *copy = iw_arena_ptr_array(arena);
	for (guint i = 0; i < list->len; i++)
		g_ptr_array_add(copy, list->pdata[i]);
	return copy;
}

struct django_mark iw_django_editor_mark(const struct django_editor *self)
{
	return (struct django_mark){.sent = self->sent->len, .deferred = copy_of(self->context->arena, self->deferred)};
}

/* Statements that are put off are never changed, so that the list alone says what was there. */
void iw_django_editor_rewind(struct django_editor *self, struct django_mark mark)
{
	g_ptr_array_set_size(self->sent, (gint)mark.sent);
	self->deferred = copy_of(self->context->arena, mark.deferred);
	self->note = NULL;
}

/* texts ------------------------------------------------------------------------------------------------------------ */

/* ops.quote_name(): quoting once is enough, and quotes inside are left as they are: "\"schema\".\"table\"". */
const char *iw_django_quote_name(const struct django_context *context, const char *name)
{
	char quote = context->engine.dialect == IW_MYSQL ? '`' : '"';
	size_t length = name == NULL ? 0 : strlen(name);
	if (length > 1 && name[0] == quote && name[length - 1] == quote)
		return name;
	return iw_arena_printf(context->arena, "%c%s%c", quote, name == NULL ? "" : name, quote);
}

/* The value beside the name of that length; "" when it is NULL or not there. */
static const char *value_of(const GPtrArray *pairs, const char *name, size_t length)
{
	for (guint i = 0; i + 1 < pairs->len; i += 2)
		if (strlen(pairs->pdata[i]) == length && memcmp(pairs->pdata[i], name, length) == 0)
			return pairs->pdata[i + 1] == NULL ? "" : pairs->pdata[i + 1];
	return "";
}

const char *iw_django_format(iw_arena *arena, const char *template, ...)
{
	g_autoptr(GPtrArray) pairs = g_ptr_array_new();
	va_list list;
	va_start(list, template);
	for (const char *name = va_arg(list, const char *); name != NULL; name = va_arg(list, const char *)) {
		g_ptr_array_add(pairs, (gpointer)name);
		g_ptr_array_add(pairs, va_arg(list, gpointer));
	}
	va_end(list);
	g_autoptr(GString) out = g_string_new(NULL);
	for (const char *at = template; *at != '\0';) {
		const char *end = g_str_has_prefix(at, "%(") ? strstr(at, ")s") : NULL;
		if (end != NULL) {
			g_string_append(out, value_of(pairs, at + 2, (size_t)(end - at - 2)));
			at = end + 2;
		} else {
			at += g_str_has_prefix(at, "%%") ? 1 : 0;
			g_string_append_c(out, *at++);
		}
	}
	return iw_arena_strndup(arena, out->str, out->len);
}

static const char *replaced(iw_arena *arena, const char *text, const char *old, const char *new)
{
	g_auto(GStrv) parts = g_strsplit(text, old, -1);
	g_autofree char *joined = g_strjoinv(new, parts);
	return iw_arena_strdup(arena, joined);
}

const char *iw_django_formatted(iw_arena *arena, const char *sql)
{
	return strchr(sql, '%') == NULL ? sql : replaced(arena, sql, "%%", "%");
}

const char *iw_django_comment_text(const struct django_context *context, const char *comment, bool is_formatted)
{
	bool is_doubled = context->version < 50000;
	if (comment == NULL || is_doubled == is_formatted)
		return comment == NULL ? "" : comment;
	return is_formatted ? iw_django_formatted(context->arena, comment)
			    : replaced(context->arena, comment, "%", "%%");
}

const char *iw_django_setting_text(const struct django_context *context, const char *name)
{
	const struct iw_django_settings *settings = context->settings;
	const struct iw_py_value *value =
		settings == NULL || settings->values == NULL ? NULL : g_hash_table_lookup(settings->values, name);
	const char *text = value == NULL ? NULL : iw_py_text(value);
	return text == NULL || *text == '\0' ? NULL : text;
}

GPtrArray *iw_django_list(iw_arena *arena, const void *item)
{
	GPtrArray *list = iw_arena_ptr_array(arena);
	g_ptr_array_add(list, (gpointer)item);
	return list;
}
