/* The three tables of facts; private to facts/. */
#pragma once

#include "facts/facts.h"

const struct iw_fact *iw_postgres_facts(size_t *count);
const struct iw_fact *iw_mysql_facts(size_t *count);
const struct iw_fact *iw_sqlite_facts(size_t *count);
const struct iw_fact *iw_unknown_fact(enum iw_dialect dialect);
