/* One fact as a line of text and as JSON: what an operation locks, does and breaks. */
#include "report/report.h"

static const enum iw_colour BLOCKS_COLOURS[] = {
	[IW_BLOCKS_NOTHING] = IW_GREEN,
	[IW_BLOCKS_DDL] = IW_GREEN,
	[IW_BLOCKS_WRITES] = IW_YELLOW,
	[IW_BLOCKS_EVERYTHING] = IW_RED,
};

/* A strong lock that is held for a moment only is no reason for red. */
static enum iw_colour colour_of(const struct iw_fact *fact)
{
	return fact->work == IW_INSTANT ? IW_PLAIN : BLOCKS_COLOURS[fact->blocks];
}

void iw_report_fact_text(GString *out, struct iw_style style, const struct iw_fact *fact, double seconds)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	if (*fact->lock != '\0')
		iw_text_printf(out, style, colour_of(fact), "%s, ", fact->lock);
	else
		g_string_append(out, "no table lock, ");
	g_string_append_printf(out, "blocks %s, %s", iw_blocks_words(fact->blocks), iw_work_words(fact->work));
	if (seconds >= 0 && fact->work != IW_INSTANT)
		g_string_append_printf(out, " (about %s)", iw_words_duration(arena, seconds));
	if (fact->breaks != IW_BREAKS_NOTHING)
		iw_text_printf(out, style, IW_YELLOW, "; breaks %s", iw_breaks_words(fact->breaks));
}

static json_t *text_or_null(const char *text)
{
	return text == NULL ? json_null() : json_string(text);
}

static json_t *other_locks(iw_arena *arena, const struct iw_question *question)
{
	json_t *array = json_array();
	GPtrArray *locks = iw_fact_locks(arena, question);
	for (guint i = 0; i < locks->len; i++) {
		const struct iw_relation_lock *lock = g_ptr_array_index(locks, i);
		const char *schema = lock->name.schema;
		const char *name =
			schema == NULL ? lock->name.name : iw_arena_printf(arena, "%s.%s", schema, lock->name.name);
		json_array_append_new(array, json_pack("{s:s, s:s}", "relation", name, "lock", lock->lock));
	}
	return array;
}

static const char *const REVERSIBLE_WORDS[] = {
	[IW_REVERSIBLE] = "yes", [IW_REVERSIBLE_LOSSY] = "lossy", [IW_IRREVERSIBLE] = "no"};
static const char *const WORK_NAMES[] = {
	[IW_INSTANT] = "instant", [IW_SCAN] = "scan", [IW_BUILD] = "build", [IW_REWRITE] = "rewrite"};
static const char *const BLOCKS_NAMES[] = {[IW_BLOCKS_NOTHING] = "nothing",
					   [IW_BLOCKS_DDL] = "ddl",
					   [IW_BLOCKS_WRITES] = "writes",
					   [IW_BLOCKS_EVERYTHING] = "everything"};
static const char *const BREAKS_NAMES[] = {[IW_BREAKS_NOTHING] = "nothing",
					   [IW_BREAKS_READERS] = "readers",
					   [IW_BREAKS_WRITERS] = "writers",
					   [IW_BREAKS_BOTH] = "both"};

json_t *iw_report_fact_json(const struct iw_question *question, const struct iw_fact *fact)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	json_t *object = json_object();
	json_object_set_new(object, "id", json_string(fact->id));
	json_object_set_new(object, "lock", json_string(fact->lock));
	json_object_set_new(object, "blocks", json_string(BLOCKS_NAMES[fact->blocks]));
	json_object_set_new(object, "locks", question == NULL ? json_array() : other_locks(arena, question));
	json_object_set_new(object, "work", json_string(WORK_NAMES[fact->work]));
	json_object_set_new(object, "breaks", json_string(BREAKS_NAMES[fact->breaks]));
	json_object_set_new(object, "breaksWhat", text_or_null(fact->breaks_words));
	json_object_set_new(object, "reversible", json_string(REVERSIBLE_WORDS[fact->reversible]));
	json_object_set_new(object, "failsIf", text_or_null(fact->fails_if));
	json_object_set_new(object, "remedy", text_or_null(fact->remedy));
	json_object_set_new(object, "source", json_string(fact->source));
	json_object_set_new(object, "proved", json_boolean(fact->is_proved));
	return object;
}
