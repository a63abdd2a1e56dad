/* Findings as SARIF 2.1.0 (Static Analysis Results Interchange Format): for code scanning and editors. */
#include "report/report.h"

#include <string.h>

/* JSON strings are UTF-8; what is not is replaced. */
static json_t *text(const char *words)
{
	g_autofree char *valid = g_utf8_make_valid(words, -1);
	return json_string(valid);
}

static json_t *message(const char *words)
{
	json_t *object = json_object();
	json_object_set_new(object, "text", text(words));
	return object;
}

static const char *level(enum iw_severity severity)
{
	return severity == IW_OFF ? "none" : iw_severity_name(severity);
}

static char *capitalised(const char *words)
{
	char *sentence = g_strdup_printf("%s.", words);
	sentence[0] = g_ascii_toupper(sentence[0]);
	return sentence;
}

/* "drop-column" -> "DropColumn" */
static char *pascal_case(const char *id)
{
	GString *name = g_string_new(NULL);
	bool is_first = true;
	for (; *id != '\0'; id++) {
		if (*id != '-')
			g_string_append_c(name, is_first ? g_ascii_toupper(*id) : *id);
		is_first = *id == '-';
	}
	return g_string_free(name, FALSE);
}

static json_t *rule_json(const struct iw_rule *rule)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	g_autofree char *title = capitalised(rule->title);
	g_autofree char *name = pascal_case(rule->id);
	json_t *object = json_object();
	json_object_set_new(object, "id", text(rule->id));
	json_object_set_new(object, "name", text(name));
	json_object_set_new(object, "shortDescription", message(title));
	json_object_set_new(object, "fullDescription", message(rule->why));
	json_t *help = message(rule->why);
	json_object_set_new(help, "markdown",
			    text(iw_arena_printf(arena, "# %s\n\n%s\n\n%s\n", rule->id, title, rule->why)));
	json_object_set_new(object, "help", help);
	const char *url = iw_report_rule_url(arena, rule);
	if (url != NULL)
		json_object_set_new(object, "helpUri", text(url));
	json_object_set_new(object, "defaultConfiguration", json_pack("{s:s}", "level", level(rule->severity)));
	json_object_set_new(object, "properties", json_pack("{s:[s,s]}", "tags", "database", "migration"));
	return object;
}

/* Relative to where Inchworm was started, which %SRCROOT% stands for; what is above it by its full path. */
static json_t *artifact(const char *path)
{
	bool is_below = !g_path_is_absolute(path) && !g_str_has_prefix(path, "..");
	json_t *location = json_object();
	if (is_below) {
		g_autofree char *escaped = g_uri_escape_string(path, "/", FALSE);
		json_object_set_new(location, "uri", text(escaped));
		json_object_set_new(location, "uriBaseId", json_string("%SRCROOT%"));
		return location;
	}
	g_autofree char *absolute = g_canonicalize_filename(path, NULL);
	g_autofree char *uri = g_filename_to_uri(absolute, NULL, NULL);
	json_object_set_new(location, "uri", text(uri == NULL ? "file:///" : uri));
	return location;
}

static json_t *location_json(const struct iw_place *place, const char *name)
{
	struct iw_report_region region;
	json_t *object = json_object();
	if (iw_report_region(place, &region)) {
		json_t *physical = json_object();
		json_object_set_new(physical, "artifactLocation", artifact(region.path));
		json_object_set_new(physical, "region",
				    json_pack("{s:i, s:i, s:i, s:i}", "startLine", region.begin.line, "startColumn",
					      region.begin.column, "endLine", region.end.line, "endColumn",
					      region.end.column));
		json_object_set_new(object, "physicalLocation", physical);
	}
	if (name != NULL) {
		json_t *logical = json_object();
		json_object_set_new(logical, "fullyQualifiedName", text(name));
		json_object_set_new(logical, "kind", json_string("resource"));
		json_t *list = json_array();
		json_array_append_new(list, logical);
		json_object_set_new(object, "logicalLocations", list);
	}
	return object;
}

static json_t *suppressions(const struct iw_suppression *suppression)
{
	json_t *object = json_object();
	json_object_set_new(object, "kind", json_string(suppression->place.source != NULL ? "inSource" : "external"));
	if (suppression->reason != NULL)
		json_object_set_new(object, "justification", text(suppression->reason));
	if (suppression->place.source != NULL)
		json_object_set_new(object, "location", location_json(&suppression->place, NULL));
	json_t *array = json_array();
	json_array_append_new(array, object);
	return array;
}

static json_t *properties(const struct iw_finding *finding)
{
	json_t *object = json_object();
	if (finding->migration != NULL)
		json_object_set_new(object, "migration", text(finding->migration->name));
	if (finding->safe_sql != NULL)
		json_object_set_new(object, "safeSql", text(finding->safe_sql));
	if (finding->fact != NULL)
		json_object_set_new(object, "fact", iw_report_fact_json(NULL, finding->fact));
	if (finding->rows >= 0)
		json_object_set_new(object, "rows", json_real(finding->rows));
	if (finding->seconds >= 0)
		json_object_set_new(object, "seconds", json_real(finding->seconds));
	return object;
}

static json_t *result_json(const struct iw_finding *finding, guint rule)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	g_autofree char *sentence = capitalised(finding->message);
	const char *words =
		finding->advice == NULL ? sentence : iw_arena_printf(arena, "%s %s", sentence, finding->advice);
	json_t *object = json_object();
	json_object_set_new(object, "ruleId", text(finding->rule->id));
	json_object_set_new(object, "ruleIndex", json_integer(rule));
	json_object_set_new(object, "level", json_string(level(finding->severity)));
	json_object_set_new(object, "message", message(words));
	json_t *locations = json_array();
	json_array_append_new(locations, location_json(&finding->place, finding->object));
	json_object_set_new(object, "locations", locations);
	json_object_set_new(object, "partialFingerprints", json_pack("{s:s}", "inchworm/v1", finding->fingerprint));
	json_object_set_new(object, "suppressions",
			    finding->suppression == NULL ? json_array() : suppressions(finding->suppression));
	json_object_set_new(object, "properties", properties(finding));
	return object;
}

static json_t *notification(const GError *error)
{
	const struct iw_place *place = &iw_error_info(error)->place;
	json_t *object = json_object();
	json_object_set_new(object, "level", json_string("error"));
	json_object_set_new(object, "message", message(error->message));
	if (place->source != NULL) {
		json_t *locations = json_array();
		json_array_append_new(locations, location_json(place, NULL));
		json_object_set_new(object, "locations", locations);
	}
	return object;
}

static json_t *invocation(const struct iw_report *report)
{
	json_t *notifications = json_array();
	for (guint i = 0; i < report->errors->len; i++)
		json_array_append_new(notifications, notification(g_ptr_array_index(report->errors, i)));
	json_t *object = json_object();
	json_object_set_new(object, "executionSuccessful", json_boolean(report->errors->len == 0));
	json_object_set_new(object, "toolExecutionNotifications", notifications);
	return object;
}

/* All rules are described, found or not: a rule's index is its place in the table. */
static json_t *driver(const struct iw_report *report)
{
	json_t *rules = json_array();
	for (guint i = 0; iw_rules[i] != NULL; i++)
		json_array_append_new(rules, rule_json(iw_rules[i]));
	json_t *object = json_object();
	json_object_set_new(object, "name", json_string("Inchworm"));
	json_object_set_new(object, "semanticVersion", text(report->version));
	json_object_set_new(object, "rules", rules);
	return object;
}

static guint index_of(const struct iw_rule *rule)
{
	guint i = 0;
	while (iw_rules[i] != NULL && iw_rules[i] != rule)
		i++;
	return i;
}

void iw_report_sarif(GString *out, const struct iw_report *report)
{
	json_t *results = json_array();
	for (guint i = 0; i < report->findings->len; i++) {
		const struct iw_finding *finding = g_ptr_array_index(report->findings, i);
		json_array_append_new(results, result_json(finding, index_of(finding->rule)));
	}
	json_t *invocations = json_array(), *tool = json_object(), *run = json_object();
	json_array_append_new(invocations, invocation(report));
	json_object_set_new(tool, "driver", driver(report));
	json_object_set_new(run, "tool", tool);
	json_object_set_new(run, "columnKind", json_string("unicodeCodePoints"));
	json_object_set_new(run, "invocations", invocations);
	json_object_set_new(run, "results", results);
	json_t *log = json_pack("{s:s, s:s, s:[o]}", "$schema", "https://json.schemastore.org/sarif-2.1.0.json",
				"version", "2.1.0", "runs", run);
	iw_report_json(out, log);
	json_decref(log);
}
