/* A schema as text, one fact a line, sorted by object; see compare.h. */
#include "model/compare.h"

#include "model/operation.h"
#include "model/traits.h"

#include <string.h>

struct dump {
	struct trait_context context;
	GString *out;
};

typedef const char *(*name_of)(const struct dump *dump, const void *object);

struct line {
	const char *name, *text;
};

static gint compare_lines(gconstpointer a, gconstpointer b)
{
	const struct line *left = *(struct line *const *)a, *right = *(struct line *const *)b;
	int order = strcmp(left->name, right->name);
	return order != 0 ? order : strcmp(left->text, right->text);
}

static void dump_sorted(struct dump *dump, const GPtrArray *objects, const char *label, name_of name,
			const struct trait *traits)
{
	g_autoptr(GPtrArray) lines = g_ptr_array_new();
	for (guint i = 0; i < objects->len; i++) {
		struct line *line = iw_new(dump->context.arena, struct line);
		line->name = name(dump, objects->pdata[i]);
		line->name = line->name != NULL ? line->name : "";
		line->text = iw_traits_line(traits, &dump->context, objects->pdata[i]);
		g_ptr_array_add(lines, line);
	}
	g_ptr_array_sort(lines, compare_lines);
	for (guint i = 0; i < lines->len; i++) {
		const struct line *line = lines->pdata[i];
		g_string_append(dump->out, label);
		if (*line->name != '\0')
			g_string_append_printf(dump->out, " %s", line->name);
		if (*line->text != '\0')
			g_string_append_printf(dump->out, ": %s", line->text);
		g_string_append_c(dump->out, '\n');
	}
}

/* Enums, domains and sequences begin with their name. */
static const char *leading_name(const struct dump *dump, const void *object)
{
	return iw_shown_name(&dump->context, *(const struct iw_name *)object);
}

static const char *object_name(const struct dump *dump, const void *object)
{
	const struct iw_object *it = object;
	return iw_arena_printf(dump->context.arena, "%s %s", iw_object_kind_words(it->kind),
			       iw_shown_name(&dump->context, it->name));
}

static const char *member_name(const struct dump *dump, const void *object)
{
	(void)dump;
	return ((const struct iw_object *)object)->name.name;
}

static const char *constraint_name(const struct dump *dump, const void *object)
{
	(void)dump;
	return ((const struct iw_constraint *)object)->name;
}

static const char *index_name(const struct dump *dump, const void *object)
{
	(void)dump;
	return ((const struct iw_index *)object)->name;
}

static void dump_indexes(struct dump *dump, const struct iw_table *table)
{
	g_autoptr(GPtrArray) own = g_ptr_array_new();
	for (guint i = 0; i < table->indexes->len; i++)
		if (((struct iw_index *)table->indexes->pdata[i])->constraint == NULL)
			g_ptr_array_add(own, table->indexes->pdata[i]);
	dump_sorted(dump, own, "  index", index_name, iw_index_traits);
}

static void dump_table(struct dump *dump, const struct iw_table *table)
{
	dump->context.table = table;
	const char *traits = iw_traits_line(iw_table_traits, &dump->context, table);
	g_string_append_printf(dump->out, "table %s%s%s%s\n", iw_shown_name(&dump->context, table->name),
			       *traits != '\0' ? ": " : "", traits,
			       table->is_opaque ? " (its shape is not known)" : "");
	for (guint i = 0; i < table->columns->len; i++) {
		const struct iw_column *column = table->columns->pdata[i];
		g_string_append_printf(dump->out, "  column %s: %s\n", column->name,
				       iw_traits_line(iw_column_traits, &dump->context, column));
	}
	dump_sorted(dump, table->constraints, "  constraint", constraint_name, iw_constraint_traits);
	dump_indexes(dump, table);
	dump_sorted(dump, table->triggers, "  trigger", member_name, iw_trigger_traits);
	dump_sorted(dump, table->policies, "  policy", member_name, iw_trigger_traits);
}

static gint compare_tables(gconstpointer a, gconstpointer b)
{
	const struct iw_table *left = *(struct iw_table *const *)a, *right = *(struct iw_table *const *)b;
	int order = g_strcmp0(left->name.schema, right->name.schema);
	return order != 0 ? order : strcmp(left->name.name, right->name.name);
}

void iw_schema_dump(const iw_schema *schema, GString *out)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	struct dump dump = {.context = {.arena = arena, .engine = schema->engine, .schema = schema}, .out = out};
	g_autoptr(GPtrArray) tables = g_ptr_array_copy(schema->tables, NULL, NULL);
	g_ptr_array_sort(tables, compare_tables);
	dump_sorted(&dump, schema->objects, "object", object_name, iw_trigger_traits);
	dump_sorted(&dump, schema->enums, "enum", leading_name, iw_enum_traits);
	dump_sorted(&dump, schema->domains, "domain", leading_name, iw_domain_traits);
	dump_sorted(&dump, schema->sequences, "sequence", leading_name, iw_sequence_traits);
	for (guint i = 0; i < tables->len; i++)
		dump_table(&dump, tables->pdata[i]);
}
