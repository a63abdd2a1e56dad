/* inchworm.yaml; see settings.h. Read with libyaml, whose nodes know their places. */
#include "framework/settings.h"

#include "base/error.h"
#include "framework/files.h"

#include <stddef.h>
#include <string.h>
#include <yaml.h>

struct reader {
	iw_arena *arena;
	iw_source *source;
	yaml_document_t document;
	struct iw_settings *settings;
	GError **error;
};

static struct iw_place place_at(const struct reader *reader, yaml_mark_t from, yaml_mark_t to)
{
	/* libyaml counts from the byte after a byte order mark, and in bytes. */
	return (struct iw_place){reader->source, reader->source->start + from.index, to.index - from.index};
}

static bool fail_at(struct reader *reader, const yaml_node_t *node, const char *format, ...) G_GNUC_PRINTF(3, 4);
static bool fail_at(struct reader *reader, const yaml_node_t *node, const char *format, ...)
{
	va_list list;
	va_start(list, format);
	g_autofree char *message = g_strdup_vprintf(format, list);
	va_end(list);
	struct iw_place place = place_at(reader, node->start_mark, node->end_mark);
	struct iw_line_column at = iw_source_locate(reader->source, place.offset);
	return iw_fail_at(reader->error, IW_ERROR_PROJECT, &place, "%s:%d: %s", reader->source->path, at.line, message);
}

static const char *scalar(struct reader *reader, const yaml_node_t *node, const char *key)
{
	if (node->type == YAML_SCALAR_NODE)
		return iw_arena_strndup(reader->arena, (char *)node->data.scalar.value, node->data.scalar.length);
	fail_at(reader, node, "\"%s\" must be a single value", key);
	return NULL;
}

/* values ------------------------------------------------------------------------------------------------------- */

bool iw_duration_parse(const char *text, int *milliseconds)
{
	static const struct {
		const char *unit;
		double factor;
	} units[] = {{"ms", 1}, {"s", 1e3}, {"sec", 1e3}, {"m", 6e4}, {"min", 6e4}, {"h", 36e5}};
	char *end = NULL;
	double number = g_ascii_strtod(text, &end);
	while (*end == ' ')
		end++;
	if (end == text || !(number >= 0))
		return false;
	double factor = number == 0 && *end == '\0' ? 1 : -1;
	for (size_t i = 0; i < G_N_ELEMENTS(units); i++)
		if (strcmp(end, units[i].unit) == 0)
			factor = units[i].factor;
	if (factor < 0 || number * factor > G_MAXINT)
		return false;
	*milliseconds = (int)(number * factor);
	return true;
}

typedef bool (*parse_value)(struct reader *reader, const yaml_node_t *node, const char *key, void *member);

static bool parse_text(struct reader *reader, const yaml_node_t *node, const char *key, void *member)
{
	const char *text = scalar(reader, node, key);
	if (text != NULL && *text == '\0')
		return fail_at(reader, node, "\"%s\" is empty", key);
	*(const char **)member = text;
	return text != NULL;
}

static bool parse_duration(struct reader *reader, const yaml_node_t *node, const char *key, void *member)
{
	const char *text = scalar(reader, node, key);
	if (text == NULL)
		return false;
	if (!iw_duration_parse(text, member))
		return fail_at(reader, node, "\"%s\" must be a duration as \"500ms\", \"2s\" or \"5min\", not \"%s\"",
			       key, text);
	return true;
}

static bool parse_boolean(struct reader *reader, const yaml_node_t *node, const char *key, void *member)
{
	const char *text = scalar(reader, node, key);
	if (text == NULL)
		return false;
	bool is_true = strcmp(text, "true") == 0;
	if (!is_true && strcmp(text, "false") != 0)
		return fail_at(reader, node, "\"%s\" must be true or false, not \"%s\"", key, text);
	*(bool *)member = is_true;
	return true;
}

/* "15" -> 150000, "8.0.29" -> 80029, "10.11.19" -> 101119; 0: not a version. */
static int engine_version(struct iw_engine engine, const char *text)
{
	g_auto(GStrv) parts = g_strsplit(text, ".", 4);
	guint count = g_strv_length(parts);
	guint64 n[3] = {0};
	for (guint i = 0; i < count; i++)
		if (i > 2 || !g_ascii_string_to_unsigned(parts[i], 10, 0, 99, &n[i], NULL))
			return 0;
	if (engine.dialect == IW_POSTGRES)
		return count > 2 ? 0 : (int)(n[0] * 10000 + n[1]);
	return (int)(n[0] * 10000 + n[1] * 100 + n[2]);
}

static bool parse_engine(struct reader *reader, const yaml_node_t *node, const char *key, void *member)
{
	const char *text = scalar(reader, node, key);
	if (text == NULL)
		return false;
	g_auto(GStrv) words = g_strsplit_set(text, " -", 2);
	struct iw_engine engine = {0};
	bool is_known = words[0] != NULL && iw_engine_parse(words[0], &engine);
	if (is_known && words[1] != NULL)
		is_known = (engine.version = engine_version(engine, words[1])) > 0;
	if (!is_known)
		return fail_at(reader, node, "\"%s\" must be an engine and its version as \"postgres 15\", not \"%s\"",
			       key, text);
	*(struct iw_engine *)member = engine;
	if (reader->settings->dialect == NULL)
		reader->settings->dialect = iw_arena_strdup(reader->arena, words[0]);
	return true;
}

static bool parse_count(struct reader *reader, const yaml_node_t *node, const char *key, void *member)
{
	const char *text = scalar(reader, node, key);
	guint64 number = 0;
	if (text == NULL)
		return false;
	if (!g_ascii_string_to_unsigned(text, 10, 1, G_MAXINT, &number, NULL))
		return fail_at(reader, node, "\"%s\" must be a whole number from 1 on, not \"%s\"", key, text);
	*(int *)member = (int)number;
	return true;
}

static bool parse_severity(struct reader *reader, const yaml_node_t *node, const char *key, void *member)
{
	static const char *const NAMES[] = {"off", "note", "warning", "error"};
	const char *text = scalar(reader, node, key);
	if (text == NULL)
		return false;
	for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++)
		if (strcmp(NAMES[i], text) == 0) {
			*(const char **)member = NAMES[i];
			return true;
		}
	return fail_at(reader, node, "\"%s\" must be off, note, warning or error, not \"%s\"", key, text);
}

static bool parse_texts(struct reader *reader, const yaml_node_t *node, const char *key, void *member)
{
	GPtrArray *texts = iw_arena_ptr_array(reader->arena);
	*(GPtrArray **)member = texts;
	if (node->type != YAML_SEQUENCE_NODE) {
		const char *text = NULL;
		if (!parse_text(reader, node, key, &text))
			return false;
		g_ptr_array_add(texts, (char *)text);
		return true;
	}
	for (yaml_node_item_t *item = node->data.sequence.items.start; item < node->data.sequence.items.top; item++) {
		const char *text = NULL;
		if (!parse_text(reader, yaml_document_get_node(&reader->document, *item), key, &text))
			return false;
		g_ptr_array_add(texts, (char *)text);
	}
	return true;
}

static bool parse_file(struct reader *reader, const yaml_node_t *node, const char *key, void *member)
{
	const char *text = NULL;
	if (!parse_text(reader, node, key, &text))
		return false;
	*(const char **)member = iw_path_join(reader->arena, reader->settings->lint.directory, text);
	return true;
}

/* keys --------------------------------------------------------------------------------------------------------- */

struct key {
	const char *name;
	parse_value parse;
	size_t member;
};

#define MEMBER(name) offsetof(struct iw_settings, name)
static const struct key limit_keys[] = {
	{"lock_timeout", parse_duration, MEMBER(limits.lock_timeout_ms)},
	{"lock_budget", parse_duration, MEMBER(limits.lock_budget_ms)},
	{"statement_timeout", parse_duration, MEMBER(limits.statement_timeout_ms)},
	{NULL},
};

static bool parse_keys(struct reader *reader, const yaml_node_t *node, const struct key *keys);
static bool parse_limits(struct reader *reader, const yaml_node_t *node, const char *key, void *member)
{
	(void)member;
	if (node->type != YAML_MAPPING_NODE)
		return fail_at(reader, node, "\"%s\" must hold lines of the form \"lock_timeout: 2s\"", key);
	return parse_keys(reader, node, limit_keys);
}

static const struct key backfill_keys[] = {
	/* clang-format off */
	{"max_lag",        parse_duration, MEMBER(backfill.max_lag_ms)},
	{"stop_lag",       parse_duration, MEMBER(backfill.stop_lag_ms)},
	{"replicas",       parse_texts,    MEMBER(backfill.replicas)},
	{"pause",          parse_duration, MEMBER(backfill.pause_ms)},
	{"batch_time",     parse_duration, MEMBER(backfill.batch_ms)},
	{"max_sessions",   parse_count,    MEMBER(backfill.max_sessions)},
	{"throttle_query", parse_text,     MEMBER(backfill.throttle_query)},
	{NULL},
	/* clang-format on */
};

static bool parse_backfill(struct reader *reader, const yaml_node_t *node, const char *key, void *member)
{
	(void)member;
	if (node->type != YAML_MAPPING_NODE)
		return fail_at(reader, node, "\"%s\" must hold lines of the form \"max_lag: 5s\"", key);
	return parse_keys(reader, node, backfill_keys);
}

static const struct key lint_keys[] = {
	/* clang-format off */
	{"fail_on",          parse_severity, MEMBER(lint.fail_on)},
	{"small_table_rows", parse_count,    MEMBER(lint.small_table_rows)},
	{"quick",            parse_duration, MEMBER(lint.quick_ms)},
	{"slow",             parse_duration, MEMBER(lint.slow_ms)},
	{"require_reason",   parse_boolean,  MEMBER(lint.require_reason)},	{"squawk_ignore", parse_boolean, MEMBER(lint.honours_squawk)},
	{"exclude",          parse_texts,    MEMBER(lint.exclude)},
	{"baseline",         parse_file,     MEMBER(lint.baseline)},
	{NULL},
	/* clang-format on */
};

static bool unknown_key(struct reader *reader, const yaml_node_t *node, const char *name, const struct key *keys);

/* Rules have hyphens in their names, keys underscores. */
static bool parse_rule(struct reader *reader, const yaml_node_t *name, const yaml_node_t *value)
{
	struct iw_rule_setting *setting = iw_new(reader->arena, struct iw_rule_setting);
	setting->rule = scalar(reader, name, "a rule");
	setting->place = place_at(reader, name->start_mark, name->end_mark);
	if (setting->rule == NULL)
		return false;
	if (strchr(setting->rule, '_') != NULL)
		return unknown_key(reader, name, setting->rule, lint_keys);
	g_ptr_array_add(reader->settings->lint.rules, setting);
	return parse_severity(reader, value, setting->rule, &setting->severity);
}

static const struct key *find_key(const struct key *keys, const char *name)
{
	while (keys->name != NULL && strcmp(keys->name, name) != 0)
		keys++;
	return keys->name == NULL ? NULL : keys;
}

static bool parse_lint(struct reader *reader, const yaml_node_t *node, const char *key, void *member)
{
	(void)member;
	if (node->type != YAML_MAPPING_NODE)
		return fail_at(reader, node, "\"%s\" must hold lines of the form \"rule: off\"", key);
	for (yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
		const yaml_node_t *name_node = yaml_document_get_node(&reader->document, pair->key);
		const yaml_node_t *value = yaml_document_get_node(&reader->document, pair->value);
		const char *name = scalar(reader, name_node, "a rule");
		const struct key *known = name == NULL ? NULL : find_key(lint_keys, name);
		if (name == NULL ||
		    !(known == NULL ? parse_rule(reader, name_node, value)
				    : known->parse(reader, value, name, (char *)reader->settings + known->member)))
			return false;
	}
	return true;
}

static const struct key top_keys[] = {
	/* clang-format off */
	{"framework",  parse_text,       MEMBER(framework)},
	{"directory",  parse_text,       MEMBER(directory)},
	{"migrations", parse_text,       MEMBER(migrations)},
	{"dialect",    parse_text,       MEMBER(dialect)},
	{"engine",     parse_engine,     MEMBER(engine)},
	{"url",        parse_text,       MEMBER(url)},
	{"url_env",    parse_text,       MEMBER(url_env)},
	{"database",   parse_text,       MEMBER(database)},
	{"limits",     parse_limits,     0},
	{"backfill",   parse_backfill,   0},
	{"delegate",   parse_boolean,    MEMBER(may_delegate)},
	{"lint",       parse_lint,       0},
	{NULL},
	/* clang-format on */
};

static bool unknown_key(struct reader *reader, const yaml_node_t *node, const char *name, const struct key *keys)
{
	g_autoptr(GString) known = g_string_new(NULL);
	for (const struct key *key = keys; key->name != NULL; key++)
		g_string_append_printf(known, "%s%s", known->len > 0 ? ", " : "", key->name);
	fail_at(reader, node, "unknown key \"%s\"", name);
	iw_error_hint(reader->error, "Known here are %s.", known->str);
	return false;
}

static bool parse_keys(struct reader *reader, const yaml_node_t *node, const struct key *keys)
{
	for (yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
		const yaml_node_t *key_node = yaml_document_get_node(&reader->document, pair->key);
		const char *name = scalar(reader, key_node, "a key");
		if (name == NULL)
			return false;
		const struct key *key = find_key(keys, name);
		if (key == NULL)
			return unknown_key(reader, key_node, name, keys);
		if (!key->parse(reader, yaml_document_get_node(&reader->document, pair->value), name,
				(char *)reader->settings + key->member))
			return false;
	}
	return true;
}

static bool fail_syntax(struct reader *reader, const yaml_parser_t *parser)
{
	struct iw_place place = place_at(reader, parser->problem_mark, parser->problem_mark);
	struct iw_line_column at = iw_source_locate(reader->source, place.offset);
	return iw_fail_at(reader->error, IW_ERROR_PROJECT, &place, "%s:%d: this is not YAML: %s", reader->source->path,
			  at.line, parser->problem);
}

static bool parse_document(struct reader *reader, yaml_parser_t *parser)
{
	if (!yaml_parser_load(parser, &reader->document))
		return fail_syntax(reader, parser);
	const yaml_node_t *root = yaml_document_get_root_node(&reader->document);
	bool is_empty = root == NULL || (root->type == YAML_SCALAR_NODE && root->data.scalar.length == 0);
	bool is_good = true;
	if (!is_empty && root->type != YAML_MAPPING_NODE)
		is_good = fail_at(reader, root, "expected lines of the form \"key: value\"");
	else if (!is_empty)
		is_good = parse_keys(reader, root, top_keys);
	yaml_document_delete(&reader->document);
	return is_good;
}

static const char *find(iw_arena *arena, const char *directory)
{
	static const char *const names[] = {"inchworm.yaml", "inchworm.yml", NULL};
	const char *top = iw_path_repository(arena, directory);
	for (const char *at = directory;; at = iw_path_parent(arena, at)) {
		const char *path = iw_path_first_file(arena, at, names);
		if (path != NULL || strcmp(at, top) == 0)
			return path;
	}
}

bool iw_settings_read(iw_arena *arena, const char *path, const char *directory, struct iw_settings *settings,
		      GError **error)
{
	*settings = (struct iw_settings){.lint.rules = iw_arena_ptr_array(arena), .backfill.max_lag_ms = -1};
	g_autofree char *here = g_get_current_dir();
	settings->path = path != NULL ? iw_path_join(arena, here, path) : find(arena, directory);
	if (settings->path == NULL)
		return true;
	settings->lint.path = settings->path;
	settings->lint.directory = iw_path_parent(arena, settings->path);
	iw_source *source = iw_arena_source(arena, settings->path, error);
	if (source == NULL)
		return false;
	struct reader reader = {.arena = arena, .source = source, .settings = settings, .error = error};
	yaml_parser_t parser;
	if (!yaml_parser_initialize(&parser))
		g_error("out of memory");
	yaml_parser_set_input_string(&parser, (const unsigned char *)source->text + source->start,
				     source->length - source->start);
	bool is_good = parse_document(&reader, &parser);
	yaml_parser_delete(&parser);
	return is_good;
}
