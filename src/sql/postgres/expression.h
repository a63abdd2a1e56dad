/* Expressions in a normal form; pg_expression() is declared in tree.h. */
#pragma once

#include "sql/postgres/newer.h"
#include "sql/postgres/tree.h"
