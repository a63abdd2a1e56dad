/* States of models: what Django's own StateApps say of the same operations, and what copies share. */
#include "framework/django/editor.h"
#include "framework/django/state.h"

#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static const struct iw_django_settings settings = {
	.version = 50200, .use_tz = true, .default_auto_field = "django.db.models.AutoField"};

struct fixture {
	iw_arena *arena;
	iw_py *python;
	iw_django_state *state;
	int loaded;
};

static int set_up(void **state)
{
	struct fixture *self = g_new0(struct fixture, 1);
	static const char *const roots[] = {"/nonexistent", NULL};
	const struct iw_py_options options = {.roots = roots, .top = "/nonexistent"};
	self->arena = iw_arena_new();
	self->python = iw_py_new(self->arena, &options);
	self->state =
		iw_django_state_new(self->arena, self->python, (struct iw_engine){.dialect = IW_POSTGRES}, &settings);
	*state = self;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *self = *state;
	iw_arena_free(self->arena);
	g_free(self);
	return 0;
}

static struct iw_py_value *migration_of(struct fixture *self, const char *operations)
{
	g_autofree char *path = g_strdup_printf("/nonexistent/shop/migrations/m%d.py", self->loaded++);
	g_autofree char *text = g_str_has_prefix(operations, "from")
					? g_strdup(operations)
					: g_strdup_printf("import somewhere\n"
							  "from django.db import migrations, models\n"
							  "class Migration(migrations.Migration):\n"
							  "    operations = [%s]\n",
							  operations);
	struct iw_py_value *module = iw_py_load_text(self->python, path, text, NULL);
	assert_non_null(module);
	return iw_py_find(self->python, module, "Migration");
}

static void apply(struct fixture *self, iw_django_state *state, const char *operations)
{
	g_autoptr(GError) error = NULL;
	if (!iw_django_state_apply(state, "shop", migration_of(self, operations), &error))
		fail_msg("%s", error->message);
}

static void refuses(struct fixture *self, const char *operations, const char *message)
{
	g_autoptr(GError) error = NULL;
	iw_django_state *copy = iw_django_state_copy(self->state);
	assert_false(iw_django_state_apply(copy, "shop", migration_of(self, operations), &error));
	assert_string_equal(error->message, message);
	assert_int_equal(error->code, IW_ERROR_INPUT);
	assert_non_null(iw_error_info(error)->place.source);
}

/* as text ---------------------------------------------------------------------------------------------------------- */

static gint by_text(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_fields(GString *text, struct django_model_ref model)
{
	struct django_context *context = iw_django_state_context(model.state);
	GPtrArray *fields = iw_django_local_fields(model), *many = iw_django_local_many_to_many(model);
	g_string_append(text, " fields=");
	for (guint i = 0; i < fields->len; i++) {
		const struct django_field *field = fields->pdata[i];
		g_string_append_printf(text, "%s%s:%s", i > 0 ? "," : "", field->name,
				       iw_django_column(context, field));
	}
	g_string_append(text, " m2m=");
	for (guint i = 0; i < many->len; i++) {
		struct django_field_ref field = {model.state, model.model, many->pdata[i]};
		struct django_field_ref from = iw_django_through_field(field, false),
					to = iw_django_through_field(field, true);
		g_string_append_printf(text, "%s%s:%s(%s,%s)", i > 0 ? "," : "", field.field->name,
				       iw_django_through(field).model->db_table, iw_django_column(context, from.field),
				       iw_django_column(context, to.field));
	}
}

static void add_related(GString *text, struct django_model_ref model)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	GPtrArray *related = model.model->is_proxy ? NULL : iw_django_related(model);
	for (guint i = 0; related != NULL && i < related->len; i++) {
		const struct django_field_ref *field = related->pdata[i];
		g_ptr_array_add(names,
				g_strdup_printf("%s.%s", strchr(field->model->key, '.') + 1, field->field->name));
	}
	g_ptr_array_sort(names, by_text);
	g_string_append(text, " related=");
	for (guint i = 0; i < names->len; i++)
		g_string_append_printf(text, "%s%s", i > 0 ? "," : "", (const char *)names->pdata[i]);
	g_string_append(text, " unique=[");
	for (guint i = 0; i < model.model->unique_together->len; i++) {
		const GPtrArray *set = model.model->unique_together->pdata[i];
		for (guint k = 0; k < set->len; k++)
			g_string_append_printf(text, "%s%s",
					       k > 0   ? ","
					       : i > 0 ? ",("
						       : "(",
					       (const char *)set->pdata[k]);
		g_string_append_c(text, ')');
	}
	g_string_append_c(text, ']');
}

static char *described(const iw_django_state *state, const char *key)
{
	struct django_model_ref model = iw_django_find_model(state, key);
	GPtrArray *models = iw_django_models(state);
	for (guint i = 0; model.model == NULL && i < models->len; i++) {
		GPtrArray *many = iw_django_local_many_to_many((struct django_model_ref){state, models->pdata[i]});
		for (guint k = 0; k < many->len && model.model == NULL; k++) {
			struct django_field_ref field = {state, models->pdata[i], many->pdata[k]};
			struct django_model_ref through = iw_django_auto_through(field);
			if (through.model != NULL && strcmp(through.model->key, key) == 0)
				model = through;
		}
	}
	assert_non_null(model.model);
	struct django_field_ref pk = iw_django_primary_key(model);
	GString *text = g_string_new(NULL);
	const char *table = model.model->is_proxy ? pk.model->db_table : model.model->db_table;
	g_string_append_printf(text, "%s %s pk=%s", key, table, pk.field->name);
	add_fields(text, model);
	add_related(text, model);
	return g_string_free(text, FALSE);
}

/* the same as Django ----------------------------------------------------------------------------------------------- */

static const char operations[] =
	"from django.db import migrations, models\n"
	"class Migration(migrations.Migration):\n"
	"    operations = [\n"
	"        migrations.CreateModel(\"Place\", [(\"name\", models.CharField(max_length=9)), (\"code\", "
	"models.CharField(max_length=9, unique=True))]),\n"
	"        migrations.CreateModel(\"Restaurant\", [(\"stars\", models.IntegerField()), (\"place_ptr\", "
	"models.OneToOneField(auto_created=True, on_delete=models.CASCADE, parent_link=True, primary_key=True, "
	"serialize=False, to=\"shop.place\"))], bases=(\"shop.place\",)),\n"
	"        migrations.CreateModel(\"Bar\", [(\"beers\", models.IntegerField())], bases=(\"shop.place\",)),\n"
	"        migrations.CreateModel(\"Cafe\", [], options={\"proxy\": True}, bases=(\"shop.bar\",)),\n"
	"        migrations.CreateModel(\"Tag\", [(\"slug\", models.SlugField(primary_key=True))], "
	"options={\"db_table\": \"labels\"}),\n"
	"        migrations.CreateModel(\"AVeryLongNameOfAModelThatIsLongerThanWhatServersTakeForTheNameOfATable\", "
	"[(\"n\", models.IntegerField())]),\n"
	"        migrations.CreateModel(\"Order\", [(\"id\", models.BigAutoField(auto_created=True, "
	"primary_key=True)), (\"place\", models.ForeignKey(on_delete=models.CASCADE, to=\"shop.cafe\")), (\"by_code\", "
	"models.ForeignKey(on_delete=models.CASCADE, to=\"shop.place\", to_field=\"code\", related_name=\"+\")), "
	"(\"tags\", models.ManyToManyField(to=\"shop.tag\")), (\"others\", models.ManyToManyField(to=\"shop.order\", "
	"db_table=\"pairs\")), (\"parent\", models.ForeignKey(null=True, on_delete=models.CASCADE, to=\"self\"))], "
	"options={\"unique_together\": {(\"place\", \"parent\")}}),\n"
	"        migrations.CreateModel(\"Line\", [(\"order\", models.ForeignKey(on_delete=models.CASCADE, "
	"to=\"shop.order\")), (\"text\", models.TextField())], options={\"order_with_respect_to\": \"order\"}),\n"
	"        migrations.AddField(\"order\", \"restaurants\", models.ManyToManyField(to=\"shop.restaurant\", "
	"through=\"shop.Visit\", related_name=\"+\")),\n"
	"        migrations.CreateModel(\"Visit\", [(\"id\", models.AutoField(auto_created=True, primary_key=True)), "
	"(\"order\", models.ForeignKey(on_delete=models.CASCADE, to=\"shop.order\")), (\"restaurant\", "
	"models.ForeignKey(on_delete=models.CASCADE, to=\"shop.restaurant\"))]),\n"
	"        migrations.RenameField(\"place\", \"name\", \"title\"),\n"
	"        migrations.RenameField(\"place\", \"code\", \"number\"),\n"
	"        migrations.RenameField(\"order\", \"parent\", \"origin\"),\n"
	"        migrations.AlterField(\"order\", \"place\", models.ForeignKey(null=True, on_delete=models.CASCADE, "
	"to=\"shop.place\")),\n"
	"        migrations.RenameModel(\"Order\", \"Purchase\"),\n"
	"        migrations.AlterModelTable(\"Tag\", None),\n"
	"        migrations.AlterModelTable(\"Visit\", \"visits\"),\n"
	"        migrations.AddIndex(\"line\", models.Index(fields=[\"text\"], name=\"line_text\")),\n"
	"    ]\n";

/* What Django 5.2.9 says after these operations (StateApps of mutate_state()), through models too. */
static const char *const models[] = {
	"shop.place shop_place pk=id fields=id:id,title:title,number:number m2m= "
	"related=bar.place_ptr,purchase.by_code,purchase.place,restaurant.place_ptr unique=[]",
	"shop.restaurant shop_restaurant pk=place_ptr fields=place_ptr:place_ptr_id,stars:stars m2m= "
	"related=purchase.restaurants,visit.restaurant unique=[]",
	"shop.bar shop_bar pk=place_ptr fields=place_ptr:place_ptr_id,beers:beers m2m= related= unique=[]",
	"shop.cafe shop_bar pk=place_ptr fields= m2m= related= unique=[]",
	"shop.tag shop_tag pk=slug fields=slug:slug m2m= related=purchase.tags,purchase_tags.tag unique=[]",
	"shop.averylongnameofamodelthatislongerthanwhatserverstakeforthenameofatable "
	"shop_averylongnameofamodelthatislongerthanwhatserverstakefo3e79 pk=id fields=id:id,n:n m2m= related= "
	"unique=[]",
	"shop.line shop_line pk=id fields=id:id,order:order_id,text:text,_order:_order m2m= related= unique=[]",
	"shop.visit visits pk=id fields=id:id,order:order_id,restaurant:restaurant_id m2m= related= unique=[]",
	"shop.purchase_tags shop_purchase_tags pk=id fields=id:id,purchase:purchase_id,tag:tag_id m2m= related= "
	"unique=[(purchase,tag)]",
	"shop.purchase_others pairs pk=id fields=id:id,from_purchase:from_purchase_id,to_purchase:to_purchase_id m2m= "
	"related= unique=[(from_purchase,to_purchase)]",
	"shop.purchase shop_purchase pk=id fields=id:id,place:place_id,by_code:by_code_id,origin:origin_id "
	"m2m=tags:shop_purchase_tags(purchase_id,tag_id),others:pairs(from_purchase_id,to_purchase_id),restaurants:"
	"visits(order_id,restaurant_id) "
	"related=line.order,purchase.origin,purchase.others,purchase_others.from_purchase,purchase_others.to_purchase,"
	"purchase_tags.purchase,visit.order unique=[(place,origin)]"};

static void models_are_those_of_django(void **state)
{
	struct fixture *self = *state;
	apply(self, self->state, operations);
	for (size_t i = 0; i < G_N_ELEMENTS(models); i++) {
		g_autofree char *key = g_strndup(models[i], strcspn(models[i], " "));
		g_autofree char *text = described(self->state, key);
		assert_string_equal(text, models[i]);
	}
	assert_null(iw_django_state_context(self->state)->problem);
}

/* copies ----------------------------------------------------------------------------------------------------------- */

static void copies_share_models_until_one_changes(void **state)
{
	struct fixture *self = *state;
	apply(self, self->state,
	      "migrations.CreateModel('A', [('n', models.IntegerField())]), "
	      "migrations.CreateModel('B', [('n', models.IntegerField())])");
	iw_django_state *copy = iw_django_state_copy(self->state);
	const struct django_model *a = iw_django_find_model(self->state, "shop.a").model;
	const struct django_model *b = iw_django_find_model(self->state, "shop.b").model;
	assert_ptr_equal(iw_django_find_model(copy, "shop.a").model, a);
	apply(self, copy, "migrations.AddField('a', 'x', models.IntegerField())");
	assert_ptr_equal(iw_django_find_model(self->state, "shop.a").model, a);
	assert_ptr_not_equal(iw_django_find_model(copy, "shop.a").model, a);
	assert_ptr_equal(iw_django_find_model(copy, "shop.b").model, b);
	assert_int_equal(a->fields->len, 1);
	assert_int_equal(iw_django_find_model(copy, "shop.a").model->fields->len, 2);
	/* The original may go on, too; the copy does not see it. */
	apply(self, self->state, "migrations.DeleteModel('B')");
	assert_null(iw_django_find_model(self->state, "shop.b").model);
	assert_ptr_equal(iw_django_find_model(copy, "shop.b").model, b);
}

static void a_default_that_is_not_kept_is_not_in_the_state(void **state)
{
	struct fixture *self = *state;
	apply(self, self->state,
	      "migrations.CreateModel('A', [('n', models.IntegerField(default=1))]), "
	      "migrations.AddField('a', 'x', models.IntegerField(default=7), preserve_default=False), "
	      "migrations.AddField('a', 'y', models.IntegerField(default=7))");
	struct django_model_ref model = iw_django_find_model(self->state, "shop.a");
	assert_true(iw_django_has_default(iw_django_get_field(model, "n").field));
	assert_false(iw_django_has_default(iw_django_get_field(model, "x").field));
	assert_true(iw_django_has_default(iw_django_get_field(model, "y").field));
}

static void options_are_altered_as_django_does(void **state)
{
	struct fixture *self = *state;
	apply(self, self->state,
	      "migrations.CreateModel('A', [('n', models.IntegerField())], options={'managed': False, 'ordering': "
	      "['n'], 'db_table': 't', 'unique_together': ('n', 'm')}), "
	      "migrations.AlterModelOptions('A', {'verbose_name': 'x'})");
	const struct django_model *model = iw_django_find_model(self->state, "shop.a").model;
	assert_true(model->is_managed);
	assert_false(g_hash_table_contains(model->options, "ordering"));
	assert_string_equal(model->db_table, "t");
	assert_int_equal(model->unique_together->len, 1);
	apply(self, self->state, "migrations.AlterUniqueTogether('A', set()), migrations.AlterModelTable('a', None)");
	model = iw_django_find_model(self->state, "shop.a").model;
	assert_int_equal(model->unique_together->len, 0);
	assert_string_equal(model->db_table, "shop_a");
}

static void a_model_that_is_swapped_has_no_table(void **state)
{
	struct fixture *self = *state;
	apply(self, self->state,
	      "migrations.CreateModel('User', [('n', models.IntegerField())], options={'swappable': "
	      "'AUTH_USER_MODEL'}), migrations.CreateModel('Other', [], options={'swappable': "
	      "'SHOP_OTHER_MODEL'})");
	assert_true(iw_django_find_model(self->state, "shop.user").model->swapped);
	assert_false(iw_django_find_model(self->state, "shop.other").model->swapped);
}

/* what is not known -------------------------------------------------------------------------------------------------
 */

static void what_is_not_known_concerns_as_little_as_it_can(void **state)
{
	struct fixture *self = *state;
	apply(self, self->state,
	      "migrations.CreateModel('A', [('n', models.IntegerField()), ('x', "
	      "somewhere.CustomField())]), migrations.CreateModel('B', [('n', "
	      "models.IntegerField())], options={'db_table': somewhere.TABLE})");
	const struct django_model *a = iw_django_find_model(self->state, "shop.a").model;
	assert_null(a->unknown);
	assert_non_null(((const struct django_field *)a->fields->pdata[1])->unknown);
	assert_non_null(iw_django_find_model(self->state, "shop.b").model->unknown);
	/* Operations that are not known: nothing of the app is. A model made anew is. */
	apply(self, self->state, "*somewhere.more(), migrations.AddField('a', 'z', models.IntegerField())");
	assert_non_null(iw_django_find_model(self->state, "shop.a").model->unknown);
	apply(self, self->state, "migrations.AddField('never', 'z', models.IntegerField())");
	apply(self, self->state, "migrations.CreateModel('C', [('n', models.IntegerField())])");
	assert_null(iw_django_find_model(self->state, "shop.c").model->unknown);
}

static void what_django_refuses_is_refused(void **state)
{
	struct fixture *self = *state;
	apply(self, self->state, "migrations.CreateModel('A', [('n', models.IntegerField())])");
	refuses(self, "migrations.DeleteModel('B')", "DeleteModel: App 'shop' doesn't have a 'B' model.");
	refuses(self, "migrations.AddField('b', 'x', models.IntegerField())",
		"AddField: App 'shop' doesn't have a 'b' model.");
	refuses(self, "migrations.RemoveField('a', 'x')", "RemoveField: shop.A has no field named 'x'");
	refuses(self, "migrations.AlterField('a', 'x', models.IntegerField())",
		"AlterField: shop.A has no field named 'x'");
	refuses(self, "migrations.RenameField('a', 'x', 'y')", "RenameField: shop.A has no field named 'x'");
	refuses(self, "migrations.RenameModel('A', 'a')", "RenameModel: KeyError: ('shop', 'a')");
}

static void renamed_models_are_told(void **state)
{
	struct fixture *self = *state;
	GPtrArray *names = iw_django_renamed_models(
		self->state, "shop",
		migration_of(self, "migrations.RenameModel('OldName', 'NewName'), migrations.DeleteModel('X')"));
	assert_int_equal(names->len, 4);
	assert_string_equal(names->pdata[0], "shop");
	assert_string_equal(names->pdata[1], "oldname");
	assert_string_equal(names->pdata[2], "newname");
	assert_string_equal(names->pdata[3], "OldName");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(models_are_those_of_django, set_up, tear_down),
		cmocka_unit_test_setup_teardown(copies_share_models_until_one_changes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_default_that_is_not_kept_is_not_in_the_state, set_up, tear_down),
		cmocka_unit_test_setup_teardown(options_are_altered_as_django_does, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_model_that_is_swapped_has_no_table, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_not_known_concerns_as_little_as_it_can, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_django_refuses_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(renamed_models_are_told, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
