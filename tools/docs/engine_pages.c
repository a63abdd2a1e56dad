/* One page an engine: what every operation locks, does and breaks, from the table of facts. */
#include "docs.h"

#include "facts/facts.h"

#include <string.h>

struct engine_page {
	const char *path, *title;
	enum iw_dialect dialect;
	int vendor; /* rows of the other vendor are left out; 0: all */
	int patch;  /* what a version number is divided by to cut its patch level off */
	const char *intro;
};

static const struct engine_page PAGES[] = {
	{"engines/postgres.md", "PostgreSQL", IW_POSTGRES, 0, 10000,
	 "The lock is the one on the operation's own table; `ACCESS EXCLUSIVE` blocks everything, `SHARE`, `SHARE ROW "
	 "EXCLUSIVE` and "
	 "`EXCLUSIVE` block writes, `SHARE UPDATE EXCLUSIVE` blocks other schema changes and VACUUM. Locks are held "
	 "until the "
	 "transaction ends."},
	{"engines/mysql.md", "MySQL", IW_MYSQL, 1, 1,
	 "The lock is the fastest ALGORITHM and weakest LOCK that the server accepts. Every ALTER besides needs the "
	 "metadata lock for a moment: "
	 "an open transaction that has touched the table holds it up, and everything after it."},
	{"engines/mariadb.md", "MariaDB", IW_MYSQL, 2, 1,
	 "The lock is the fastest ALGORITHM and weakest LOCK that the server accepts. Every ALTER besides needs the "
	 "metadata lock for a moment: "
	 "an open transaction that has touched the table holds it up, and everything after it."},
	{"engines/sqlite.md", "SQLite", IW_SQLITE, 0, 1,
	 "There is one lock, the database's single writer; whoever writes takes it until its transaction ends."},
};

static void add_version(GString *out, const struct engine_page *page, int version)
{
	if (page->dialect == IW_POSTGRES)
		g_string_append_printf(out, "%d", version / page->patch);
	else if (version % 100 == 0)
		g_string_append_printf(out, "%d.%d", version / 10000, version / 100 % 100);
	else
		g_string_append_printf(out, "%d.%d.%d", version / 10000, version / 100 % 100, version % 100);
}

static void add_versions(GString *out, const struct engine_page *page, const struct iw_fact *fact)
{
	if (fact->from_version != 0) {
		g_string_append(out, " from ");
		add_version(out, page, fact->from_version);
	}
	if (fact->below_version != 0) {
		g_string_append(out, " before ");
		add_version(out, page, fact->below_version);
	}
}

static void add_cell(GString *out, const char *text)
{
	for (const char *at = text == NULL ? "" : text; *at != '\0'; at++) {
		if (*at == '|')
			g_string_append_c(out, '\\');
		g_string_append_c(out, *at);
	}
}

static void add_effects(GString *out, const struct iw_fact *fact)
{
	static const char *const REVERSIBLE[] = {[IW_REVERSIBLE] = "",
						 [IW_REVERSIBLE_LOSSY] = " Undoing it loses data.",
						 [IW_IRREVERSIBLE] = " Cannot be undone."};
	if (fact->refused != NULL)
		g_string_append_printf(out, "Refused: %s. ", fact->refused);
	if (fact->fails_if != NULL)
		g_string_append_printf(out, "Fails if %s. ", fact->fails_if);
	if (fact->breaks_words != NULL)
		g_string_append_printf(out, "%c%s.", g_ascii_toupper(fact->breaks_words[0]), fact->breaks_words + 1);
	g_string_append(out, REVERSIBLE[fact->reversible]);
}

/* Rows of both vendors are performed on MariaDB, of which the tests have a server. */
static bool is_proved_here(const struct engine_page *page, const struct iw_fact *fact)
{
	return fact->is_proved && (page->vendor != 1 || fact->vendor == 1);
}

static const char *proof_words(const struct engine_page *page, const struct iw_fact *fact)
{
	if (is_proved_here(page, fact))
		return "tested; ";
	return fact->is_proved ? "tested on MariaDB; " : "not tested; ";
}

static void add_row(GString *out, const struct engine_page *page, const struct iw_fact *fact)
{
	g_string_append_printf(out, "| `%s` | %s", fact->id,
			       fact->condition_words == NULL ? "" : fact->condition_words);
	add_versions(out, page, fact);
	g_string_append_printf(out, " | %s", *fact->lock == '\0' ? "none" : fact->lock);
	if (fact->also_lock != NULL)
		g_string_append_printf(out, "; %s", fact->also_lock);
	g_string_append_printf(out, " | %s | %s | ", iw_blocks_words(fact->blocks), iw_work_words(fact->work));
	add_effects(out, fact);
	g_string_append(out, " | ");
	add_cell(out, fact->remedy);
	g_string_append_printf(out, " | %s%s |\n", proof_words(page, fact), fact->source);
}

static bool is_on_page(const struct engine_page *page, const struct iw_fact *fact)
{
	return page->vendor == 0 || fact->vendor == 0 || fact->vendor == page->vendor;
}

static void add_counts(GString *out, const struct engine_page *page, const struct iw_fact *facts, size_t count)
{
	int rows = 0, proved = 0;
	for (size_t i = 0; i < count; i++) {
		rows += is_on_page(page, &facts[i]);
		proved += is_on_page(page, &facts[i]) && is_proved_here(page, &facts[i]);
	}
	g_string_append_printf(
		out,
		"The first row that fits is the one that holds. Of %d rows %d are tested: `tests/conformance` performs "
		"them on real servers. The others are of versions that the tests have no server of, or assumed: "
		"their source says from where they are.\n",
		rows, proved);
}

static void add_engine_page(GPtrArray *pages, const struct engine_page *page)
{
	GString *out = g_string_new(NULL);
	size_t count;
	const struct iw_fact *facts = iw_facts(page->dialect, &count);
	g_string_append_printf(out, "# %s: what each operation does\n\n%s\n\n", page->title, page->intro);
	add_counts(out, page, facts, count);
	int kind = -1;
	for (size_t i = 0; i < count; i++) {
		const struct iw_fact *fact = &facts[i];
		if (!is_on_page(page, fact))
			continue;
		if ((int)fact->kind != kind)
			g_string_append_printf(
				out,
				"\n## %s\n\n| fact | when | lock | blocks | work | effect | safer | source |\n"
				"|---|---|---|---|---|---|---|---|\n",
				iw_operation_kind_words(fact->kind));
		kind = (int)fact->kind;
		add_row(out, page, fact);
	}
	add_page(pages, page->path, out);
}

void add_engine_pages(GPtrArray *pages)
{
	for (size_t i = 0; i < G_N_ELEMENTS(PAGES); i++)
		add_engine_page(pages, &PAGES[i]);
}
