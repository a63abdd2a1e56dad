/* Finding the row of a question; words; estimates. The rows themselves are in postgres.c, mysql.c and sqlite.c. */
#include "facts/facts_internal.h"

#include <string.h>

/* Rows of one dialect, grouped: first[kind] is the first row of that kind, rows of a kind are neighbours. */
struct fact_index {
	const struct iw_fact *rows;
	size_t count;
	guint16 first[IW_OP_KINDS];
	guint16 after[IW_OP_KINDS];
};

static struct fact_index indexes[IW_DIALECTS];

static void index_rows(struct fact_index *index)
{
	for (size_t i = 0; i < index->count; i++) {
		enum iw_operation_kind kind = index->rows[i].kind;
		if (index->after[kind] == 0)
			index->first[kind] = (guint16)i;
		else
			g_assert(index->after[kind] == i); /* rows of a kind stand together */
		index->after[kind] = (guint16)(i + 1);
	}
}

static const struct fact_index *index_of(enum iw_dialect dialect)
{
	static gsize is_ready = 0;
	if (g_once_init_enter(&is_ready)) {
		indexes[IW_POSTGRES].rows = iw_postgres_facts(&indexes[IW_POSTGRES].count);
		indexes[IW_MYSQL].rows = iw_mysql_facts(&indexes[IW_MYSQL].count);
		indexes[IW_SQLITE].rows = iw_sqlite_facts(&indexes[IW_SQLITE].count);
		for (int i = 0; i < IW_DIALECTS; i++)
			index_rows(&indexes[i]);
		g_once_init_leave(&is_ready, 1);
	}
	return &indexes[dialect];
}

const struct iw_fact *iw_facts(enum iw_dialect dialect, size_t *count)
{
	const struct fact_index *index = index_of(dialect);
	*count = index->count;
	return index->rows;
}

/* The version that facts are looked up for when it is not known. MariaDB's is careful: its long-lived 10.11. */
int iw_assumed_version(struct iw_engine engine)
{
	static const int ASSUMED[IW_DIALECTS] = {[IW_POSTGRES] = 180000, [IW_MYSQL] = 80400, [IW_SQLITE] = 35000};
	if (engine.version != 0)
		return engine.version;
	return engine.is_mariadb ? 101100 : ASSUMED[engine.dialect];
}

static bool is_for_version(const struct iw_fact *fact, const struct iw_question *question)
{
	int version = iw_assumed_version(question->engine);
	if (fact->vendor != 0 && (fact->vendor == 2) != question->engine.is_mariadb)
		return false;
	return version >= fact->from_version && (fact->below_version == 0 || version < fact->below_version);
}

static bool is_one_of(const char *text, const char *const *words, size_t count)
{
	for (size_t i = 0; text != NULL && i < count; i++)
		if (g_ascii_strcasecmp(text, words[i]) == 0)
			return true;
	return false;
}

void iw_session_note(struct iw_session_settings *settings, const struct iw_operation *operation)
{
	static const char *const OFF[] = {"off", "0", "false", "'off'", "\"off\""};
	static const char *const UTC[] = {"utc", "'utc'", "\"utc\"", "'etc/utc'", "0", "'gmt'"};
	if (operation->kind != IW_OP_SET || operation->member == NULL)
		return;
	if (strcmp(operation->member, "foreign_key_checks") == 0)
		settings->foreign_key_checks_off = is_one_of(operation->text, OFF, G_N_ELEMENTS(OFF));
	else if (strcmp(operation->member, "timezone") == 0)
		settings->timezone_is_utc = is_one_of(operation->text, UTC, G_N_ELEMENTS(UTC));
	else if (strcmp(operation->member, "all") == 0)
		settings->timezone_is_utc = false;
}

const struct iw_fact *iw_fact_find(const struct iw_question *question)
{
	const struct fact_index *index = index_of(question->engine.dialect);
	enum iw_operation_kind kind = question->operation->kind;
	for (guint i = index->first[kind]; i < index->after[kind]; i++) {
		const struct iw_fact *fact = &index->rows[i];
		if (is_for_version(fact, question) && (fact->condition == NULL || fact->condition(question)))
			return fact;
	}
	return iw_unknown_fact(question->engine.dialect);
}

#define UNKNOWN(dialect_, id_)                                                                                         \
	[dialect_] = {.id = id_,                                                                                       \
		      .dialect = dialect_,                                                                             \
		      .kind = IW_OP_OPAQUE,                                                                            \
		      .lock = "unknown",                                                                               \
		      .blocks = IW_BLOCKS_EVERYTHING,                                                                  \
		      .work = IW_REWRITE,                                                                              \
		      .breaks = IW_BREAKS_BOTH,                                                                        \
		      .breaks_words = "what the statement does is not known",                                          \
		      .reversible = IW_IRREVERSIBLE,                                                                   \
		      .remedy = "Read the statement: Inchworm does not know what it locks, so the worst is assumed.",  \
		      .source = "assumed"}

const struct iw_fact *iw_unknown_fact(enum iw_dialect dialect)
{
	static const struct iw_fact FACTS[IW_DIALECTS] = {
		UNKNOWN(IW_POSTGRES, "pg-unknown"),
		UNKNOWN(IW_MYSQL, "my-unknown"),
		UNKNOWN(IW_SQLITE, "sqlite-unknown"),
	};
	return &FACTS[dialect];
}

const char *iw_blocks_words(enum iw_blocks blocks)
{
	static const char *const WORDS[] = {[IW_BLOCKS_NOTHING] = "nothing",
					    [IW_BLOCKS_DDL] = "other DDL",
					    [IW_BLOCKS_WRITES] = "writes",
					    [IW_BLOCKS_EVERYTHING] = "reads and writes"};
	return WORDS[blocks];
}

const char *iw_work_words(enum iw_work work)
{
	static const char *const WORDS[] = {[IW_INSTANT] = "instant",
					    [IW_SCAN] = "scans the table",
					    [IW_BUILD] = "builds an index",
					    [IW_REWRITE] = "rewrites the table"};
	return WORDS[work];
}

const char *iw_breaks_words(enum iw_breaks breaks)
{
	static const char *const WORDS[] = {[IW_BREAKS_NOTHING] = "nothing",
					    [IW_BREAKS_READERS] = "code that reads",
					    [IW_BREAKS_WRITERS] = "code that writes",
					    [IW_BREAKS_BOTH] = "code that reads or writes"};
	return WORDS[breaks];
}

/* Seconds per row and per byte by kind of work; docs/estimates.md says where they come from. */
static const struct {
	double per_row, per_byte;
} RATES[] = {
	[IW_INSTANT] = {0, 0},
	[IW_SCAN] = {1.0 / 8e6, 1.0 / 400e6},
	[IW_BUILD] = {1.0 / 0.9e6, 1.0 / 200e6},
	[IW_REWRITE] = {1.0 / 0.6e6, 1.0 / 60e6},
};

double iw_fact_seconds(const struct iw_fact *fact, double rows, double bytes)
{
	if (fact->work == IW_INSTANT)
		return 0;
	if (rows < 0 && bytes < 0)
		return -1;
	double by_rows = MAX(rows, 0) * RATES[fact->work].per_row;
	double by_bytes = MAX(bytes, 0) * RATES[fact->work].per_byte;
	return MAX(by_rows, by_bytes);
}
