/* A plan of recipes as JSON and back: what is open must be finished as it was begun, whatever the files say since. */
#include "plan/plan_internal.h"
#include "plan/recipe.h"

#include "base/error.h"
#include "framework/framework.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static json_t *text_json(const char *text)
{
	return text == NULL ? json_null() : json_string(text);
}

static json_t *texts_json(GPtrArray *texts)
{
	json_t *array = json_array();
	for (guint i = 0; texts != NULL && i < texts->len; i++)
		json_array_append_new(array, json_string(texts->pdata[i]));
	return array;
}

static json_t *backfill_json(const struct iw_backfill *backfill)
{
	if (backfill == NULL)
		return json_null();
	json_t *object = json_object();
	json_object_set_new(object, "schema", text_json(backfill->table.schema));
	json_object_set_new(object, "table", text_json(backfill->table.name));
	json_object_set_new(object, "keys", texts_json(backfill->keys));
	json_object_set_new(object, "forms", text_json(backfill->forms));
	json_object_set_new(object, "set", text_json(backfill->set));
	json_object_set_new(object, "where", text_json(backfill->where));
	return object;
}

static json_t *step_json(const struct iw_step *step)
{
	json_t *object = json_object();
	json_object_set_new(object, "sql", json_string(step->sql));
	json_object_set_new(object, "phase", json_string(iw_phase_name(step->phase)));
	json_object_set_new(object, "recipe", text_json(step->recipe == NULL ? NULL : step->recipe->id));
	json_object_set_new(object, "title", text_json(step->title));
	json_object_set_new(object, "unit", json_integer(step->unit));
	json_object_set_new(object, "undo", texts_json(step->undo));
	json_object_set_new(object, "undoAlone", json_boolean(step->undo_is_alone));
	json_object_set_new(object, "undoPrepares", json_boolean(step->undo_prepares));
	json_object_set_new(object, "noUndo", text_json(step->no_undo));
	json_object_set_new(object, "undoLoss", text_json(step->undo_loss));
	json_object_set_new(object, "backfill", backfill_json(step->backfill));
	return object;
}

static const char *source_hash(iw_arena *arena, const struct iw_migration *migration)
{
	g_autoptr(iw_source) source = iw_migration_open(migration, IW_UP, NULL);
	if (source == NULL)
		return NULL;
	g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, source->text, (gssize)source->length);
	return iw_arena_strdup(arena, hash);
}

const char *iw_plan_store(iw_arena *arena, const struct iw_migration_plan *plan)
{
	json_t *object = json_object();
	json_object_set_new(object, "version", json_integer(1));
	json_object_set_new(object, "file", text_json(source_hash(arena, plan->migration)));
	json_object_set_new(object, "contractFrom", json_integer(plan->contract_from));
	json_object_set_new(object, "purgeFrom", json_integer(plan->purge_from));
	json_t *steps = json_array();
	for (guint i = 0; i < plan->steps->len; i++)
		json_array_append_new(steps, step_json(plan->steps->pdata[i]));
	json_object_set_new(object, "steps", steps);
	char *text = json_dumps(object, JSON_COMPACT);
	const char *kept = iw_arena_strdup(arena, text);
	free(text);
	json_decref(object);
	return kept;
}

/* loading ------------------------------------------------------------------------------------------------------ */

static const char *text_of(iw_arena *arena, const json_t *object, const char *key)
{
	return iw_arena_strdup(arena, json_string_value(json_object_get(object, key)));
}

static GPtrArray *texts_of(iw_arena *arena, const json_t *object, const char *key)
{
	GPtrArray *texts = iw_arena_ptr_array(arena);
	size_t index;
	const json_t *value;
	json_array_foreach(json_object_get(object, key), index, value)
		g_ptr_array_add(texts, iw_arena_strdup(arena, json_string_value(value)));
	return texts;
}

static const struct iw_backfill *backfill_of(iw_arena *arena, const json_t *object)
{
	if (!json_is_object(object))
		return NULL;
	struct iw_backfill *backfill = iw_new(arena, struct iw_backfill);
	*backfill = (struct iw_backfill){
		.table = {text_of(arena, object, "schema"), text_of(arena, object, "table")},
		.keys = texts_of(arena, object, "keys"),
		.forms = text_of(arena, object, "forms"),
		.set = text_of(arena, object, "set"),
		.where = text_of(arena, object, "where"),
	};
	return backfill;
}

static enum iw_phase phase_of(const char *name)
{
	for (enum iw_phase phase = IW_AS_WRITTEN; phase <= IW_PURGE; phase++)
		if (g_strcmp0(iw_phase_name(phase), name) == 0)
			return phase;
	return IW_AS_WRITTEN;
}

static struct iw_step *step_of(iw_planner *planner, iw_arena *arena, iw_schema *schema, const json_t *object)
{
	const struct iw_draft draft = {
		.sql = text_of(arena, object, "sql"),
		.phase = phase_of(json_string_value(json_object_get(object, "phase"))),
		.title = text_of(arena, object, "title"),
		.unit = (int)json_integer_value(json_object_get(object, "unit")),
		.undo = texts_of(arena, object, "undo"),
		.undo_is_alone = json_is_true(json_object_get(object, "undoAlone")),
		.undo_prepares = json_is_true(json_object_get(object, "undoPrepares")),
		.undo_loss = text_of(arena, object, "undoLoss"),
		.backfill = backfill_of(arena, json_object_get(object, "backfill")),
	};
	if (draft.sql == NULL)
		return NULL;
	struct iw_step *step = iw_plan_draft(planner, arena, schema, &draft);
	const char *recipe = json_string_value(json_object_get(object, "recipe"));
	step->recipe = recipe == NULL ? NULL : iw_recipe_by_id(recipe);
	step->no_undo = text_of(arena, object, "noUndo");
	return step;
}

static bool read_plan(iw_planner *planner, iw_arena *arena, struct iw_migration_plan *plan, const json_t *object)
{
	if (json_integer_value(json_object_get(object, "version")) != 1)
		return false;
	iw_schema *schema = iw_schema_copy(arena, iw_planner_schema(planner));
	size_t index;
	const json_t *value;
	json_array_foreach(json_object_get(object, "steps"), index, value)
	{
		struct iw_step *step = step_of(planner, arena, schema, value);
		if (step == NULL)
			return false;
		step->number = (int)index + 1;
		g_ptr_array_add(plan->steps, step);
	}
	plan->contract_from = (guint)json_integer_value(json_object_get(object, "contractFrom"));
	plan->purge_from = (guint)json_integer_value(json_object_get(object, "purgeFrom"));
	const char *file = json_string_value(json_object_get(object, "file"));
	plan->is_edited = plan->migration->up.path != NULL && file != NULL &&
			  g_strcmp0(file, source_hash(arena, plan->migration)) != 0;
	return plan->contract_from <= plan->steps->len;
}

struct iw_migration_plan *iw_plan_load(iw_planner *planner, iw_arena *arena, const struct iw_plan_options *options,
				       struct iw_migration *migration, const char *text, GError **error)
{
	json_t *object = json_loads(text, 0, NULL);
	struct iw_migration_plan *plan = iw_new(arena, struct iw_migration_plan);
	*plan = (struct iw_migration_plan){
		.migration = migration,
		.direction = IW_UP,
		.losses = iw_arena_ptr_array(arena),
		.blocking = iw_arena_ptr_array(arena),
		.notes = iw_arena_ptr_array(arena),
		.steps = iw_arena_ptr_array(arena),
		.is_phased = true,
	};
	bool is_read = object != NULL && read_plan(planner, arena, plan, object);
	json_decref(object);
	if (!is_read) {
		iw_fail(error, IW_ERROR_UNCERTAIN, "the plan of \"%s\" that the database keeps cannot be read",
			migration->name);
		iw_error_hint(error, "It was written by another version of Inchworm: finish it with that one.");
		return NULL;
	}
	iw_plan_phased_segments(arena, options, plan);
	return plan;
}
