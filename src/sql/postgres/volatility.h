/* Volatility of the functions that PostgreSQL and its contrib modules bring; the table is made by tools/. */
#pragma once

#include "model/schema.h"

/* The worst of the name's overloads; UNKNOWN for a name that is not in the table. */
enum iw_volatility iw_pg_volatility(const char *function);
