/* Tokens: see lexer.h. Where MySQL and MariaDB read executable comments differently, the engine decides. */
#include "sql/mysql/lexer.h"

#include <stdlib.h>
#include <string.h>

/* What MariaDB takes for its own newest when the version is not known, and MySQL. */
#define NEWEST_MARIADB 129999
#define NEWEST_MYSQL   99998

bool iw_mysql_is_name_byte(char byte)
{
	return g_ascii_isalnum(byte) || byte == '_' || byte == '$' || (unsigned char)byte >= 0x80;
}

static char peek(const struct lexer *lexer, size_t ahead)
{
	return lexer->at + ahead < lexer->length ? lexer->text[lexer->at + ahead] : '\0';
}

static bool starts(const struct lexer *lexer, const char *text)
{
	size_t length = strlen(text);
	return lexer->length - lexer->at >= length && memcmp(lexer->text + lexer->at, text, length) == 0;
}

static bool left_open(struct lexer *lexer, size_t begin, const char *what)
{
	lexer->open_what = what;
	lexer->open_at = begin;
	lexer->at = lexer->length;
	return false;
}

static void note_comment(struct lexer *lexer, size_t begin)
{
	struct token comment = {TOKEN_END, begin, lexer->at};
	if (lexer->comments != NULL)
		g_array_append_val(lexer->comments, comment);
}

static void skip_line(struct lexer *lexer)
{
	size_t begin = lexer->at;
	const char *from = lexer->text + begin;
	const char *end = memchr(from, '\n', lexer->length - begin);
	size_t length = end != NULL ? (size_t)(end - from) : lexer->length - begin;
	const char *stop =
		lexer->breakpoint == NULL ? NULL : memmem(from, length, lexer->breakpoint, strlen(lexer->breakpoint));
	lexer->at = begin + (stop != NULL ? (size_t)(stop - from) : length);
	note_comment(lexer, begin);
}

/* A comment to skip; comments inside one that is executable but of another version nest once. */
static bool skip_block(struct lexer *lexer, bool nests)
{
	size_t begin = lexer->at;
	int depth = 0;
	for (lexer->at += 2; lexer->at < lexer->length; lexer->at++) {
		if (nests && starts(lexer, "/*") && depth == 0) {
			depth++;
			lexer->at++;
		} else if (starts(lexer, "*/")) {
			lexer->at += 2;
			if (depth-- == 0) {
				note_comment(lexer, begin);
				return true;
			}
			lexer->at--;
		}
	}
	return left_open(lexer, begin, "comment");
}

static bool runs(const struct lexer *lexer, bool is_mariadb_only, int version)
{
	struct iw_engine engine = lexer->engine;
	if (lexer->runs_all)
		return true;
	if (!engine.is_mariadb)
		return !is_mariadb_only && version <= (engine.version != 0 ? engine.version : NEWEST_MYSQL);
	if (!is_mariadb_only && version >= 50700 && version <= 99999)
		return false;
	return version <= (engine.version != 0 ? engine.version : NEWEST_MARIADB);
}

/* At the opening of a comment that may be executable: moves behind its version when it is run. */
static bool enter_executable(struct lexer *lexer)
{
	bool is_mariadb_only = peek(lexer, 2) == 'M' && peek(lexer, 3) == '!';
	if (lexer->in_executable || (!is_mariadb_only && peek(lexer, 2) != '!'))
		return false;
	size_t behind = is_mariadb_only ? 4 : 3;
	int digits = 0, version = 0;
	while (digits < 6 && g_ascii_isdigit(peek(lexer, behind + (size_t)digits)))
		version = version * 10 + (peek(lexer, behind + (size_t)digits++) - '0');
	if (digits < 5)
		digits = version = 0;
	if (!runs(lexer, is_mariadb_only, version))
		return false;
	lexer->executable_begin = lexer->at;
	lexer->at += behind + (size_t)digits;
	lexer->in_executable = true;
	return true;
}

static bool is_dash_comment(const struct lexer *lexer)
{
	if (peek(lexer, 0) != '-' || peek(lexer, 1) != '-')
		return false;
	return lexer->at + 2 >= lexer->length || (unsigned char)peek(lexer, 2) <= ' ';
}

bool iw_mysql_lexer_skip(struct lexer *lexer)
{
	while (lexer->at < lexer->length) {
		char byte = lexer->text[lexer->at];
		if (g_ascii_isspace(byte) || byte == '\v') {
			lexer->at++;
		} else if (byte == '#' || (byte == '-' && is_dash_comment(lexer))) {
			skip_line(lexer);
		} else if (byte == '/' && peek(lexer, 1) == '*') {
			bool is_versioned = peek(lexer, 2) == '!' || (peek(lexer, 2) == 'M' && peek(lexer, 3) == '!');
			if (!enter_executable(lexer) && !skip_block(lexer, is_versioned))
				return false;
		} else if (byte == '*' && (lexer->in_executable || lexer->may_close) && peek(lexer, 1) == '/') {
			lexer->in_executable = false;
			lexer->at += 2;
			lexer->executable_end = lexer->at;
		} else {
			return true;
		}
	}
	return true;
}

/* From the opening quote to behind the closing one; a doubled quote stands for itself. */
static bool quoted(struct lexer *lexer, const char *what, bool has_backslashes)
{
	size_t begin = lexer->at;
	char quote = lexer->text[lexer->at++];
	for (; lexer->at < lexer->length; lexer->at++) {
		char byte = lexer->text[lexer->at];
		if (byte == '\\' && has_backslashes) {
			lexer->at++;
		} else if (byte == quote) {
			lexer->at++;
			if (peek(lexer, 0) != quote)
				return true;
		}
	}
	return left_open(lexer, begin, what);
}

static void word(struct lexer *lexer)
{
	bool has_stop = lexer->stop != NULL;
	while (lexer->at < lexer->length && iw_mysql_is_name_byte(lexer->text[lexer->at])) {
		if (has_stop && starts(lexer, lexer->stop))
			return;
		lexer->at++;
	}
}

static void digits(struct lexer *lexer)
{
	while (g_ascii_isdigit(peek(lexer, 0)))
		lexer->at++;
}

/* Length of 0x1F or 0b01 when there is such a literal here and it does not run on as a name; else 0. */
static size_t based_length(const struct lexer *lexer)
{
	const char *allowed = peek(lexer, 1) == 'x' ? "0123456789abcdefABCDEF" : "01";
	if (peek(lexer, 0) != '0' || (peek(lexer, 1) != 'x' && peek(lexer, 1) != 'b'))
		return 0;
	size_t length = 2;
	while (peek(lexer, length) != '\0' && strchr(allowed, peek(lexer, length)) != NULL)
		length++;
	return length == 2 || iw_mysql_is_name_byte(peek(lexer, length)) ? 0 : length;
}

static void exponent(struct lexer *lexer)
{
	size_t sign = peek(lexer, 1) == '+' || peek(lexer, 1) == '-' ? 2 : 1;
	if ((peek(lexer, 0) != 'e' && peek(lexer, 0) != 'E') || !g_ascii_isdigit(peek(lexer, sign)))
		return;
	lexer->at += sign;
	digits(lexer);
}

/* A number, or a name that begins with digits: 1st, 2024_01. */
static enum token_kind number(struct lexer *lexer)
{
	size_t begin = lexer->at, based = based_length(lexer);
	if (based > 0) {
		lexer->at += based;
		return TOKEN_BITS;
	}
	digits(lexer);
	if (peek(lexer, 0) == '.') {
		lexer->at++;
		digits(lexer);
		exponent(lexer);
		return TOKEN_NUMBER;
	}
	exponent(lexer);
	if (!iw_mysql_is_name_byte(peek(lexer, 0)) || (lexer->stop != NULL && starts(lexer, lexer->stop)))
		return TOKEN_NUMBER;
	lexer->at = begin;
	word(lexer);
	return TOKEN_WORD;
}

static bool variable(struct lexer *lexer)
{
	lexer->at++;
	if (peek(lexer, 0) == '@')
		lexer->at++;
	char byte = peek(lexer, 0);
	if (byte == '\'' || byte == '"' || byte == '`')
		return quoted(lexer, byte == '`' ? "quoted name" : "string", byte != '`');
	while (lexer->at < lexer->length &&
	       (iw_mysql_is_name_byte(lexer->text[lexer->at]) || lexer->text[lexer->at] == '.')) {
		if (lexer->stop != NULL && starts(lexer, lexer->stop))
			break;
		lexer->at++;
	}
	return true;
}

static void take_operator(struct lexer *lexer)
{
	static const char *const operators[] = {
		"<=>", "->>", "<=", ">=", "<>", "!=", "<<", ">>", "||", "&&", ":=", "->"};
	for (size_t i = 0; i < G_N_ELEMENTS(operators); i++)
		if (starts(lexer, operators[i])) {
			lexer->at += strlen(operators[i]);
			return;
		}
	lexer->at++;
}

static bool scan(struct lexer *lexer, enum token_kind *kind)
{
	char byte = peek(lexer, 0), next = peek(lexer, 1);
	bool is_prefix = next == '\'' && strchr("xXbBnN", byte) != NULL;
	*kind = TOKEN_OPERATOR;
	if (byte == '\'' || byte == '"' || (is_prefix && (byte == 'n' || byte == 'N'))) {
		*kind = TOKEN_STRING;
		lexer->at += is_prefix ? 1 : 0;
		return quoted(lexer, "string", true);
	}
	if (byte == '`') {
		*kind = TOKEN_QUOTED;
		return quoted(lexer, "quoted name", false);
	}
	if (is_prefix) {
		*kind = TOKEN_BITS;
		lexer->at++;
		return quoted(lexer, "string", false);
	}
	if (byte == '@') {
		*kind = TOKEN_VARIABLE;
		return variable(lexer);
	}
	if (g_ascii_isdigit(byte) || (byte == '.' && g_ascii_isdigit(next)))
		*kind = number(lexer);
	else if (iw_mysql_is_name_byte(byte))
		*kind = TOKEN_WORD, word(lexer);
	else if (byte == '?')
		*kind = TOKEN_PARAMETER, lexer->at++;
	else if (byte == '\\' && next == 'N')
		*kind = TOKEN_WORD, lexer->at += 2;
	else
		take_operator(lexer);
	return true;
}

bool iw_mysql_lexer_next(struct lexer *lexer, struct token *token)
{
	bool is_well = iw_mysql_lexer_skip(lexer);
	token->kind = TOKEN_END;
	token->begin = lexer->at;
	if (is_well && lexer->at < lexer->length)
		is_well = scan(lexer, &token->kind);
	lexer->at = MIN(lexer->at, lexer->length);
	token->end = lexer->at;
	return is_well;
}

bool iw_mysql_token_is(const char *text, const struct token *token, const char *name)
{
	if (token->kind != TOKEN_WORD)
		return false;
	size_t length = token->end - token->begin;
	return g_ascii_strncasecmp(text + token->begin, name, length) == 0 && name[length] == '\0';
}

/* Reserved by MySQL 5.7 to 9 and MariaDB 10.6 to 11 alike; what only one of them reserves is a name to us. Sorted. */
static const char *const reserved[] = {
	/* clang-format off */
	"ACCESSIBLE", "ADD", "ALL", "ALTER", "ANALYZE", "AND", "AS", "ASC", "ASENSITIVE", "BEFORE", "BETWEEN", "BIGINT",
	"BINARY", "BLOB", "BOTH", "BY", "CALL", "CASCADE", "CASE", "CHANGE", "CHAR", "CHARACTER", "CHECK", "COLLATE",
	"COLUMN", "CONDITION", "CONSTRAINT", "CONTINUE", "CONVERT", "CREATE", "CROSS", "CURRENT_DATE", "CURRENT_TIME",
	"CURRENT_TIMESTAMP", "CURRENT_USER", "CURSOR", "DATABASE", "DATABASES", "DAY_HOUR", "DAY_MICROSECOND",
	"DAY_MINUTE", "DAY_SECOND", "DEC", "DECIMAL", "DECLARE", "DEFAULT", "DELAYED", "DELETE", "DESC", "DESCRIBE",
	"DETERMINISTIC", "DISTINCT", "DISTINCTROW", "DIV", "DOUBLE", "DROP", "DUAL", "EACH", "ELSE", "ELSEIF", "ENCLOSED",
	"ESCAPED", "EXCEPT", "EXISTS", "EXIT", "EXPLAIN", "FALSE", "FETCH", "FLOAT", "FLOAT4", "FLOAT8", "FOR", "FORCE",
	"FOREIGN", "FROM", "FULLTEXT", "GRANT", "GROUP", "HAVING", "HIGH_PRIORITY", "HOUR_MICROSECOND", "HOUR_MINUTE",
	"HOUR_SECOND", "IF", "IGNORE", "IN", "INDEX", "INFILE", "INNER", "INOUT", "INSENSITIVE", "INSERT", "INT", "INT1",
	"INT2", "INT3", "INT4", "INT8", "INTEGER", "INTERVAL", "INTO", "IS", "ITERATE", "JOIN", "KEY", "KEYS", "KILL",
	"LEADING", "LEAVE", "LEFT", "LIKE", "LIMIT", "LINEAR", "LINES", "LOAD", "LOCALTIME", "LOCALTIMESTAMP", "LOCK",
	"LONG", "LONGBLOB", "LONGTEXT", "LOOP", "LOW_PRIORITY", "MATCH", "MAXVALUE", "MEDIUMBLOB", "MEDIUMINT",
	"MEDIUMTEXT", "MIDDLEINT", "MINUTE_MICROSECOND", "MINUTE_SECOND", "MOD", "MODIFIES", "NATURAL", "NOT",
	"NO_WRITE_TO_BINLOG", "NULL", "NUMERIC", "ON", "OPTIMIZE", "OPTION", "OPTIONALLY", "OR", "ORDER", "OUT", "OUTER",
	"OUTFILE", "OVER", "PARTITION", "PRECISION", "PRIMARY", "PROCEDURE", "PURGE", "RANGE", "READ", "READS",
	"READ_WRITE", "REAL", "REFERENCES", "REGEXP", "RELEASE", "RENAME", "REPEAT", "REPLACE", "REQUIRE", "RESIGNAL",
	"RESTRICT", "RETURN", "REVOKE", "RIGHT", "RLIKE", "ROWS", "SCHEMA", "SCHEMAS", "SECOND_MICROSECOND", "SELECT",
	"SENSITIVE", "SEPARATOR", "SET", "SHOW", "SIGNAL", "SMALLINT", "SPATIAL", "SPECIFIC", "SQL", "SQLEXCEPTION",
	"SQLSTATE", "SQLWARNING", "SQL_BIG_RESULT", "SQL_CALC_FOUND_ROWS", "SQL_SMALL_RESULT", "SSL", "STARTING",
	"STRAIGHT_JOIN", "TABLE", "TERMINATED", "THEN", "TINYBLOB", "TINYINT", "TINYTEXT", "TO", "TRAILING", "TRIGGER",
	"TRUE", "UNDO", "UNION", "UNIQUE", "UNLOCK", "UNSIGNED", "UPDATE", "USAGE", "USE", "USING", "UTC_DATE", "UTC_TIME",
	"UTC_TIMESTAMP", "VALUES", "VARBINARY", "VARCHAR", "VARCHARACTER", "VARYING", "WHEN", "WHERE", "WHILE", "WITH",
	"WRITE", "XOR", "YEAR_MONTH", "ZEROFILL",
	/* clang-format on */
};

struct slice {
	const char *text;
	size_t length;
};

static int compare_reserved(const void *key, const void *element)
{
	const struct slice *slice = key;
	const char *name = *(const char *const *)element;
	int order = g_ascii_strncasecmp(slice->text, name, slice->length);
	return order != 0 ? order : (name[slice->length] == '\0' ? 0 : -1);
}

bool iw_mysql_is_reserved(const char *text, size_t length)
{
	struct slice slice = {text, length};
	return bsearch(&slice, reserved, G_N_ELEMENTS(reserved), sizeof reserved[0], compare_reserved) != NULL;
}
