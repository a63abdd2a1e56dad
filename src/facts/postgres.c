/*
 * Facts of PostgreSQL 10 to 18. The rows stand in three files by subject; rows of one kind are neighbours and the first
 * that fits is taken. Proved rows have a statement in tests/fixtures/facts/postgres.sql, which tests/conformance
 * performs.
 */
#include "facts/rows.h"

#define ROW(id_, kind_)	       .id = "pg-" id_, .dialect = IW_POSTGRES, .kind = IW_OP_##kind_
#define ACCESS_SHARE	       LOCK("ACCESS SHARE", NOTHING)
#define ROW_SHARE	       LOCK("ROW SHARE", NOTHING)
#define ROW_EXCLUSIVE	       LOCK("ROW EXCLUSIVE", NOTHING)
#define SHARE_UPDATE_EXCLUSIVE LOCK("SHARE UPDATE EXCLUSIVE", DDL)
#define SHARE		       LOCK("SHARE", WRITES)
#define SHARE_ROW_EXCLUSIVE    LOCK("SHARE ROW EXCLUSIVE", WRITES)
#define EXCLUSIVE	       LOCK("EXCLUSIVE", WRITES)
#define ACCESS_EXCLUSIVE       LOCK("ACCESS EXCLUSIVE", EVERYTHING)
#define NO_LOCK		       LOCK("", NOTHING)
#define MEASURED	       SOURCE("measured; PostgreSQL manual, Explicit Locking and ALTER TABLE"), PROVED
#define MANUAL(page)	       SOURCE("PostgreSQL manual, " page)

static const struct iw_fact FACTS[] = {
#include "facts/postgres_columns.h"
#include "facts/postgres_constraints.h"
#include "facts/postgres_tables.h"
#include "facts/postgres_objects.h"
};

const struct iw_fact *iw_postgres_facts(size_t *count)
{
	*count = G_N_ELEMENTS(FACTS);
	return FACTS;
}
