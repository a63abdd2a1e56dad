/* What differs between the catalogues of PostgreSQL's versions: placeholders in queries and what stands for them. */
#include "driver/postgres/postgres_internal.h"

static const struct difference {
	const char *placeholder;
	int since;
	const char *then, *before;
} differences[] = {
	{"@waitstart@", 140000, "l.waitstart", "NULL::timestamptz"},
	{"@compression@", 140000, "a.attcompression", "''"},
	{"@nulls_not_distinct@", 150000, "x.indnullsnotdistinct", "false"},
	{"@set_columns@", 150000, "con.confdelsetcols", "NULL::int2[]"},
	{"@is_enforced@", 180000, "con.conenforced", "true"},
	{"@is_period@", 180000, "con.conperiod", "false"},
};

char *iw_postgres_adapt(const struct postgres_words *words, int version, const char *sql)
{
	GString *text = g_string_new(sql);
	for (size_t i = 0; i < G_N_ELEMENTS(differences); i++)
		g_string_replace(text, differences[i].placeholder,
				 version >= differences[i].since ? differences[i].then : differences[i].before, 0);
	for (; words != NULL && words->placeholder != NULL; words++)
		g_string_replace(text, words->placeholder, words->text, 0);
	return g_string_free(text, FALSE);
}
