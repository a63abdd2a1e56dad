/* The PostgreSQL driver: the table of its members. */
#include "driver/postgres/postgres_internal.h"

static void prepare(void)
{
	iw_library_load(&iw_pq_library, NULL);
}

const struct iw_driver iw_postgres_driver = {
	.name = "postgres",
	.dialect = IW_POSTGRES,
	.prepare = prepare,
	.open = iw_postgres_open,
	.close = iw_postgres_close,
	.execute = iw_postgres_execute,
	.query = iw_postgres_query,
	.begin = iw_postgres_begin,
	.commit = iw_postgres_commit,
	.rollback = iw_postgres_rollback,
	.set_lock_timeout = iw_postgres_set_lock_timeout,
	.set_statement_timeout = iw_postgres_set_statement_timeout,
	.cancel = iw_postgres_cancel,
	.try_lock = iw_postgres_try_lock,
	.unlock = iw_postgres_unlock,
	.restore_session = iw_postgres_restore_session,
	.inspect = iw_postgres_inspect,
	.statistics = iw_postgres_statistics,
	.waits = iw_postgres_waits,
	.long_transactions = iw_postgres_long_transactions,
	.lag = iw_postgres_lag,
	.trace = iw_postgres_trace,
};
