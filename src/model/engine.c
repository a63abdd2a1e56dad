/* Names and versions of engines; see engine.h. */
#include "model/engine.h"

#include <glib.h>
#include <string.h>

static const struct {
	const char *word;
	enum iw_dialect dialect;
	bool is_mariadb, is_libsql;
} words[] = {
	/* clang-format off */
	{"postgres",   IW_POSTGRES, false}, {"mysql",   IW_MYSQL, false}, {"sqlite",  IW_SQLITE, false},
	{"postgresql", IW_POSTGRES, false}, {"mariadb", IW_MYSQL, true},  {"sqlite3", IW_SQLITE, false},
	{"pg",         IW_POSTGRES, false},                               {"turso",   IW_SQLITE, false, true},
	                                                                  {"libsql",  IW_SQLITE, false, true},
	/* clang-format on */
};

const char *iw_dialect_name(enum iw_dialect dialect)
{
	static const char *const names[IW_DIALECTS] = {"postgres", "mysql", "sqlite"};
	return names[dialect];
}

bool iw_engine_parse(const char *text, struct iw_engine *engine)
{
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (g_ascii_strcasecmp(text, words[i].word) == 0) {
			*engine = (struct iw_engine){words[i].dialect, words[i].is_mariadb, 0, words[i].is_libsql};
			return true;
		}
	return false;
}

static const char *vendor(struct iw_engine engine)
{
	if (engine.dialect == IW_POSTGRES)
		return "PostgreSQL";
	if (engine.dialect == IW_SQLITE)
		return engine.is_libsql ? "libSQL" : "SQLite";
	return engine.is_mariadb ? "MariaDB" : "MySQL";
}

const char *iw_engine_title(struct iw_engine engine)
{
	static _Thread_local char text[64];
	if (engine.version == 0)
		return vendor(engine);
	if (engine.dialect == IW_POSTGRES)
		g_snprintf(text, sizeof text, "PostgreSQL %d.%d", engine.version / 10000, engine.version % 10000);
	else
		g_snprintf(text, sizeof text, "%s %d.%d.%d", vendor(engine), engine.version / 10000,
			   engine.version / 100 % 100, engine.version % 100);
	return text;
}
