/* What the database tells of the tables that findings are about, and of itself; see linting.h. */
#include "cli/linting.h"

#include <string.h>

enum { LONG_TRANSACTION = 60 }; /* seconds; index builds and locks wait for these */

static guint hash(const void *key)
{
	const struct iw_name *name = key;
	return g_str_hash(name->name) ^ (name->schema == NULL ? 0 : g_str_hash(name->schema));
}

static gboolean equal(const void *a, const void *b)
{
	const struct iw_name *one = a, *two = b;
	return strcmp(one->name, two->name) == 0 && g_strcmp0(one->schema, two->schema) == 0;
}

void iw_cli_live_note(struct iw_cli *cli, const struct iw_finding *finding)
{
	if (cli->connection == NULL || finding->table.name == NULL || finding->suppression != NULL)
		return;
	if (cli->live_tables == NULL)
		cli->live_tables = iw_arena_hash_table(cli->arena, hash, equal);
	if (g_hash_table_contains(cli->live_tables, &finding->table))
		return;
	struct iw_name *name = iw_new(cli->arena, struct iw_name);
	*name = iw_name_copy(cli->arena, finding->table);
	g_hash_table_add(cli->live_tables, name);
}

struct table {
	const struct iw_table_statistics *statistics;
	const char *name;
	GPtrArray *referenced_by; /* char * */
};

struct live {
	struct iw_cli *cli;
	GPtrArray *tables;	      /* struct table *, by name */
	GPtrArray *long_transactions; /* struct iw_blocker *; NULL: this engine does not tell */
};

static bool is_same(const iw_schema *schema, struct iw_name a, struct iw_name b)
{
	const char *in_a = a.schema == NULL ? schema->default_schema : a.schema;
	const char *in_b = b.schema == NULL ? schema->default_schema : b.schema;
	return g_strcmp0(a.name, b.name) == 0 && g_strcmp0(in_a, in_b) == 0;
}

/* Foreign keys of other tables that lead here. */
static GPtrArray *referenced_by(iw_arena *arena, const iw_schema *schema, struct iw_name name)
{
	GPtrArray *list = iw_arena_ptr_array(arena);
	for (guint i = 0; schema != NULL && i < schema->tables->len; i++) {
		const struct iw_table *table = g_ptr_array_index(schema->tables, i);
		for (guint j = 0; j < table->constraints->len; j++) {
			const struct iw_constraint *constraint = g_ptr_array_index(table->constraints, j);
			if (constraint->kind == IW_FOREIGN_KEY && is_same(schema, constraint->references, name))
				g_ptr_array_add(list,
						iw_arena_printf(arena, "%s (%s)", table->name.name,
								constraint->name == NULL ? "" : constraint->name));
		}
	}
	return list;
}

static int by_name(const void *a, const void *b)
{
	return strcmp((*(struct table *const *)a)->name, (*(struct table *const *)b)->name);
}

static void read_tables(struct live *live)
{
	struct iw_cli *cli = live->cli;
	g_autoptr(GError) error = NULL;
	iw_schema *schema = cli->connection->driver->inspect(cli->connection, cli->arena, NULL, &error);
	if (error != NULL)
		iw_cli_note(cli, "warning: no foreign keys of the database: %s", error->message);
	GHashTableIter iterator;
	gpointer key;
	g_hash_table_iter_init(&iterator, cli->live_tables);
	while (g_hash_table_iter_next(&iterator, &key, NULL)) {
		struct iw_name name = *(struct iw_name *)key;
		if (g_strcmp0(name.schema, cli->connection->default_schema) == 0)
			name.schema = NULL;
		const struct iw_table_statistics *statistics = iw_statistics_find(cli->statistics, name);
		if (statistics == NULL)
			continue;
		struct table *table = iw_new(cli->arena, struct table);
		table->statistics = statistics;
		table->name =
			name.schema == NULL ? name.name : iw_arena_printf(cli->arena, "%s.%s", name.schema, name.name);
		table->referenced_by = referenced_by(cli->arena, schema, name);
		g_ptr_array_add(live->tables, table);
	}
	g_ptr_array_sort(live->tables, by_name);
}

static bool read_live(struct iw_cli *cli, struct live *live)
{
	if (cli->connection == NULL || cli->statistics == NULL)
		return false;
	*live = (struct live){.cli = cli, .tables = iw_arena_ptr_array(cli->arena)};
	if (cli->live_tables != NULL)
		read_tables(live);
	if (cli->connection->driver->long_transactions == NULL)
		return true;
	g_autoptr(GError) error = NULL;
	live->long_transactions =
		cli->connection->driver->long_transactions(cli->connection, cli->arena, NULL, LONG_TRANSACTION, &error);
	if (error != NULL)
		iw_cli_note(cli, "warning: no list of long transactions: %s", error->message);
	return true;
}

/* text ------------------------------------------------------------------------------------------------------------ */

static void add_table_row(struct iw_cli *cli, struct iw_text_table *out, const struct table *table)
{
	const struct iw_table_statistics *statistics = table->statistics;
	iw_text_table_add(out, IW_PLAIN, iw_text_clean(cli->arena, table->name));
	iw_text_table_add(out, IW_PLAIN, iw_words_rows(cli->arena, statistics->rows));
	iw_text_table_add(out, IW_PLAIN, iw_words_size(cli->arena, statistics->bytes));
	iw_text_table_add(out, IW_PLAIN,
			  iw_arena_printf(cli->arena, "%u, %s", statistics->indexes->len,
					  iw_words_size(cli->arena, statistics->index_bytes)));
	iw_text_table_add(out, IW_PLAIN,
			  statistics->writes_per_second < 0
				  ? "unknown"
				  : iw_arena_printf(cli->arena, "%.3g/s", statistics->writes_per_second));
	g_autoptr(GString) keys = g_string_new(NULL);
	for (guint i = 0; i < table->referenced_by->len; i++)
		g_string_append_printf(keys, "%s%s", i > 0 ? ", " : "", (char *)table->referenced_by->pdata[i]);
	iw_text_table_add(out, IW_PLAIN, keys->len == 0 ? "nothing" : iw_text_clean(cli->arena, keys->str));
}

static void add_server(struct live *live, GString *out)
{
	struct iw_cli *cli = live->cli;
	const struct iw_statistics *statistics = cli->statistics;
	if (statistics->replicas > 0)
		g_string_append_printf(out, "  %s%s%s\n",
				       iw_words_count(cli->arena, (guint)statistics->replicas, "replica"),
				       statistics->worst_lag_seconds < 0 ? "" : ", the slowest is behind by ",
				       statistics->worst_lag_seconds < 0
					       ? ""
					       : iw_words_duration(cli->arena, statistics->worst_lag_seconds));
	if (statistics->free_disk_bytes >= 0)
		g_string_append_printf(out, "  free on disk: %s\n",
				       iw_words_size(cli->arena, statistics->free_disk_bytes));
	for (guint i = 0; live->long_transactions != NULL && i < live->long_transactions->len; i++) {
		const struct iw_blocker *one = g_ptr_array_index(live->long_transactions, i);
		g_string_append_printf(out,
				       "  session %s%s%s has been in a transaction for %s: locks may wait for it\n",
				       one->session, one->application == NULL ? "" : " of ",
				       one->application == NULL ? "" : iw_text_clean(cli->arena, one->application),
				       iw_words_duration(cli->arena, one->transaction_seconds));
	}
}

void iw_cli_live_text(struct iw_cli *cli, GString *out)
{
	struct live live;
	if (!read_live(cli, &live))
		return;
	g_autoptr(GString) body = g_string_new(NULL);
	if (live.tables->len > 0) {
		struct iw_text_table *table = iw_text_table_new(cli->arena, 6);
		iw_text_table_header(table, "table", "rows", "size", "indexes", "writes", "referenced by");
		for (guint i = 0; i < live.tables->len; i++)
			add_table_row(cli, table, g_ptr_array_index(live.tables, i));
		iw_text_table_render(table, body, cli->out, 2);
	}
	add_server(&live, body);
	if (body->len > 0)
		g_string_append_printf(out, "The database now:\n%s\n", body->str);
}

/* json ------------------------------------------------------------------------------------------------------------ */

static void add_number(json_t *object, const char *key, double number)
{
	json_object_set_new(object, key, number < 0 ? json_null() : json_real(number));
}

static json_t *texts(GPtrArray *list)
{
	json_t *array = json_array();
	for (guint i = 0; i < list->len; i++) {
		g_autofree char *valid = g_utf8_make_valid(g_ptr_array_index(list, i), -1);
		json_array_append_new(array, json_string(valid));
	}
	return array;
}

static json_t *table_json(const struct table *table)
{
	json_t *object = json_object();
	iw_cli_json_text(object, "table", table->name);
	add_number(object, "rows", table->statistics->rows);
	add_number(object, "bytes", table->statistics->bytes);
	add_number(object, "indexBytes", table->statistics->index_bytes);
	add_number(object, "writesPerSecond", table->statistics->writes_per_second);
	json_object_set_new(object, "indexes", texts(table->statistics->indexes));
	json_object_set_new(object, "referencedBy", texts(table->referenced_by));
	return object;
}

static json_t *transaction_json(const struct iw_blocker *blocker)
{
	json_t *object = json_object();
	iw_cli_json_text(object, "session", blocker->session);
	iw_cli_json_text(object, "user", blocker->user);
	iw_cli_json_text(object, "application", blocker->application);
	iw_cli_json_text(object, "state", blocker->state);
	add_number(object, "seconds", blocker->transaction_seconds);
	return object;
}

json_t *iw_cli_live_json(struct iw_cli *cli)
{
	struct live live;
	if (!read_live(cli, &live))
		return json_null();
	json_t *object = json_object(), *tables = json_array(), *transactions = json_array();
	for (guint i = 0; i < live.tables->len; i++)
		json_array_append_new(tables, table_json(g_ptr_array_index(live.tables, i)));
	for (guint i = 0; live.long_transactions != NULL && i < live.long_transactions->len; i++)
		json_array_append_new(transactions, transaction_json(g_ptr_array_index(live.long_transactions, i)));
	json_object_set_new(object, "tables", tables);
	json_object_set_new(object, "longTransactions", transactions);
	json_object_set_new(object, "replicas", json_integer(cli->statistics->replicas));
	add_number(object, "lagSeconds", cli->statistics->worst_lag_seconds);
	add_number(object, "databaseBytes", cli->statistics->database_bytes);
	add_number(object, "freeDiskBytes", cli->statistics->free_disk_bytes);
	return object;
}
