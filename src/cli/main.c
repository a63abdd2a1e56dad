/* Finds the command, runs it, prints what went wrong, exits with its status. */
#include "cli/cli.h"
#include "inchworm.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const struct iw_command *const iw_commands[] = {
	&iw_command_status,   &iw_command_history,
	&iw_command_plan,     &iw_command_up,
	&iw_command_down,     &iw_command_contract,
	&iw_command_backfill, &iw_command_lint,
	&iw_command_explain,  &iw_command_lsp,
	&iw_command_refs,     &iw_command_trace,
	&iw_command_resolve,  NULL,
};

static const struct iw_command *find_command(const char *name)
{
	for (const struct iw_command *const *command = iw_commands; *command != NULL; command++)
		if (strcmp((*command)->name, name) == 0)
			return *command;
	return NULL;
}

static void print_overview(FILE *to)
{
	fputs("inchworm: database migrations that are safe on a live system\n\n"
	      "usage: inchworm COMMAND [options]\n\n",
	      to);
	for (const struct iw_command *const *command = iw_commands; *command != NULL; command++)
		fprintf(to, "  %-10s %s\n", (*command)->name, (*command)->summary);
	fputs("\n`inchworm help COMMAND` tells more. In a project that has one framework no option is needed.\n", to);
}

static int print_help(const char *name)
{
	const struct iw_command *command = name == NULL ? NULL : find_command(name);
	if (name != NULL && command == NULL) {
		fprintf(stderr, "error: there is no command \"%s\"\n", name);
		return IW_ERROR_USAGE;
	}
	if (command == NULL) {
		print_overview(stdout);
		return 0;
	}
	g_autoptr(GString) text = g_string_new(NULL);
	iw_cli_help(text, command);
	fputs(text->str, stdout);
	return 0;
}

/* A process that ends gives all its memory back at once; sanitizers look for what nobody would have freed or joined. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { FREES_MEMORY = true };
#else
enum { FREES_MEMORY = false };
#endif

static int run_command(const struct iw_command *command, int argc, char **argv)
{
	struct iw_cli cli = {
		.arena = iw_arena_new(), .out = iw_style_for(STDOUT_FILENO), .err = iw_style_for(STDERR_FILENO)};
	g_autoptr(GError) error = NULL;
	bool wants_help = false;
	int status = IW_ERROR_USAGE;
	if (iw_cli_parse(command, argc, argv, &cli.options, &wants_help, &error)) {
		if (cli.options.no_color)
			cli.out.colours = cli.err.colours = false;
		status = wants_help ? print_help(command->name) : command->run(&cli, &error);
	}
	if (error != NULL) {
		iw_cli_print_error(&cli, error);
		status = error->domain == IW_ERROR ? error->code : IW_ERROR_INTERNAL;
	}
	if (cli.connection != NULL)
		iw_connection_free(cli.connection);
	if (!iw_early_free(cli.early)) {
		fflush(NULL);
		_exit(status);
	}
	if (FREES_MEMORY) {
		iw_cli_free_options(&cli.options);
		iw_arena_free(cli.arena);
	}
	return status;
}

int main(int argc, char **argv)
{
	setlocale(LC_CTYPE, "");
	const char *word = argc > 1 ? argv[1] : NULL;
	if (word == NULL) {
		print_overview(stderr);
		return IW_ERROR_USAGE;
	}
	if (strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
		return print_help(argc > 2 ? argv[2] : NULL);
	if (strcmp(word, "version") == 0 || strcmp(word, "--version") == 0) {
		printf("inchworm %s\n", inchworm_version());
		return 0;
	}
	if ((strcmp(word, "-C") == 0 || strcmp(word, "--directory") == 0) && argc > 3) {
		/* "inchworm -C DIR status" is "inchworm status -C DIR", as with git. */
		char *command_word = argv[3];
		argv[3] = argv[2];
		argv[2] = argv[1];
		argv[1] = command_word;
		word = command_word;
	}
	const struct iw_command *command = find_command(word);
	if (command != NULL)
		return run_command(command, argc - 1, argv + 1);
	fprintf(stderr, "error: there is no command \"%s\"\n\n", word);
	print_overview(stderr);
	return IW_ERROR_USAGE;
}
