/* Findings and places as JSON; shapes in docs/json.md. */
#include "report/report.h"

static json_t *text_or_null(const char *text)
{
	return text == NULL ? json_null() : json_string(text);
}

static json_t *number_or_null(double number)
{
	return number < 0 ? json_null() : json_real(number);
}

json_t *iw_report_place_json(const struct iw_place *place)
{
	if (place->source == NULL)
		return json_null();
	struct iw_line_column at = iw_source_locate(place->source, place->offset);
	return json_pack("{s:s, s:i, s:i, s:I, s:I}", "file", place->source->path, "line", at.line, "column", at.column,
			 "offset", (json_int_t)place->offset, "length", (json_int_t)place->length);
}

static json_t *suppression_json(const struct iw_suppression *suppression)
{
	json_t *object = json_object();
	json_object_set_new(object, "kind", json_string(suppression->place.source != NULL ? "comment" : "baseline"));
	json_object_set_new(object, "reason", text_or_null(suppression->reason));
	json_object_set_new(object, "place", iw_report_place_json(&suppression->place));
	return object;
}

json_t *iw_report_finding_json(const struct iw_finding *finding)
{
	json_t *object = json_object();
	json_object_set_new(object, "rule", json_string(finding->rule->id));
	json_object_set_new(object, "severity", json_string(iw_severity_name(finding->severity)));
	json_object_set_new(object, "migration",
			    text_or_null(finding->migration == NULL ? NULL : finding->migration->name));
	json_object_set_new(object, "place", iw_report_place_json(&finding->place));
	json_object_set_new(object, "object", text_or_null(finding->object));
	json_object_set_new(object, "message", text_or_null(finding->message));
	json_object_set_new(object, "advice", text_or_null(finding->advice));
	json_object_set_new(object, "safeSql", text_or_null(finding->safe_sql));
	json_object_set_new(object, "fact",
			    finding->fact == NULL ? json_null() : iw_report_fact_json(NULL, finding->fact));
	json_object_set_new(object, "fingerprint", text_or_null(finding->fingerprint));
	if (finding->suppression != NULL)
		json_object_set_new(object, "suppression", suppression_json(finding->suppression));
	json_object_set_new(object, "rows", number_or_null(finding->rows));
	json_object_set_new(object, "bytes", number_or_null(finding->bytes));
	json_object_set_new(object, "seconds", number_or_null(finding->seconds));
	return object;
}

json_t *iw_report_findings_json(GPtrArray *findings)
{
	json_t *array = json_array();
	for (guint i = 0; i < findings->len; i++)
		json_array_append_new(array, iw_report_finding_json(g_ptr_array_index(findings, i)));
	return array;
}

static int append_text(const char *buffer, size_t size, void *data)
{
	g_string_append_len(data, buffer, (gssize)size);
	return 0;
}

void iw_report_json(GString *out, const json_t *value)
{
	json_dump_callback(value, append_text, out, JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_ENCODE_ANY);
	g_string_append_c(out, '\n');
}
