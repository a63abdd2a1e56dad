/*
 * Prints what the routers of a Django project allow, for tests/conformance/test_django_router.py:
 *     router-dump ALIAS < QUESTIONS
 * in the working directory; a question is "app model", "app -" or "app - {hints as Python}", the answer "yes", "no" or
 * "unknown: reason".
 */
#include "base/error.h"
#include "framework/django/project.h"
#include "framework/django/router.h"
#include "framework/framework.h"

#include <stdio.h>
#include <string.h>

static void answer(struct django_project *django, char **words)
{
	const struct iw_py_value *hints = NULL;
	if (words[1] != NULL && words[2] != NULL) {
		g_autofree char *text = g_strdup_printf("hints = %s\n", words[2]);
		hints = iw_py_get(django->python, iw_py_load_text(django->python, text, text, NULL), "hints");
	}
	const char *model = strcmp(words[1], "-") == 0 ? NULL : words[1], *why = NULL;
	enum iw_django_allow allow = iw_django_allows(django->config.settings.router, words[0], model, hints, &why);
	printf("%s%s\n",
	       allow == IW_DJANGO_ALLOWED     ? "yes"
	       : allow == IW_DJANGO_FORBIDDEN ? "no"
					      : "unknown: ",
	       allow == IW_DJANGO_ALLOW_UNKNOWN ? why : "");
}

int main(int argc, char **argv)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	g_autoptr(GError) error = NULL;
	const struct iw_project_options options = {.framework = "django", .database = argc > 1 ? argv[1] : NULL};
	struct iw_project *project = iw_project_open(arena, &options, &error);
	if (project == NULL) {
		fprintf(stderr, "%s\n", error->message);
		return 1;
	}
	for (guint i = 0; i < project->problems->len; i++)
		fprintf(stderr, "%s\n", ((struct iw_problem *)project->problems->pdata[i])->message);
	char line[4096];
	while (fgets(line, sizeof line, stdin) != NULL) {
		g_auto(GStrv) words = g_strsplit(g_strchomp(line), " ", 3);
		answer((struct django_project *)project->bookkeeping->data, words);
	}
	return 0;
}
