#include "sql/sql.h"
const struct iw_grammar iw_sqlite_grammar = {0};
