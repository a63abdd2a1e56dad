/*
 * Engine: which grammar, which vendor, which version. A value, passed by copy.
 */
#pragma once

#include <stdbool.h>

enum iw_dialect { IW_POSTGRES, IW_MYSQL, IW_SQLITE, IW_DIALECTS };

/*
 * `version` as a number to compare with, 0 when unknown (then: the newest that Inchworm knows):
 *   PostgreSQL   server_version_num     15.20   -> 150020
 *   MySQL        major*10000+minor*100+patch  8.0.29  ->  80029
 *   MariaDB      likewise              10.11.19 -> 101119
 *   SQLite       likewise               3.40.1  ->  34001
 */
struct iw_engine {
	enum iw_dialect dialect;
	bool is_mariadb;
	int version;
	bool is_libsql; /* SQLite's fork, which has statements of its own; never a server that Inchworm is connected to
			 */
};

/* "postgres", "mysql", "sqlite": the word in options, JSON and file names. */
const char *iw_dialect_name(enum iw_dialect dialect);
/* Accepts the names above, "postgresql", "mariadb", "pg", "sqlite3", "turso", "libsql". False when unknown. */
bool iw_engine_parse(const char *text, struct iw_engine *engine);
/* "PostgreSQL 15.20", "MariaDB 10.11.19", "SQLite", "libSQL"; static buffer per thread. */
const char *iw_engine_title(struct iw_engine engine);
