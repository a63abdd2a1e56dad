/* DATABASE_ROUTERS: which models are migrated in which database. After django/db/utils.py; see project.h. */
#include "framework/django/project.h"

#include <string.h>

struct question {
	struct django_project *self;
	struct iw_py_value *call; /* allow_migrate()'s arguments, as a CALL has them */
	const char *why;
};

static void add_named(struct question *question, const char *name, struct iw_py_value *value)
{
	g_ptr_array_add(question->call->names, (char *)name);
	g_ptr_array_add(question->call->values, value);
}

static struct question new_question(struct django_project *self, const char *app_label, const char *model_name,
				    const struct iw_py_value *hints)
{
	struct question question = {self, iw_new(self->arena, struct iw_py_value), NULL};
	*question.call = (struct iw_py_value){
		.kind = IW_PY_CALL,
		.items = iw_arena_ptr_array(self->arena),
		.names = iw_arena_ptr_array(self->arena),
		.values = iw_arena_ptr_array(self->arena),
	};
	g_ptr_array_add(question.call->items, iw_py_new_string(self->python, self->config.database));
	g_ptr_array_add(question.call->items, iw_py_new_string(self->python, app_label));
	if (model_name != NULL) {
		add_named(&question, "model_name", iw_py_new_string(self->python, model_name));
		add_named(&question, "model",
			  iw_py_new_unknown(self->python, (struct iw_place){0}, "a router asks for the model itself"));
	}
	for (guint i = 0; hints != NULL && hints->kind == IW_PY_DICT && i < hints->items->len; i++) {
		const char *name = iw_py_text(hints->items->pdata[i]);
		if (name != NULL)
			add_named(&question, name, hints->values->pdata[i]);
	}
	return question;
}

/* The router itself, of its dotted path. NULL: it is not known. */
static struct iw_py_value *router_of(struct question *question, struct iw_py_value *entry)
{
	struct django_project *self = question->self;
	const char *path = iw_py_text(entry);
	if (path == NULL) {
		question->why = "what DATABASE_ROUTERS hold is not known";
		return NULL;
	}
	struct iw_py_value *class = iw_django_class(self, path);
	struct iw_py_value *router =
		class == NULL ? NULL : iw_py_call(self->python, class, iw_arena_ptr_array(self->arena), NULL);
	if (router == NULL || router->kind == IW_PY_UNKNOWN) {
		question->why = iw_arena_printf(self->arena, "the router %s was not found", path);
		return NULL;
	}
	return router;
}

/* One router's answer: 1, 0; -1: it has none; -2: not known. */
static int ask(struct question *question, struct iw_py_value *entry)
{
	struct django_project *self = question->self;
	struct iw_py_value *router = router_of(question, entry), *raised = NULL;
	if (router == NULL)
		return -2;
	struct iw_py_value *method = iw_py_find(self->python, router, "allow_migrate");
	if (method == NULL)
		return -1;
	struct iw_py_value *answer =
		method->kind == IW_PY_FUNCTION ? iw_py_call_like(self->python, method, question->call, &raised) : NULL;
	if (answer != NULL && answer->kind == IW_PY_NONE)
		return -1;
	int truth = answer == NULL ? -1 : iw_py_truth(answer);
	if (truth >= 0)
		return truth;
	const struct iw_py_value *unknown = raised != NULL ? raised : answer == NULL ? NULL : iw_py_unknown_in(answer);
	question->why = iw_arena_printf(self->arena, "what the router %s says is not known%s%s", iw_py_text(entry),
					unknown == NULL || unknown->kind != IW_PY_UNKNOWN ? "" : ": ",
					unknown == NULL || unknown->kind != IW_PY_UNKNOWN ? "" : unknown->text);
	return -2;
}

/* The first that has an answer counts. */
static enum iw_django_allow ask_all(struct django_project *self, const struct iw_py_value *routers,
				    const char *app_label, const char *model_name, const struct iw_py_value *hints,
				    const char **why)
{
	struct question question = new_question(self, app_label, model_name, hints);
	for (guint i = 0; i < routers->items->len; i++) {
		int answer = ask(&question, routers->items->pdata[i]);
		if (answer == -1)
			continue;
		*why = question.why;
		return answer == -2 ? IW_DJANGO_ALLOW_UNKNOWN : answer ? IW_DJANGO_ALLOWED : IW_DJANGO_NOT_ALLOWED;
	}
	return IW_DJANGO_ALLOWED;
}

enum iw_django_allow iw_django_allows(struct django_project *self, const char *app_label, const char *model_name,
				      const struct iw_py_value *hints, const char **why)
{
	struct iw_py_value *routers = iw_django_setting(&self->config, "DATABASE_ROUTERS");
	if (routers == NULL || routers->kind == IW_PY_NONE)
		return IW_DJANGO_ALLOWED;
	if (routers->kind != IW_PY_LIST && routers->kind != IW_PY_TUPLE) {
		*why = routers->kind == IW_PY_UNKNOWN ? routers->text : "what DATABASE_ROUTERS hold is not known";
		return IW_DJANGO_ALLOW_UNKNOWN;
	}
	if (routers->items->len == 0)
		return IW_DJANGO_ALLOWED;
	const struct iw_py_host *outer = iw_py_set_host(self->python, &self->host);
	enum iw_django_allow answer = ask_all(self, routers, app_label, model_name, hints, why);
	iw_py_set_host(self->python, outer);
	return answer;
}
