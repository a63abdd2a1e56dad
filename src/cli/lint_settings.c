/* What inchworm.yaml and the options say of rules: severities, thresholds, what is left out; see linting.h. */
#include "cli/linting.h"

#include <fnmatch.h>
#include <string.h>

static bool is_pattern(const char *rule)
{
	return strchr(rule, '*') != NULL;
}

/* Sets it for every rule that matches; false: none does. */
static bool set(GHashTable *severities, const char *rule, const char *severity)
{
	bool any = false;
	for (size_t i = 0; iw_rules[i] != NULL; i++) {
		if (fnmatch(rule, iw_rules[i]->id, 0) != 0)
			continue;
		g_hash_table_insert(severities, (char *)iw_rules[i]->id, (char *)severity);
		any = true;
	}
	return any;
}

static void hint_at_rules(const char *rule, GError **error)
{
	const char *near = iw_rule_nearest(rule);
	if (near != NULL)
		iw_error_hint(error, "Did you mean \"%s\"?", near);
	else
		iw_error_hint(error, "`inchworm lint --rules` lists the rules.");
}

/* Patterns first: a rule's own line is stronger. */
static bool read_file(const struct iw_lint_settings *settings, GHashTable *severities, GError **error)
{
	for (int pass = 0; pass < 2; pass++)
		for (guint i = 0; i < settings->rules->len; i++) {
			const struct iw_rule_setting *setting = g_ptr_array_index(settings->rules, i);
			if (is_pattern(setting->rule) != (pass == 0) ||
			    set(severities, setting->rule, setting->severity))
				continue;
			struct iw_line_column at = iw_source_locate(setting->place.source, setting->place.offset);
			iw_fail_at(error, IW_ERROR_PROJECT, &setting->place, "%s:%d: %s \"%s\"",
				   setting->place.source->path, at.line,
				   is_pattern(setting->rule) ? "no rule matches" : "there is no rule", setting->rule);
			hint_at_rules(setting->rule, error);
			return false;
		}
	return true;
}

static const char *constant_severity(const char *text)
{
	for (enum iw_severity severity = IW_OFF; severity <= IW_SEVERE; severity++)
		if (strcmp(iw_severity_name(severity), text) == 0)
			return iw_severity_name(severity);
	return NULL;
}

static bool read_option(struct iw_cli *cli, GHashTable *severities, const char *text, GError **error)
{
	const char *equals = strchr(text, '=');
	const char *severity = equals == NULL ? NULL : constant_severity(equals + 1);
	if (severity == NULL)
		return iw_fail(error, IW_ERROR_USAGE,
			       "\"%s\" is no rule and severity (write it as drop-column=off, note, warning or error)",
			       text);
	const char *rule = iw_arena_strndup(cli->arena, text, (size_t)(equals - text));
	if (set(severities, rule, severity))
		return true;
	iw_fail(error, IW_ERROR_USAGE, "%s \"%s\"", is_pattern(rule) ? "no rule matches" : "there is no rule", rule);
	hint_at_rules(rule, error);
	return false;
}

static bool parse_severity(const char *text, enum iw_severity *severity, GError **error)
{
	for (enum iw_severity one = IW_NOTE; text != NULL && one <= IW_SEVERE; one++)
		if (strcmp(iw_severity_name(one), text) == 0) {
			*severity = one;
			return true;
		}
	return text == NULL || iw_fail(error, IW_ERROR_USAGE, "\"%s\" is no severity (note, warning or error)", text);
}

bool iw_cli_lint_choice(struct iw_cli *cli, struct iw_lint_choice *choice, GError **error)
{
	*choice = (struct iw_lint_choice){
		.severities = iw_arena_hash_table(cli->arena, g_str_hash, g_str_equal),
		.least = IW_NOTE,
		.fail_on = IW_WARNING,
		.require_reason = cli->options.require_reason,
		.baseline = cli->options.baseline,
	};
	if (cli->project != NULL) {
		const struct iw_lint_settings *settings = &cli->project->lint;
		if (!read_file(settings, choice->severities, error) ||
		    !parse_severity(settings->fail_on, &choice->fail_on, error))
			return false;
		choice->require_reason |= settings->require_reason;
		choice->honours_squawk = settings->honours_squawk;
		choice->small_table_rows = settings->small_table_rows;
		choice->quick_seconds = settings->quick_ms / 1e3;
		choice->slow_seconds = settings->slow_ms / 1e3;
		if (choice->baseline == NULL)
			choice->baseline = settings->baseline;
	}
	for (char **rule = cli->options.rules; rule != NULL && *rule != NULL; rule++)
		if (!read_option(cli, choice->severities, *rule, error))
			return false;
	if (cli->options.update_baseline && choice->baseline == NULL)
		return iw_fail(error, IW_ERROR_USAGE, "--update-baseline needs --baseline FILE");
	return parse_severity(cli->options.min_severity, &choice->least, error) &&
	       parse_severity(cli->options.fail_on, &choice->fail_on, error);
}

/* A pattern names files, or a folder with all that is in it. */
static bool matches(const char *pattern, const char *path)
{
	size_t length = strlen(pattern);
	if (length > 0 && pattern[length - 1] == '/')
		length--;
	g_autofree char *folder = g_strdup_printf("%.*s/*", (int)length, pattern);
	return fnmatch(pattern, path, 0) == 0 || fnmatch(folder, path, 0) == 0;
}

bool iw_cli_is_excluded(const struct iw_cli *cli, const struct iw_migration *migration)
{
	const struct iw_lint_settings *settings = cli->project == NULL ? NULL : &cli->project->lint;
	if (settings == NULL || settings->exclude == NULL || migration->up.path == NULL)
		return false;
	size_t length = strlen(settings->directory);
	const char *path = migration->up.path;
	if (strncmp(path, settings->directory, length) == 0 && path[length] == '/')
		path += length + 1;
	for (guint i = 0; i < settings->exclude->len; i++)
		if (matches(g_ptr_array_index(settings->exclude, i), path))
			return true;
	return false;
}

struct iw_lint_options iw_cli_lint_options(const struct iw_cli *cli, struct iw_engine engine,
					   const struct iw_lint_choice *choice)
{
	const struct iw_project *project = cli->project;
	return (struct iw_lint_options){
		.engine = engine,
		.foreign_keys_off = project != NULL && project->bookkeeping != NULL &&
				    project->bookkeeping->class->checks_foreign_keys,
		.severities = choice->severities,
		.small_table_rows = choice->small_table_rows,
		.quick_seconds = choice->quick_seconds,
		.slow_seconds = choice->slow_seconds,
		.require_reason = choice->require_reason,
		.honours_squawk = choice->honours_squawk,
		.may_start_from_models = project != NULL && project->framework->may_start_from_models,
	};
}
