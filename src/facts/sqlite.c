/*
 * Facts of SQLite. There is one lock: the database's single writer. Every statement that writes takes it until its
 * transaction ends; other writers get SQLITE_BUSY after their busy_timeout (0 unless set), readers go on in WAL mode
 * and are held up at the commit otherwise.
 */
#include "facts/rows.h"

#define ROW(id_, kind_) .id = "sqlite-" id_, .dialect = IW_SQLITE, .kind = IW_OP_##kind_
#define WRITER(what)	LOCK("RESERVED", WRITES), WORK(what)
#define NO_LOCK		LOCK("", NOTHING), WORK(INSTANT)
#define MANUAL		SOURCE("sqlite.org, ALTER TABLE")
#define LOCKING		SOURCE("sqlite.org, File Locking And Concurrency")
#define MEASURED	SOURCE("measured; sqlite.org, ALTER TABLE"), PROVED
#define SINCE_3_53	SOURCE("sqlite.org, ALTER TABLE, 3.53")
#define REBUILD		"Make a new table, copy the rows, drop the old one, rename (sqlite.org/lang_altertable.html, 12 steps)."
#define ROWS_THERE	"the table has rows"

static const struct iw_fact FACTS[] = {
	/* clang-format off */
{ROW("create-table-existing", CREATE_TABLE), WHEN(creates_existing, "IF NOT EXISTS, and it exists"), NO_LOCK, LOCKING, PROVED},
{ROW("create-temporary", CREATE_TABLE), WHEN(creates_temporary, "TEMP"), NO_LOCK, LOCKING, PROVED},
{ROW("create-table-as", CREATE_TABLE), WHEN(creates_from_query, "AS a query"), WRITER(SCAN), LOSSY, LOCKING, PROVED},
{ROW("create-table", CREATE_TABLE), WRITER(INSTANT), LOSSY, LOCKING, PROVED},
{ROW("drop-table-referenced", DROP_TABLE), WHEN(is_referenced, "foreign keys of other tables reference it"), WRITER(SCAN),
 BREAKS(BOTH, "with foreign keys on its rows are deleted first, and ON DELETE actions of the children fire"), LOSSY,
 REMEDY("PRAGMA foreign_keys=OFF before the transaction begins (inside one it does nothing), PRAGMA foreign_key_check before the commit."), MEASURED},
{ROW("drop-table", DROP_TABLE), WRITER(INSTANT), BREAKS(BOTH, "code that still uses the table fails"), LOSSY,
 REMEDY("Stop using the table in the code, deploy, then drop it."), LOCKING, PROVED},
{ROW("rename-view", RENAME_TABLE), WHEN(table_is_view, "it is a view"), WRITER(INSTANT), REFUSED("view may not be altered"), REMEDY("Drop the view and create it again."), MEASURED},
{ROW("rename-table", RENAME_TABLE), WRITER(INSTANT), BREAKS(BOTH, "code that uses the old name fails"),
 REMEDY("Keep a view with the old name until no code uses it (writes need INSTEAD OF triggers)."), MEASURED},
{ROW("add-column-view", ADD_COLUMN), WHEN(table_is_view, "it is a view"), WRITER(INSTANT), REFUSED("Cannot add a column to a view"), REMEDY("Drop the view and create it again."), MEASURED},
{ROW("add-column-key", ADD_COLUMN), WHEN(adds_primary_key, "PRIMARY KEY"), WRITER(INSTANT), REFUSED("Cannot add a PRIMARY KEY column"), REMEDY(REBUILD), MEASURED},
{ROW("add-column-unique", ADD_COLUMN), WHEN(adds_unique, "UNIQUE"), WRITER(INSTANT), REFUSED("Cannot add a UNIQUE column"),
 REMEDY("Add the column without UNIQUE, then CREATE UNIQUE INDEX."), MEASURED},
{ROW("add-column-stored", ADD_COLUMN), WHEN(adds_stored, "it is generated and stored"), WRITER(INSTANT), FAILS_IF(ROWS_THERE), LOSSY,
 REMEDY("Make it VIRTUAL, or rebuild the table."), MEASURED},
{ROW("add-column-required", ADD_COLUMN), WHEN(adds_required, "NOT NULL without a default"), WRITER(INSTANT), FAILS_IF(ROWS_THERE),
 BREAKS(WRITERS, "inserts of code that does not know the column fail"), LOSSY, REMEDY("Give it a constant default, or rebuild the table with a value for old rows."), MEASURED},
{ROW("add-column-default", ADD_COLUMN), WHEN(default_is_not_constant, "its default is not a constant"), WRITER(INSTANT), FAILS_IF(ROWS_THERE), LOSSY,
 REMEDY("Give it a constant default, or rebuild the table with a value for old rows."), MEASURED},
{ROW("add-column-references", ADD_COLUMN), WHEN(adds_reference_with_default, "it references a table and has a default"), WRITER(INSTANT),
 FAILS_IF("the table has rows and foreign keys are on"), LOSSY, REMEDY("Let the default be NULL, then fill the column."), MEASURED},
{ROW("add-column-virtual-checked", ADD_COLUMN), WHEN(adds_virtual_checked, "it is virtual, with NOT NULL or CHECK"), WRITER(SCAN), LOSSY, MEASURED},
{ROW("add-column-check", ADD_COLUMN), WHEN(adds_check, "it has a CHECK"), WRITER(SCAN), LOSSY, MEASURED},
{ROW("add-column", ADD_COLUMN), WRITER(INSTANT), LOSSY, MEASURED},
{ROW("drop-column-before-3.35", DROP_COLUMN), BELOW(33500), WRITER(INSTANT), REFUSED("near \"DROP\": syntax error"), REMEDY(REBUILD), MANUAL},
{ROW("drop-column-used", DROP_COLUMN), WHEN(drops_constrained_column, "a key, an index, a CHECK or a generated column uses it"), FROM(33500), WRITER(INSTANT),
 REFUSED("cannot drop column: a key, an index, a CHECK or a generated column uses it"), REMEDY("Drop the index first, or rebuild the table."), MEASURED},
{ROW("drop-column-only", DROP_COLUMN), WHEN(drops_only_column, "it is the table's only column"), FROM(33500), WRITER(INSTANT), REFUSED("cannot drop column: no other columns exist"), MEASURED},
{ROW("drop-column-of-view", DROP_COLUMN), WHEN(drops_column_of_view, "a view names it"), FROM(33500), WRITER(INSTANT), REFUSED("error in view after drop column: no such column"),
 REMEDY("Drop the view first and create it again."), MEASURED},
{ROW("drop-column-virtual", DROP_COLUMN), WHEN(column_is_virtual, "it is generated and virtual"), FROM(33500), WRITER(INSTANT), BREAKS(BOTH, "code that still names the column fails"), LOSSY, MEASURED},
{ROW("drop-column", DROP_COLUMN), FROM(33500), WRITER(REWRITE), BREAKS(BOTH, "code that still names the column fails"), LOSSY,
 REMEDY("Stop using the column in the code, deploy, then drop it."), MEASURED},
{ROW("rename-column", RENAME_COLUMN), FROM(32500), WRITER(INSTANT), BREAKS(BOTH, "code that uses the old name fails"),
 REMEDY("Add a column with the new name, keep both in step by triggers, move the code, drop the old one."), MEASURED},
{ROW("modify-column", MODIFY_COLUMN), WHEN(engine_is_sqlite, "SQLite, not libSQL"), WRITER(INSTANT), REFUSED("near \"ALTER\": syntax error"), REMEDY(REBUILD), MEASURED},
{ROW("modify-column-libsql", MODIFY_COLUMN), WRITER(INSTANT), BREAKS(WRITERS, "rows that are there are not checked against the new definition, those written from now on are"),
 REMEDY("Look for rows that do not meet the new definition first: libSQL does not."), SOURCE("measured on libSQL 3.45.1")},
{ROW("set-not-null", SET_NOT_NULL), FROM(35300), WRITER(SCAN), BREAKS(WRITERS, "writes of NULL fail"), SINCE_3_53},
{ROW("drop-not-null", DROP_NOT_NULL), FROM(35300), WRITER(INSTANT), SINCE_3_53},
{ROW("add-check", ADD_CONSTRAINT), FROM(35300), WRITER(SCAN), BREAKS(WRITERS, "writes that violate it fail"), SINCE_3_53},
{ROW("drop-constraint", DROP_CONSTRAINT), FROM(35300), WRITER(INSTANT), SINCE_3_53},
{ROW("create-index-existing", CREATE_INDEX), WHEN(index_exists_already, "IF NOT EXISTS, and it exists"), NO_LOCK, LOCKING, PROVED},
{ROW("create-index", CREATE_INDEX), WRITER(BUILD), LOCKING, PROVED},
{ROW("drop-index", DROP_INDEX), WRITER(INSTANT), LOCKING, PROVED},
{ROW("reindex", REINDEX), WRITER(BUILD), LOCKING, PROVED},
{ROW("create-view", CREATE_VIEW), WRITER(INSTANT), LOCKING, PROVED},
{ROW("create-trigger", CREATE_TRIGGER), WRITER(INSTANT), LOCKING, PROVED},
{ROW("drop-trigger", DROP_TRIGGER), WRITER(INSTANT), LOCKING, PROVED},
{ROW("create-object", CREATE_OBJECT), NO_LOCK, SOURCE("sqlite.org, ATTACH DATABASE"), PROVED},
{ROW("drop-view", DROP_OBJECT), WHEN(object_is_view, "a view"), WRITER(INSTANT), BREAKS(READERS, "code that still uses it fails"), LOCKING, PROVED},
{ROW("drop-object", DROP_OBJECT), NO_LOCK, SOURCE("sqlite.org, DETACH DATABASE")},
{ROW("rebuild-table", REBUILD_TABLE), LOCK("EXCLUSIVE", EVERYTHING), WORK(REWRITE), REMEDY("VACUUM when nobody else needs the database."), SOURCE("sqlite.org, VACUUM")},
{ROW("vacuum", VACUUM), LOCK("EXCLUSIVE", EVERYTHING), WORK(REWRITE), REMEDY("VACUUM when nobody else needs the database."), SOURCE("sqlite.org, VACUUM"), PROVED},
{ROW("analyze", ANALYZE), WRITER(SCAN), LOCKING, PROVED},
{ROW("insert-query", INSERT), WHEN(inserts_from_query, "rows come from a query"), WRITER(SCAN), FINAL, LOCKING, PROVED},
{ROW("insert", INSERT), WRITER(INSTANT), FINAL, LOCKING, PROVED},
{ROW("update-all", UPDATE), WHEN(touches_all_rows, "not bounded by keys"), WRITER(SCAN), FINAL, REMEDY("Update in batches by key, each in its own transaction."), LOCKING, PROVED},
{ROW("update", UPDATE), WRITER(INSTANT), FINAL, LOCKING, PROVED},
{ROW("delete-all", DELETE), WHEN(touches_all_rows, "not bounded by keys"), WRITER(SCAN), FINAL, REMEDY("Delete in batches by key, each in its own transaction."), LOCKING, PROVED},
{ROW("delete", DELETE), WRITER(INSTANT), FINAL, LOCKING, PROVED},
{ROW("select", SELECT), LOCK("SHARED", NOTHING), WORK(INSTANT), LOCKING, PROVED},
{ROW("set-stored", SET), WHEN(sets_what_is_stored, "PRAGMA user_version, application_id: in the file"), WRITER(INSTANT), SOURCE("sqlite.org, PRAGMA"), PROVED},
{ROW("set", SET), NO_LOCK, SOURCE("sqlite.org, PRAGMA"), PROVED},
{ROW("transaction", TRANSACTION), NO_LOCK, LOCKING, PROVED},
	/* clang-format on */
};

const struct iw_fact *iw_sqlite_facts(size_t *count)
{
	*count = G_N_ELEMENTS(FACTS);
	return FACTS;
}
