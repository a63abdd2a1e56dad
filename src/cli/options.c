/* The table of options, and parsing by it. */
#include "cli/cli.h"

#include <string.h>

struct option {
	const char *group; /* commands name the groups they take */
	const char *name;
	char letter;
	GOptionArg kind;
	size_t offset;
	const char *argument;
	const char *help;
};

#define AT(member) offsetof(struct iw_cli_options, member)

static const struct option options[] = {
	/* clang-format off */
	{"project", "directory", 'C', G_OPTION_ARG_FILENAME, AT(directory), "DIR", "work on the project in DIR"},
	{"project", "framework", 0, G_OPTION_ARG_STRING, AT(framework), "NAME", "alembic, django, prisma, drizzle, golang-migrate, goose, dbmate, flyway or sql"},
	{"project", "migrations", 0, G_OPTION_ARG_FILENAME, AT(migrations), "DIR", "folder of the migrations"},
	{"project", "database", 0, G_OPTION_ARG_STRING, AT(database), "NAME", "which one, where the project has several (Alembic: section or engine, Django: alias)"},
	{"project", "config", 0, G_OPTION_ARG_FILENAME, AT(config), "FILE", "inchworm.yaml to read"},
	{"project", "dialect", 0, G_OPTION_ARG_STRING, AT(dialect), "NAME", "postgres, mysql, mariadb or sqlite"},
	{"project", "engine", 0, G_OPTION_ARG_STRING, AT(engine), "VERSION", "server to judge for when none is asked, as \"postgres 14\""},
	{"project", "url", 0, G_OPTION_ARG_STRING, AT(url), "URL", "database; else where the framework keeps it"},
	{"project", "json", 0, G_OPTION_ARG_NONE, AT(json), NULL, "machine-readable output"},
	{"project", "no-color", 0, G_OPTION_ARG_NONE, AT(no_color), NULL, "no colours (NO_COLOR does the same)"},
	{"output", "json", 0, G_OPTION_ARG_NONE, AT(json), NULL, "machine-readable output"},
	{"output", "no-color", 0, G_OPTION_ARG_NONE, AT(no_color), NULL, "no colours (NO_COLOR does the same)"},
	{"plan", "sql", 0, G_OPTION_ARG_NONE, AT(sql), NULL, "the script alone"},
	{"plan", "down", 0, G_OPTION_ARG_NONE, AT(down), NULL, "plan `down` instead of `up`"},
	{"run", "lock-timeout", 0, G_OPTION_ARG_STRING, AT(lock_timeout), "TIME", "how long one attempt may queue for a lock (2s)"},
	{"run", "lock-budget", 0, G_OPTION_ARG_STRING, AT(lock_budget), "TIME", "all attempts of a step together (2min)"},
	{"run", "statement-timeout", 0, G_OPTION_ARG_STRING, AT(statement_timeout), "TIME", "how long a statement may run (no limit)"},
	{"run", "allow-edited", 0, G_OPTION_ARG_NONE, AT(allow_edited), NULL, "go on although applied files were edited"},
	{"run", "delegate", 0, G_OPTION_ARG_NONE, AT(delegate), NULL, "let the framework itself run migrations that hold Python"},
	{"recipes", "as-written", 0, G_OPTION_ARG_NONE, AT(as_written), NULL, "no recipes: send what the framework would send"},
	{"recipes", "tiny-rows", 0, G_OPTION_ARG_INT, AT(tiny_rows), "N", "tables up to N rows (and 8 MB) run as written (10,000)"},
	{"recipes", "accept-blocking", 0, G_OPTION_ARG_NONE, AT(accept_blocking), NULL, "run what blocks for long and has no recipe"},
	{"backfill", "max-lag", 0, G_OPTION_ARG_STRING, AT(max_lag), "TIME", "batches wait while replicas are further behind (5s; 0: not asked)"},
	{"backfill", "stop-lag", 0, G_OPTION_ARG_STRING, AT(stop_lag), "TIME", "... and the run ends, to be gone on with, from there on (never)"},
	{"backfill", "replica", 0, G_OPTION_ARG_STRING_ARRAY, AT(replicas), "URL", "a replica to ask itself; may be repeated"},
	{"backfill", "pause", 0, G_OPTION_ARG_STRING, AT(pause), "TIME", "between two batches (0)"},
	{"backfill", "batch-time", 0, G_OPTION_ARG_STRING, AT(batch_time), "TIME", "how long one batch may take (100ms)"},
	{"backfill", "max-sessions", 0, G_OPTION_ARG_INT, AT(max_sessions), "N", "batches wait while more sessions are active"},
	{"backfill", "throttle-query", 0, G_OPTION_ARG_STRING, AT(throttle_query), "SQL", "batches wait while it yields another number than 0"},
	{"fill", "set", 0, G_OPTION_ARG_STRING_ARRAY, AT(sets), "COLUMN=EXPR", "what to fill in; without a TABLE, max-lag=TIME and the like for what runs"},
	{"fill", "where", 0, G_OPTION_ARG_STRING, AT(where), "CONDITION", "rows that need it"},
	{"fill", "dry-run", 0, G_OPTION_ARG_NONE, AT(dry_run), NULL, "show the key, the batches and the estimate only"},
	{"fill", "hold", 0, G_OPTION_ARG_NONE, AT(hold), NULL, "what runs waits before its next batch"},
	{"fill", "resume", 0, G_OPTION_ARG_NONE, AT(resume), NULL, "... and goes on"},
	{"fill", "forget", 0, G_OPTION_ARG_NONE, AT(forget), NULL, "a backfill of TABLE that was stopped is not gone on with"},
	{"contract", "purge", 0, G_OPTION_ARG_NONE, AT(purge), NULL, "remove for good what was only hidden, now"},
	{"contract", "despite-references", 0, G_OPTION_ARG_NONE, AT(despite_references), NULL, "go on although the code still uses what goes"},
	{"contract", "grace", 0, G_OPTION_ARG_STRING, AT(grace), "TIME", "remove it for good when it was hidden so long ago (168h)"},
	{"up", "create-database", 0, G_OPTION_ARG_NONE, AT(create_database), NULL, "create the database when it does not exist"},
	{"down", "lossy", 0, G_OPTION_ARG_NONE, AT(lossy), NULL, "allow derived steps that lose data"},
	{"resolve", "applied", 0, G_OPTION_ARG_NONE, AT(applied), NULL, "record as applied without running it"},
	{"resolve", "rolled-back", 0, G_OPTION_ARG_NONE, AT(rolled_back), NULL, "record a failed one as rolled back"},
	{"resolve", "repair", 0, G_OPTION_ARG_NONE, AT(repair), NULL, "accept the file as it is now (checksum)"},
	{"lint", "live", 0, G_OPTION_ARG_NONE, AT(live), NULL, "ask the project's database for table sizes (as --url does)"},
	{"lint", "no-transaction", 0, G_OPTION_ARG_NONE, AT(no_transaction), NULL, "plain files run without a transaction"},
	{"lint", "min-severity", 0, G_OPTION_ARG_STRING, AT(min_severity), "LEVEL", "show note, warning (default: all) or error and above"},
	{"trace", "no-transaction", 0, G_OPTION_ARG_NONE, AT(no_transaction), NULL, "plain files run without a transaction"},
	{"trace", "rows", 0, G_OPTION_ARG_STRING, AT(rows), "N", "put N synthetic rows into each table that is there before"},
	{"refs", "all", 0, G_OPTION_ARG_NONE, AT(all), NULL, "show what has the name only, too"},
	{"refs", "code", 0, G_OPTION_ARG_FILENAME, AT(code), "DIR", "where to look; else the project's repository"},
	{"lint", "fail-on", 0, G_OPTION_ARG_STRING, AT(fail_on), "LEVEL", "exit with 1 from note, warning (default) or error on"},
	{"lint", "rule", 0, G_OPTION_ARG_STRING_ARRAY, AT(rules), "ID=LEVEL", "off, note, warning or error for a rule, or for all that match \"add-*\""},
	{"lint", "rules", 0, G_OPTION_ARG_NONE, AT(list_rules), NULL, "list the rules"},
	{"lint", "since", 0, G_OPTION_ARG_STRING, AT(since), "[REV]", "only what was added since HEAD left REV (the default branch)"},
	{"lint", "baseline", 0, G_OPTION_ARG_FILENAME, AT(baseline), "FILE", "findings that FILE lists do not count"},
	{"lint", "update-baseline", 0, G_OPTION_ARG_NONE, AT(update_baseline), NULL, "write today's findings to the baseline"},
	{"lint", "require-reason", 0, G_OPTION_ARG_NONE, AT(require_reason), NULL, "comments that ignore a rule must say why"},
	{"report", "format", 0, G_OPTION_ARG_STRING, AT(format), "NAME", "text, json, sarif, junit, github, gitlab, markdown or html"},
	{"report", "output", 'o', G_OPTION_ARG_FILENAME, AT(output), "FILE", "write to FILE instead of standard output"},
	/* clang-format on */
};

static bool takes(const struct iw_command *command, const char *group)
{
	for (const char *const *taken = command->option_groups; *taken != NULL; taken++)
		if (strcmp(*taken, group) == 0)
			return true;
	return false;
}

static bool is_count(const char *word)
{
	return word[0] == '-' && word[1] != '\0' && strspn(word + 1, "0123456789") == strlen(word + 1);
}

/* `--since` alone, where no value follows: an empty one. */
static void fill_since(char **argv)
{
	for (; *argv != NULL; argv++)
		if (strcmp(*argv, "--since") == 0 && (argv[1] == NULL || argv[1][0] == '-'))
			*argv = (char *)"--since=";
		else if (strcmp(*argv, "--") == 0)
			return;
}

/* "-1" of `down -1` is an argument, which GLib would take for an option: such words go behind a "--". */
static char **with_counts_last(int *argc, char **argv)
{
	GPtrArray *words = g_ptr_array_new(), *counts = g_ptr_array_new();
	bool is_ended = false;
	for (int i = 0; i < *argc; i++) {
		is_ended = is_ended || strcmp(argv[i], "--") == 0;
		g_ptr_array_add(i > 0 && !is_ended && is_count(argv[i]) ? counts : words, argv[i]);
	}
	if (counts->len > 0 && !is_ended)
		g_ptr_array_add(words, (gpointer) "--");
	g_ptr_array_extend_and_steal(words, counts);
	*argc = (int)words->len;
	g_ptr_array_add(words, NULL);
	return (char **)g_ptr_array_free(words, FALSE);
}

bool iw_cli_parse(const struct iw_command *command, int argc, char **argv, struct iw_cli_options *values, bool *help,
		  GError **error)
{
	gboolean wants_help = FALSE;
	GArray *entries = g_array_new(TRUE, TRUE, sizeof(GOptionEntry));
	for (size_t i = 0; i < G_N_ELEMENTS(options); i++) {
		const struct option *option = &options[i];
		GOptionEntry entry = {option->name, option->letter,  0, option->kind, (char *)values + option->offset,
				      option->help, option->argument};
		if (takes(command, option->group))
			g_array_append_val(entries, entry);
	}
	GOptionEntry rest[] = {
		{"help", 'h', 0, G_OPTION_ARG_NONE, &wants_help, NULL, NULL},
		{G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &values->arguments, NULL, NULL},
	};
	g_array_append_vals(entries, rest, G_N_ELEMENTS(rest));
	GOptionContext *context = g_option_context_new(NULL);
	g_option_context_set_help_enabled(context, FALSE);
	g_option_context_add_main_entries(context, (GOptionEntry *)(void *)entries->data, NULL);
	GError *failure = NULL;
	g_autofree char **words = with_counts_last(&argc, argv);
	if (takes(command, "lint"))
		fill_since(words);
	bool is_parsed = g_option_context_parse(context, &argc, &words, &failure);
	g_option_context_free(context);
	g_array_unref(entries);
	if (!is_parsed) {
		failure->message[0] = g_ascii_tolower(failure->message[0]);
		iw_fail(error, IW_ERROR_USAGE, "%s", failure->message);
		iw_error_hint(error, "`inchworm help %s` lists the options.", command->name);
		g_error_free(failure);
		return false;
	}
	if (values->arguments == NULL)
		values->arguments = g_new0(char *, 1);
	*help = wants_help;
	return true;
}

void iw_cli_free_options(struct iw_cli_options *values)
{
	for (size_t i = 0; i < G_N_ELEMENTS(options); i++)
		if (options[i].kind == G_OPTION_ARG_STRING || options[i].kind == G_OPTION_ARG_FILENAME)
			g_free(*(char **)(void *)((char *)values + options[i].offset));
		else if (options[i].kind == G_OPTION_ARG_STRING_ARRAY)
			g_strfreev(*(char ***)(void *)((char *)values + options[i].offset));
	g_strfreev(values->arguments);
}

void iw_cli_list_options(const struct iw_command *command,
			 void (*each)(void *data, const char *name, char letter, const char *argument,
				      const char *help),
			 void *data)
{
	for (size_t i = 0; i < G_N_ELEMENTS(options); i++)
		if (takes(command, options[i].group))
			each(data, options[i].name, options[i].letter, options[i].argument, options[i].help);
}

static void add_help_row(void *data, const char *name, char letter, const char *argument, const char *help)
{
	g_autofree char *left =
		g_strdup_printf("--%s%s%s", name, argument != NULL ? " " : "", argument != NULL ? argument : "");
	g_string_append_printf(data, "  %c%c %-26s %s\n", letter != 0 ? '-' : ' ', letter != 0 ? letter : ' ', left,
			       help);
}

void iw_cli_help(GString *out, const struct iw_command *command)
{
	g_string_append_printf(out, "usage: inchworm %s [options]%s%s\n\n%s\n\noptions:\n", command->name,
			       *command->arguments != '\0' ? " " : "", command->arguments, command->description);
	iw_cli_list_options(command, add_help_row, out);
}
