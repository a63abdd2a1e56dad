/* Expressions, conditions, indexes and constraints as every version of Django writes them on every engine:
 * tests/fixtures/django-expressions/expected.txt, written by Django itself (real.py beside it). */
#include "framework/django/editor.h"

#include "framework/django/django_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define FIXTURES SOURCE_ROOT "/tests/fixtures/django-expressions"

enum { ENGINES = 4, VERSIONS = 9 };

static const struct {
	const char *name;
	struct iw_engine engine;
} engines[ENGINES] = {
	{"sqlite", {IW_SQLITE, false, 0, false}},
	{"postgres", {IW_POSTGRES, false, 160000, false}},
	{"mariadb", {IW_MYSQL, true, 101119, false}},
	{"mysql", {IW_MYSQL, false, 80400, false}},
};
static const char *const versions[VERSIONS] = {"3.2", "4.0", "4.1", "4.2", "5.0", "5.1", "5.2", "6.0", "6.1"};

/* the file --------------------------------------------------------------------------------------------------------- */

struct expression {
	const char *kind, *text;
	const char *said[ENGINES][VERSIONS]; /* NULL: Django has no answer */
};

static int index_of(const char *text, size_t length)
{
	for (int i = 0; i < VERSIONS; i++)
		if (strlen(versions[i]) == length && strncmp(versions[i], text, length) == 0)
			return i;
	fail_msg("unknown version %s", text);
	return 0;
}

/* "3.2-4.1,6.1" */
static void add_said(const char *said[VERSIONS], const char *text, const char *result)
{
	g_auto(GStrv) parts = g_strsplit(text == NULL ? "3.2-6.1" : text, ",", -1);
	for (guint i = 0; parts[i] != NULL; i++) {
		const char *dash = strchr(parts[i], '-');
		int first = index_of(parts[i], dash == NULL ? strlen(parts[i]) : (size_t)(dash - parts[i]));
		int last = dash == NULL ? first : index_of(dash + 1, strlen(dash + 1));
		for (int version = first; version <= last; version++)
			said[version] = result;
	}
}

static void add_row(struct expression *expression, char *line)
{
	char *tab = strchr(line, '\t');
	assert_non_null(tab);
	*tab = '\0';
	g_auto(GStrv) words = g_strsplit(line, " ", -1);
	for (guint i = 0; words[i] != NULL; i++) {
		char *colon = strchr(words[i], ':');
		if (colon != NULL)
			*colon = '\0';
		for (guint engine = 0; engine < ENGINES; engine++)
			if (strcmp(words[i], engines[engine].name) == 0)
				add_said(expression->said[engine], colon == NULL ? NULL : colon + 1, tab + 1);
	}
}

/* struct expression * */
static GPtrArray *read_expressions(iw_arena *arena)
{
	GPtrArray *list = iw_arena_ptr_array(arena);
	char *text = NULL;
	assert_true(g_file_get_contents(FIXTURES "/expected.txt", &text, NULL, NULL));
	struct expression *expression = NULL;
	for (char *line = strtok(iw_arena_strdup(arena, text), "\n"); line != NULL; line = strtok(NULL, "\n")) {
		if (*line == ' ') {
			add_row(expression, line + 1);
			continue;
		}
		char *space = strchr(line, ' ');
		*space = '\0';
		expression = iw_new(arena, struct expression);
		*expression = (struct expression){.kind = line, .text = space + 1};
		g_ptr_array_add(list, expression);
	}
	g_free(text);
	return list;
}

/* a project -------------------------------------------------------------------------------------------------------- */

static const struct iw_django_settings settings = {.use_tz = true, .time_zone = "UTC", .psycopg = 2};

/* The expression as Python that makes what is asked about. */
static void write_expression(GString *out, const struct expression *expression)
{
	g_auto(GStrv) halves = g_strsplit(expression->text, " := ", 2);
	if (strcmp(expression->kind, "index") == 0)
		g_string_append_printf(out, "models.Index(%s, name='i')", expression->text);
	else if (strcmp(expression->kind, "default") == 0)
		g_string_append_printf(out, "%.*s%sdb_default=%s)", (int)strlen(halves[0]) - 1, halves[0],
				       g_str_has_suffix(halves[0], "()") ? "" : ", ", halves[1]);
	else if (strcmp(expression->kind, "generated") == 0)
		g_string_append_printf(out, "models.GeneratedField(expression=%s, output_field=%s, db_persist=True)",
				       halves[1], halves[0]);
	else
		g_string_append(out, expression->text);
}

struct project {
	iw_arena *arena;
	iw_py *python;
	struct iw_py_value *module, *migration;
	GPtrArray *expressions, *values; /* struct iw_py_value *, NULL where Python raises */
};

static struct project *project_new(iw_arena *arena, GPtrArray *expressions, bool has_postgres)
{
	struct project *self = iw_new(arena, struct project);
	const struct iw_py_options options = {0};
	*self = (struct project){.arena = arena, .python = iw_py_new(arena, &options), .expressions = expressions};
	g_autofree char *shop = NULL;
	assert_true(g_file_get_contents(FIXTURES "/shop.py", &shop, NULL, NULL));
	g_autoptr(GString) text = g_string_new(shop);
	for (guint i = 0; i < expressions->len; i++) {
		g_string_append_printf(text, "def made%u():\n    return ", i);
		write_expression(text, expressions->pdata[i]);
		g_string_append_c(text, '\n');
	}
	g_string_append_printf(text,
			       "class Migration(migrations.Migration):\n    operations = models_of(everywhere()%s)\n",
			       has_postgres ? " + of_postgres()" : "");
	self->module = iw_py_load_text(self->python, "shop/migrations/0001.py", text->str, NULL);
	assert_non_null(self->module);
	assert_null(iw_py_module_failure(self->module));
	self->migration = iw_py_get(self->python, self->module, "Migration");
	self->values = iw_arena_ptr_array(arena);
	for (guint i = 0; i < expressions->len; i++) {
		g_autofree char *name = g_strdup_printf("made%u", i);
		struct iw_py_value *raised = NULL, *function = iw_py_get(self->python, self->module, name);
		g_ptr_array_add(self->values, iw_py_call(self->python, function, iw_arena_ptr_array(arena), &raised));
	}
	return self;
}

static struct django_model_ref item_of(struct project *self, struct iw_engine engine, int version)
{
	struct iw_django_settings *copy = iw_new(self->arena, struct iw_django_settings);
	*copy = settings;
	copy->version = version;
	iw_django_state *state = iw_django_state_new(self->arena, self->python, engine, copy);
	GError *error = NULL;
	assert_true(iw_django_state_apply(state, "shop", self->migration, &error));
	return iw_django_get_model(state, "shop", "Item");
}

/* answers ---------------------------------------------------------------------------------------------------------- */

static const char *column_sql(struct django_context *context, struct django_model_ref item,
			      const struct expression *expression, struct iw_py_value *value)
{
	struct django_field *field = iw_django_field_new(context, "shop", "Item", "x", value);
	if (field->unknown != NULL)
		return iw_django_fail(context, value->place, "%s", field->unknown);
	struct django_field_ref at = {item.state, item.model, field};
	return strcmp(expression->kind, "default") == 0 ? iw_django_db_default_sql(context, at)
							: iw_django_generated_sql(context, at);
}

static const char *statement_text(struct django_editor *self, struct django_statement *statement)
{
	return statement == NULL ? "-" : iw_django_statement_sql(self, statement);
}

/* As real.py joins the parts; on SQLite tables are made anew. */
static const char *constraint_text(struct django_editor *self, struct django_model_ref item, struct iw_py_value *value)
{
	struct django_constraint *constraint = iw_django_constraint_new(self->context, value);
	const char *inside = iw_django_constraint_sql(self, item, constraint);
	g_autoptr(GString) text = g_string_new(inside == NULL ? "-" : inside);
	for (guint i = 0; i < self->deferred->len; i++)
		g_string_append_printf(text, " ;; %s", statement_text(self, self->deferred->pdata[i]));
	if (self->deferred->len == 0)
		g_string_append(text, " ;; -");
	if (self->context->engine.dialect != IW_SQLITE && self->context->problem == NULL) {
		g_string_append_printf(text, " ;; %s",
				       statement_text(self, iw_django_constraint_create_sql(self, item, constraint)));
		g_string_append_printf(text, " ;; %s",
				       statement_text(self, iw_django_constraint_remove_sql(self, item, constraint)));
	}
	return iw_arena_strdup(self->context->arena, text->str);
}

static const char *answer(struct django_context *context, struct django_model_ref item,
			  const struct expression *expression, struct iw_py_value *value)
{
	enum django_truth truth = DJANGO_DEPENDS;
	const char *kind = expression->kind, *sql;
	struct django_editor *editor = iw_django_editor_new(context, NULL, NULL);
	context->problem = NULL;
	if (value == NULL)
		return "Python raises";
	if (strcmp(kind, "check") == 0 || strcmp(kind, "where") == 0)
		sql = iw_django_condition_sql(context, item, value, &truth);
	else if (strcmp(kind, "default") == 0 || strcmp(kind, "generated") == 0)
		sql = column_sql(context, item, expression, value);
	else if (strcmp(kind, "constraint") == 0)
		sql = constraint_text(editor, item, value);
	else
		sql = statement_text(
			editor, iw_django_index_create_sql(editor, item, iw_django_index_new(context, value), false));
	if (context->problem != NULL)
		return iw_arena_printf(context->arena, "unknown: %s", context->problem);
	return truth == DJANGO_ALWAYS_TRUE ? "!FullResultSet" : truth == DJANGO_ALWAYS_FALSE ? "!EmptyResultSet" : sql;
}

static guint differences(struct project *project, guint engine, guint version)
{
	guint wrong = 0,
	      number = (guint)(versions[version][0] - '0') * 10000 + (guint)(versions[version][2] - '0') * 100;
	struct django_model_ref item = item_of(project, engines[engine].engine, (int)number);
	struct django_context *context = iw_django_state_context(item.state);
	for (guint i = 0; i < project->expressions->len; i++) {
		const struct expression *expression = project->expressions->pdata[i];
		const char *said = expression->said[engine][version];
		const char *have = said == NULL ? NULL : answer(context, item, expression, project->values->pdata[i]);
		bool is_refused = said != NULL && *said == '!' && g_str_has_prefix(have, "unknown: ");
		if (g_strcmp0(said, have) == 0 || is_refused)
			continue;
		wrong++;
		print_error("Django %s, %s: %s %s\n  Django: %s\n  here:   %s\n", versions[version],
			    engines[engine].name, expression->kind, expression->text, said, have);
	}
	return wrong;
}

static void expressions_are_written_as_django_writes_them(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	GPtrArray *expressions = read_expressions(arena);
	struct project *others = project_new(arena, expressions, false);
	struct project *postgres = project_new(arena, expressions, true);
	guint wrong = 0;
	for (guint engine = 0; engine < ENGINES; engine++)
		for (guint version = 0; version < VERSIONS; version++)
			wrong += differences(engines[engine].engine.dialect == IW_POSTGRES ? postgres : others, engine,
					     version);
	assert_int_equal(wrong, 0);
}

/* what is not known ------------------------------------------------------------------------------------------------ */

static void add_expression(iw_arena *arena, GPtrArray *expressions, const char *kind, const char *text)
{
	struct expression *expression = iw_new(arena, struct expression);
	*expression = (struct expression){.kind = kind, .text = text};
	g_ptr_array_add(expressions, expression);
}

static void what_is_not_known_fails_with_its_reason(void **state)
{
	static const struct {
		const char *kind, *text, *reason;
	} cases[] = {
		{"check", "Q(missing=1)", "missing"},
		{"check", "Q(author__name='a')", "joined"},
		{"check", "Q(n__nothing=1)", "nothing"},
		{"check", "Q(n=functions.Soundex('n'))", "Soundex"},
		{"check", "Q(n__gt=int(open('limit').read()))", ""},
		{"check", "Q(span=5)", "5"},
		{"index", "fields=['missing']", "missing"},
		{"generated", "models.IntegerField() := F('n') % F('nn')", "percent sign"},
	};
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	GPtrArray *expressions = iw_arena_ptr_array(arena);
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
		add_expression(arena, expressions, cases[i].kind, cases[i].text);
	struct project *project = project_new(arena, expressions, false);
	struct django_model_ref item = item_of(project, engines[1].engine, 50200);
	struct django_context *context = iw_django_state_context(item.state);
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		const char *said = answer(context, item, expressions->pdata[i], project->values->pdata[i]);
		assert_true(g_str_has_prefix(said, "unknown: "));
		assert_non_null(strstr(said, cases[i].reason));
	}
}

/* fields and parameters -------------------------------------------------------------------------------------------- */

static gint by_text(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void fields_of_an_expression_are_found(void **state)
{
	static const struct {
		const char *text, *fields;
	} cases[] = {
		{"Q(n__gt=F('nn')) | ~Q(author__name='a')", "author n nn"},
		{"Lower(Coalesce('nick', 'name'))", "name nick"},
		{"Case(When(data__a=1, then='small'), default=Value(1))", "data small"},
		{"F('price') * Value(2)", "price"},
	};
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	GPtrArray *expressions = iw_arena_ptr_array(arena);
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
		add_expression(arena, expressions, "check", cases[i].text);
	struct project *project = project_new(arena, expressions, false);
	struct django_model_ref item = item_of(project, engines[0].engine, 50200);
	struct django_context *context = iw_django_state_context(item.state);
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		GPtrArray *fields = iw_django_used_fields(context, project->values->pdata[i]);
		g_ptr_array_sort(fields, by_text);
		g_ptr_array_add(fields, NULL);
		g_autofree char *text = g_strjoinv(" ", (char **)fields->pdata);
		assert_string_equal(text, cases[i].fields);
	}
}

static void columns_tell_whether_they_have_parameters(void **state)
{
	static const struct {
		const char *kind, *text;
		bool on_postgres;
	} cases[] = {
		{"default", "models.IntegerField() := 5", true},
		{"default", "models.DateTimeField() := Now()", false},
		{"generated", "models.IntegerField() := F('n') + F('nn')", false},
		{"generated", "models.IntegerField() := F('n') + 1", true},
		{"generated", "models.CharField(max_length=9) := Coalesce('nick', 'name')", false},
	};
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	GPtrArray *expressions = iw_arena_ptr_array(arena);
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
		add_expression(arena, expressions, cases[i].kind, cases[i].text);
	struct project *project = project_new(arena, expressions, false);
	for (guint engine = 0; engine < 2; engine++) {
		struct django_model_ref item = item_of(project, engines[engine].engine, 50200);
		struct django_context *context = iw_django_state_context(item.state);
		for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
			struct iw_py_value *value = project->values->pdata[i];
			struct django_field *field = iw_django_field_new(context, "shop", "Item", "x", value);
			struct django_field_ref at = {item.state, item.model, field};
			bool is_postgres = context->engine.dialect == IW_POSTGRES;
			assert_int_equal(iw_django_has_parameters(context, at), is_postgres && cases[i].on_postgres);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(expressions_are_written_as_django_writes_them),
		cmocka_unit_test(what_is_not_known_fails_with_its_reason),
		cmocka_unit_test(fields_of_an_expression_are_found),
		cmocka_unit_test(columns_tell_whether_they_have_parameters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
