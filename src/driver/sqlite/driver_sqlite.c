/* The SQLite driver's table; see driver.h. A database file has one writer: its only lock is the file's. */
#include "driver/sqlite/sqlite_internal.h"

const struct iw_driver iw_sqlite_driver = {
	.name = "sqlite",
	.dialect = IW_SQLITE,
	.open = iw_lite_open,
	.close = iw_lite_close,
	.execute = iw_lite_execute,
	.query = iw_lite_query,
	.begin = iw_lite_begin,
	.commit = iw_lite_commit,
	.rollback = iw_lite_rollback,
	.set_lock_timeout = iw_lite_set_lock_timeout,
	.set_statement_timeout = iw_lite_set_statement_timeout,
	.cancel = iw_lite_cancel,
	.try_lock = iw_lite_try_lock,
	.unlock = iw_lite_unlock,
	.inspect = iw_lite_inspect,
	.statistics = iw_lite_statistics,
	.trace = iw_lite_trace,
};
