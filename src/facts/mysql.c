/*
 * Facts of MySQL 5.7 to 9 and MariaDB 10.6 to 11. `lock` is the weakest ALGORITHM and LOCK that the server accepts,
 * which is what it takes when the statement names none. Every ALTER besides waits for a metadata lock at its start and
 * end, INSTANT ones too: one idle transaction that touched the table holds it up, and all later queries queue behind
 * it.
 *
 * tests/conformance proves MariaDB rows on 10.11, and MySQL rows on 5.6 where its manual (Online DDL Operations) says
 * that nothing has changed since; the others are from the manual.
 */
#include "facts/rows.h"

#define ROW(id_, kind_)	     .id = "my-" id_, .dialect = IW_MYSQL, .kind = IW_OP_##kind_
#define MYSQL		     .vendor = 1
#define MARIADB		     .vendor = 2
#define AT_ONCE		     LOCK("ALGORITHM=INSTANT", NOTHING), WORK(INSTANT)
#define INPLACE(what)	     LOCK("ALGORITHM=INPLACE, LOCK=NONE", NOTHING), WORK(what)
#define INPLACE_SHARED(what) LOCK("ALGORITHM=INPLACE, LOCK=SHARED", WRITES), WORK(what)
#define NOCOPY(what)	     LOCK("ALGORITHM=NOCOPY, LOCK=NONE", NOTHING), WORK(what)
#define BY_COPY		     LOCK("ALGORITHM=COPY, LOCK=SHARED", WRITES), WORK(REWRITE)
#define ONLINE_COPY	     LOCK("ALGORITHM=COPY, LOCK=NONE", NOTHING), WORK(REWRITE)
#define METADATA	     LOCK("metadata lock", EVERYTHING), WORK(INSTANT)
#define NO_LOCK		     LOCK("", NOTHING), WORK(INSTANT)
#define ROW_LOCKS(words)     LOCK("row locks", NOTHING), ALSO(words)
#define MANUAL		     SOURCE("MySQL manual, Online DDL Operations; MariaDB: measured on 10.11")
#define ONLINE_DDL	     SOURCE("MySQL manual, Online DDL Operations")
#define MEASURED	     SOURCE("measured on MariaDB 10.11"), PROVED
#define ON_56		     SOURCE("measured on MySQL 5.6; unchanged by the MySQL manual, Online DDL Operations"), PROVED
#define GHOST		     "gh-ost or pt-online-schema-change copy the table while writes go on"

/* A copy of the table: MySQL and older MariaDB hold writes up, MariaDB from 11.2 on does not. */
#define COPY_ROWS_BY(mysql_source, id_, kind_, ...)                                                                    \
	{ROW(id_, kind_), MYSQL, __VA_ARGS__, BY_COPY, REMEDY(GHOST "."), mysql_source}, {ROW(id_ "-mariadb", kind_),  \
											  MARIADB,                     \
											  __VA_ARGS__,                 \
											  BY_COPY,                     \
											  BELOW(110200),               \
											  REMEDY(GHOST "."),           \
											  MEASURED},                   \
	{                                                                                                              \
		ROW(id_ "-mariadb-online", kind_), MARIADB, __VA_ARGS__, ONLINE_COPY, FROM(110200),                    \
			SOURCE("MariaDB manual, Online Schema Change (MDEV-16329)")                                    \
	}
#define COPY_ROWS(id_, kind_, ...)    COPY_ROWS_BY(ONLINE_DDL, id_, kind_, __VA_ARGS__)
#define COPY_ROWS_56(id_, kind_, ...) COPY_ROWS_BY(ON_56, id_, kind_, __VA_ARGS__)
/* Likewise where it is not known better: the worst is assumed. */
#define ASSUMED_COPY_ROWS(id_, kind_, ...)                                                                             \
	{ROW(id_, kind_), MYSQL, __VA_ARGS__, BY_COPY, REMEDY(GHOST "."), SOURCE("assumed")},                          \
		{ROW(id_ "-mariadb", kind_), MARIADB,	       __VA_ARGS__, BY_COPY, BELOW(110200),                    \
		 REMEDY(GHOST "."),	     SOURCE("assumed")},                                                       \
	{                                                                                                              \
		ROW(id_ "-mariadb-online", kind_), MARIADB, __VA_ARGS__, ONLINE_COPY, FROM(110200), SOURCE("assumed")  \
	}
/* Catalogue only: INPLACE before MySQL 8.0.12, INSTANT since and on MariaDB. */
#define INSTANT_ROWS(id_, kind_, since_, ...)                                                                          \
	{ROW(id_ "-inplace", kind_), MYSQL, __VA_ARGS__, INPLACE(INSTANT), BELOW(since_), ON_56},                      \
		{ROW(id_, kind_), MYSQL, __VA_ARGS__, AT_ONCE, FROM(since_), ONLINE_DDL},                              \
	{                                                                                                              \
		ROW(id_ "-mariadb", kind_), MARIADB, __VA_ARGS__, AT_ONCE, MEASURED                                    \
	}

static const struct iw_fact FACTS[] = {
#include "facts/mysql_columns.h"
#include "facts/mysql_tables.h"
};

const struct iw_fact *iw_mysql_facts(size_t *count)
{
	*count = G_N_ELEMENTS(FACTS);
	return FACTS;
}
