/* The page of each lint rule, and their index. */
#include "docs.h"

#include "lint/lint.h"

#include <string.h>

static const char *const DIALECT_TITLES[] = {
	[IW_POSTGRES] = "PostgreSQL", [IW_MYSQL] = "MySQL and MariaDB", [IW_SQLITE] = "SQLite"};

static void add_dialects(GString *out, unsigned dialects)
{
	const char *separator = "";
	for (int i = 0; i < IW_DIALECTS; i++) {
		if ((dialects & (1U << i)) == 0)
			continue;
		g_string_append_printf(out, "%s%s", separator, DIALECT_TITLES[i]);
		separator = ", ";
	}
}

static void add_code(GString *out, const char *title, const char *sql)
{
	if (sql != NULL && *sql != '\0')
		g_string_append_printf(out, "%s\n\n```sql\n%s\n```\n\n", title, sql);
}

/* A rule that is off runs where a project asks for it. */
static const char *severity_words(const struct iw_rule *rule)
{
	if (rule->severity != IW_OFF)
		return iw_severity_name(rule->severity);
	return rule->severity_with_sizes != IW_OFF ? "off; warning with a database URL" : "off";
}

static void add_switch(GString *out, const struct iw_rule *rule)
{
	bool is_off = rule->severity == IW_OFF && rule->severity_with_sizes == IW_OFF;
	g_string_append_printf(
		out,
		is_off ? "## Turning it on\n\n"
			 "It runs in projects that ask for it, in `inchworm.yaml`:\n\n"
			 "```yaml\nlint:\n  %s: warning # or error\n```\n"
		       : "## Turning it off\n\n"
			 "For one statement, with a reason: `-- inchworm: ignore %s <why>` before it. For the "
			 "project, in `inchworm.yaml`:\n\n"
			 "```yaml\nlint:\n  %s: off # or note, warning, error\n```\n",
		rule->id, rule->id);
}

static void add_block(GString *out, const char *title, const char *language, const char *text)
{
	g_string_append_printf(out, "%s\n\n```%s\n%s```\n\n", title, language, text);
}

static void add_rule_page(GPtrArray *pages, const struct iw_rule *rule)
{
	GString *out = g_string_new(NULL);
	g_string_append_printf(out, "# %s\n\n%c%s. Severity: %s. For ", rule->id, g_ascii_toupper(rule->title[0]),
			       rule->title + 1, severity_words(rule));
	add_dialects(out, rule->dialects);
	g_string_append_printf(out, ".\n\n%s\n\n", rule->why);
	for (const struct iw_rule_example *example = rule->examples; example->dialect != IW_DIALECTS; example++) {
		g_string_append_printf(out, "## %s\n\n",
				       example->version == 0 ? DIALECT_TITLES[example->dialect]
							     : iw_engine_title((struct iw_engine){
								       example->dialect, .version = example->version}));
		add_code(out, "With this schema:", example->setup);
		add_code(out, "this is reported:", example->bad);
		add_code(out, "and this is not:", example->good);
	}
	for (const struct iw_rule_code *code = rule->code; code != NULL && code->title != NULL; code++) {
		g_string_append_printf(out, "## %s\n\n", code->title);
		add_block(out, "This is reported:", code->language, code->bad);
		add_block(out, "and this is not:", code->language, code->good);
	}
	if (strstr(rule->id, "suppression") == NULL)
		add_switch(out, rule);
	g_autofree char *path = g_strdup_printf("rules/%s.md", rule->id);
	add_page(pages, path, out);
}

void add_rule_pages(GPtrArray *pages)
{
	GString *index =
		g_string_new("# Lint rules\n\n"
			     "What `inchworm lint` reports. An error takes the application down or fails; a "
			     "warning may do so on a large table; a note is "
			     "worth knowing. Tables that the same migration creates are not reported, and "
			     "with a database URL neither are empty ones; "
			     "small tables become notes. What is off runs where `inchworm.yaml` gives it a severity. "
			     "[compared.md](compared.md) says which rule answers one of another tool.\n\n"
			     "| rule | severity | when | engines |\n|---|---|---|---|\n");
	for (size_t i = 0; iw_rules[i] != NULL; i++) {
		const struct iw_rule *rule = iw_rules[i];
		g_string_append_printf(index, "| [%s](%s.md) | %s | %s | ", rule->id, rule->id, severity_words(rule),
				       rule->title);
		add_dialects(index, rule->dialects);
		g_string_append(index, " |\n");
		add_rule_page(pages, rule);
	}
	add_page(pages, "rules/index.md", index);
}
