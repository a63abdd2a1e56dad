/* explain: a rule's page on the terminal; and the list of rules for `lint --rules`. */
#include "cli/linting.h"

#include <string.h>

static const char *const DIALECTS[] = {[IW_POSTGRES] = "postgres", [IW_MYSQL] = "mysql", [IW_SQLITE] = "sqlite"};

static json_t *engines_json(const struct iw_rule *rule)
{
	json_t *array = json_array();
	for (int i = 0; i < IW_DIALECTS; i++)
		if ((rule->dialects & (1U << i)) != 0)
			json_array_append_new(array, json_string(DIALECTS[i]));
	return array;
}

static const char *engines_text(iw_arena *arena, const struct iw_rule *rule)
{
	g_autoptr(GString) text = g_string_new(NULL);
	for (int i = 0; i < IW_DIALECTS; i++)
		if ((rule->dialects & (1U << i)) != 0)
			g_string_append_printf(text, "%s%s", text->len > 0 ? " " : "", DIALECTS[i]);
	return iw_arena_strdup(arena, text->str);
}

/* As inchworm.yaml and the options leave it. */
static const char *severity_of(const struct iw_lint_choice *choice, const struct iw_rule *rule)
{
	const char *wanted = g_hash_table_lookup(choice->severities, rule->id);
	return wanted != NULL ? wanted : iw_severity_name(rule->severity);
}

static json_t *rule_json(const struct iw_lint_choice *choice, const struct iw_rule *rule)
{
	json_t *object = json_object();
	iw_cli_json_text(object, "id", rule->id);
	iw_cli_json_text(object, "severity", severity_of(choice, rule));
	iw_cli_json_text(object, "defaultSeverity", iw_severity_name(rule->severity));
	json_object_set_new(object, "engines", engines_json(rule));
	iw_cli_json_text(object, "title", rule->title);
	iw_cli_json_text(object, "why", rule->why);
	return object;
}

static void print_json(struct iw_cli *cli, json_t *value)
{
	g_autoptr(GString) out = g_string_new(NULL);
	iw_report_json(out, value);
	json_decref(value);
	iw_cli_print(cli, out);
}

static enum iw_colour colour_of(const char *severity)
{
	return strcmp(severity, "error") == 0	  ? IW_RED
	       : strcmp(severity, "warning") == 0 ? IW_YELLOW
	       : strcmp(severity, "off") == 0	  ? IW_DIM
						  : IW_BLUE;
}

int iw_cli_list_rules(struct iw_cli *cli, GError **error)
{
	struct iw_lint_choice choice;
	g_autoptr(GError) failure = NULL;
	if (!iw_cli_open_project(cli, &failure)) {
		cli->project = NULL;
		iw_cli_note(cli, "note: the rules as they come, of no project: %s", failure->message);
	}
	if (!iw_cli_lint_choice(cli, &choice, error))
		return IW_ERROR_USAGE;
	if (cli->options.json) {
		json_t *array = json_array();
		for (guint i = 0; iw_rules[i] != NULL; i++)
			json_array_append_new(array, rule_json(&choice, iw_rules[i]));
		print_json(cli, array);
		return 0;
	}
	struct iw_text_table *table = iw_text_table_new(cli->arena, 4);
	iw_text_table_header(table, "rule", "severity", "engines", "when");
	for (guint i = 0; iw_rules[i] != NULL; i++) {
		const char *severity = severity_of(&choice, iw_rules[i]);
		iw_text_table_add(table, IW_PLAIN, iw_rules[i]->id);
		iw_text_table_add(table, colour_of(severity), severity);
		iw_text_table_add(table, IW_DIM, engines_text(cli->arena, iw_rules[i]));
		iw_text_table_add(table, IW_PLAIN, iw_rules[i]->title);
	}
	g_autoptr(GString) out = g_string_new(NULL);
	iw_text_table_render(table, out, cli->out, 0);
	iw_cli_print(cli, out);
	return 0;
}

static void add_code(GString *out, struct iw_style style, enum iw_colour colour, const char *title, const char *code)
{
	if (code == NULL || *code == '\0')
		return;
	iw_text_printf(out, style, colour, "  %s:\n", title);
	g_auto(GStrv) lines = g_strsplit(code, "\n", -1);
	for (char **line = lines; *line != NULL; line++)
		g_string_append_printf(out, "%s%s\n", **line == '\0' ? "" : "      ", *line);
}

static void print_page(struct iw_cli *cli, const struct iw_rule *rule)
{
	g_autoptr(GString) out = g_string_new(NULL);
	iw_text_printf(out, cli->out, IW_BOLD, "%s", rule->id);
	g_string_append_printf(out, ": %s\n", rule->title);
	iw_text_printf(out, cli->out, colour_of(iw_severity_name(rule->severity)), "%s",
		       iw_severity_name(rule->severity));
	g_string_append_printf(out, ", for %s\n\n", engines_text(cli->arena, rule));
	iw_text_wrap(out, cli->out, 0, rule->why);
	for (const struct iw_rule_example *example = rule->examples; example->dialect != IW_DIALECTS; example++) {
		struct iw_engine engine = {.dialect = example->dialect, .version = example->version};
		g_string_append_c(out, '\n');
		iw_text_printf(out, cli->out, IW_CYAN, "%s\n", iw_engine_title(engine));
		add_code(out, cli->out, IW_DIM, "with this schema", example->setup);
		add_code(out, cli->out, IW_RED, "this is reported", example->bad);
		add_code(out, cli->out, IW_GREEN, "and this is not", example->good);
	}
	for (const struct iw_rule_code *code = rule->code; code != NULL && code->title != NULL; code++) {
		g_string_append_c(out, '\n');
		iw_text_printf(out, cli->out, IW_CYAN, "%s\n", code->title);
		add_code(out, cli->out, IW_RED, "this is reported", code->bad);
		add_code(out, cli->out, IW_GREEN, "and this is not", code->good);
	}
	const char *url = iw_report_rule_url(cli->arena, rule);
	g_string_append_printf(out, "\nsee %s%s\n", url != NULL ? url : "docs/rules/",
			       url != NULL ? "" : iw_arena_printf(cli->arena, "%s.md", rule->id));
	iw_cli_print(cli, out);
}

static int run_explain(struct iw_cli *cli, GError **error)
{
	char **ids = cli->options.arguments;
	if (ids[0] == NULL) {
		iw_fail(error, IW_ERROR_USAGE, "which rule? (`inchworm lint --rules` lists them)");
		return IW_ERROR_USAGE;
	}
	struct iw_lint_choice choice = {.severities = iw_arena_hash_table(cli->arena, g_str_hash, g_str_equal)};
	json_t *array = cli->options.json ? json_array() : NULL;
	for (; *ids != NULL; ids++) {
		const struct iw_rule *rule = iw_rule_find(*ids);
		if (rule == NULL) {
			const char *near = iw_rule_nearest(*ids);
			json_decref(array);
			iw_fail(error, IW_ERROR_USAGE, "there is no rule \"%s\"", *ids);
			if (near != NULL)
				iw_error_hint(error, "Did you mean \"%s\"?", near);
			return IW_ERROR_USAGE;
		}
		if (array != NULL)
			json_array_append_new(array, rule_json(&choice, rule));
		else
			print_page(cli, rule);
	}
	if (array != NULL)
		print_json(cli, array);
	return 0;
}

static const char *const groups[] = {"output", NULL};

const struct iw_command iw_command_explain = {
	.name = "explain",
	.arguments = "RULE...",
	.summary = "why a rule of lint is there, with examples",
	.description = "Prints a rule's page: what happens, on which engines, what is reported and what is not.",
	.option_groups = groups,
	.run = run_explain,
};
