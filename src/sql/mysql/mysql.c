#include "sql/sql.h"
const struct iw_grammar iw_mysql_grammar = {0};
