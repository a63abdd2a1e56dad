/* See fake.h. */
#include "driver/fake/fake.h"

#include "base/error.h"

#include <string.h>

struct answer {
	char *pattern;
	int columns, rows;
	char **values; /* rows * columns, NULL-terminated only by count */
};

struct failure {
	char *pattern; /* NULL: by number */
	guint number;
	struct iw_fake_failure what;
	char *message, *server_code;
	int left; /* negative: every time */
};

struct pause {
	char *pattern;
	int ticks;
};

struct fake {
	iw_connection base;
	GPtrArray *calls;
	GPtrArray *answers, *failures, *pauses;
	GHashTable *held, *owned; /* char * names of locks: another session's, ours */
	struct iw_fake_world world;
};

static const struct iw_driver fake_driver;

static void free_answer(void *data)
{
	struct answer *answer = data;
	for (int i = 0; i < answer->rows * answer->columns; i++)
		g_free(answer->values[i]);
	g_free(answer->values);
	g_free(answer->pattern);
	g_free(answer);
}

static void free_failure(void *data)
{
	struct failure *failure = data;
	g_free(failure->pattern);
	g_free(failure->message);
	g_free(failure->server_code);
	g_free(failure);
}

static void free_pause(void *data)
{
	struct pause *pause = data;
	g_free(pause->pattern);
	g_free(pause);
}

static const struct {
	unsigned features;
	const char *default_schema;
} of_engine[IW_DIALECTS] = {
	[IW_POSTGRES] = {IW_TRANSACTIONAL_DDL | IW_CONCURRENT_INDEX | IW_SEES_WAITS | IW_HAS_STATISTICS | IW_RUN_LOCK |
				 IW_LOCK_TIMEOUT_MS,
			 "public"},
	[IW_MYSQL] = {IW_SEES_WAITS | IW_HAS_STATISTICS | IW_RUN_LOCK, "test"},
	[IW_SQLITE] = {IW_TRANSACTIONAL_DDL | IW_HAS_STATISTICS | IW_LOCK_TIMEOUT_MS, "main"},
};

iw_connection *iw_fake_new(struct iw_engine engine)
{
	struct fake *fake = g_new0(struct fake, 1);
	fake->base.driver = &fake_driver;
	fake->base.engine = engine;
	fake->base.features = of_engine[engine.dialect].features;
	fake->base.default_schema = of_engine[engine.dialect].default_schema;
	fake->base.session = "1";
	fake->base.error_offset = -1;
	fake->calls = g_ptr_array_new_with_free_func(g_free);
	fake->answers = g_ptr_array_new_with_free_func(free_answer);
	fake->failures = g_ptr_array_new_with_free_func(free_failure);
	fake->pauses = g_ptr_array_new_with_free_func(free_pause);
	fake->held = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	fake->owned = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	return &fake->base;
}

static void close_fake(iw_connection *connection)
{
	struct fake *fake = (struct fake *)connection;
	g_ptr_array_unref(fake->calls);
	g_ptr_array_unref(fake->answers);
	g_ptr_array_unref(fake->failures);
	g_ptr_array_unref(fake->pauses);
	g_hash_table_unref(fake->held);
	g_hash_table_unref(fake->owned);
	g_free(fake);
}

static iw_connection *open_fake(const struct iw_url *url, const struct iw_open_options *options, GError **error)
{
	(void)url;
	(void)options;
	iw_fail(error, IW_ERROR_UNSUPPORTED, "a fake connection has no URL");
	return NULL;
}

/* The failure that strikes call `number` with statement `sql` (NULL: none), the last scripted first. */
static struct failure *find_failure(struct fake *fake, guint number, const char *sql)
{
	for (guint i = fake->failures->len; i > 0; i--) {
		struct failure *failure = g_ptr_array_index(fake->failures, i - 1);
		if (failure->left == 0)
			continue;
		bool is_hit = failure->pattern == NULL ? failure->number == number
						       : sql != NULL && g_pattern_match_simple(failure->pattern, sql);
		if (!is_hit)
			continue;
		if (failure->left > 0)
			failure->left--;
		return failure;
	}
	return NULL;
}

static bool fail_with(struct fake *fake, guint number, enum iw_error code, const char *message, const char *server_code,
		      enum iw_fake_moment moment, GError **error)
{
	char **noted = (char **)&g_ptr_array_index(fake->calls, number - 1);
	char *marked =
		g_strdup_printf("%s %c%s", *noted, moment == IW_FAKE_AFTER ? '?' : '!', iw_error_class((int)code));
	g_free(*noted);
	*noted = marked;
	if (code == IW_ERROR_LOST) {
		fake->base.is_lost = true;
		fake->base.in_transaction = false;
		g_hash_table_remove_all(fake->owned);
	}
	iw_fail(error, code, "%s", message != NULL ? message : "scripted failure");
	if (server_code != NULL)
		iw_error_server_code(error, server_code);
	return false;
}

static bool pass_ticks(struct fake *fake, const char *sql)
{
	for (guint i = fake->pauses->len; sql != NULL && i > 0; i--) {
		const struct pause *pause = g_ptr_array_index(fake->pauses, i - 1);
		if (!g_pattern_match_simple(pause->pattern, sql))
			continue;
		for (int tick = 0; tick < pause->ticks; tick++)
			if (fake->base.tick != NULL && !fake->base.tick(fake->base.tick_data))
				return false;
		break;
	}
	return true;
}

/*
 * Notes a call and decides its fate. `effect` (may be NULL) is what happens when it is done, which is also the case
 * when only its answer gets lost.
 */
static bool call(struct fake *fake, char *text, const char *sql, void (*effect)(struct fake *, const char *),
		 const char *argument, GError **error)
{
	g_ptr_array_add(fake->calls, text);
	guint number = fake->calls->len; /* a tick may make further calls */
	fake->base.error_offset = -1;
	if (fake->base.is_lost)
		return fail_with(fake, number, IW_ERROR_LOST, "the connection is lost", NULL, IW_FAKE_BEFORE, error);
	struct failure *failure = find_failure(fake, number, sql);
	if (failure != NULL && failure->what.moment == IW_FAKE_BEFORE)
		return fail_with(fake, number, failure->what.code, failure->message, failure->server_code,
				 IW_FAKE_BEFORE, error);
	if (!pass_ticks(fake, sql))
		return fail_with(fake, number, IW_ERROR_INTERRUPTED, "statement was interrupted", NULL, IW_FAKE_BEFORE,
				 error);
	if (effect != NULL)
		effect(fake, argument);
	if (failure == NULL)
		return true;
	return fail_with(fake, number, failure->what.code, failure->message, failure->server_code, IW_FAKE_AFTER,
			 error);
}

/* MySQL commits before and after DDL; a test that minds says so by its statements' first word. */
static void after_statement(struct fake *fake, const char *sql)
{
	static const char *const words[] = {"CREATE ", "ALTER ", "DROP ", "RENAME ", "TRUNCATE "};
	if (fake->base.engine.dialect != IW_MYSQL)
		return;
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (g_ascii_strncasecmp(sql, words[i], strlen(words[i])) == 0)
			fake->base.in_transaction = false;
}

static bool execute(iw_connection *connection, const char *sql, gint64 *affected, GError **error)
{
	struct fake *fake = (struct fake *)connection;
	if (!call(fake, g_strdup_printf("execute %s", sql), sql, after_statement, sql, error))
		return false;
	if (affected != NULL)
		*affected = 0;
	return true;
}

static const struct answer *find_answer(const struct fake *fake, const char *sql)
{
	for (guint i = fake->answers->len; i > 0; i--) {
		const struct answer *answer = g_ptr_array_index(fake->answers, i - 1);
		if (g_pattern_match_simple(answer->pattern, sql))
			return answer;
	}
	return NULL;
}

static iw_rows *query(iw_connection *connection, const char *sql, GError **error)
{
	struct fake *fake = (struct fake *)connection;
	if (!call(fake, g_strdup_printf("query %s", sql), sql, after_statement, sql, error))
		return NULL;
	const struct answer *answer = find_answer(fake, sql);
	iw_rows *rows = g_new0(iw_rows, 1);
	rows->names = g_ptr_array_new();
	rows->values = g_ptr_array_new();
	rows->columns = answer != NULL ? answer->columns : 0;
	for (int i = 0; i < rows->columns; i++)
		g_ptr_array_add(rows->names, g_strdup_printf("column%d", i + 1));
	for (int row = 0; answer != NULL && row < answer->rows; row++) {
		char **values = g_new0(char *, (gsize)rows->columns + 1);
		for (int i = 0; i < rows->columns; i++)
			values[i] = g_strdup(answer->values[row * rows->columns + i]);
		g_ptr_array_add(rows->values, values);
	}
	return rows;
}

static void set_in_transaction(struct fake *fake, const char *argument)
{
	fake->base.in_transaction = argument != NULL;
}

static bool begin(iw_connection *connection, GError **error)
{
	if (connection->in_transaction)
		return iw_fail(error, IW_ERROR_INTERNAL, "a transaction is already open");
	return call((struct fake *)connection, g_strdup("begin"), NULL, set_in_transaction, "yes", error);
}

static bool commit(iw_connection *connection, GError **error)
{
	return call((struct fake *)connection, g_strdup("commit"), NULL, set_in_transaction, NULL, error);
}

static bool rollback(iw_connection *connection, GError **error)
{
	if (!connection->in_transaction)
		return true;
	return call((struct fake *)connection, g_strdup("rollback"), NULL, set_in_transaction, NULL, error);
}

static bool set_lock_timeout(iw_connection *connection, int milliseconds, GError **error)
{
	char *text = g_strdup_printf("lock_timeout %d", milliseconds);
	return call((struct fake *)connection, text, NULL, NULL, NULL, error);
}

static bool set_statement_timeout(iw_connection *connection, int milliseconds, GError **error)
{
	char *text = g_strdup_printf("statement_timeout %d", milliseconds);
	return call((struct fake *)connection, text, NULL, NULL, NULL, error);
}

static void cancel(iw_connection *connection)
{
	call((struct fake *)connection, g_strdup("cancel"), NULL, NULL, NULL, NULL);
}

static void take(struct fake *fake, const char *name)
{
	if (!g_hash_table_contains(fake->held, name))
		g_hash_table_add(fake->owned, g_strdup(name));
}

static void release(struct fake *fake, const char *name)
{
	g_hash_table_remove(fake->owned, name);
}

static bool try_lock(iw_connection *connection, const char *name, bool *taken, GError **error)
{
	struct fake *fake = (struct fake *)connection;
	if (!call(fake, g_strdup_printf("lock %s", name), NULL, take, name, error))
		return false;
	*taken = g_hash_table_contains(fake->owned, name);
	return true;
}

static bool unlock(iw_connection *connection, const char *name, GError **error)
{
	return call((struct fake *)connection, g_strdup_printf("unlock %s", name), NULL, release, name, error);
}

static iw_schema *inspect(iw_connection *connection, iw_arena *arena, const struct iw_inspect_options *options,
			  GError **error)
{
	struct fake *fake = (struct fake *)connection;
	(void)options;
	if (!call(fake, g_strdup("inspect"), NULL, NULL, NULL, error))
		return NULL;
	if (fake->world.schema != NULL)
		return iw_schema_copy(arena, fake->world.schema);
	iw_schema *schema = iw_schema_new(arena, connection->engine);
	schema->default_schema = iw_arena_strdup(arena, connection->default_schema);
	schema->is_inspected = true;
	return schema;
}

static struct iw_statistics *statistics(iw_connection *connection, iw_arena *arena, GError **error)
{
	struct fake *fake = (struct fake *)connection;
	if (!call(fake, g_strdup("statistics"), NULL, NULL, NULL, error))
		return NULL;
	if (fake->world.statistics != NULL)
		return fake->world.statistics;
	struct iw_statistics *empty = iw_new(arena, struct iw_statistics);
	empty->tables = iw_arena_hash_table(arena, g_str_hash, g_str_equal);
	empty->free_disk_bytes = empty->worst_lag_seconds = -1;
	return empty;
}

static struct iw_wait *waits(iw_connection *connection, iw_arena *arena, const char *session, GError **error)
{
	struct fake *fake = (struct fake *)connection;
	if (!call(fake, g_strdup_printf("waits %s", session), NULL, NULL, NULL, error))
		return NULL;
	if (fake->world.wait != NULL)
		return fake->world.wait;
	struct iw_wait *none = iw_new(arena, struct iw_wait);
	none->blockers = iw_arena_ptr_array(arena);
	return none;
}

static GPtrArray *long_transactions(iw_connection *connection, iw_arena *arena, GPtrArray *tables, double seconds,
				    GError **error)
{
	struct fake *fake = (struct fake *)connection;
	(void)tables;
	if (!call(fake, g_strdup_printf("long_transactions %g", seconds), NULL, NULL, NULL, error))
		return NULL;
	return fake->world.long_transactions != NULL ? fake->world.long_transactions : iw_arena_ptr_array(arena);
}

static const struct iw_driver fake_driver = {
	.name = "fake",
	.open = open_fake,
	.close = close_fake,
	.execute = execute,
	.query = query,
	.begin = begin,
	.commit = commit,
	.rollback = rollback,
	.set_lock_timeout = set_lock_timeout,
	.set_statement_timeout = set_statement_timeout,
	.cancel = cancel,
	.try_lock = try_lock,
	.unlock = unlock,
	.inspect = inspect,
	.statistics = statistics,
	.waits = waits,
	.long_transactions = long_transactions,
};

void iw_fake_answer(iw_connection *connection, const char *pattern, int columns, int rows, const char *const *values)
{
	struct answer *answer = g_new0(struct answer, 1);
	answer->pattern = g_strdup(pattern);
	answer->columns = columns;
	answer->rows = rows;
	answer->values = g_new0(char *, (gsize)(columns * rows) + 1);
	for (int i = 0; i < columns * rows; i++)
		answer->values[i] = g_strdup(values[i]);
	g_ptr_array_add(((struct fake *)connection)->answers, answer);
}

static struct failure *add_failure(iw_connection *connection, struct iw_fake_failure what)
{
	struct failure *failure = g_new0(struct failure, 1);
	failure->what = what;
	failure->message = g_strdup(what.message);
	failure->server_code = g_strdup(what.server_code);
	failure->left = what.times > 0 ? what.times : -1;
	g_ptr_array_add(((struct fake *)connection)->failures, failure);
	return failure;
}

void iw_fake_fail(iw_connection *connection, const char *pattern, struct iw_fake_failure failure)
{
	add_failure(connection, failure)->pattern = g_strdup(pattern);
}

void iw_fake_fail_call(iw_connection *connection, guint number, struct iw_fake_failure failure)
{
	struct failure *added = add_failure(connection, failure);
	added->number = number;
	added->left = 1;
}

void iw_fake_take_ticks(iw_connection *connection, const char *pattern, int ticks)
{
	struct pause *pause = g_new0(struct pause, 1);
	pause->pattern = g_strdup(pattern);
	pause->ticks = ticks;
	g_ptr_array_add(((struct fake *)connection)->pauses, pause);
}

void iw_fake_hold_lock(iw_connection *connection, const char *name, bool is_held)
{
	struct fake *fake = (struct fake *)connection;
	if (is_held)
		g_hash_table_add(fake->held, g_strdup(name));
	else
		g_hash_table_remove(fake->held, name);
}

void iw_fake_set_world(iw_connection *connection, struct iw_fake_world world)
{
	((struct fake *)connection)->world = world;
}

GPtrArray *iw_fake_calls(iw_connection *connection)
{
	return ((struct fake *)connection)->calls;
}

char *iw_fake_log(iw_connection *connection, const char *pattern)
{
	GPtrArray *calls = iw_fake_calls(connection);
	GString *out = g_string_new(NULL);
	for (guint i = 0; i < calls->len; i++) {
		const char *text = g_ptr_array_index(calls, i);
		if (pattern == NULL || g_pattern_match_simple(pattern, text))
			g_string_append_printf(out, "%s\n", text);
	}
	return g_string_free(out, FALSE);
}

void iw_fake_forget_calls(iw_connection *connection)
{
	g_ptr_array_set_size(iw_fake_calls(connection), 0);
}

void iw_fake_reconnect(iw_connection *connection)
{
	connection->is_lost = false;
	connection->in_transaction = false;
}
