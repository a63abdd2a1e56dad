/* What functions depend on: nothing but their arguments, the session and the clock, or more. */
#include "sql/mysql/expression.h"

static const char *const immutable[] = {
	/* clang-format off */
	"abs", "acos", "aes_decrypt", "aes_encrypt", "ascii", "asin", "atan", "atan2", "bin", "bit_count", "bit_length",
	"cast", "ceil", "ceiling", "char", "char_length", "character_length", "coalesce", "concat", "concat_ws", "conv",
	"convert", "cos", "cot", "crc32", "date", "date_add", "date_format", "date_sub", "datediff", "day", "dayname",
	"dayofmonth", "dayofweek", "dayofyear", "default", "degrees", "elt", "exp", "extract", "field", "find_in_set",
	"floor", "format", "from_base64", "from_days", "greatest", "hex", "hour", "if", "ifnull", "inet6_aton",
	"inet6_ntoa", "inet_aton", "inet_ntoa", "insert", "instr", "isnull", "json_array", "json_compact", "json_contains",
	"json_contains_path", "json_depth", "json_exists", "json_extract", "json_keys", "json_length", "json_merge_patch",
	"json_merge_preserve", "json_object", "json_query", "json_quote", "json_remove", "json_replace", "json_search",
	"json_set", "json_type", "json_unquote", "json_valid", "json_value", "last_day", "lcase", "least", "left", "length",
	"ln", "locate", "log", "log10", "log2", "lower", "lpad", "ltrim", "makedate", "maketime", "md5", "microsecond",
	"mid", "minute", "mod", "month", "monthname", "nullif", "nvl", "oct", "octet_length", "ord", "period_add",
	"period_diff", "pi", "point", "position", "pow", "power", "quarter", "quote", "radians", "regexp_instr",
	"regexp_like", "regexp_replace", "regexp_substr", "repeat", "replace", "reverse", "right", "round", "rpad", "rtrim",
	"sec_to_time", "second", "sha", "sha1", "sha2", "sign", "sin", "soundex", "space", "sqrt", "st_astext",
	"st_geomfromtext", "st_x", "st_y", "str_to_date", "strcmp", "substr", "substring", "substring_index", "subdate",
	"adddate", "addtime", "subtime", "tan", "time", "time_format", "time_to_sec", "timediff", "timestampadd",
	"timestampdiff", "to_base64", "to_days", "to_seconds", "trim", "truncate", "ucase", "unhex", "upper", "uuid_to_bin",
	"bin_to_uuid", "is_uuid", "week", "weekday", "weekofyear", "year", "yearweek", "interval", "match",
	"count", "sum", "min", "max", "avg", "group_concat", "values", "value", "any_value", "json_pretty", "json_detailed",
	/* clang-format on */
};
static const char *const stable[] = {
	"now",		 "current_timestamp", "localtime",     "localtimestamp", "curdate",
	"current_date",	 "curtime",	      "current_time",  "utc_date",	 "utc_time",
	"utc_timestamp", "unix_timestamp",    "from_unixtime", "user",		 "current_user",
	"session_user",	 "system_user",	      "current_role",  "database",	 "schema",
	"version",	 "connection_id",     "convert_tz",    "timestamp",
};
static const char *const changing[] = {
	"rand",
	"random_bytes",
	"uuid",
	"uuid_short",
	"sys_guid",
	"sysdate",
	"sleep",
	"benchmark",
	"get_lock",
	"release_lock",
	"release_all_locks",
	"is_free_lock",
	"is_used_lock",
	"last_insert_id",
	"row_count",
	"found_rows",
	"load_file",
	"nextval",
	"lastval",
	"setval",
	"master_pos_wait",
	"source_pos_wait",
};

static bool has(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

enum iw_volatility iw_mysql_volatility(const char *function)
{
	if (has(immutable, G_N_ELEMENTS(immutable), function))
		return IW_IMMUTABLE;
	if (has(stable, G_N_ELEMENTS(stable), function))
		return IW_STABLE;
	return has(changing, G_N_ELEMENTS(changing), function) ? IW_VOLATILE : IW_VOLATILITY_UNKNOWN;
}
