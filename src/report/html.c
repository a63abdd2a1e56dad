#include "report/report.h"
void iw_report_html(GString *out, const struct iw_report *report)
{
	(void)report;
	g_string_append(out, "");
}
