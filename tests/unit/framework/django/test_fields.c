/* Fields: what Django makes of them (tests/fixtures/django-fields, written by Django itself), and what is not known. */
#include "framework/django/fields.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define FIXTURES SOURCE_ROOT "/tests/fixtures/django-fields"

static const struct iw_django_settings settings = {.use_tz = true, .time_zone = "Europe/Berlin"};

static struct django_context *context_new(iw_arena *arena, const char *engine, int version)
{
	static const char *const roots[] = {FIXTURES, NULL};
	const struct iw_py_options options = {.roots = roots, .top = FIXTURES};
	struct django_context *context = iw_new(arena, struct django_context);
	*context = (struct django_context){
		.arena = arena, .python = iw_py_new(arena, &options), .settings = &settings, .version = version};
	context->engine.is_mariadb = strcmp(engine, "mariadb") == 0;
	context->engine.dialect = strcmp(engine, "postgres") == 0 ? IW_POSTGRES
				  : strcmp(engine, "sqlite") == 0 ? IW_SQLITE
								  : IW_MYSQL;
	return context;
}

static struct iw_py_value *evaluate(struct django_context *context, const char *name, const char *expression)
{
	static const char prelude[] = "import datetime, decimal, functools, uuid\n"
				      "from django.conf import settings\n"
				      "from django.core import validators\n"
				      "from django.core.files.storage import FileSystemStorage\n"
				      "from django.db import models\n"
				      "from django.utils import timezone\n"
				      "from django.utils.translation import gettext_lazy as _\n"
				      "import classes\n";
	g_autofree char *text = g_strdup_printf("%svalue = %s\n", prelude, expression);
	struct iw_py_value *module = iw_py_load_text(context->python, name, text, NULL);
	assert_non_null(module);
	assert_null(iw_py_module_failure(module));
	return iw_py_get(context->python, module, "value");
}

static struct django_field *field_of(struct django_context *context, const char *expression)
{
	static int count;
	g_autofree char *name = g_strdup_printf("field%d.py", count++);
	return iw_django_field_new(context, "shop", "Order", "f", evaluate(context, name, expression));
}

/* What Django says ------------------------------------------------------------------------------------------------ */

static const char *last_of(const char *path)
{
	const char *dot = path == NULL ? NULL : strrchr(path, '.');
	return dot == NULL ? path : dot + 1;
}

static int by_text(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* As shown() of real.py writes it. */
static const char *shown(struct django_context *context, const struct iw_py_value *value)
{
	g_autoptr(GPtrArray) items = g_ptr_array_new();
	bool is_dict = value->kind == IW_PY_DICT, is_list = value->kind == IW_PY_LIST;
	const char *path = value->kind == IW_PY_CALL ? iw_py_path(context->python, value) : NULL;
	if (path != NULL)
		return g_str_has_suffix(path, "Field") ? "<field>" : "<object>";
	if (value->kind == IW_PY_FUNCTION || value->kind == IW_PY_CLASS || value->kind == IW_PY_FOREIGN)
		return iw_arena_printf(context->arena, "<%s>", last_of(value->text));
	if (value->kind == IW_PY_INSTANCE)
		return "<object>";
	if (!is_dict && !is_list && value->kind != IW_PY_TUPLE)
		return iw_py_repr(context->python, value);
	for (guint i = 0; i < value->items->len; i++)
		g_ptr_array_add(items, !is_dict ? (char *)shown(context, value->items->pdata[i])
						: iw_arena_printf(context->arena, "%s:%s",
								  shown(context, value->items->pdata[i]),
								  shown(context, value->values->pdata[i])));
	if (is_dict)
		g_ptr_array_sort(items, by_text);
	g_ptr_array_add(items, NULL);
	g_autofree char *text = g_strjoinv(",", (char **)items->pdata);
	return iw_arena_printf(context->arena, "%s%s%s",
			       is_dict	 ? "{"
			       : is_list ? "["
					 : "(",
			       text,
			       is_dict	 ? "}"
			       : is_list ? "]"
					 : ")");
}

static void check_text(const char *case_name, const char *what, const char *text, const json_t *expected)
{
	const char *wanted = json_string_value(json_object_get(expected, what));
	if (g_strcmp0(text, wanted) != 0)
		fail_msg("%s: %s is %s, Django has %s", case_name, what, text, wanted);
}

static void check_arguments(struct django_context *context, const char *case_name, const struct django_field *field,
			    const json_t *expected)
{
	json_t *arguments = json_object_get(expected, "arguments");
	g_hash_table_remove(field->arguments, "validators");
	guint count = 0;
	const char *name;
	json_t *value;
	json_object_foreach(arguments, name, value)
	{
		const struct iw_py_value *own = g_hash_table_lookup(field->arguments, name);
		const char *text = own == NULL ? NULL : shown(context, own);
		/* Objects of Django are shown as what they are, not by their call. */
		if (g_strcmp0(text, json_string_value(value)) != 0)
			fail_msg("%s: %s is %s, Django has %s", case_name, name, text, json_string_value(value));
		count++;
	}
	assert_int_equal(g_hash_table_size(field->arguments), count);
}

static void check_field(struct django_context *context, const char *case_name, struct iw_py_value *value,
			const json_t *expected)
{
	struct django_field *field = iw_django_field_new(context, "app", "M", "f", value);
	struct django_field_ref ref = {NULL, NULL, field};
	bool is_volatile = false;
	if (field->unknown != NULL)
		fail_msg("%s: %s", case_name, field->unknown);
	struct django_column column = iw_django_column_of(context, ref);
	const char *literal = iw_django_effective_default(context, ref, &is_volatile);
	if (json_object_get(expected, "refused") != NULL) {
		assert_non_null(context->problem);
		context->problem = NULL;
		return;
	}
	if (context->problem != NULL)
		fail_msg("%s: %s", case_name, context->problem);
	check_text(case_name, "type", column.type, expected);
	check_text(case_name, "check", column.check, expected);
	check_text(case_name, "collation", column.collation, expected);
	check_text(case_name, "suffix", column.suffix, expected);
	check_text(case_name, "default", field->is_auto_now ? "now" : literal, expected);
	check_text(case_name, "path", field->path, expected);
	check_arguments(context, case_name, field, expected);
}

static void every_field_is_what_django_makes_of_it(void **state)
{
	(void)state;
	static const char *const engines[] = {"postgres", "mysql", "mariadb", "sqlite"};
	static const int versions[] = {30200, 40200, 50200, 60100};
	json_t *cases = json_load_file(FIXTURES "/expected.json", 0, NULL);
	assert_non_null(cases);
	for (size_t e = 0; e < G_N_ELEMENTS(engines); e++)
		for (size_t v = 0; v < G_N_ELEMENTS(versions); v++) {
			g_autoptr(iw_arena) arena = iw_arena_new();
			struct django_context *context = context_new(arena, engines[e], versions[v]);
			struct iw_py_value *module =
				iw_py_load(context->python, FIXTURES "/cases.py", "cases.py", NULL);
			const struct iw_py_value *list = iw_py_get(context->python, module, "CASES");
			assert_int_equal(list->items->len, json_array_size(cases));
			size_t i, k, m;
			json_t *one, *result, *on;
			json_array_foreach(cases, i, one) json_array_foreach(json_object_get(one, "results"), k, result)
				json_array_foreach(json_object_get(result, "on"), m, on)
			{
				if (json_integer_value(json_array_get(on, 0)) != versions[v] ||
				    strcmp(json_string_value(json_array_get(on, 1)), engines[e]) != 0)
					continue;
				g_autofree char *name =
					g_strdup_printf("%s (%d, %s)", json_string_value(json_object_get(one, "field")),
							versions[v], engines[e]);
				check_field(context, name, list->items->pdata[i], json_object_get(result, "result"));
			}
		}
	json_decref(cases);
}

/* Names, relations, packages ----------------------------------------------------------------------------------------
 */

static void relations_say_what_they_point_to(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	struct django_context *context = context_new(arena, "postgres", 50200);
	static const struct {
		const char *expression, *to, *attname, *column, *on_delete;
		bool is_unique, is_indexed;
	} rows[] = {
		{"models.ForeignKey(to='auth.User', on_delete=models.CASCADE)", "auth.user", "f_id", "f_id", "CASCADE",
		 false, true},
		{"models.ForeignKey('Item', models.PROTECT, db_index=False, db_column='c')", "shop.item", "f_id", "c",
		 "PROTECT", false, false},
		{"models.OneToOneField('self', on_delete=models.deletion.SET_NULL, null=True)", "shop.order", "f_id",
		 "f_id", "SET_NULL", true, true},
		{"models.ForeignKey(settings.AUTH_USER_MODEL, models.SET(1))", "auth.user", "f_id", "f_id", "SET",
		 false, true},
		{"models.ManyToManyField(to='Shop.Tag', related_name='+')", "shop.tag", "f", NULL, NULL, false, false},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		const struct django_field *field = field_of(context, rows[i].expression);
		assert_null(field->unknown);
		assert_true(field->is_relation);
		assert_string_equal(field->to, rows[i].to);
		assert_string_equal(iw_django_attname(context, field), rows[i].attname);
		assert_int_equal(g_strcmp0(iw_django_column(context, field), rows[i].column), 0);
		assert_int_equal(g_strcmp0(field->on_delete, rows[i].on_delete), 0);
		assert_int_equal(field->unique, rows[i].is_unique);
		assert_int_equal(field->db_index, rows[i].is_indexed);
	}
}

static void packages_are_known_where_they_are_not_installed(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	struct django_context *context = context_new(arena, "postgres", 50200);
	static const struct {
		const char *import, *expression, *type, *base;
	} rows[] = {
		{"taggit.managers", "TaggableManager(blank=True, through='taggit.TaggedItem', to='taggit.Tag')", NULL,
		 "django.db.models.ManyToManyField"},
		{"django_extensions.db.fields", "CreationDateTimeField(auto_now_add=True)", "timestamp with time zone",
		 "django.db.models.DateTimeField"},
		{"phonenumber_field.modelfields", "PhoneNumberField(blank=True)", "varchar(128)",
		 "django.db.models.CharField"},
		{"timezone_field", "TimeZoneField(default='UTC')", "varchar(63)", "django.db.models.Field"},
		{"wagtail.fields", "StreamField([('a', 0)], block_lookup={0: 1})", "jsonb", "django.db.models.Field"},
		{"wagtail.core.fields", "RichTextField(features=['bold'])", "text", "django.db.models.TextField"},
		{"pgvector.django", "VectorField(dimensions=3)", "vector(3)", "django.db.models.Field"},
		{"pgvector.django", "VectorField()", "vector", "django.db.models.Field"},
		{"model_utils.fields", "StatusField(max_length=20, no_check_for_status=True)", "varchar(20)",
		 "django.db.models.CharField"},
		{"django.contrib.gis.db.models.fields", "PointField(srid=4326)", "geometry(POINT,4326)",
		 "django.contrib.gis.db.models.fields.PointField"},
		{"django.contrib.gis.db.models", "CharField(max_length=5)", "varchar(5)", "django.db.models.CharField"},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *expression = g_strdup_printf("None\nimport %s\nvalue = %s.%s", rows[i].import,
							      rows[i].import, rows[i].expression);
		struct django_field *field = field_of(context, expression);
		assert_null(field->unknown);
		struct django_column column =
			iw_django_column_of(context, (struct django_field_ref){NULL, NULL, field});
		assert_int_equal(g_strcmp0(column.type, rows[i].type), 0);
		assert_string_equal(field->base_path, rows[i].base);
		assert_true(iw_django_is_a(context, field, rows[i].base));
	}
}

static void what_is_not_known_says_why(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	struct django_context *context = context_new(arena, "postgres", 50200);
	static const struct {
		const char *expression, *reason;
	} rows[] = {
		{"models.CharField(max_length=settings.LENGTH)",
		 "max_length of field \"f\" is not known: django.conf.settings.LENGTH"},
		{"None\nimport somewhere\nvalue = somewhere.Field()",
		 "what kind of field somewhere.Field is, is not known: it is not installed here"},
		{"classes.Unreachable()", "classes.Unreachable does not come to the __init__() of Django"},
		{"classes.Adding()", "classes.Adding gives other fields to its model"},
		{"classes.Sorted('A')", "classes.Sorted has a contribute_to_class() of its own"},
		{"classes.Raising()", "classes.Raising raises ValueError('no')"},
		{"1", "what this field is, is not known: 1"},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		const struct django_field *field = field_of(context, rows[i].expression);
		assert_non_null(field->unknown);
		assert_string_equal(field->unknown, rows[i].reason);
	}
}

/* What an alteration changes ----------------------------------------------------------------------------------------
 */

static void values_are_equal_as_python_has_it(void **state)
{
	(void)state;
	g_autoptr(iw_arena) arena = iw_arena_new();
	struct django_context *context = context_new(arena, "postgres", 50200);
	static const struct {
		const char *one, *other;
		bool is_equal;
	} rows[] = {
		{"[1, 'a']", "[1, 'a']", true},
		{"[1]", "(1,)", false},
		{"{1: 2, 3: 4}", "{3: 4, 1: 2}", true},
		{"{'a', 'b'}", "{'b', 'a'}", true},
		{"True", "1", true},
		{"1.0", "1", true},
		{"decimal.Decimal('1.0')", "decimal.Decimal('1.00')", true},
		{"decimal.Decimal('1.1')", "1.1", false},
		{"decimal.Decimal(5)", "5", true},
		{"datetime.timedelta(hours=24)", "datetime.timedelta(days=1)", true},
		{"datetime.date(2020, 1, 2)", "datetime.date(2020, 1, 3)", false},
		{"_('a')", "'a'", true},
		{"_('a')", "_('b')", false},
		{"timezone.now", "timezone.now", true},
		{"dict", "list", false},
		{"models.CASCADE", "models.deletion.CASCADE", true},
		{"classes.Plain", "classes.Plain", true},
		{"classes.function", "classes.function", true},
		{"classes.Equal(1)", "classes.Equal(1)", true},
		{"classes.Equal(1)", "classes.Equal(2)", false},
		{"classes.Plain()", "classes.Plain()", false},
		{"FileSystemStorage('x')", "FileSystemStorage('x')", false},
		{"validators.MinValueValidator(1)", "validators.MinValueValidator(1)", true},
		{"functools.partial(dict, a=1)", "functools.partial(dict, a=1)", false},
		{"None", "0", false},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *name = g_strdup_printf("one%zu.py", i), *other = g_strdup_printf("other%zu.py", i);
		bool is_equal = iw_django_values_equal(context, evaluate(context, name, rows[i].one),
						       evaluate(context, other, rows[i].other));
		assert_null(context->problem);
		if (is_equal != rows[i].is_equal)
			fail_msg("%s == %s", rows[i].one, rows[i].other);
	}
}

static void an_alteration_is_seen_where_django_sees_it(void **state)
{
	(void)state;
	enum { NEVER = G_MAXINT };
	static const struct {
		const char *old, *new_field;
		int since, below; /* is one in these versions */
	} rows[] = {
		{"models.CharField(max_length=5)", "models.CharField(max_length=5, help_text='x', blank=True)", NEVER,
		 0},
		{"models.CharField(max_length=5)", "models.CharField(max_length=6)", 0, NEVER},
		{"models.CharField(max_length=5)", "models.TextField(max_length=5)", 0, NEVER},
		{"models.CharField(max_length=5)", "models.CharField(max_length=5, choices=[('a', 'A')])", 0, 40100},
		{"models.CharField(max_length=5, choices=[('a', 'A')])",
		 "models.CharField(max_length=5, choices=(('a', 'A'),))", NEVER, 0},
		{"models.CharField(max_length=5)", "models.CharField(max_length=5, default='')", 0, NEVER},
		{"models.CharField(max_length=5)",
		 "models.CharField(max_length=5, validators=[validators.validate_slug])", NEVER, 0},
		{"models.CharField('a', max_length=5)", "models.CharField(verbose_name=_('b'), max_length=5)", NEVER,
		 0},
		{"models.CharField(max_length=5)", "models.CharField(max_length=5, db_column='f')", NEVER, 0},
		{"models.CharField(max_length=5)", "models.CharField(max_length=5, db_column='g')", 0, NEVER},
		{"models.DateField(auto_now=True)", "models.DateField(auto_now=True, editable=False)", NEVER, 0},
		{"models.DateField(auto_now=True)", "models.DateField(auto_now_add=True)", 0, NEVER},
		{"models.SlugField()", "models.SlugField(max_length=50, db_index=True)", NEVER, 0},
		{"models.URLField()", "models.URLField(max_length=200)", NEVER, 0},
		{"models.IntegerField(default=0)", "models.IntegerField(default=False)", NEVER, 0},
		{"models.FileField(upload_to='a')", "models.FileField(upload_to='b')", 0, NEVER},
		{"models.FileField(storage=FileSystemStorage())", "models.FileField(storage=FileSystemStorage())", 0,
		 NEVER},
		{"models.AutoField(primary_key=True)", "models.AutoField(primary_key=True, serialize=False)", NEVER, 0},
		{"models.JSONField(default=dict)", "models.JSONField(default=dict, editable=False)", NEVER, 0},
		{"classes.Money(currency='EUR')", "classes.Money(currency='EUR', help_text='x')", NEVER, 0},
		{"classes.Money(currency='EUR')", "classes.Money(currency='CHF')", 0, NEVER},
		{"classes.Popping(max_length=9, default=1)", "classes.Popping(max_length=9, default=2)", NEVER, 0},
		{"classes.Ignoring(noise=1)", "classes.Ignoring(noise=2)", 0, 40100},
		{"models.ManyToManyField('A')", "models.ManyToManyField('a', blank=True)", NEVER, 0},
	};
	static const int versions[] = {30200, 40000, 40100, 40200, 50000, 50200, 60000, 60100};
	for (size_t v = 0; v < G_N_ELEMENTS(versions); v++) {
		g_autoptr(iw_arena) arena = iw_arena_new();
		struct django_context *context = context_new(arena, "sqlite", versions[v]);
		for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
			struct django_field_ref old = {NULL, NULL, field_of(context, rows[i].old)};
			struct django_field_ref new_field = {NULL, NULL, field_of(context, rows[i].new_field)};
			bool expected = versions[v] >= rows[i].since && versions[v] < rows[i].below;
			bool is_altered = iw_django_should_be_altered(context, old, new_field, NULL);
			if (context->problem != NULL || is_altered != expected)
				fail_msg("%s -> %s (%d): %d %s", rows[i].old, rows[i].new_field, versions[v],
					 is_altered, context->problem);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_is_what_django_makes_of_it),
		cmocka_unit_test(relations_say_what_they_point_to),
		cmocka_unit_test(packages_are_known_where_they_are_not_installed),
		cmocka_unit_test(what_is_not_known_says_why),
		cmocka_unit_test(values_are_equal_as_python_has_it),
		cmocka_unit_test(an_alteration_is_seen_where_django_sees_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
