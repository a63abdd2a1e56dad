/* What the MySQL files of replay share. */
#pragma once

#include "model/replay_internal.h"

/* Some index other than `except` begins with the columns. */
bool iw_replay_mysql_is_covered(struct replay *replay, const struct iw_table *table, GPtrArray *columns,
				const struct iw_index *except);
/* replay_mysql_alter.c: the operations that only this engine has, or has differently. */
extern const replay_handler iw_replay_mysql_handlers[IW_OP_KINDS];
