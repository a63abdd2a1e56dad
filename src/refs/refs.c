/* The search itself: targets to words, files to readers, uses to references. See refs.h. */
#include "refs/refs_internal.h"

#include "framework/files.h"

#include <string.h>

const char *iw_certainty_name(enum iw_certainty certainty)
{
	static const char *const names[] = {"possible", "likely", "certain"};
	return names[certainty];
}

const char *iw_ref_target_words(iw_arena *arena, const struct iw_ref_target *target)
{
	return iw_arena_printf(arena, "%s%s%s%s%s", target->table.schema == NULL ? "" : target->table.schema,
			       target->table.schema == NULL ? "" : ".", target->table.name,
			       target->column == NULL ? "" : ".", target->column == NULL ? "" : target->column);
}

/* The string behind "name=" or "old_name=" of RemoveField(model_name="user", name="nick"): a column may be called
 * otherwise. */
const char *iw_refs_field_of(iw_arena *arena, const struct iw_place *place)
{
	static const char *const keys[] = {"old_name=", "name="};
	if (place->source == NULL || !g_str_has_suffix(place->source->path, ".py"))
		return NULL;
	g_autofree char *text = g_strndup(place->source->text + place->offset, place->length);
	for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
		for (const char *at = strstr(text, keys[i]); at != NULL; at = strstr(at + 1, keys[i])) {
			const char *quote = at + strlen(keys[i]);
			bool is_whole = at == text || (!g_ascii_isalnum(at[-1]) && at[-1] != '_');
			const char *end = *quote == '"' || *quote == '\'' ? strchr(quote + 1, *quote) : NULL;
			if (is_whole && end != NULL)
				return iw_arena_strndup(arena, quote + 1, (size_t)(end - quote - 1));
		}
	return NULL;
}

iw_refs *iw_refs_new(iw_arena *arena, const char *directory, GPtrArray *migrations, bool keeps_all)
{
	iw_refs *refs = iw_new(arena, iw_refs);
	struct refs_private *self = iw_new(arena, struct refs_private);
	refs->private = self;
	refs->directory = iw_arena_strdup(arena, directory);
	refs->references = g_array_new(FALSE, TRUE, sizeof(struct iw_reference));
	iw_arena_defer(arena, (GDestroyNotify)g_array_unref, refs->references);
	refs->skipped = iw_arena_ptr_array(arena);
	self->arena = arena;
	self->keeps_all = keeps_all;
	self->scratch = iw_arena_new();
	iw_arena_defer(arena, (GDestroyNotify)iw_arena_free, self->scratch);
	self->buffer = g_byte_array_new();
	iw_arena_defer(arena, (GDestroyNotify)g_byte_array_unref, self->buffer);
	self->files = iw_arena_ptr_array(arena);
	self->targets = iw_arena_ptr_array(arena);
	self->models = iw_arena_ptr_array(arena);
	self->by_name = iw_arena_hash_table(arena, g_str_hash, g_str_equal);
	self->by_table = iw_arena_hash_table(arena, g_str_hash, g_str_equal);
	self->ways_back = iw_arena_hash_table(arena, g_str_hash, g_str_equal);
	self->gone_classes = iw_arena_hash_table(arena, g_str_hash, g_str_equal);
	self->words = iw_arena_hash_table(arena, g_str_hash, g_str_equal);
	self->tables = iw_arena_hash_table(arena, g_str_hash, g_str_equal);
	self->migrations = iw_arena_hash_table(arena, g_str_hash, g_str_equal);
	for (guint i = 0; migrations != NULL && i < migrations->len; i++) {
		const struct iw_migration *migration = migrations->pdata[i];
		if (migration->up.path != NULL)
			g_hash_table_add(self->migrations, (char *)migration->up.path);
		if (migration->down.path != NULL)
			g_hash_table_add(self->migrations, (char *)migration->down.path);
	}
	return refs;
}

guint iw_refs_add(iw_refs *refs, const struct iw_ref_target *target)
{
	struct refs_private *self = refs->private;
	struct refs_target *added = iw_new(self->arena, struct refs_target);
	*added = (struct refs_target){
		.is = {{iw_arena_strdup(self->arena, target->table.schema),
			iw_arena_strdup(self->arena, target->table.name)},
		       iw_arena_strdup(self->arena, target->column),
		       iw_arena_strdup(self->arena, target->field)},
		.models = iw_arena_ptr_array(self->arena),
		.names = iw_arena_ptr_array(self->arena),
	};
	g_ptr_array_add(self->targets, added);
	return self->targets->len - 1;
}

/* words -------------------------------------------------------------------------------------------------------------
 */

static GArray *numbers(iw_arena *arena)
{
	GArray *array = g_array_new(FALSE, FALSE, sizeof(guint));
	iw_arena_defer(arena, (GDestroyNotify)g_array_unref, array);
	return array;
}

static struct refs_word *word_of(struct refs_private *self, const char *name)
{
	struct refs_word *word = g_hash_table_lookup(self->words, name);
	if (word == NULL) {
		word = iw_new(self->arena, struct refs_word);
		word->columns = numbers(self->arena);
		word->models = numbers(self->arena);
		g_hash_table_insert(self->words, iw_arena_strdup(self->arena, name), word);
	}
	return word;
}

static void add_name(struct refs_private *self, guint index, const char *name)
{
	struct refs_target *target = self->targets->pdata[index];
	for (guint i = 0; i < target->names->len; i++)
		if (strcmp(target->names->pdata[i], name) == 0)
			return;
	g_ptr_array_add(target->names, iw_arena_strdup(self->arena, name));
	g_array_append_val(word_of(self, name)->columns, index);
}

/* "created_at" -> "createdAt", as Prisma and Drizzle projects name what they map. */
static char *camel(const char *name)
{
	GString *text = g_string_new(NULL);
	for (; *name != '\0'; name++) {
		if (*name == '_' && text->len > 0 && name[1] != '\0')
			g_string_append_c(text, g_ascii_toupper(*++name));
		else
			g_string_append_c(text, *name);
	}
	return g_string_free(text, FALSE);
}

/* Unless one of the models has a field of that name, which is another column then. */
static void add_default_name(struct refs_private *self, guint index, const char *name)
{
	const struct refs_target *target = self->targets->pdata[index];
	for (guint i = 0; i < target->models->len; i++) {
		const struct refs_field *field = iw_refs_find_field(self, target->models->pdata[i], name);
		bool is_other = field != NULL ? strcmp(field->column, target->is.column) != 0
					      : iw_refs_has_other(self, target->models->pdata[i], name) ||
							iw_refs_related(self, target->models->pdata[i], name) != NULL;
		if (is_other)
			return;
	}
	add_name(self, index, name);
}

/* What the models call the column; where none has it any more, what they would call it by default. */
static void name_column(struct refs_private *self, guint index)
{
	struct refs_target *target = self->targets->pdata[index];
	const char *column = target->is.column;
	bool is_found = false, is_script = target->models->len == 0, is_python = is_script;
	for (guint i = 0; i < target->models->len; i++) {
		struct refs_model *model = target->models->pdata[i];
		is_script |= model->kind >= REFS_PRISMA;
		is_python |= model->kind == REFS_DJANGO;
		for (guint k = 0; k < model->fields->len; k++) {
			const struct refs_field *field = model->fields->pdata[k];
			if (strcmp(field->column, column) != 0)
				continue;
			is_found = true;
			add_name(self, index, field->name);
			if (field->to != NULL && model->kind == REFS_DJANGO)
				add_name(self, index, iw_arena_printf(self->arena, "%s_id", field->name));
		}
	}
	add_default_name(self, index, column);
	if (target->is.field != NULL)
		add_default_name(self, index, target->is.field);
	if (is_found)
		return;
	g_autofree char *other = camel(column);
	if (is_script)
		add_default_name(self, index, other);
	if (is_python && g_str_has_suffix(column, "_id") && strlen(column) > 3)
		add_default_name(self, index, iw_arena_strndup(self->arena, column, strlen(column) - 3));
}

/* Files that speak of a class that is gone: "User" of shop_user, "user" of Prisma's User. */
static void name_gone_table(struct refs_private *self, guint index, const char *table)
{
	g_autofree char *accessor = g_strdup(table);
	*accessor = g_ascii_tolower(*accessor);
	g_array_append_val(word_of(self, accessor)->models, index);
	for (const char *at = strchr(table, '_'); at != NULL; at = strchr(at + 1, '_'))
		if (at[1] != '\0')
			g_hash_table_add(self->gone_classes, iw_arena_strdup(self->arena, at + 1));
}

static void name_targets(struct refs_private *self)
{
	for (guint i = 0; i < self->targets->len; i++) {
		struct refs_target *target = self->targets->pdata[i];
		GPtrArray *models = g_hash_table_lookup(self->by_table, target->is.table.name);
		for (guint k = 0; models != NULL && k < models->len; k++)
			g_ptr_array_add(target->models, models->pdata[k]);
		GArray *tables = g_hash_table_lookup(self->tables, target->is.table.name);
		if (tables == NULL) {
			tables = numbers(self->arena);
			g_hash_table_insert(self->tables, (char *)target->is.table.name, tables);
		}
		g_array_append_val(tables, i);
		if (target->is.column != NULL) {
			name_column(self, i);
			continue;
		}
		g_array_append_val(word_of(self, target->is.table.name)->models, i);
		if (target->models->len == 0)
			name_gone_table(self, i, target->is.table.name);
		for (guint k = 0; k < target->models->len; k++) {
			const struct refs_model *model = target->models->pdata[k];
			g_array_append_val(word_of(self, model->name)->models, i);
			if (model->accessor != NULL)
				g_array_append_val(word_of(self, model->accessor)->models, i);
		}
	}
}

bool iw_refs_is_declared(const iw_refs *refs, guint index)
{
	const struct refs_private *self = refs->private;
	const struct refs_target *target = self->targets->pdata[index];
	for (guint i = 0; i < target->models->len; i++)
		for (guint k = 0; target->is.column != NULL && k < target->names->len; k++) {
			const struct refs_field *field =
				iw_refs_find_field(self, target->models->pdata[i], target->names->pdata[k]);
			if (field != NULL && strcmp(field->column, target->is.column) == 0)
				return true;
		}
	return target->is.column == NULL && target->models->len > 0;
}

/* uses --------------------------------------------------------------------------------------------------------------
 */

bool iw_refs_is_word(const struct refs_file *file, const char *name)
{
	return g_hash_table_contains(file->private->words, name);
}

struct iw_place iw_refs_place(const struct refs_file *file, size_t offset, size_t length)
{
	return (struct iw_place){file->source, offset, length};
}

void iw_refs_add_reference(struct refs_file *file, guint target, enum iw_certainty certainty, struct iw_place place,
			   const char *how)
{
	struct refs_private *self = file->private;
	GArray *references = file->refs->references;
	enum { MOST_TARGETS_BITS = 20 };
	gsize key = place.offset << MOST_TARGETS_BITS | target;
	if (!g_hash_table_add(file->said, GSIZE_TO_POINTER(key)))
		return;
	file->refs->counts[target][certainty]++;
	if (certainty == IW_POSSIBLE && !self->keeps_all)
		return;
	if (!file->is_kept)
		iw_arena_defer(self->arena, (GDestroyNotify)iw_source_unref, iw_source_ref(file->source));
	file->is_kept = true;
	const struct iw_reference reference = {target, certainty, place, iw_arena_strdup(self->arena, how)};
	g_array_append_val(references, reference);
}

/* Does the file name a model of the target? */
static bool is_mentioned(const struct refs_file *file, const struct refs_target *target)
{
	for (guint i = 0; i < target->models->len; i++)
		if (g_hash_table_contains(file->mentioned, target->models->pdata[i]))
			return true;
	return false;
}

static bool is_of(const struct refs_file *file, const struct refs_model *model, const struct refs_target *target)
{
	for (guint i = 0; i < target->models->len; i++)
		if (iw_refs_derives(file->private, model, target->models->pdata[i]))
			return true;
	return false;
}

/* A property of the class, or a name that queries of this file give to something else. */
static bool is_made_up(const struct refs_file *file, const struct refs_model *model, const char *name)
{
	bool is_annotated = file->annotated != NULL && g_hash_table_contains(file->annotated, name);
	bool is_field = iw_refs_find_field(file->private, model, name) != NULL;
	return !is_field && (is_annotated || iw_refs_has_other(file->private, model, name));
}

/* Of what is not resolved: what it is called tells most, then whether the file uses the model. */
static enum iw_certainty by_surroundings(const struct refs_file *file, const struct refs_target *target,
					 const char *name)
{
	const struct refs_model *like = file->owner == NULL ? NULL : iw_refs_named_like(file->private, file->owner);
	if (like != NULL && is_of(file, like, target))
		return IW_LIKELY;
	if (like != NULL && iw_refs_find_field(file->private, like, name) != NULL)
		return IW_POSSIBLE;
	return is_mentioned(file, target) ? IW_LIKELY : IW_POSSIBLE;
}

void iw_refs_use_field(struct refs_file *file, const struct refs_model *model, const char *name, struct iw_place place,
		       enum iw_certainty most, const char *how)
{
	const struct refs_word *word = g_hash_table_lookup(file->private->words, name);
	for (guint i = 0; word != NULL && i < word->columns->len; i++) {
		guint index = g_array_index(word->columns, guint, i);
		const struct refs_target *target = file->private->targets->pdata[index];
		if (model != NULL && (!is_of(file, model, target) || is_made_up(file, model, name)))
			continue;
		enum iw_certainty certainty = model != NULL ? IW_CERTAIN : by_surroundings(file, target, name);
		iw_refs_add_reference(file, index, MIN(certainty, most), place, how);
	}
}

void iw_refs_use_bytes(struct refs_file *file, const struct refs_model *model, size_t offset, size_t length,
		       enum iw_certainty most, const char *how)
{
	char name[128];
	if (length >= sizeof name)
		return;
	memcpy(name, file->source->text + offset, length);
	name[length] = '\0';
	iw_refs_use_field(file, model, name, iw_refs_place(file, offset, length), most, how);
}

void iw_refs_use_model(struct refs_file *file, const struct refs_model *model, struct iw_place place, const char *how)
{
	const struct refs_word *word = g_hash_table_lookup(file->private->words, model->name);
	for (guint i = 0; word != NULL && i < word->models->len; i++) {
		guint index = g_array_index(word->models, guint, i);
		const struct refs_target *target = file->private->targets->pdata[index];
		if (g_ptr_array_find(target->models, model, NULL))
			iw_refs_add_reference(file, index, IW_CERTAIN, place, how);
	}
}

void iw_refs_use_table(struct refs_file *file, const char *table, struct iw_place place, const char *how)
{
	GArray *targets = g_hash_table_lookup(file->private->tables, table);
	for (guint i = 0; targets != NULL && i < targets->len; i++) {
		guint index = g_array_index(targets, guint, i);
		const struct refs_target *target = file->private->targets->pdata[index];
		if (target->is.column == NULL && target->models->len == 0)
			iw_refs_add_reference(file, index, IW_CERTAIN, place, how);
	}
}

/* files -------------------------------------------------------------------------------------------------------------
 */

static bool is_name_byte(guchar c)
{
	return g_ascii_isalnum(c) || c == '_' || c >= 0x80;
}

/* Does one of the words, or of the tables, stand in the text at the buffer? Names in lookups are joined by "__". */
static bool is_gone_class(const struct refs_private *self, const char *word)
{
	if (g_hash_table_size(self->gone_classes) == 0 || !g_ascii_isupper(*word))
		return false;
	g_autofree char *lower = g_ascii_strdown(word, -1);
	return g_hash_table_contains(self->gone_classes, lower);
}

static bool has_words(const struct refs_private *self)
{
	char word[128];
	const guchar *text = self->buffer->data, *end = text + self->buffer->len - 1;
	while (text < end) {
		while (text < end && !is_name_byte(*text))
			text++;
		size_t length = 0;
		for (; text < end && is_name_byte(*text); text++) {
			if (length > 0 && text[0] == '_' && text[1] == '_' && text[2] != '_') {
				word[length] = '\0';
				if (g_hash_table_contains(self->words, word))
					return true;
				length = 0;
				text++;
			} else if (length < sizeof word - 1) {
				word[length++] = (char)*text;
			}
		}
		word[length] = '\0';
		if (length > 0 && (g_hash_table_contains(self->words, word) ||
				   g_hash_table_contains(self->tables, word) || is_gone_class(self, word)))
			return true;
	}
	return false;
}

static const struct {
	const char *ending;
	void (*read)(struct refs_file *file);
} readers[] = {
	{".py", iw_refs_read_python},	  {".pyi", iw_refs_read_python},    {".ts", iw_refs_read_script},
	{".tsx", iw_refs_read_script},	  {".mts", iw_refs_read_script},    {".cts", iw_refs_read_script},
	{".js", iw_refs_read_script},	  {".jsx", iw_refs_read_script},    {".mjs", iw_refs_read_script},
	{".cjs", iw_refs_read_script},	  {".vue", iw_refs_read_script},    {".svelte", iw_refs_read_script},
	{".astro", iw_refs_read_script},  {".prisma", iw_refs_read_prisma}, {".sql", iw_refs_read_sql_file},
	{".go", iw_refs_read_strings},	  {".rb", iw_refs_read_strings},    {".java", iw_refs_read_strings},
	{".kt", iw_refs_read_strings},	  {".php", iw_refs_read_strings},   {".rs", iw_refs_read_strings},
	{".cs", iw_refs_read_strings},	  {".ex", iw_refs_read_strings},    {".exs", iw_refs_read_strings},
	{".scala", iw_refs_read_strings}, {"", iw_refs_read_template},
};

static void read_file(iw_refs *refs, const char *path)
{
	struct refs_private *self = refs->private;
	if (!iw_refs_read(refs, path))
		return;
	refs->files++;
	if (!has_words(self))
		return;
	g_autoptr(iw_source) source = iw_source_from_text((const char *)self->buffer->data, self->buffer->len - 1,
							  iw_path_shown(self->scratch, path));
	struct refs_file file = {
		.refs = refs,
		.private = self,
		.path = path,
		.source = source,
		.mentioned = iw_arena_hash_table(self->scratch, g_direct_hash, g_direct_equal),
		.said = iw_arena_hash_table(self->scratch, g_direct_hash, g_direct_equal),
	};
	size_t reader = 0;
	while (!g_str_has_suffix(path, readers[reader].ending))
		reader++;
	readers[reader].read(&file);
	iw_arena_reset(self->scratch);
}

static gint by_place(gconstpointer a, gconstpointer b)
{
	const struct iw_reference *one = a, *two = b;
	gint order =
		one->place.source == two->place.source ? 0 : strcmp(one->place.source->path, two->place.source->path);
	if (order == 0)
		order = one->place.offset < two->place.offset ? -1 : one->place.offset > two->place.offset;
	return order != 0 ? order : (gint)one->target - (gint)two->target;
}

bool iw_refs_find(iw_refs *refs, GError **error)
{
	struct refs_private *self = refs->private;
	refs->counts = iw_arena_alloc(self->arena, sizeof *refs->counts * MAX(self->targets->len, 1));
	if (!iw_refs_walk(refs, error))
		return false;
	iw_refs_learn(refs);
	name_targets(self);
	for (guint i = 0; i < self->files->len; i++)
		read_file(refs, self->files->pdata[i]);
	g_array_sort(refs->references, by_place);
	return true;
}
