#include "sql/sql.h"
const struct iw_grammar iw_postgres_grammar = {0};
