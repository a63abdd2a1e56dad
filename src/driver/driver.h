/*
 * Driver: the contract between Inchworm and a database server. The only code that talks to servers.
 *
 *  1. iw_connection_open(url, options);
 *  2. ask `engine`, test feature bits (never names), execute and query;
 *  3. iw_connection_free().
 *
 * One connection serves one thread, one statement at a time. All waiting is bounded or ticks: while the server works,
 * the `tick` set by iw_connection_set_tick() runs every `interval_ms`; when it returns false the running statement is
 * cancelled and the call fails with IW_ERROR_INTERRUPTED; a statement that finished before the cancel reached it has
 * succeeded, and the call says so. Values are text, NULL is NULL.
 *
 * Errors of statements are IW_ERROR_STATEMENT (or LOCK, LOST, RIGHTS, RESOURCE, INTERRUPTED, CONNECT by the table of
 * the driver), message as the server gives it, server_code set, detail and hint when the server has them;
 * iw_connection_error_offset() gives the byte offset into the statement, or -1.
 */
#pragma once

#include "model/schema.h"

enum iw_feature {
	IW_TRANSACTIONAL_DDL = 1 << 0, /* DDL can be rolled back */
	IW_CONCURRENT_INDEX = 1 << 1,  /* CREATE INDEX CONCURRENTLY */
	IW_SEES_WAITS = 1 << 2,	       /* `waits` works */
	IW_HAS_STATISTICS = 1 << 3,
	IW_RUN_LOCK = 1 << 4,	     /* session lock for "one run at a time"; without it: a row lock or file lock */
	IW_LOCK_TIMEOUT_MS = 1 << 5, /* else lock timeouts are whole seconds */
};

/* Where a database is. Strings are decoded; NULL: not given. */
struct iw_url {
	enum iw_dialect dialect;
	const char *text;  /* as given */
	const char *shown; /* for people: without password and options */
	/* SQLite: database = absolute path or ":memory:". PostgreSQL: host and port may be lists ("a,b" and
	 * "5432,5433", as libpq takes them), host may be a socket's folder. MySQL: socket = path of the socket. */
	const char *host, *port, *socket, *user, *password, *database;
	const char *schema; /* Prisma's ?schema=, JDBC's currentSchema */
	/* char * -> char *: options that the engine's client understands, under its names. PostgreSQL: libpq's
	 * keywords. MySQL: ssl_mode (disabled, preferred, required, verify_ca, verify_identity), ssl_ca, ssl_cert,
	 * ssl_key, connect_timeout (seconds), charset. SQLite: mode ("ro", "rw", "rwc", "memory"). */
	GHashTable *options;
	/* char * -> char *: options of other tools as written (pgbouncer, connection_limit, parseTime,
	 * x-migrations-table). */
	GHashTable *extras;
};
/*
 * Reads what projects write: postgres://, postgresql://, mysql://, mariadb:// (also with "+driver" behind the scheme or
 * "jdbc:" before it), sqlite:, sqlite3:, file:, ":memory:", a path that ends like a SQLite file's, libpq's "host=x
 * user=y", Go's "user:password@tcp(host:port)/database". `base` is the folder that relative SQLite paths start from;
 * NULL: the current one. Errors: IW_ERROR_PROJECT, IW_ERROR_UNSUPPORTED (libsql:, prisma:, sqlserver:, ...); none shows
 * a password.
 */
struct iw_url *iw_url_parse(iw_arena *arena, const char *text, const char *base, GError **error);
/* The same where the dialect is known from elsewhere: any path is then a SQLite file, "db" or "user:x@/db" a MySQL
 * database. Errors besides: IW_ERROR_PROJECT when the text is plainly of another dialect. */
struct iw_url *iw_url_parse_as(iw_arena *arena, enum iw_dialect dialect, const char *text, const char *base,
			       GError **error);

typedef struct iw_connection iw_connection;
typedef bool (*iw_tick)(void *data);

struct iw_open_options {
	int connect_timeout_ms; /* 0: 10 s */
	const char *application_name;
	bool read_only;	      /* status, plan, lint: a SQLite file is neither created nor written */
	bool create_database; /* create what does not exist (SQLite file; PG/MySQL database) */
};

/* Rows of one query. */
typedef struct iw_rows {
	int columns;
	GPtrArray *names;  /* char * */
	GPtrArray *values; /* char **, one array of `columns` per row; an entry may be NULL */
} iw_rows;
void iw_rows_free(iw_rows *rows);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(iw_rows, iw_rows_free)
static inline guint iw_rows_count(const iw_rows *rows)
{
	return rows->values->len;
}
static inline const char *iw_rows_value(const iw_rows *rows, guint row, int column)
{
	return ((char **)g_ptr_array_index(rows->values, row))[column];
}

/* One session that keeps another from its lock, or that would. */
struct iw_blocker {
	const char *session;			 /* pid, connection id */
	const char *user, *application, *client; /* NULL: unknown */
	const char *state;			 /* "active", "idle in transaction", "Sleep" */
	double transaction_seconds;		 /* since its transaction began; negative: unknown */
	const char *relation;			 /* what it holds a lock on; NULL: unknown */
	const char *lock;			 /* the engine's name of the lock it holds; NULL: unknown */
	const char *query;			 /* its current or last one, cut at 200 characters */
	bool is_autovacuum;
	bool is_suspect; /* the server does not tell who holds the lock: one of its oldest transactions */
};
struct iw_wait {
	bool is_waiting; /* for a lock, now */
	double waiting_seconds;
	const char *waits_for; /* "AccessExclusiveLock on users", "table metadata lock" */
	GPtrArray *blockers;   /* struct iw_blocker * */
	const char *progress;  /* "building index: scanning table, 40 %"; NULL: none known */
};

struct iw_table_statistics {
	struct iw_name name;
	double rows;		   /* estimate; negative: unknown */
	double bytes, index_bytes; /* heap incl. toast; all indexes */
	double writes_per_second;  /* since the statistics were reset; negative: unknown */
	GPtrArray *indexes;	   /* char *: "name bytes" is not enough? keep names only */
};
struct iw_statistics {
	GHashTable
		*tables; /* char * "schema.table" or "table" for the default schema -> struct iw_table_statistics * */
	double database_bytes;
	double free_disk_bytes; /* negative: unknown */
	int replicas;
	double worst_lag_seconds; /* negative: none or unknown */
};
/* NULL: none. A table of the default schema is also found by its full name when `name.schema` of its entry says where
 * it is, which drivers therefore fill in. */
const struct iw_table_statistics *iw_statistics_find(const struct iw_statistics *statistics, struct iw_name name);

struct iw_inspect_options {
	const char *const *schemas; /* NULL-terminated; NULL: the default one (search_path's first) only */
	const char *const *tables;  /* only these (unqualified), for probes; NULL: all */
};

/*
 * How busy a server and its replicas are. Asked of a primary: what it knows of those that read from it. Asked of a
 * replica: how far it is behind itself.
 */
struct iw_lag {
	int replicas;	    /* that read from this server */
	bool is_replica;    /* the server itself reads from another one */
	int unseen;	    /* of the replicas: how far they are behind cannot be told from here */
	double seconds;	    /* of the worst; negative: not known. 0: there is none, or nothing is missing there */
	double bytes;	    /* of the worst, written here and not replayed there; negative: not known */
	guint64 written;    /* place in the log of what is written; 0: not known */
	guint64 replayed;   /* ... of what the worst has replayed */
	double retained;    /* bytes of the log kept for replication slots; negative: none */
	const char *broken; /* a sentence without a full stop: replication does not go on at all; NULL: it does */
	double paused; /* seconds so far in which the cluster's flow control held writers up; negative: no cluster */
	int sessions;  /* that run a statement, without this one; negative: not known */
};

/* One statement for `trace`. */
struct iw_trace_request {
	const char *sql;
	bool in_transaction;	      /* in one of its own, which is committed; false: it cannot be in one */
	GPtrArray *before;	      /* char *: SET LOCAL and the like, sent first in its transaction; NULL: none */
	struct iw_name relation;      /* the table that it is about; name NULL: none or not known */
	const char *clause_separator; /* MySQL: what ALGORITHM= and LOCK= are appended with; NULL: they cannot be */
	bool is_data;		      /* it changes rows, no definition */
};
struct iw_trace_lock {
	struct iw_name relation; /* name NULL: of the whole database (SQLite) */
	const char *lock;	 /* the engine's own name, as facts have it */
};
/* What the server showed of it. Relations are those that were there before; schema NULL in the default one. */
struct iw_trace {
	GPtrArray *locks;     /* struct iw_trace_lock *: the strongest held (or queued for) on each relation */
	GPtrArray *rewritten; /* struct iw_name *: tables and materialized views with new files */
	GPtrArray *built;     /* struct iw_name *: indexes with new files, of tables that were there before */
	GPtrArray *scanned;   /* struct iw_name *: tables that were read from one end to the other */
	const char *locks_unseen, *work_unseen; /* why these cannot be told; NULL: they are as above */
	double seconds;
};

/* Required members first, optional (may be NULL) after. */
struct iw_driver {
	const char *name; /* "postgres" */
	enum iw_dialect dialect;
	/* Pre: none. Effect: a session with Inchworm's settings, no transaction open. Errors: CONNECT, RIGHTS,
	 * RESOURCE, INPUT. */
	iw_connection *(*open)(const struct iw_url *url, const struct iw_open_options *options, GError **error);
	void (*close)(iw_connection *connection);
	/* Runs one statement (exactly one), discards its rows. affected may be NULL. */
	bool (*execute)(iw_connection *connection, const char *sql, gint64 *affected, GError **error);
	/* Runs one statement that returns rows. */
	iw_rows *(*query)(iw_connection *connection, const char *sql, GError **error);
	/* begin: IW_ERROR_INTERNAL inside a transaction. SQLite: BEGIN IMMEDIATE. rollback outside one: no-op, true. */
	bool (*begin)(iw_connection *connection, GError **error);
	bool (*commit)(iw_connection *connection, GError **error);
	bool (*rollback)(iw_connection *connection, GError **error);
	/* How long one statement may queue for a lock; 0: no limit. Idempotent; survives transactions. */
	bool (*set_lock_timeout)(iw_connection *connection, int milliseconds, GError **error);
	/* How long one statement may run; 0: no limit. */
	bool (*set_statement_timeout)(iw_connection *connection, int milliseconds, GError **error);
	/* Thread-safe: asks the server to end the running statement. */
	void (*cancel)(iw_connection *connection);
	/* Session lock named `name`, not waiting. *taken tells. Released with the session or by unlock; taken again by
	 * the session that has it, it is had, and one unlock still releases it. Unlocking what is not had does nothing.
	 */
	bool (*try_lock)(iw_connection *connection, const char *name, bool *taken, GError **error);
	bool (*unlock)(iw_connection *connection, const char *name, GError **error);
	/* The live schema. Lock: none beyond what reading the catalogue takes. */
	iw_schema *(*inspect)(iw_connection *connection, iw_arena *arena, const struct iw_inspect_options *options,
			      GError **error);
	/* optional */
	/* What open needs that takes time and asks no server; from any thread, at any time. What fails, open says. */
	void (*prepare)(void);
	/* Puts the session back to what it was after open (search_path, role, sql_mode, timeouts, ...): a migration may
	 * have SET something. Inside a transaction, too. NULL: sessions of this engine keep nothing that matters. */
	bool (*restore_session)(iw_connection *connection, GError **error);
	struct iw_statistics *(*statistics)(iw_connection *connection, iw_arena *arena, GError **error);
	/* Asked on another connection than the one that waits. */
	struct iw_wait *(*waits)(iw_connection *observer, iw_arena *arena, const char *session, GError **error);
	/* Transactions older than `seconds` that hold or would block locks on `tables` (struct iw_name *; NULL: any).
	 */
	GPtrArray *(*long_transactions)(iw_connection *connection, iw_arena *arena, GPtrArray *tables, double seconds,
					GError **error);
	/* What a transaction is open or not makes no difference to. Lock: none. Errors: RIGHTS besides: what is needed
	 * may not be seen. */
	struct iw_lag *(*lag)(iw_connection *connection, iw_arena *arena, GError **error);
	/*
	 * Runs one statement and observes it from the worker's own session and, where it cannot be in a transaction,
	 * from `watcher`, another session of the same database. Only for databases that nobody else uses: it may hold
	 * the statement up until it is seen. Pre: neither is in a transaction. After an error the worker is not
	 * either; the statement then has no effect, unless it cannot be in a transaction.
	 */
	struct iw_trace *(*trace)(iw_connection *worker, iw_connection *watcher, iw_arena *arena,
				  const struct iw_trace_request *request, GError **error);
};

struct iw_connection { /* drivers embed it first */
	const struct iw_driver *driver;
	struct iw_engine engine;
	unsigned features;	    /* enum iw_feature */
	const char *session;	    /* as in struct iw_blocker.session */
	const char *default_schema; /* PG: current_schema(); MySQL: database(); SQLite: "main" */
	bool in_transaction;
	bool is_lost;	     /* the connection is gone; every further call fails with IW_ERROR_LOST */
	gssize error_offset; /* of the last statement error, bytes; -1 */
	iw_tick tick;
	void *tick_data;
	int tick_interval_ms;
};

extern const struct iw_driver iw_postgres_driver, iw_mysql_driver, iw_sqlite_driver;

/* Front: picks the driver by dialect and forwards; calls with a NULL optional member fail with IW_ERROR_UNSUPPORTED. */
iw_connection *iw_connection_open(const struct iw_url *url, const struct iw_open_options *options, GError **error);
/* A connection to a server of that kind is likely to be opened soon. */
void iw_connection_prepare(enum iw_dialect dialect);
void iw_connection_free(iw_connection *connection);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(iw_connection, iw_connection_free)
void iw_connection_set_tick(iw_connection *connection, iw_tick tick, void *data, int interval_ms);
bool iw_execute(iw_connection *connection, const char *sql, GError **error);
iw_rows *iw_query(iw_connection *connection, const char *sql, GError **error);
/* The one value of a one-row, one-column query; NULL for no row or NULL value. Free with g_free. */
char *iw_query_value(iw_connection *connection, const char *sql, GError **error);
