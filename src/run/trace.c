/* Runs the statements of a plan on a scratch database and compares; see trace.h. */
#include "run/trace.h"

#include "base/error.h"

#include <string.h>

struct tracing {
	iw_connection *worker, *watcher;
	iw_arena *arena;
	GPtrArray *local; /* char *: SET LOCAL of the transaction that the statement would be in */
	/* Of the segment: it was rehearsed as one transaction; the step that failed then, and how (NULL: none did). */
	bool is_rehearsed;
	const struct iw_step *failed_together;
	GError *failure;
};

/* --- the migrations before --- */

static bool is_sent(const struct iw_step *step)
{
	return !step->is_skipped && !step->statement->is_foreign;
}

static bool place_error(iw_connection *connection, const struct iw_step *step, GError **error)
{
	struct iw_place place = step->statement->place;
	gssize offset = connection->error_offset;
	if (offset >= 0 && (size_t)offset < step->statement->length) {
		place.offset += (size_t)offset;
		place.length = 1;
	}
	iw_error_place(error, &place);
	return false;
}

static bool apply_segment(iw_connection *worker, const struct iw_migration_plan *plan, const struct iw_segment *segment,
			  guint *left_out, GError **error)
{
	bool is_transaction = segment->kind == IW_SEGMENT_TRANSACTION;
	if (is_transaction && !worker->driver->begin(worker, error))
		return false;
	for (guint i = 0; i < segment->count; i++) {
		const struct iw_step *step = g_ptr_array_index(plan->steps, segment->first + i);
		*left_out += step->statement->is_foreign;
		if (is_sent(step) && !iw_execute(worker, step->sql, error))
			return place_error(worker, step, error);
	}
	return !is_transaction || worker->driver->commit(worker, error);
}

static bool set_foreign_keys(iw_connection *worker, const struct iw_segment *segment, bool is_on, GError **error)
{
	if (!segment->foreign_keys_off)
		return true;
	return iw_execute(worker, is_on ? "PRAGMA foreign_keys=ON" : "PRAGMA foreign_keys=OFF", error);
}

static bool restore(iw_connection *worker, GError **error)
{
	return worker->driver->restore_session == NULL || worker->driver->restore_session(worker, error);
}

bool iw_trace_apply(iw_connection *worker, const struct iw_migration_plan *plan, guint *left_out, GError **error)
{
	for (guint i = 0; i < plan->segments->len; i++) {
		const struct iw_segment *segment = g_ptr_array_index(plan->segments, i);
		if (!set_foreign_keys(worker, segment, false, error) ||
		    !apply_segment(worker, plan, segment, left_out, error) ||
		    !set_foreign_keys(worker, segment, true, error)) {
			worker->driver->rollback(worker, NULL);
			return false;
		}
	}
	return restore(worker, error);
}

/* --- what was predicted --- */

/* Weaker ones first. */
static int strength(enum iw_dialect dialect, const char *lock)
{
	static const char *const POSTGRES[] = {
		"ACCESS SHARE", "ROW SHARE",	       "ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE",
		"SHARE",	"SHARE ROW EXCLUSIVE", "EXCLUSIVE",	"ACCESS EXCLUSIVE"};
	static const char *const MYSQL[] = {"=INSTANT", "=NOCOPY", "=INPLACE", "=COPY"};
	static const char *const MYSQL_LOCKS[] = {"LOCK=NONE", "LOCK=SHARED", "LOCK=EXCLUSIVE"};
	int found = 0;
	for (int i = 0; dialect == IW_POSTGRES && i < (int)G_N_ELEMENTS(POSTGRES); i++)
		found = strcmp(lock, POSTGRES[i]) == 0 ? i : found;
	for (int i = 0; dialect == IW_MYSQL && i < (int)G_N_ELEMENTS(MYSQL); i++)
		found = strstr(lock, MYSQL[i]) != NULL ? 10 * i : found;
	for (int i = 0; dialect == IW_MYSQL && i < (int)G_N_ELEMENTS(MYSQL_LOCKS); i++)
		found += strstr(lock, MYSQL_LOCKS[i]) != NULL ? i : 0;
	return found;
}

static struct iw_name normal(const struct tracing *tracing, struct iw_name name)
{
	if (tracing->worker->engine.dialect == IW_SQLITE)
		return (struct iw_name){NULL, NULL}; /* the one lock is the database's */
	bool is_default = g_strcmp0(name.schema, tracing->worker->default_schema) == 0;
	return (struct iw_name){is_default ? NULL : name.schema, name.name};
}

static bool is_same(struct iw_name a, struct iw_name b)
{
	return g_strcmp0(a.schema, b.schema) == 0 && g_strcmp0(a.name, b.name) == 0;
}

static struct iw_trace_lock *find_lock(GPtrArray *locks, struct iw_name name)
{
	for (guint i = 0; i < locks->len; i++) {
		struct iw_trace_lock *lock = g_ptr_array_index(locks, i);
		if (is_same(lock->relation, name))
			return lock;
	}
	return NULL;
}

static void predict_lock(struct tracing *tracing, GPtrArray *predicted, const struct iw_relation_lock *lock)
{
	enum iw_dialect dialect = tracing->worker->engine.dialect;
	struct iw_name name = normal(tracing, lock->name);
	struct iw_trace_lock *known = find_lock(predicted, name);
	if (known == NULL) {
		known = iw_new(tracing->arena, struct iw_trace_lock);
		*known = (struct iw_trace_lock){name, lock->lock};
		g_ptr_array_add(predicted, known);
	} else if (strength(dialect, lock->lock) > strength(dialect, known->lock)) {
		known->lock = lock->lock;
	}
}

static void predict(struct tracing *tracing, struct iw_traced *traced)
{
	traced->predicted = iw_arena_ptr_array(tracing->arena);
	for (guint i = 0; i < traced->step->judgements->len; i++) {
		const struct iw_judgement *judgement = g_ptr_array_index(traced->step->judgements, i);
		const struct iw_fact *fact = judgement->fact;
		if (fact->kind == IW_OP_OPAQUE)
			traced->not_predicted = judgement->operation->reason != NULL ? judgement->operation->reason
										     : "no fact is about it";
		else if (strcmp(fact->source, "assumed") == 0)
			traced->not_predicted =
				fact->condition_words != NULL ? fact->condition_words : "the worst is assumed";
		traced->predicted_work = MAX(traced->predicted_work, fact->work);
		const char *failure = fact->refused != NULL ? fact->refused : fact->fails_if;
		traced->expected_failure = failure != NULL ? failure : traced->expected_failure;
		const struct iw_relation_lock whole = {.lock = fact->lock};
		if (tracing->worker->engine.dialect == IW_SQLITE && judgement->locks->len == 0 && *fact->lock != '\0')
			predict_lock(tracing, traced->predicted, &whole);
		for (guint k = 0; k < judgement->locks->len; k++)
			predict_lock(tracing, traced->predicted, g_ptr_array_index(judgement->locks, k));
	}
}

/* --- the comparison --- */

static const char *name_text(iw_arena *arena, struct iw_name name)
{
	return name.schema == NULL ? name.name : iw_arena_printf(arena, "%s.%s", name.schema, name.name);
}

static void differ(struct tracing *tracing, struct iw_traced *traced, const char *format, ...) G_GNUC_PRINTF(3, 4);
static void differ(struct tracing *tracing, struct iw_traced *traced, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	g_autofree char *text = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	g_ptr_array_add(traced->differences, iw_arena_strdup(tracing->arena, text));
}

/* ACCESS SHARE besides is what planning takes on all that a statement names. */
static void compare_relations(struct tracing *tracing, struct iw_traced *traced)
{
	iw_arena *arena = tracing->arena;
	for (guint i = 0; i < traced->predicted->len; i++) {
		const struct iw_trace_lock *wanted = g_ptr_array_index(traced->predicted, i);
		const struct iw_trace_lock *seen = find_lock(traced->seen->locks, wanted->relation);
		if (seen == NULL)
			differ(tracing, traced, "%s on %s was predicted, the server took no lock there", wanted->lock,
			       name_text(arena, wanted->relation));
		else if (strcmp(seen->lock, wanted->lock) != 0)
			differ(tracing, traced, "%s on %s was predicted, the server took %s", wanted->lock,
			       name_text(arena, wanted->relation), seen->lock);
	}
	for (guint i = 0; i < traced->seen->locks->len; i++) {
		const struct iw_trace_lock *seen = g_ptr_array_index(traced->seen->locks, i);
		if (find_lock(traced->predicted, seen->relation) == NULL && strcmp(seen->lock, "ACCESS SHARE") != 0)
			differ(tracing, traced, "%s on %s was not predicted", seen->lock,
			       name_text(arena, seen->relation));
	}
}

/* Engines with one lock, of the statement or of the database. */
static void compare_one_lock(struct tracing *tracing, struct iw_traced *traced)
{
	enum iw_dialect dialect = tracing->worker->engine.dialect;
	const struct iw_trace_lock *seen = traced->seen->locks->len > 0 ? traced->seen->locks->pdata[0] : NULL;
	const char *wanted = "";
	for (guint i = 0; i < traced->predicted->len; i++) {
		const struct iw_trace_lock *lock = g_ptr_array_index(traced->predicted, i);
		bool is_told = dialect != IW_MYSQL || g_str_has_prefix(lock->lock, "ALGORITHM=");
		if (is_told && (*wanted == '\0' || strength(dialect, lock->lock) > strength(dialect, wanted)))
			wanted = lock->lock;
	}
	const char *taken = seen == NULL ? "" : seen->lock;
	if ((dialect == IW_MYSQL && *wanted == '\0') || strcmp(taken, wanted) == 0)
		return;
	differ(tracing, traced, "%s was predicted, the server took %s", *wanted == '\0' ? "no lock" : wanted,
	       *taken == '\0' ? "none" : taken);
}

static bool is_kind(const struct iw_traced *traced, enum iw_operation_kind kind)
{
	const struct iw_operation *operation = traced->step->statement->operations->pdata[0];
	return operation->kind == kind;
}

static bool is_data(const struct iw_traced *traced)
{
	return iw_operation_is_data(traced->step->statement->operations->pdata[0]) || is_kind(traced, IW_OP_SELECT);
}

/* SQLite tells only whether work grows with the table. TRUNCATE gives a new, empty file. What a plan of data reads is
 * the planner's to choose. */
static void compare_work(struct tracing *tracing, struct iw_traced *traced)
{
	enum iw_work wanted = traced->predicted_work, seen = traced->seen_work;
	bool is_lite = tracing->worker->engine.dialect == IW_SQLITE;
	if (is_lite ? (wanted == IW_INSTANT) == (seen == IW_INSTANT) : wanted == seen)
		return;
	/* What fails when there are rows looks whether there are any. */
	if (traced->expected_failure != NULL && seen == IW_SCAN)
		return;
	if (is_kind(traced, IW_OP_TRUNCATE) || (is_data(traced) && !is_lite))
		return;
	differ(tracing, traced, "\"%s\" was predicted, the server did \"%s\"", iw_work_words(wanted),
	       iw_work_words(seen));
}

static void compare(struct tracing *tracing, struct iw_traced *traced)
{
	const struct iw_trace *seen = traced->seen;
	traced->seen_work = seen->rewritten->len > 0 ? IW_REWRITE
			    : seen->built->len > 0   ? IW_BUILD
			    : seen->scanned->len > 0 ? IW_SCAN
						     : IW_INSTANT;
	if (traced->not_predicted != NULL)
		return;
	if (seen->locks_unseen == NULL && tracing->worker->engine.dialect == IW_POSTGRES)
		compare_relations(tracing, traced);
	else if (seen->locks_unseen == NULL)
		compare_one_lock(tracing, traced);
	if (seen->work_unseen == NULL)
		compare_work(tracing, traced);
	for (guint i = 0; i < traced->step->judgements->len; i++) {
		const struct iw_judgement *judgement = g_ptr_array_index(traced->step->judgements, i);
		if (judgement->fact->refused != NULL)
			differ(tracing, traced, "a refusal was predicted (%s), the server did it",
			       judgement->fact->refused);
	}
}

/* --- the statements --- */

static const char *clause_separator(const struct tracing *tracing, const struct iw_step *step)
{
	const struct iw_statement *statement = step->statement;
	if (tracing->worker->engine.dialect != IW_MYSQL || statement->algorithm != NULL || statement->lock != NULL)
		return NULL;
	g_auto(GStrv) words = g_strsplit_set(step->sql, " \t\r\n", 4);
	guint count = g_strv_length(words);
	if (count > 2 && g_ascii_strcasecmp(words[0], "ALTER") == 0 && g_ascii_strcasecmp(words[1], "TABLE") == 0)
		return ", ";
	bool is_index = count > 2 &&
			(g_ascii_strcasecmp(words[0], "CREATE") == 0 || g_ascii_strcasecmp(words[0], "DROP") == 0) &&
			(g_ascii_strcasecmp(words[1], "INDEX") == 0 || g_ascii_strcasecmp(words[2], "INDEX") == 0);
	return is_index ? " " : NULL;
}

/* The table: an index operation's locks are on it, others name it. */
static struct iw_name relation_of(const struct tracing *tracing, const struct iw_traced *traced)
{
	const struct iw_operation *operation = traced->step->statement->operations->pdata[0];
	if (tracing->worker->engine.dialect == IW_SQLITE)
		return operation->name;
	if (traced->predicted->len > 0)
		return ((struct iw_trace_lock *)traced->predicted->pdata[0])->relation;
	return normal(tracing, operation->name);
}

/* Settings of the session are as they are in a run; there is nothing to see. */
static bool set_parameter(struct tracing *tracing, struct iw_traced *traced, const struct iw_operation *operation,
			  GError **error)
{
	if ((operation->flags & IW_LOCAL) != 0) {
		g_ptr_array_add(tracing->local, (char *)traced->step->sql);
		traced->not_run = "sent again at the beginning of each transaction that follows";
		return true;
	}
	traced->not_run = "sent; a setting of the session has nothing to observe";
	return iw_execute(tracing->worker, traced->step->sql, error);
}

static bool perform(struct tracing *tracing, struct iw_traced *traced, GError **error)
{
	const struct iw_step *step = traced->step;
	const struct iw_operation *first = step->statement->operations->pdata[0];
	if (step->is_skipped || step->statement->is_foreign) {
		traced->not_run = step->is_skipped ? "not sent: Inchworm's own transactions say it"
						   : "not run: only the framework itself can run it";
		return true;
	}
	if (first->kind == IW_OP_SET || first->kind == IW_OP_TRANSACTION)
		return set_parameter(tracing, traced, first, error);
	const struct iw_trace_request request = {
		.sql = step->sql,
		.in_transaction = !step->statement->needs_no_transaction && first->kind != IW_OP_VACUUM,
		.before = tracing->local,
		.relation = relation_of(tracing, traced),
		.clause_separator = clause_separator(tracing, step),
		.is_data = is_data(traced),
	};
	traced->seen =
		tracing->worker->driver->trace(tracing->worker, tracing->watcher, tracing->arena, &request, error);
	return traced->seen != NULL;
}

static bool is_of_server(const GError *error)
{
	return error->domain == IW_ERROR && error->code != IW_ERROR_LOST && error->code != IW_ERROR_INTERRUPTED &&
	       error->code != IW_ERROR_INTERNAL;
}

/* What the rows that are there do not allow: no fact can foresee it. */
static bool is_about_rows(const GError *error)
{
	static const char *const CODES[] = {"22",   "23",   "SQLITE_CONSTRAINT",
					    "1048", "1062", "1138",
					    "1264", "1265", "1292",
					    "1364", "1366", "1406",
					    "1452", "3819", "4025"};
	const char *code = iw_error_info(error)->server_code;
	for (size_t i = 0; code != NULL && i < G_N_ELEMENTS(CODES); i++)
		if (g_str_has_prefix(code, CODES[i]))
			return true;
	return false;
}

/* False with *error: the trace cannot go on; a statement that the server refuses is in `traced`. */
static bool trace_step(struct tracing *tracing, struct iw_traced *traced, GError **error)
{
	traced->differences = iw_arena_ptr_array(tracing->arena);
	predict(tracing, traced);
	GError *failure = NULL;
	if (perform(tracing, traced, &failure)) {
		if (traced->seen != NULL)
			compare(tracing, traced);
		if (traced->step == tracing->failed_together)
			traced->error_together = tracing->failure;
		return true;
	}
	if (!is_of_server(failure)) {
		g_propagate_error(error, failure);
		return false;
	}
	if (tracing->is_rehearsed && tracing->failed_together == NULL && !is_about_rows(failure)) {
		traced->not_run = "not observed: it works only in one transaction with the statements before it";
		g_error_free(failure);
		return true;
	}
	place_error(tracing->worker, traced->step, &failure);
	traced->error = failure;
	iw_arena_defer(tracing->arena, (GDestroyNotify)g_error_free, failure);
	if (traced->expected_failure == NULL && traced->not_predicted == NULL && !is_about_rows(failure))
		differ(tracing, traced, "it was not predicted that the server refuses it");
	return true;
}

/* All of a transaction as `up` would run it, rolled back at its end. False with *error: the trace cannot go on. */
static bool rehearse(struct tracing *tracing, const struct iw_migration_plan *plan, const struct iw_segment *segment,
		     GError **error)
{
	iw_connection *worker = tracing->worker;
	tracing->is_rehearsed = segment->kind == IW_SEGMENT_TRANSACTION && segment->count > 1 &&
				(worker->features & IW_TRANSACTIONAL_DDL) != 0;
	tracing->failed_together = NULL;
	GError *failure = NULL;
	if (!tracing->is_rehearsed || !worker->driver->begin(worker, error))
		return !tracing->is_rehearsed;
	for (guint i = 0; failure == NULL && i < segment->count; i++) {
		const struct iw_step *step = g_ptr_array_index(plan->steps, segment->first + i);
		if (is_sent(step) && !iw_execute(worker, step->sql, &failure))
			tracing->failed_together = step;
	}
	if (failure != NULL && !is_of_server(failure)) {
		g_propagate_error(error, failure);
		return false;
	}
	if (failure != NULL) {
		place_error(worker, tracing->failed_together, &failure);
		iw_arena_defer(tracing->arena, (GDestroyNotify)g_error_free, failure);
		tracing->failure = failure;
	}
	return worker->driver->rollback(worker, error) && restore(worker, error);
}

static bool trace_segment(struct tracing *tracing, const struct iw_migration_plan *plan,
			  const struct iw_segment *segment, GPtrArray *all, GError **error)
{
	tracing->local = iw_arena_ptr_array(tracing->arena);
	if (!rehearse(tracing, plan, segment, error))
		return false;
	for (guint i = 0; i < segment->count; i++) {
		struct iw_traced *traced = iw_new(tracing->arena, struct iw_traced);
		traced->step = g_ptr_array_index(plan->steps, segment->first + i);
		g_ptr_array_add(all, traced);
		if (!trace_step(tracing, traced, error))
			return false;
		if (traced->error != NULL)
			break;
	}
	return true;
}

GPtrArray *iw_trace_run(iw_connection *worker, iw_connection *watcher, iw_arena *arena,
			const struct iw_migration_plan *plan, GError **error)
{
	struct tracing tracing = {.worker = worker, .watcher = watcher, .arena = arena};
	GPtrArray *all = iw_arena_ptr_array(arena);
	if (worker->driver->trace == NULL) {
		iw_fail(error, IW_ERROR_UNSUPPORTED, "statements cannot be observed on this engine");
		return NULL;
	}
	for (guint i = 0; i < plan->segments->len; i++) {
		const struct iw_segment *segment = g_ptr_array_index(plan->segments, i);
		if (!set_foreign_keys(worker, segment, false, error) ||
		    !trace_segment(&tracing, plan, segment, all, error) ||
		    !set_foreign_keys(worker, segment, true, error))
			return NULL;
		if (all->len > 0 && ((struct iw_traced *)all->pdata[all->len - 1])->error != NULL)
			break;
	}
	return restore(worker, error) ? all : NULL;
}
