/* The engine: asks the facts and the rules about each operation and keeps the schema moving. */
#include "lint/lint_internal.h"

#include "base/error.h"
#include "base/text.h"
#include "model/replay.h"

#include <string.h>

enum { DEFAULT_SMALL_TABLE = 10000 };

struct iw_lint_private {
	struct iw_lint_memory memory;
	struct iw_lint_summary summary;
	GPtrArray *rules; /* of this dialect, switched on */
	const struct iw_migration *migration;
	iw_arena *kept_arena; /* of the findings not yet given to `found` */
	iw_arena *scratch;    /* what rules make for one statement; findings are copied out of it */
	iw_source *kept;      /* the source that findings were last made for; referenced by the arena */
	bool report;
	struct iw_lint_assumed assumed;
	struct iw_lint_directives directives;
	GHashTable *fingerprints; /* of this migration; see iw_lint_fingerprint() */
};

static enum iw_severity severity_by_name(const char *name)
{
	for (enum iw_severity severity = IW_OFF; severity <= IW_SEVERE; severity++)
		if (strcmp(iw_severity_name(severity), name) == 0)
			return severity;
	return IW_SEVERE + 1;
}

const char *iw_severity_name(enum iw_severity severity)
{
	static const char *const NAMES[] = {
		[IW_OFF] = "off", [IW_NOTE] = "note", [IW_WARNING] = "warning", [IW_SEVERE] = "error"};
	return severity <= IW_SEVERE ? NAMES[severity] : "";
}

/* The user's own severity for a rule, or IW_SEVERE + 1 when there is none. */
static enum iw_severity wanted_severity(const iw_lint *lint, const struct iw_rule *rule)
{
	const char *word =
		lint->options.severities == NULL ? NULL : g_hash_table_lookup(lint->options.severities, rule->id);
	return word == NULL ? IW_SEVERE + 1 : severity_by_name(word);
}

const struct iw_rule *iw_rule_find(const char *id)
{
	for (size_t i = 0; iw_rules[i] != NULL; i++)
		if (strcmp(iw_rules[i]->id, id) == 0)
			return iw_rules[i];
	return NULL;
}

static bool is_on(const iw_lint *lint, const struct iw_rule *rule)
{
	enum iw_severity wanted = wanted_severity(lint, rule);
	if (wanted <= IW_SEVERE)
		return wanted != IW_OFF;
	return rule->severity != IW_OFF || (lint->options.size != NULL && rule->severity_with_sizes != IW_OFF);
}

struct ids {
	size_t at;
};

static const char *next_id(void *data)
{
	struct ids *ids = data;
	const struct iw_rule *rule = iw_rules[ids->at];
	ids->at += rule != NULL;
	return rule == NULL ? NULL : rule->id;
}

const char *iw_rule_nearest(const char *id)
{
	struct ids ids = {0};
	return iw_words_nearest(id, next_id, &ids);
}

bool iw_lint_runs(const iw_lint *lint, const struct iw_rule *rule)
{
	return g_ptr_array_find(lint->private->rules, rule, NULL);
}

iw_lint *iw_lint_new(iw_arena *arena, const struct iw_lint_options *options)
{
	iw_lint *lint = iw_new(arena, iw_lint);
	lint->arena = arena;
	lint->options = *options;
	if (lint->options.small_table_rows <= 0)
		lint->options.small_table_rows = DEFAULT_SMALL_TABLE;
	lint->schema = iw_schema_new(arena, options->engine);
	lint->schema->is_walked = true;
	lint->findings = iw_arena_ptr_array(arena);
	lint->private = iw_new(arena, struct iw_lint_private);
	lint->private->rules = iw_arena_ptr_array(arena);
	for (size_t i = 0; iw_rules[i] != NULL; i++)
		if ((iw_rules[i]->dialects & (1U << options->engine.dialect)) != 0 && is_on(lint, iw_rules[i]))
			g_ptr_array_add(lint->private->rules, (void *)iw_rules[i]);
	lint->private->kept_arena = iw_arena_new();
	iw_arena_defer(arena, (GDestroyNotify)iw_arena_free, lint->private->kept_arena);
	lint->private->scratch = iw_arena_new();
	iw_arena_defer(arena, (GDestroyNotify)iw_arena_free, lint->private->scratch);
	lint->private->memory.arena = iw_arena_new();
	iw_arena_defer(arena, (GDestroyNotify)iw_arena_free, lint->private->memory.arena);
	lint->private->memory.end_arena = arena;
	lint->private->memory.for_end = iw_arena_ptr_array(arena);
	iw_lint_memory_begin(&lint->private->memory);
	iw_lint_assumed_init(lint, &lint->private->assumed);
	lint->private->fingerprints = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	iw_arena_defer(arena, (GDestroyNotify)g_hash_table_unref, lint->private->fingerprints);
	return lint;
}

iw_lint *iw_lint_fork(const iw_lint *lint, iw_arena *arena)
{
	iw_lint *fork = iw_lint_new(arena, &lint->options);
	fork->schema = iw_schema_copy(arena, lint->schema);
	iw_lint_assumed_copy(&fork->private->assumed, &lint->private->assumed);
	return fork;
}

void iw_lint_begin_migration(iw_lint *lint, const struct iw_migration *migration, bool report)
{
	struct iw_lint_private *private = lint->private;
	private->migration = migration;
	private->report = report;
	private->summary = (struct iw_lint_summary){0};
	iw_arena_reset(private->memory.arena);
	iw_lint_memory_begin(&private->memory);
	private->memory.directives = &private->directives;
	private->memory.foreign_keys_off = lint->options.foreign_keys_off;
	if (!report)
		return;
	iw_lint_directives_begin(&private->directives, private->memory.arena, &migration->up);
	g_hash_table_remove_all(private->fingerprints);
}

/* Findings outlive the statement: their place keeps the source alive. */
static struct iw_place keep_place(iw_lint *lint, const struct iw_place *place)
{
	struct iw_lint_private *private = lint->private;
	if (place->source != NULL && place->source != private->kept) {
		private->kept = iw_source_ref((iw_source *)place->source);
		iw_arena_defer(private->kept_arena, (GDestroyNotify)iw_source_unref, private->kept);
	}
	return *place;
}

/* The summary's places live as long as the migration. */
static struct iw_place keep_for_migration(iw_lint *lint, const struct iw_place *place)
{
	if (place->source != NULL)
		iw_arena_defer(lint->private->memory.arena, (GDestroyNotify)iw_source_unref,
			       iw_source_ref((iw_source *)place->source));
	return *place;
}

enum { AT_ONCE = 64 };

static void give(iw_lint *lint, guint at_least)
{
	if (lint->options.found == NULL || lint->findings->len < at_least || lint->findings->len == 0)
		return;
	lint->options.found(lint->options.found_data, lint->findings);
	g_ptr_array_set_size(lint->findings, 0);
	iw_arena_reset(lint->private->kept_arena);
	lint->private->kept = NULL;
}

/* Advice is constant text or a fact's; the rest is the rule's own and goes with the scratch arena. */
static struct iw_finding *keep_finding(iw_lint *lint, const struct iw_finding *made)
{
	iw_arena *arena = lint->private->kept_arena;
	struct iw_finding *finding = iw_arena_memdup(arena, made, sizeof *made);
	finding->message = iw_arena_strdup(arena, made->message);
	finding->object = iw_arena_strdup(arena, made->object);
	finding->table = iw_name_copy(arena, made->table);
	finding->safe_sql = iw_arena_strdup(arena, made->safe_sql);
	return finding;
}

static void add_finding(iw_lint *lint, const struct iw_lint_context *context, const struct iw_rule *rule,
			const struct iw_finding *made)
{
	struct iw_finding *finding = keep_finding(lint, made);
	enum iw_severity wanted = wanted_severity(lint, rule);
	finding->rule = rule;
	finding->migration = context->migration;
	if (wanted <= IW_SEVERE)
		finding->severity = wanted;
	else if (finding->severity == IW_OFF)
		finding->severity = rule->severity != IW_OFF ? rule->severity : rule->severity_with_sizes;
	if (finding->place.source == NULL && context->operation != NULL)
		finding->place = context->operation->place.source != NULL ? context->operation->place
									  : context->statement->place;
	finding->place = keep_place(lint, &finding->place);
	finding->fingerprint = iw_lint_fingerprint(lint->private->kept_arena, lint->private->fingerprints, finding);
	struct iw_lint_private *private = lint->private;
	finding->suppression =
		rule->note == IW_NOTE_NONE
			? iw_lint_suppression(&private->directives, private->kept_arena, rule, &finding->place)
			: iw_lint_note_suppression(lint, &private->directives, private->kept_arena, rule,
						   &finding->place, private->migration != NULL);
	g_ptr_array_add(lint->findings, finding);
}

void iw_lint_report(iw_lint *lint, const struct iw_rule *rule, const struct iw_place *place, const char *advice,
		    const char *message)
{
	const struct iw_lint_context context = {.migration = lint->private->migration};
	struct iw_finding made = {.message = message, .advice = advice, .rows = -1, .bytes = -1, .seconds = -1};
	if (place != NULL)
		made.place = *place;
	if (iw_lint_runs(lint, rule))
		add_finding(lint, &context, rule, &made);
}

void iw_lint_note(iw_lint *lint, const struct iw_code_note *note)
{
	const struct iw_lint_context context = {.migration = note->migration != NULL ? note->migration
										     : lint->private->migration};
	for (guint i = 0; i < lint->private->rules->len; i++) {
		const struct iw_rule *rule = lint->private->rules->pdata[i];
		if (rule->note != note->kind)
			continue;
		const struct iw_finding made = {
			.severity = note->is_slight ? MIN(rule->severity, IW_NOTE) : IW_OFF,
			.message = note->message,
			.advice = rule->advice,
			.place = note->place,
			.rows = -1,
			.bytes = -1,
			.seconds = -1,
		};
		add_finding(lint, &context, rule, &made);
	}
	give(lint, lint->private->migration == NULL ? 1 : AT_ONCE);
}

static void run_rules(iw_lint *lint, struct iw_lint_context *context)
{
	GPtrArray *rules = lint->private->rules;
	for (guint i = 0; i < rules->len; i++) {
		const struct iw_rule *rule = g_ptr_array_index(rules, i);
		if (rule->check == NULL)
			continue;
		context->rule = rule;
		struct iw_finding *finding = rule->check(context);
		if (finding != NULL)
			add_finding(lint, context, rule, finding);
	}
}

static void count(struct iw_lint_private *private, iw_lint *lint, const struct iw_lint_context *context)
{
	struct iw_lint_summary *summary = &private->summary;
	const struct iw_operation *operation = context->operation;
	/* Rows written out in the file are seeds: quick, and part of the schema's meaning. */
	bool is_data = iw_operation_is_data(operation) && (operation->data == NULL || !operation->data->is_values);
	if (operation->kind == IW_OP_OPAQUE)
		summary->opaque++;
	else if (is_data && !context->is_new_table)
		summary->data_changes++;
	else if (iw_operation_is_ddl(operation) && !context->is_new_table)
		summary->schema_changes++;
	if (is_data && !context->is_new_table && summary->first_data_change.source == NULL)
		summary->first_data_change = keep_for_migration(lint, &operation->place);
	if (context->statement->needs_no_transaction && context->in_transaction &&
	    summary->no_transaction.source == NULL) {
		summary->no_transaction = keep_for_migration(lint, &operation->place);
		summary->no_transaction_title = iw_operation_title(private->memory.arena, operation);
	}
}

static bool is_in_transaction(const struct iw_lint_private *private, const iw_lint *lint)
{
	const struct iw_script *script = private->migration == NULL ? NULL : &private->migration->up;
	bool is_atomic = script != NULL && script->is_atomic;
	/* SQLite has no implicit transaction round a script that is handed over as a whole. */
	if (script != NULL && script->is_one_query && lint->options.engine.dialect == IW_SQLITE)
		is_atomic = false;
	/* A script that is sent as one query is in an implicit transaction again after a COMMIT. */
	if (private->memory.was_committed && !(script != NULL && script->is_one_query))
		is_atomic = false;
	return lint->options.engine.dialect != IW_MYSQL && (is_atomic || private->memory.in_block);
}

/* An index operation's table is where its index is. */
static struct iw_name table_of(const struct iw_lint_context *context)
{
	struct iw_table *table = NULL;
	const struct iw_operation *operation = context->operation;
	bool names_index = operation->kind == IW_OP_DROP_INDEX || operation->kind == IW_OP_RENAME_INDEX ||
			   operation->kind == IW_OP_ALTER_INDEX ||
			   (operation->kind == IW_OP_REINDEX && operation->object_kind == IW_OBJECT_INDEX);
	if (!names_index || context->before->engine.dialect == IW_MYSQL || operation->name.name == NULL)
		return operation->name;
	iw_schema_find_index(context->before, operation->name, &table);
	return table == NULL ? operation->name : table->name;
}

static bool is_known_empty(const iw_lint *lint, struct iw_name name)
{
	struct iw_table_size size;
	return lint->options.size != NULL && name.name != NULL &&
	       lint->options.size(lint->options.size_data, name, &size) && size.rows == 0;
}

/* False and *error: it would fail. */
static bool apply(iw_lint *lint, const struct iw_operation *operation, GError **error)
{
	const struct iw_lint_assumed *assumed = &lint->private->assumed;
	g_autoptr(GError) failure = NULL;
	bool is_applied = iw_schema_apply(lint->schema, operation, &failure);
	enum iw_lint_assumption assumption =
		is_applied ? IW_LINT_NOTHING_ASSUMED : iw_lint_assume(lint, assumed, operation);
	if (assumption == IW_LINT_OBJECT_ASSUMED)
		return true;
	if (assumption == IW_LINT_TABLE_ASSUMED) {
		g_clear_error(&failure);
		is_applied = iw_schema_apply(lint->schema, operation, &failure);
	}
	if (is_applied)
		iw_lint_assumed_note(lint, assumed, operation);
	else
		g_propagate_error(error, g_steal_pointer(&failure));
	return is_applied;
}

static void judge(iw_lint *lint, const struct iw_statement *statement, const struct iw_operation *operation)
{
	struct iw_lint_private *private = lint->private;
	struct iw_lint_context context = {
		.options = &lint->options,
		.arena = private->scratch,
		.before = lint->schema,
		.migration = private->migration,
		.statement = statement,
		.operation = operation,
		.in_transaction = !statement->is_outside && is_in_transaction(private, lint),
		.summary = &private->summary,
		.memory = &private->memory,
	};
	iw_lint_assume_before(lint, &private->assumed, operation);
	struct iw_name table = table_of(&context);
	const struct iw_question question = {lint->options.engine, operation, lint->schema, context.in_transaction,
					     private->memory.settings};
	context.fact = iw_fact_find(&question);
	context.is_new_table = iw_lint_is_new(&private->memory, lint->schema, table) || is_known_empty(lint, table);
	if (private->report) {
		count(private, lint, &context);
		run_rules(lint, &context);
	}
	iw_lint_memory_operation(&private->memory, &context);
	g_autoptr(GError) error = NULL;
	if (apply(lint, operation, &error))
		return;
	context.replay_error = error;
	if (private->report)
		run_rules(lint, &context);
}

void iw_lint_statement(iw_lint *lint, const struct iw_statement *statement)
{
	struct iw_lint_private *private = lint->private;
	const struct iw_lint_context context = {.in_transaction =
							!statement->is_outside && is_in_transaction(private, lint)};
	iw_lint_memory_statement(&private->memory, &context);
	private->summary.statements++;
	if (private->report)
		iw_lint_directives_statement(lint, &private->directives, statement);
	for (guint i = 0; i < statement->operations->len; i++)
		judge(lint, statement, g_ptr_array_index(statement->operations, i));
	iw_arena_reset(private->scratch);
	give(lint, AT_ONCE);
}

void iw_lint_end_migration(iw_lint *lint)
{
	struct iw_lint_private *private = lint->private;
	if (!private->report) {
		private->migration = NULL;
		return;
	}
	struct iw_lint_context context = {
		.options = &lint->options,
		.arena = private->scratch,
		.before = lint->schema,
		.migration = private->migration,
		.in_transaction = is_in_transaction(private, lint),
		.summary = &private->summary,
		.memory = &private->memory,
	};
	for (guint i = 0; i < private->rules->len; i++) {
		const struct iw_rule *rule = g_ptr_array_index(private->rules, i);
		context.rule = rule;
		struct iw_finding *finding = rule->check_migration == NULL ? NULL : rule->check_migration(&context);
		if (finding != NULL)
			add_finding(lint, &context, rule, finding);
	}
	iw_lint_directives_end(lint, &private->directives);
	iw_arena_reset(private->scratch);
	private->migration = NULL;
	give(lint, 1);
}

void iw_lint_end(iw_lint *lint)
{
	struct iw_lint_private *private = lint->private;
	for (guint i = 0; i < private->memory.for_end->len; i++) {
		const struct iw_lint_kept *kept = g_ptr_array_index(private->memory.for_end, i);
		const struct iw_lint_context context = {
			.options = &lint->options,
			.arena = private->scratch,
			.before = lint->schema,
			.migration = kept->migration,
			.memory = &private->memory,
			.rule = kept->rule,
		};
		struct iw_finding *finding = kept->rule->check_end(&context, kept);
		if (finding != NULL) {
			finding->place = kept->place;
			add_finding(lint, &context, kept->rule, finding);
			struct iw_finding *added = lint->findings->pdata[lint->findings->len - 1];
			added->suppression = kept->suppression;
		}
	}
	iw_arena_reset(private->scratch);
	give(lint, 1);
}
