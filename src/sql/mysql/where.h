/* What a WHERE of UPDATE and DELETE restricts; for sql/mysql/ only. */
#pragma once

#include "sql/mysql/expression.h"

/* Behind WHERE: fills has_where and equals. */
bool iw_mysql_where(struct parser *parser, struct iw_data *data);
