/* Statements about the session, transactions, accounts' rights and maintenance. */
#include "sql/mysql/expression.h"

static struct iw_operation *simple(struct parser *parser, enum iw_operation_kind kind, const char *text)
{
	struct iw_operation *operation = iw_mysql_operation(parser, kind, 0);
	operation->text = text;
	return operation;
}

static bool rest(struct parser *parser)
{
	const char *text;
	return iw_mysql_rest(parser, &text);
}

/* ---- transactions ---- */

static bool begin(struct parser *parser)
{
	if (iw_mysql_is_words(parser, "NOT ATOMIC"))
		return iw_mysql_give_up(parser, "a compound statement runs code");
	iw_mysql_skip(parser, "WORK");
	simple(parser, IW_OP_TRANSACTION, "begin");
	return !parser->is_failed;
}

static bool start_transaction(struct parser *parser)
{
	simple(parser, IW_OP_TRANSACTION, "begin");
	parser->statement->commits_implicitly = true;
	return rest(parser);
}

/* [WORK] [AND [NO] CHAIN] [[NO] RELEASE] */
static bool chain(struct parser *parser)
{
	iw_mysql_skip(parser, "WORK");
	if (iw_mysql_skip(parser, "AND")) {
		iw_mysql_skip(parser, "NO");
		if (!iw_mysql_expect(parser, "CHAIN"))
			return false;
	}
	iw_mysql_skip(parser, "NO");
	iw_mysql_skip(parser, "RELEASE");
	return !parser->is_failed;
}

static bool commit(struct parser *parser)
{
	simple(parser, IW_OP_TRANSACTION, "commit");
	return chain(parser);
}

static bool rollback(struct parser *parser)
{
	struct iw_operation *operation = simple(parser, IW_OP_TRANSACTION, "rollback");
	iw_mysql_skip(parser, "WORK");
	if (!iw_mysql_skip(parser, "TO"))
		return chain(parser);
	iw_mysql_skip(parser, "SAVEPOINT");
	operation->text = "rollback to";
	return iw_mysql_identifier(parser, &operation->member);
}

static bool savepoint(struct parser *parser)
{
	return iw_mysql_identifier(parser, &simple(parser, IW_OP_TRANSACTION, "savepoint")->member);
}

static bool release(struct parser *parser)
{
	return iw_mysql_expect(parser, "SAVEPOINT") &&
	       iw_mysql_identifier(parser, &simple(parser, IW_OP_TRANSACTION, "release")->member);
}

static bool xa(struct parser *parser)
{
	static const char *const verbs[][2] = {{"START", "xa start"},	 {"BEGIN", "xa start"},
					       {"END", "xa end"},	 {"PREPARE", "xa prepare"},
					       {"COMMIT", "xa commit"},	 {"ROLLBACK", "xa rollback"},
					       {"RECOVER", "xa recover"}};
	for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++)
		if (iw_mysql_skip(parser, verbs[i][0])) {
			simple(parser, IW_OP_TRANSACTION, verbs[i][1]);
			return rest(parser);
		}
	return iw_mysql_refuse(parser);
}

/* ---- SET ---- */

static struct iw_operation *setting(struct parser *parser, const char *member)
{
	struct iw_operation *operation = iw_mysql_operation(parser, IW_OP_SET, parser->token.begin);
	operation->member = member;
	return operation;
}

static const char *lower(struct parser *parser, const char *text)
{
	g_autofree char *copy = g_ascii_strdown(text, -1);
	return iw_arena_strdup(parser->arena, copy);
}

/* One value: an expression, or words that are none (ON, ALL, BINARY, DEFAULT). */
static bool value(struct parser *parser, struct iw_operation *operation)
{
	size_t from = parser->token.begin;
	bool is_word = iw_mysql_is(parser, "ON") || iw_mysql_is(parser, "ALL") || iw_mysql_is(parser, "BINARY");
	struct node *node;
	if (is_word)
		iw_mysql_take(parser);
	else if (!iw_mysql_expr(parser, &node))
		return false;
	operation->text = iw_mysql_text_from(parser, from);
	return !parser->is_failed;
}

/* "@@session.sql_mode" is sql_mode; "@@global.sql_mode" stays what it is. */
static const char *without_session(const char *name)
{
	static const char *const prefixes[] = {"@@session.", "@@local.", "@@global.", "@@persist", "@@"};
	static const bool drops[] = {true, true, false, false, true};
	for (size_t i = 0; i < G_N_ELEMENTS(prefixes); i++)
		if (g_str_has_prefix(name, prefixes[i]))
			return drops[i] ? name + strlen(prefixes[i]) : name;
	return name;
}

/* [GLOBAL | SESSION | LOCAL | PERSIST ...] name, @name, @@scope.name. What is not of the session keeps its scope:
 * "@@global.sql_mode". */
static bool variable(struct parser *parser, struct iw_operation *operation)
{
	static const char *const scopes[][2] = {{"GLOBAL", "@@global."},
						{"SESSION", ""},
						{"LOCAL", ""},
						{"PERSIST_ONLY", "@@persist_only."},
						{"PERSIST", "@@persist."}};
	const char *name, *scope = "";
	for (size_t i = 0; i < G_N_ELEMENTS(scopes) && *scope == '\0'; i++)
		if (!iw_mysql_peek_is(parser, "=") && iw_mysql_skip(parser, scopes[i][0]))
			scope = scopes[i][1];
	if (parser->token.kind == TOKEN_VARIABLE) {
		size_t from = parser->token.begin;
		iw_mysql_take(parser);
		operation->member = lower(parser, iw_mysql_text_from(parser, from));
	} else {
		if (!iw_mysql_any_name(parser, &name))
			return false;
		while (iw_mysql_skip_operator(parser, ".")) {
			const char *part;
			if (!iw_mysql_any_name(parser, &part))
				return false;
			name = iw_arena_printf(parser->arena, "%s.%s", name, part);
		}
		operation->member = iw_arena_printf(parser->arena, "%s%s", scope, lower(parser, name));
	}
	operation->member = without_session(operation->member);
	if (!iw_mysql_skip_operator(parser, ":=") && !iw_mysql_expect_operator(parser, "="))
		return false;
	if (strcmp(operation->member, "autocommit") == 0)
		parser->statement->commits_implicitly = true;
	return value(parser, operation);
}

static bool names(struct parser *parser, struct iw_operation *operation, const char *member)
{
	const char *collation;
	operation->member = member;
	if (!iw_mysql_word_or_text(parser, &operation->text))
		return false;
	return !iw_mysql_skip(parser, "COLLATE") || iw_mysql_word_or_text(parser, &collation);
}

static bool one_setting(struct parser *parser)
{
	struct iw_operation *operation = setting(parser, NULL);
	guint first = parser->statement->operations->len - 1;
	bool is_well;
	if (iw_mysql_is(parser, "NAMES") && !iw_mysql_peek_is(parser, "=")) {
		iw_mysql_take(parser);
		is_well = names(parser, operation, "names");
	} else if (iw_mysql_skip(parser, "CHARACTER SET") || iw_mysql_skip(parser, "CHARSET")) {
		is_well = names(parser, operation, "character set");
	} else {
		is_well = variable(parser, operation);
	}
	iw_mysql_end_operations(parser, first);
	return is_well;
}

static bool set_transaction(struct parser *parser)
{
	struct iw_operation *operation = setting(parser, "transaction");
	if (!iw_mysql_skip(parser, "GLOBAL") && !iw_mysql_skip(parser, "SESSION"))
		iw_mysql_skip(parser, "LOCAL");
	return iw_mysql_expect(parser, "TRANSACTION") && iw_mysql_rest(parser, &operation->text);
}

static bool set_password(struct parser *parser)
{
	struct iw_operation *operation = simple(parser, IW_OP_ALTER_OBJECT, "password");
	operation->object_kind = IW_OBJECT_ROLE;
	operation->definition = parser->statement->text;
	parser->statement->commits_implicitly = true;
	return rest(parser);
}

static bool set(struct parser *parser)
{
	const char *account;
	if (iw_mysql_is(parser, "PASSWORD"))
		return set_password(parser);
	if (iw_mysql_is_words(parser, "TRANSACTION") || iw_mysql_is_words(parser, "SESSION TRANSACTION") ||
	    iw_mysql_is_words(parser, "GLOBAL TRANSACTION") || iw_mysql_is_words(parser, "LOCAL TRANSACTION"))
		return set_transaction(parser);
	if (iw_mysql_skip(parser, "DEFAULT ROLE")) {
		simple(parser, IW_OP_GRANT, NULL)->object_kind = IW_OBJECT_ROLE;
		return rest(parser);
	}
	if (iw_mysql_is(parser, "ROLE") && !iw_mysql_peek_is(parser, "=")) {
		iw_mysql_take(parser);
		return iw_mysql_rest(parser, &setting(parser, "role")->text);
	}
	if (iw_mysql_skip(parser, "RESOURCE GROUP"))
		return iw_mysql_rest(parser, &setting(parser, "resource group")->text);
	if (iw_mysql_skip(parser, "STATEMENT"))
		return iw_mysql_give_up(parser, "SET STATEMENT ... FOR is not read");
	(void)account;
	do {
		if (!one_setting(parser))
			return false;
	} while (iw_mysql_skip_operator(parser, ","));
	return true;
}

static bool use(struct parser *parser)
{
	return iw_mysql_identifier(parser, &setting(parser, "use")->text);
}

/* ---- rights ---- */

static bool grant(struct parser *parser)
{
	struct iw_operation *operation = simple(parser, IW_OP_GRANT, NULL);
	operation->definition = parser->statement->text;
	return iw_mysql_at_end(parser) ? iw_mysql_refuse(parser) : rest(parser);
}

/* ---- tables ---- */

static void whole_table(struct iw_operation *operation, struct iw_name name)
{
	operation->name = name;
}

static bool table_list(struct parser *parser, enum iw_operation_kind kind, const char *text)
{
	if (!iw_mysql_skip(parser, "NO_WRITE_TO_BINLOG"))
		iw_mysql_skip(parser, "LOCAL");
	if (!iw_mysql_skip(parser, "TABLES") && !iw_mysql_expect(parser, "TABLE"))
		return false;
	do {
		struct iw_name name;
		if (!iw_mysql_full_name(parser, &name))
			return false;
		whole_table(simple(parser, kind, text), name);
	} while (iw_mysql_skip_operator(parser, ","));
	return iw_mysql_wait_clause(parser) && rest(parser);
}

static bool analyze(struct parser *parser)
{
	if (iw_mysql_is(parser, "SELECT") || iw_mysql_is(parser, "UPDATE") || iw_mysql_is(parser, "DELETE") ||
	    iw_mysql_is(parser, "FORMAT") || iw_mysql_is(parser, "INSERT"))
		return iw_mysql_give_up(parser, "ANALYZE of a statement runs it");
	return table_list(parser, IW_OP_ANALYZE, NULL);
}

static bool optimize(struct parser *parser)
{
	return table_list(parser, IW_OP_REBUILD_TABLE, "optimize");
}

static bool repair(struct parser *parser)
{
	return table_list(parser, IW_OP_REBUILD_TABLE, "repair");
}

static bool check(struct parser *parser)
{
	return table_list(parser, IW_OP_ANALYZE, "check");
}

static bool checksum(struct parser *parser)
{
	return table_list(parser, IW_OP_ANALYZE, "checksum");
}

static bool truncate_table(struct parser *parser)
{
	iw_mysql_skip(parser, "TABLE");
	return iw_mysql_full_name(parser, &simple(parser, IW_OP_TRUNCATE, NULL)->name) && iw_mysql_wait_clause(parser);
}

/* LOCK TABLES t [AS a] READ [LOCAL] | [LOW_PRIORITY] WRITE, ... */
static bool lock(struct parser *parser)
{
	if (iw_mysql_skip(parser, "INSTANCE FOR BACKUP")) {
		simple(parser, IW_OP_LOCK_TABLE, "BACKUP");
		return !parser->is_failed;
	}
	if (!iw_mysql_skip(parser, "TABLES") && !iw_mysql_expect(parser, "TABLE"))
		return false;
	do {
		struct iw_operation *operation = iw_mysql_operation(parser, IW_OP_LOCK_TABLE, parser->token.begin);
		guint first = parser->statement->operations->len - 1;
		const char *alias;
		if (!iw_mysql_full_name(parser, &operation->name))
			return false;
		iw_mysql_skip(parser, "AS");
		if (!iw_mysql_is(parser, "LOW_PRIORITY") && iw_mysql_token_is_name(parser, &parser->token) &&
		    !iw_mysql_identifier(parser, &alias))
			return false;
		iw_mysql_skip(parser, "LOW_PRIORITY");
		operation->text = iw_mysql_is(parser, "READ") ? "READ" : "WRITE";
		if (!iw_mysql_skip(parser, "READ") && !iw_mysql_skip(parser, "WRITE CONCURRENT") &&
		    !iw_mysql_expect(parser, "WRITE"))
			return false;
		iw_mysql_skip(parser, "LOCAL");
		iw_mysql_end_operations(parser, first);
	} while (iw_mysql_skip_operator(parser, ","));
	return iw_mysql_wait_clause(parser);
}

static bool unlock(struct parser *parser)
{
	simple(parser, IW_OP_LOCK_TABLE, "UNLOCK");
	return iw_mysql_skip(parser, "INSTANCE") || iw_mysql_skip(parser, "TABLE") || iw_mysql_expect(parser, "TABLES");
}

/* RENAME TABLE a TO b, c TO d; RENAME USER a TO b */
static bool rename_objects(struct parser *parser)
{
	bool is_user = iw_mysql_skip(parser, "USER");
	unsigned flags = 0;
	if (!is_user && !iw_mysql_skip(parser, "TABLES") && !iw_mysql_expect(parser, "TABLE"))
		return false;
	if (!iw_mysql_if_exists(parser, &flags))
		return false;
	do {
		struct iw_operation *operation = iw_mysql_operation(
			parser, is_user ? IW_OP_RENAME_OBJECT : IW_OP_RENAME_TABLE, parser->token.begin);
		guint first = parser->statement->operations->len - 1;
		operation->flags |= flags;
		operation->object_kind = is_user ? IW_OBJECT_ROLE : IW_OBJECT_NONE;
		if (is_user ? !iw_mysql_account(parser, &operation->name.name)
			    : !iw_mysql_full_name(parser, &operation->name))
			return false;
		if (!iw_mysql_wait_clause(parser) || !iw_mysql_expect(parser, "TO"))
			return false;
		if (is_user ? !iw_mysql_account(parser, &operation->new_name.name)
			    : !iw_mysql_full_name(parser, &operation->new_name))
			return false;
		iw_mysql_end_operations(parser, first);
	} while (iw_mysql_skip_operator(parser, ","));
	return true;
}

/* ---- the server ---- */

/* No effect on schema or rows: kept as a setting of the server. */
static bool flush(struct parser *parser)
{
	if (iw_mysql_is_words(parser, "TABLES WITH READ LOCK") ||
	    iw_mysql_is_words(parser, "LOCAL TABLES WITH READ LOCK")) {
		simple(parser, IW_OP_LOCK_TABLE, "READ");
		return rest(parser);
	}
	return iw_mysql_rest(parser, &setting(parser, "flush")->text);
}

static bool show(struct parser *parser)
{
	struct iw_operation *operation = simple(parser, IW_OP_SELECT, NULL);
	operation->data = iw_new(parser->arena, struct iw_data);
	return rest(parser);
}

static bool deallocate(struct parser *parser)
{
	const char *name;
	return iw_mysql_expect(parser, "PREPARE") && iw_mysql_identifier(parser, &name) &&
	       (setting(parser, "deallocate") != NULL || !parser->is_failed);
}

static bool call(struct parser *parser)
{
	return iw_mysql_give_up(parser, "what a procedure does cannot be told");
}

static bool prepared(struct parser *parser)
{
	return iw_mysql_give_up(parser, "what a prepared statement does cannot be told");
}

static bool administration(struct parser *parser)
{
	return iw_mysql_give_up(parser, "it administers the server: what it does is not known here");
}

static bool compound(struct parser *parser)
{
	return iw_mysql_give_up(parser, "it controls the flow of code outside a routine");
}

static const struct {
	const char *words;
	bool (*read)(struct parser *parser);
	bool commits;
} statements[] = {
	{"BEGIN", begin, true},
	{"START TRANSACTION", start_transaction, true},
	{"COMMIT", commit, false},
	{"ROLLBACK", rollback, false},
	{"SAVEPOINT", savepoint, false},
	{"RELEASE", release, false},
	{"XA", xa, false},
	{"SET", set, false},
	{"USE", use, false},
	{"GRANT", grant, true},
	{"REVOKE", grant, true},
	{"ANALYZE", analyze, true},
	{"OPTIMIZE", optimize, true},
	{"REPAIR", repair, true},
	{"CHECKSUM", checksum, false},
	{"CHECK", check, true},
	{"TRUNCATE", truncate_table, true},
	{"LOCK", lock, true},
	{"UNLOCK", unlock, true},
	{"RENAME", rename_objects, true},
	{"FLUSH", flush, true},
	{"RESET", flush, true},
	{"SHOW", show, false},
	{"DESCRIBE", show, false},
	{"DESC", show, false},
	{"EXPLAIN", show, false},
	{"HELP", show, false},
	{"DEALLOCATE", deallocate, false},
	{"CALL", call, false},
	{"PREPARE", prepared, false},
	{"EXECUTE", prepared, false},
	{"CACHE INDEX", administration, true},
	{"LOAD INDEX", administration, true},
	{"INSTALL", administration, true},
	{"UNINSTALL", administration, true},
	{"CHANGE", administration, true},
	{"START", administration, true},
	{"STOP", administration, true},
	{"KILL", administration, false},
	{"PURGE", administration, false},
	{"SHUTDOWN", administration, false},
	{"RESTART", administration, false},
	{"BINLOG", administration, false},
	{"HANDLER", administration, false},
	{"CLONE", administration, false},
	{"BACKUP", administration, true},
	{"IMPORT TABLE", administration, true},
	{"SIGNAL", compound, false},
	{"RESIGNAL", compound, false},
	{"GET", compound, false},
	{"IF", compound, false},
	{"CASE", compound, false},
	{"LOOP", compound, false},
	{"WHILE", compound, false},
	{"REPEAT", compound, false},
	{"FOR", compound, false},
	{"DECLARE", compound, false},
};

bool iw_mysql_session_statement(struct parser *parser, bool *found)
{
	*found = true;
	for (size_t i = 0; i < G_N_ELEMENTS(statements); i++)
		if (iw_mysql_skip(parser, statements[i].words)) {
			parser->statement->commits_implicitly = statements[i].commits;
			return statements[i].read(parser);
		}
	*found = false;
	return true;
}
