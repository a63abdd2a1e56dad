/* SQLite's result codes: their names and classes of error. */
#include "base/error.h"
#include "driver/sqlite/sqlite_internal.h"

/* Primary codes with the class that they and their extended codes belong to. STATEMENT where none is given. */
static const struct {
	int code;
	enum iw_error class;
} classes[] = {
	{SQLITE_INTERNAL, IW_ERROR_INTERNAL},
	{SQLITE_PERM, IW_ERROR_RIGHTS},
	{SQLITE_BUSY, IW_ERROR_LOCK},
	{SQLITE_LOCKED, IW_ERROR_LOCK},
	{SQLITE_NOMEM, IW_ERROR_RESOURCE},
	{SQLITE_READONLY, IW_ERROR_RIGHTS},
	{SQLITE_INTERRUPT, IW_ERROR_INTERRUPTED},
	{SQLITE_IOERR, IW_ERROR_RESOURCE},
	{SQLITE_CORRUPT, IW_ERROR_CONNECT},
	{SQLITE_FULL, IW_ERROR_RESOURCE},
	{SQLITE_CANTOPEN, IW_ERROR_CONNECT},
	{SQLITE_PROTOCOL, IW_ERROR_LOCK},
	{SQLITE_MISUSE, IW_ERROR_INTERNAL},
	{SQLITE_NOLFS, IW_ERROR_RESOURCE},
	{SQLITE_AUTH, IW_ERROR_RIGHTS},
	{SQLITE_NOTADB, IW_ERROR_CONNECT},
};

#define NAME(code)                                                                                                     \
	{                                                                                                              \
		code, #code                                                                                            \
	}
static const struct {
	int code;
	const char *name;
} names[] = {
	NAME(SQLITE_ERROR),
	NAME(SQLITE_INTERNAL),
	NAME(SQLITE_PERM),
	NAME(SQLITE_ABORT),
	NAME(SQLITE_BUSY),
	NAME(SQLITE_LOCKED),
	NAME(SQLITE_NOMEM),
	NAME(SQLITE_READONLY),
	NAME(SQLITE_INTERRUPT),
	NAME(SQLITE_IOERR),
	NAME(SQLITE_CORRUPT),
	NAME(SQLITE_NOTFOUND),
	NAME(SQLITE_FULL),
	NAME(SQLITE_CANTOPEN),
	NAME(SQLITE_PROTOCOL),
	NAME(SQLITE_EMPTY),
	NAME(SQLITE_SCHEMA),
	NAME(SQLITE_TOOBIG),
	NAME(SQLITE_CONSTRAINT),
	NAME(SQLITE_MISMATCH),
	NAME(SQLITE_MISUSE),
	NAME(SQLITE_NOLFS),
	NAME(SQLITE_AUTH),
	NAME(SQLITE_FORMAT),
	NAME(SQLITE_RANGE),
	NAME(SQLITE_NOTADB),
	NAME(SQLITE_ERROR_MISSING_COLLSEQ),
	NAME(SQLITE_ERROR_RETRY),
	NAME(SQLITE_ERROR_SNAPSHOT),
	NAME(SQLITE_IOERR_READ),
	NAME(SQLITE_IOERR_SHORT_READ),
	NAME(SQLITE_IOERR_WRITE),
	NAME(SQLITE_IOERR_FSYNC),
	NAME(SQLITE_IOERR_DIR_FSYNC),
	NAME(SQLITE_IOERR_TRUNCATE),
	NAME(SQLITE_IOERR_FSTAT),
	NAME(SQLITE_IOERR_UNLOCK),
	NAME(SQLITE_IOERR_RDLOCK),
	NAME(SQLITE_IOERR_DELETE),
	NAME(SQLITE_IOERR_BLOCKED),
	NAME(SQLITE_IOERR_NOMEM),
	NAME(SQLITE_IOERR_ACCESS),
	NAME(SQLITE_IOERR_CHECKRESERVEDLOCK),
	NAME(SQLITE_IOERR_LOCK),
	NAME(SQLITE_IOERR_CLOSE),
	NAME(SQLITE_IOERR_DIR_CLOSE),
	NAME(SQLITE_IOERR_SHMOPEN),
	NAME(SQLITE_IOERR_SHMSIZE),
	NAME(SQLITE_IOERR_SHMLOCK),
	NAME(SQLITE_IOERR_SHMMAP),
	NAME(SQLITE_IOERR_SEEK),
	NAME(SQLITE_IOERR_DELETE_NOENT),
	NAME(SQLITE_IOERR_MMAP),
	NAME(SQLITE_IOERR_GETTEMPPATH),
	NAME(SQLITE_IOERR_CONVPATH),
	NAME(SQLITE_IOERR_VNODE),
	NAME(SQLITE_IOERR_AUTH),
	NAME(SQLITE_IOERR_BEGIN_ATOMIC),
	NAME(SQLITE_IOERR_COMMIT_ATOMIC),
	NAME(SQLITE_IOERR_ROLLBACK_ATOMIC),
	NAME(SQLITE_IOERR_DATA),
	NAME(SQLITE_IOERR_CORRUPTFS),
	NAME(SQLITE_LOCKED_SHAREDCACHE),
	NAME(SQLITE_LOCKED_VTAB),
	NAME(SQLITE_BUSY_RECOVERY),
	NAME(SQLITE_BUSY_SNAPSHOT),
	NAME(SQLITE_BUSY_TIMEOUT),
	NAME(SQLITE_CANTOPEN_NOTEMPDIR),
	NAME(SQLITE_CANTOPEN_ISDIR),
	NAME(SQLITE_CANTOPEN_FULLPATH),
	NAME(SQLITE_CANTOPEN_CONVPATH),
	NAME(SQLITE_CANTOPEN_DIRTYWAL),
	NAME(SQLITE_CANTOPEN_SYMLINK),
	NAME(SQLITE_CORRUPT_VTAB),
	NAME(SQLITE_CORRUPT_SEQUENCE),
	NAME(SQLITE_CORRUPT_INDEX),
	NAME(SQLITE_READONLY_RECOVERY),
	NAME(SQLITE_READONLY_CANTLOCK),
	NAME(SQLITE_READONLY_ROLLBACK),
	NAME(SQLITE_READONLY_DBMOVED),
	NAME(SQLITE_READONLY_CANTINIT),
	NAME(SQLITE_READONLY_DIRECTORY),
	NAME(SQLITE_ABORT_ROLLBACK),
	NAME(SQLITE_CONSTRAINT_CHECK),
	NAME(SQLITE_CONSTRAINT_COMMITHOOK),
	NAME(SQLITE_CONSTRAINT_FOREIGNKEY),
	NAME(SQLITE_CONSTRAINT_FUNCTION),
	NAME(SQLITE_CONSTRAINT_NOTNULL),
	NAME(SQLITE_CONSTRAINT_PRIMARYKEY),
	NAME(SQLITE_CONSTRAINT_TRIGGER),
	NAME(SQLITE_CONSTRAINT_UNIQUE),
	NAME(SQLITE_CONSTRAINT_VTAB),
	NAME(SQLITE_CONSTRAINT_ROWID),
	NAME(SQLITE_CONSTRAINT_PINNED),
	NAME(SQLITE_CONSTRAINT_DATATYPE),
	NAME(SQLITE_AUTH_USER),
};

const char *iw_lite_code_name(int code)
{
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (names[i].code == code)
			return names[i].name;
	return code == (code & 0xff) ? "SQLITE_ERROR" : iw_lite_code_name(code & 0xff);
}

enum iw_error iw_lite_error_class(int code)
{
	for (size_t i = 0; i < G_N_ELEMENTS(classes); i++)
		if (classes[i].code == (code & 0xff))
			return classes[i].class;
	return IW_ERROR_STATEMENT;
}

/* Codes that mean little to a person on their own. */
static const struct {
	int code;
	const char *hint;
} hints[] = {
	{SQLITE_BUSY, "Another connection is writing to the database, or reading while this one must write."},
	{SQLITE_BUSY_SNAPSHOT, "Another connection has written since this transaction began to read."},
	{SQLITE_FULL, "The disk is full, or the database has reached its max_page_count."},
	{SQLITE_READONLY, "The file, its folder or the connection allows reading only."},
	{SQLITE_READONLY_ROLLBACK,
	 "A process died while it was writing; the next connection that may write repairs that."},
	{SQLITE_READONLY_RECOVERY,
	 "A process died while it was writing; the next connection that may write repairs that."},
	{SQLITE_READONLY_DIRECTORY, "The folder of the database must be writable for its journal."},
	{SQLITE_CORRUPT, "Restore the file from a backup, or see sqlite.org/recovery.html."},
};

static void add_hint(int code, GError **error)
{
	for (size_t i = 0; i < G_N_ELEMENTS(hints); i++)
		if (hints[i].code == code)
			iw_error_hint(error, "%s", hints[i].hint);
}

static bool fail_stopped(struct lite *lite, int code, GError **error)
{
	if (lite->is_timed_out && !lite->is_stopped) {
		iw_fail(error, IW_ERROR_STATEMENT, "the statement was stopped after %d ms (statement timeout)",
			lite->statement_timeout_ms);
	} else {
		iw_fail(error, IW_ERROR_INTERRUPTED, "interrupted");
	}
	iw_error_server_code(error, iw_lite_code_name(code));
	return false;
}

bool iw_lite_fail(struct lite *lite, int code, gssize offset, GError **error)
{
	lite->base.error_offset = -1;
	bool is_stop = lite->is_stopped || lite->is_timed_out || g_atomic_int_get(&lite->is_cancelled) != 0;
	if ((code & 0xff) == SQLITE_INTERRUPT || ((code & 0xff) == SQLITE_BUSY && is_stop))
		return fail_stopped(lite, SQLITE_INTERRUPT, error);
	int place = sqlite3_error_offset(lite->database);
	if (offset >= 0 && place >= 0)
		lite->base.error_offset = offset + place;
	iw_fail(error, iw_lite_error_class(code), "%s", sqlite3_errmsg(lite->database));
	iw_error_server_code(error, iw_lite_code_name(code));
	add_hint(code, error);
	return false;
}
