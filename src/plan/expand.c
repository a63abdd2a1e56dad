/* Statements to phases: what would block or break is replaced by the steps of a recipe; see recipe.h. */
#include "plan/plan_internal.h"
#include "plan/recipe.h"

#include "model/invert.h"
#include "model/replay.h"
#include "sql/sql.h"

#include <string.h>

enum { TINY_ROWS = 10000, TINY_BYTES = 8 << 20 };

struct expansion {
	iw_planner *planner;
	iw_arena *arena;
	struct iw_migration_plan *plan;
	const struct iw_plan_options *options;
	const struct iw_script *script;
	iw_schema *schema;		     /* as the author sees it, moving along */
	iw_schema *physical;		     /* as it is between the steps */
	GPtrArray *others;		     /* struct iw_operation *: of the whole migration */
	guint index;			     /* into others */
	GPtrArray *steps, *contract, *purge; /* struct iw_step * */
	int unit;
	bool unit_is_open; /* the last unit is of statements as written, and takes more */
};

static bool is_tiny(const struct iw_plan_options *options, const struct iw_judgement *judgement)
{
	double rows = options->tiny_rows > 0 ? options->tiny_rows : TINY_ROWS;
	double bytes = options->tiny_bytes > 0 ? options->tiny_bytes : TINY_BYTES;
	return judgement->bytes >= 0 && judgement->bytes <= bytes && judgement->rows <= rows;
}

static const struct iw_table *table_of(const iw_schema *schema, const struct iw_operation *operation)
{
	struct iw_table *table = NULL;
	if (operation->name.name == NULL)
		return NULL;
	if (operation->member == NULL && iw_schema_find_index(schema, operation->name, &table) != NULL)
		return table;
	return iw_schema_find_table(schema, operation->name);
}

/* Files that begin and end transactions themselves stay as they are. */
static bool may_expand(const struct expansion *expansion)
{
	for (guint i = 0; i < expansion->others->len; i++) {
		const struct iw_operation *operation = expansion->others->pdata[i];
		if (operation->kind == IW_OP_TRANSACTION)
			return false;
	}
	return true;
}

static const struct iw_recipe *recipe_for(struct expansion *expansion, const struct iw_judgement *judgement,
					  struct iw_recipe_context *context)
{
	const struct iw_operation *operation = judgement->operation;
	const struct iw_table *table = table_of(expansion->schema, operation);
	if (table == NULL || judgement->is_new_in_run || is_tiny(expansion->options, judgement))
		return NULL;
	*context = (struct iw_recipe_context){
		.arena = expansion->arena,
		.options = expansion->options,
		.before = iw_schema_copy(expansion->arena, expansion->schema),
		.table = table,
		.operation = operation,
		.judgement = judgement,
		.others = expansion->others,
		.index = expansion->index,
	};
	const struct iw_recipe *recipe = iw_recipe_find(context);
	if (recipe == NULL)
		return NULL;
	iw_schema *after = iw_schema_copy(expansion->arena, expansion->schema);
	if (!iw_schema_apply(after, operation, NULL))
		return NULL; /* it would fail: the server says so best */
	context->after = after;
	return recipe;
}

/* Not worth a word: over before anybody waits long. */
static bool is_short(const struct iw_judgement *judgement)
{
	return judgement->seconds >= 0 && judgement->seconds < 0.5;
}

static void note_blocking(struct expansion *expansion, const struct iw_judgement *judgement, const char *why)
{
	const struct iw_fact *fact = judgement->fact;
	if (judgement->is_new_in_run || is_tiny(expansion->options, judgement) || is_short(judgement) ||
	    fact->blocks < IW_BLOCKS_WRITES || fact->work == IW_INSTANT ||
	    table_of(expansion->schema, judgement->operation) == NULL)
		return;
	g_ptr_array_add(expansion->plan->blocking,
			iw_arena_printf(expansion->arena, "%s %s and blocks %s meanwhile%s%s",
					iw_operation_title(expansion->arena, judgement->operation),
					iw_work_words(fact->work), iw_blocks_words(fact->blocks),
					why == NULL ? "" : ": ", why == NULL ? "" : why));
}

/* Drafts of the recipe; NULL: it is done as written. */
static GPtrArray *make(struct expansion *expansion, const struct iw_judgement *judgement)
{
	struct iw_recipe_context context;
	const struct iw_recipe *recipe = recipe_for(expansion, judgement, &context);
	if (recipe == NULL) {
		note_blocking(expansion, judgement, NULL);
		return NULL;
	}
	struct iw_recipe_maker maker = {
		.context = &context,
		.recipe = recipe,
		.drafts = iw_arena_ptr_array(expansion->arena),
		.unit = expansion->unit,
	};
	const char *why = recipe->make(&maker);
	if (why != NULL) {
		expansion->plan->no_recipe = why;
		note_blocking(expansion, judgement, why);
		return NULL;
	}
	expansion->unit = maker.unit;
	expansion->unit_is_open = false;
	for (guint i = 0; i < maker.drafts->len; i++) {
		struct iw_step *step = iw_plan_draft(expansion->planner, expansion->arena, expansion->physical,
						     maker.drafts->pdata[i]);
		step->recipe = recipe;
		GPtrArray *to = step->phase == IW_PURGE	     ? expansion->purge
				: step->phase == IW_CONTRACT ? expansion->contract
							     : expansion->steps;
		g_ptr_array_add(to, step);
	}
	return maker.drafts;
}

/* How an operation that ran as written is taken back. */
static void add_inverse(struct expansion *expansion, struct iw_step *step, const struct iw_operation *operation,
			const iw_schema *before)
{
	struct iw_inverse *inverse = iw_invert(expansion->arena, operation, before);
	if (inverse->verdict == IW_NOT_INVERTIBLE && iw_operation_is_data(operation)) {
		step->undo_loss = "the rows as they were before are not known; they stay as they are now";
		return;
	}
	if (inverse->verdict == IW_NOT_INVERTIBLE) {
		step->no_undo = inverse->reason;
		return;
	}
	if (inverse->verdict == IW_INVERTIBLE_LOSSY)
		step->undo_loss = inverse->reason;
	GPtrArray *texts = iw_render_all(expansion->arena, expansion->options->engine, inverse->operations, false);
	for (guint i = 0; i < texts->len; i++)
		if (texts->pdata[i] != NULL)
			g_ptr_array_add(step->undo, texts->pdata[i]);
}

static void keep(struct expansion *expansion, struct iw_step *step)
{
	const struct iw_statement *statement = step->statement;
	bool joins = expansion->script->is_atomic && !statement->needs_no_transaction &&
		     !(statement->commits_implicitly && !expansion->options->transactional_ddl);
	if (!joins || !expansion->unit_is_open)
		expansion->unit++;
	expansion->unit_is_open = joins;
	step->unit = expansion->unit;
	step->phase = IW_AS_WRITTEN;
	g_ptr_array_add(expansion->steps, step);
}

static struct iw_step *as_written(struct expansion *expansion, const struct iw_operation *operation)
{
	const char *sql = iw_render(expansion->arena, expansion->options->engine, operation);
	struct iw_draft draft = {.sql = sql, .phase = IW_AS_WRITTEN};
	return iw_plan_draft(expansion->planner, expansion->arena, expansion->physical, &draft);
}

/* An ALTER TABLE of several operations is taken apart when one of them needs a recipe. */
static bool is_taken_apart(struct expansion *expansion, const struct iw_step *step)
{
	for (guint i = 0; i < step->judgements->len; i++) {
		const struct iw_judgement *judgement = step->judgements->pdata[i];
		struct iw_recipe_context context;
		if (recipe_for(expansion, judgement, &context) != NULL)
			return true;
	}
	return false;
}

static void expand_step(struct expansion *expansion, struct iw_step *step)
{
	bool apart = is_taken_apart(expansion, step);
	step->undo = iw_arena_ptr_array(expansion->arena);
	if (!apart)
		keep(expansion, step);
	for (guint i = 0; i < step->judgements->len; i++) {
		const struct iw_judgement *judgement = step->judgements->pdata[i];
		const iw_schema *before = iw_schema_copy(expansion->arena, expansion->schema);
		struct iw_step *one = step;
		GPtrArray *made = apart ? make(expansion, judgement) : NULL;
		if (!apart)
			note_blocking(expansion, judgement, NULL);
		if (apart && made == NULL) {
			one = step->judgements->len == 1 ? step : as_written(expansion, judgement->operation);
			keep(expansion, one);
		}
		if (made == NULL && step->statement->undo == NULL)
			add_inverse(expansion, one, judgement->operation, before);
		else if (made == NULL && i == 0)
			g_ptr_array_add(step->undo, (char *)step->statement->undo);
		if (one == step && made == NULL)
			iw_schema_apply(expansion->physical, judgement->operation, NULL);
		if (!iw_schema_apply(expansion->schema, judgement->operation, NULL))
			expansion->schema->is_uncertain = true;
		expansion->index++;
	}
}

static void collect(struct expansion *expansion)
{
	for (guint i = 0; i < expansion->plan->steps->len; i++) {
		const struct iw_step *step = expansion->plan->steps->pdata[i];
		for (guint j = 0; j < step->judgements->len; j++) {
			const struct iw_judgement *judgement = step->judgements->pdata[j];
			g_ptr_array_add(expansion->others, (void *)judgement->operation);
		}
	}
}

static void take(struct expansion *expansion)
{
	struct iw_migration_plan *plan = expansion->plan;
	plan->is_phased = true;
	plan->steps = expansion->steps;
	plan->contract_from = plan->steps->len;
	for (guint i = 0; i < expansion->contract->len; i++)
		g_ptr_array_add(plan->steps, expansion->contract->pdata[i]);
	plan->purge_from = plan->steps->len;
	for (guint i = 0; i < expansion->purge->len; i++)
		g_ptr_array_add(plan->steps, expansion->purge->pdata[i]);
	for (guint i = 0; i < plan->steps->len; i++)
		((struct iw_step *)plan->steps->pdata[i])->number = (int)i + 1;
}

void iw_plan_expand(iw_planner *planner, iw_arena *arena, const struct iw_plan_options *options,
		    struct iw_migration_plan *plan, const struct iw_script *script, const iw_schema *before)
{
	struct expansion expansion = {
		.planner = planner,
		.arena = arena,
		.plan = plan,
		.options = options,
		.script = script,
		.schema = iw_schema_copy(arena, before),
		.physical = iw_schema_copy(arena, before),
		.others = iw_arena_ptr_array(arena),
		.steps = iw_arena_ptr_array(arena),
		.contract = iw_arena_ptr_array(arena),
		.purge = iw_arena_ptr_array(arena),
	};
	collect(&expansion);
	if (!may_expand(&expansion))
		return;
	for (guint i = 0; i < plan->steps->len; i++)
		expand_step(&expansion, plan->steps->pdata[i]);
	bool has_recipe = expansion.contract->len > 0;
	for (guint i = 0; i < expansion.steps->len; i++)
		has_recipe = has_recipe || ((const struct iw_step *)expansion.steps->pdata[i])->recipe != NULL;
	if (has_recipe)
		take(&expansion);
}
