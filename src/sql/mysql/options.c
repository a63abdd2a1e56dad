/* Table options, of CREATE TABLE and ALTER TABLE; ALGORITHM and LOCK. */
#include "sql/mysql/parser.h"

static const char *const options[] = {
	"ENGINE",
	"TYPE",
	"AUTO_INCREMENT",
	"COMMENT",
	"ROW_FORMAT",
	"KEY_BLOCK_SIZE",
	"MAX_ROWS",
	"MIN_ROWS",
	"AVG_ROW_LENGTH",
	"CHECKSUM",
	"TABLE_CHECKSUM",
	"DELAY_KEY_WRITE",
	"PACK_KEYS",
	"STATS_AUTO_RECALC",
	"STATS_PERSISTENT",
	"STATS_SAMPLE_PAGES",
	"COMPRESSION",
	"ENCRYPTION",
	"ENCRYPTED",
	"PAGE_CHECKSUM",
	"TRANSACTIONAL",
	"CONNECTION",
	"PASSWORD",
	"INSERT_METHOD",
	"STORAGE",
	"TABLESPACE",
	"DATA DIRECTORY",
	"INDEX DIRECTORY",
	"ENGINE_ATTRIBUTE",
	"SECONDARY_ENGINE",
	"SECONDARY_ENGINE_ATTRIBUTE",
	"AUTOEXTEND_SIZE",
	"SEQUENCE",
	"PAGE_COMPRESSED",
	"PAGE_COMPRESSION_LEVEL",
	"ENCRYPTION_KEY_ID",
	"IETF_QUOTES",
};

static const char *lower(struct parser *parser, const char *text)
{
	g_autofree char *copy = g_ascii_strdown(text, -1);
	return iw_arena_strdup(parser->arena, copy);
}

static bool set(struct parser *parser, struct table_option *option, const char *name, const char *value,
		const char *text)
{
	option->name = name;
	option->value = value;
	option->text = text;
	return !parser->is_failed;
}

/* [DEFAULT] CHARACTER SET [=] x, [DEFAULT] COLLATE [=] x */
static bool charset_option(struct parser *parser, struct table_option *option, bool *found)
{
	bool has_default = iw_mysql_is(parser, "DEFAULT");
	if (has_default)
		iw_mysql_take(parser);
	bool is_charset = iw_mysql_skip(parser, "CHARACTER SET") || iw_mysql_skip(parser, "CHARSET") ||
			  iw_mysql_skip(parser, "CHAR SET");
	const char *name;
	if (!is_charset && !iw_mysql_skip(parser, "COLLATE")) {
		*found = false;
		return !has_default || iw_mysql_refuse(parser);
	}
	*found = true;
	iw_mysql_skip_operator(parser, "=");
	if (!iw_mysql_charset_name(parser, &name))
		return false;
	return set(parser, option, is_charset ? "character set" : "collate", name,
		   iw_arena_printf(parser->arena, "%s %s", is_charset ? "CHARACTER SET" : "COLLATE", name));
}

/* UNION [=] (a, b) of MERGE tables */
static bool union_option(struct parser *parser, struct table_option *option)
{
	size_t begin = parser->token.begin;
	iw_mysql_take(parser);
	iw_mysql_skip_operator(parser, "=");
	if (!iw_mysql_expect_operator(parser, "("))
		return false;
	struct iw_name name;
	while (!iw_mysql_is_operator(parser, ")")) {
		if (!iw_mysql_full_name(parser, &name))
			return false;
		if (!iw_mysql_skip_operator(parser, ","))
			break;
	}
	if (!iw_mysql_expect_operator(parser, ")"))
		return false;
	return set(parser, option, "union", "", iw_mysql_text_from(parser, begin));
}

static bool value_option(struct parser *parser, struct table_option *option, const char *name, size_t begin)
{
	const char *value;
	iw_mysql_skip_operator(parser, "=");
	if (strcmp(name, "comment") == 0) {
		if (!iw_mysql_string(parser, &value))
			return false;
		return set(parser, option, name, value,
			   iw_arena_printf(parser->arena, "COMMENT=%s", iw_mysql_quote_literal(parser->arena, value)));
	}
	size_t from = parser->token.begin;
	bool is_value = parser->token.kind == TOKEN_NUMBER || parser->token.kind == TOKEN_STRING ||
			parser->token.kind == TOKEN_WORD || parser->token.kind == TOKEN_QUOTED ||
			parser->token.kind == TOKEN_BITS;
	if (!is_value)
		return iw_mysql_refuse(parser);
	iw_mysql_take(parser);
	value = iw_mysql_text_from(parser, from);
	if (strcmp(name, "tablespace") == 0)
		iw_mysql_skip(parser, "STORAGE DISK");
	return set(parser, option, name, value, iw_mysql_text_from(parser, begin));
}

/* WITH SYSTEM VERSIONING; START TRANSACTION (MySQL's mark of a CREATE TABLE ... SELECT) */
static bool fixed_option(struct parser *parser, struct table_option *option)
{
	if (iw_mysql_skip(parser, "WITH SYSTEM VERSIONING")) {
		set(parser, option, "system versioning", "", "WITH SYSTEM VERSIONING");
		return true;
	}
	if (iw_mysql_skip(parser, "START TRANSACTION")) {
		set(parser, option, "start transaction", "", "");
		return true;
	}
	return false;
}

bool iw_mysql_table_option(struct parser *parser, struct table_option *option, bool *found)
{
	size_t begin = parser->token.begin;
	*found = true;
	if (iw_mysql_is(parser, "DEFAULT") || iw_mysql_is(parser, "CHARACTER") || iw_mysql_is(parser, "CHAR") ||
	    iw_mysql_is(parser, "CHARSET") || iw_mysql_is(parser, "COLLATE"))
		return charset_option(parser, option, found);
	if (iw_mysql_is(parser, "UNION") && (iw_mysql_peek_is(parser, "=") || iw_mysql_peek_is(parser, "(")))
		return union_option(parser, option);
	if (fixed_option(parser, option))
		return !parser->is_failed;
	for (size_t i = 0; i < G_N_ELEMENTS(options); i++)
		if (iw_mysql_skip(parser, options[i])) {
			const char *name = strcmp(options[i], "TYPE") == 0 ? "engine" : lower(parser, options[i]);
			return value_option(parser, option, name, begin);
		}
	/* What engines define: name = value. */
	const char *name;
	*found = (iw_mysql_token_is_name(parser, &parser->token)) && iw_mysql_peek_is(parser, "=");
	if (!*found)
		return true;
	return iw_mysql_identifier(parser, &name) && value_option(parser, option, lower(parser, name), begin);
}

bool iw_mysql_algorithm_or_lock(struct parser *parser, bool *found)
{
	struct iw_statement *statement = parser->statement;
	*found = false;
	for (;;) {
		bool is_algorithm = iw_mysql_is(parser, "ALGORITHM"), is_lock = iw_mysql_is(parser, "LOCK");
		const char *value;
		if (!is_algorithm && !is_lock)
			return true;
		iw_mysql_take(parser);
		iw_mysql_skip_operator(parser, "=");
		if (!iw_mysql_any_name(parser, &value))
			return false;
		value = lower(parser, value);
		*(is_algorithm ? &statement->algorithm : &statement->lock) = value;
		*found = true;
		if (strcmp(value, is_algorithm ? "copy" : "exclusive") == 0 || strcmp(value, "shared") == 0)
			parser->flags |= IW_OFFLINE_HINT;
	}
}
