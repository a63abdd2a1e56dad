/* The classes of fields that Django has, as rows, and look-up of them; see fields.h. After django/db/models/fields. */
#include "framework/django/fields.h"

#include <string.h>

#define M	       "django.db.models."
#define POSTGRES       "django.contrib.postgres.fields."
#define GIS	       "django.contrib.gis.db.models.fields."
#define DATED	       "verbose_name name auto_now auto_now_add"
#define GEOMETRY(type) M "Field", DJANGO_CUSTOM, type, "verbose_name dim geography", 0
#define SPATIAL                                                                                                        \
	DJANGO_PARAMETERS({"srid", "4326", DROP_NEVER}, {"spatial_index", "True", DROP_TRUE},                          \
			  {"dim", "2", DROP_INITIAL}, {"geography", "False", DROP_FALSE},                              \
			  {"max_geom_collections", NULL, DROP_NEVER})

const struct django_class iw_django_classes[] = {
	{M "Field", NULL, NULL, DJANGO_TYPES, NULL,
	 "verbose_name name primary_key max_length unique blank null db_index rel default editable serialize "
	 "unique_for_date unique_for_month unique_for_year choices help_text db_column db_tablespace auto_created "
	 "validators error_messages db_comment db_default",
	 NAMED_TYPE,
	 DJANGO_PARAMETERS(
		 {"verbose_name", "None", DROP_NONE}, {"name", "None", DROP_ALWAYS},
		 {"primary_key", "False", DROP_FALSE}, {"max_length", "None", DROP_NONE},
		 {"unique", "False", DROP_FALSE}, {"blank", "False", DROP_FALSE}, {"null", "False", DROP_FALSE},
		 {"db_index", "False", DROP_FALSE}, {"rel", "None", DROP_ALWAYS},
		 {"default", "django.db.models.fields.NOT_PROVIDED", DROP_INITIAL}, {"editable", "True", DROP_TRUE},
		 {"serialize", "True", DROP_TRUE}, {"unique_for_date", "None", DROP_NONE},
		 {"unique_for_month", "None", DROP_NONE}, {"unique_for_year", "None", DROP_NONE},
		 {"choices", "None", DROP_NONE}, {"help_text", "''", DROP_INITIAL}, {"db_column", "None", DROP_NONE},
		 {"db_tablespace", "None", DROP_NONE}, {"auto_created", "False", DROP_FALSE},
		 {"validators", "[]", DROP_FALSY}, {"error_messages", "None", DROP_NONE},
		 {"db_comment", "None", DROP_NONE},
		 {"db_default", "django.db.models.fields.NOT_PROVIDED", DROP_INITIAL})},
	/* numbers */
	{M "IntegerField", NULL, M "Field", DJANGO_INTEGER, NULL, NULL, NO_EMPTY_STRINGS, NULL},
	{M "BigIntegerField", NULL, M "IntegerField", DJANGO_BIG_INTEGER, NULL, NULL, NO_EMPTY_STRINGS, NULL},
	{M "SmallIntegerField", NULL, M "IntegerField", DJANGO_SMALL_INTEGER, NULL, NULL, NO_EMPTY_STRINGS, NULL},
	{M "PositiveIntegerField", NULL, M "IntegerField", DJANGO_POSITIVE_INTEGER, NULL, NULL, NO_EMPTY_STRINGS, NULL},
	{M "PositiveBigIntegerField", NULL, M "BigIntegerField", DJANGO_POSITIVE_BIG_INTEGER, NULL, NULL,
	 NO_EMPTY_STRINGS, NULL},
	{M "PositiveSmallIntegerField", NULL, M "SmallIntegerField", DJANGO_POSITIVE_SMALL_INTEGER, NULL, NULL,
	 NO_EMPTY_STRINGS, NULL},
	{M "AutoField", NULL, M "IntegerField", DJANGO_AUTO, NULL, NULL, NO_EMPTY_STRINGS,
	 DJANGO_PARAMETERS({"blank", "True", DROP_ALWAYS, true}, {"primary_key", "False", SAY_TRUE})},
	{M "BigAutoField", NULL, M "BigIntegerField", DJANGO_BIG_AUTO, NULL, NULL, NO_EMPTY_STRINGS,
	 DJANGO_PARAMETERS({"blank", "True", DROP_ALWAYS, true}, {"primary_key", "False", SAY_TRUE})},
	{M "SmallAutoField", NULL, M "SmallIntegerField", DJANGO_SMALL_AUTO, NULL, NULL, NO_EMPTY_STRINGS,
	 DJANGO_PARAMETERS({"blank", "True", DROP_ALWAYS, true}, {"primary_key", "False", SAY_TRUE})},
	{M "OrderWrt", NULL, M "IntegerField", DJANGO_INTEGER, NULL, NULL, NO_EMPTY_STRINGS,
	 DJANGO_PARAMETERS({"name", "'_order'", DROP_ALWAYS, true}, {"editable", "False", DROP_TRUE, true})},
	{M "FloatField", NULL, M "Field", DJANGO_FLOAT, NULL, NULL, NO_EMPTY_STRINGS, NULL},
	{M "DecimalField", NULL, M "Field", DJANGO_DECIMAL, NULL, "verbose_name name max_digits decimal_places",
	 NO_EMPTY_STRINGS, DJANGO_PARAMETERS({"max_digits", "None", DROP_NONE}, {"decimal_places", "None", DROP_NONE})},
	{M "BooleanField", NULL, M "Field", DJANGO_BOOLEAN, NULL, NULL, NO_EMPTY_STRINGS, NULL},
	{M "NullBooleanField", NULL, M "BooleanField", DJANGO_NULL_BOOLEAN, NULL, NULL, NO_EMPTY_STRINGS,
	 DJANGO_PARAMETERS({"null", "True", DROP_ALWAYS, true}, {"blank", "True", DROP_ALWAYS, true})},
	/* texts */
	{M "CharField", NULL, M "Field", DJANGO_CHAR, NULL, NULL, 0,
	 DJANGO_PARAMETERS({"db_collation", "None", DROP_FALSY})},
	{M "TextField", NULL, M "Field", DJANGO_TEXT, NULL, NULL, 0,
	 DJANGO_PARAMETERS({"db_collation", "None", DROP_FALSY})},
	{M "CommaSeparatedIntegerField", NULL, M "CharField", DJANGO_CHAR, NULL, NULL, 0, NULL},
	{M "EmailField", NULL, M "CharField", DJANGO_CHAR, NULL, NULL, 0,
	 DJANGO_PARAMETERS({"max_length", "254", DROP_NONE})},
	{M "URLField", NULL, M "CharField", DJANGO_CHAR, NULL, "verbose_name name", 0,
	 DJANGO_PARAMETERS({"max_length", "200", DROP_INITIAL})},
	{M "SlugField", NULL, M "CharField", DJANGO_SLUG, NULL, NULL, 0,
	 DJANGO_PARAMETERS({"max_length", "50", DROP_INITIAL}, {"db_index", "True", DROP_TRUE},
			   {"allow_unicode", "False", DROP_FALSE})},
	{M "FilePathField", NULL, M "Field", DJANGO_FILE_PATH, NULL,
	 "verbose_name name path match recursive allow_files allow_folders", 0,
	 DJANGO_PARAMETERS({"max_length", "100", DROP_INITIAL}, {"path", "''", DROP_INITIAL},
			   {"match", "None", DROP_NONE}, {"recursive", "False", DROP_FALSE},
			   {"allow_files", "True", DROP_TRUE}, {"allow_folders", "False", DROP_FALSE})},
	{M "FileField", NULL, M "Field", DJANGO_FILE, NULL, "verbose_name name upload_to storage", 0,
	 DJANGO_PARAMETERS({"max_length", "100", DROP_INITIAL}, {"upload_to", "''", DROP_NEVER},
			   {"storage", "None", DROP_NONE})},
	{M "ImageField", NULL, M "FileField", DJANGO_FILE, NULL, "verbose_name name width_field height_field", 0,
	 DJANGO_PARAMETERS({"width_field", "None", DROP_FALSY}, {"height_field", "None", DROP_FALSY})},
	{M "BinaryField", NULL, M "Field", DJANGO_BINARY, NULL, NULL, 0,
	 DJANGO_PARAMETERS({"editable", "False", DROP_FALSY})},
	{M "UUIDField", NULL, M "Field", DJANGO_UUID, NULL, "verbose_name", NO_EMPTY_STRINGS,
	 DJANGO_PARAMETERS({"max_length", "32", DROP_ALWAYS, true})},
	{M "IPAddressField", NULL, M "Field", DJANGO_IP_ADDRESS, NULL, NULL, NO_EMPTY_STRINGS,
	 DJANGO_PARAMETERS({"max_length", "15", DROP_ALWAYS, true})},
	{M "GenericIPAddressField", NULL, M "Field", DJANGO_GENERIC_IP_ADDRESS, NULL,
	 "verbose_name name protocol unpack_ipv4 primary_key", NO_EMPTY_STRINGS,
	 DJANGO_PARAMETERS({"max_length", "39", DROP_ALWAYS, true}, {"protocol", "'both'", DROP_INITIAL},
			   {"unpack_ipv4", "False", DROP_FALSE})},
	{M "JSONField", NULL, M "Field", DJANGO_JSON, NULL, "verbose_name name encoder decoder", NO_EMPTY_STRINGS,
	 DJANGO_PARAMETERS({"encoder", "None", DROP_NONE}, {"decoder", "None", DROP_NONE})},
	/* times */
	{M "DateField", NULL, M "Field", DJANGO_DATE, NULL, DATED, NO_EMPTY_STRINGS,
	 DJANGO_PARAMETERS({"auto_now", "False", DROP_FALSY}, {"auto_now_add", "False", DROP_FALSY})},
	{M "DateTimeField", NULL, M "DateField", DJANGO_DATE_TIME, NULL, NULL, NO_EMPTY_STRINGS, NULL},
	{M "TimeField", NULL, M "Field", DJANGO_TIME, NULL, DATED, NO_EMPTY_STRINGS,
	 DJANGO_PARAMETERS({"auto_now", "False", DROP_FALSE}, {"auto_now_add", "False", DROP_FALSE})},
	{M "DurationField", NULL, M "Field", DJANGO_DURATION, NULL, NULL, NO_EMPTY_STRINGS, NULL},
	/* relations */
	{M "RelatedField", NULL, M "Field", DJANGO_NO_COLUMN, NULL, NULL, NAMED_TYPE,
	 DJANGO_PARAMETERS({"limit_choices_to", "None", DROP_FALSY}, {"related_name", "None", DROP_NONE},
			   {"related_query_name", "None", DROP_NONE})},
	{M "ForeignKey", NULL, M "RelatedField", DJANGO_FOREIGN_KEY, NULL,
	 "to on_delete related_name related_query_name limit_choices_to parent_link to_field db_constraint",
	 NO_EMPTY_STRINGS | NAMED_TYPE,
	 DJANGO_PARAMETERS({"to", NULL, DROP_NEVER}, {"on_delete", NULL, DROP_NEVER},
			   {"parent_link", "False", DROP_FALSY}, {"to_field", "None", DROP_NONE},
			   {"db_constraint", "True", DROP_TRUE}, {"db_index", "True", DROP_TRUE},
			   {"swappable", "True", DROP_ALWAYS}, {"from_fields", NULL, DROP_ALWAYS},
			   {"to_fields", NULL, DROP_ALWAYS})},
	{M "OneToOneField", NULL, M "ForeignKey", DJANGO_ONE_TO_ONE, NULL, "to on_delete to_field",
	 NO_EMPTY_STRINGS | NAMED_TYPE, DJANGO_PARAMETERS({"unique", "True", DROP_ALWAYS, true})},
	{M "ManyToManyField", NULL, M "RelatedField", DJANGO_NO_COLUMN, NULL,
	 "to related_name related_query_name limit_choices_to symmetrical through through_fields db_constraint "
	 "db_table swappable",
	 NAMED_TYPE,
	 DJANGO_PARAMETERS({"to", NULL, DROP_NEVER}, {"symmetrical", "None", DROP_ALWAYS},
			   {"through", "None", DROP_NONE}, {"through_fields", "None", DROP_FALSY},
			   {"db_constraint", "True", DROP_TRUE}, {"db_table", "None", DROP_NONE},
			   {"swappable", "True", DROP_ALWAYS})},
	{"django.contrib.contenttypes.fields.GenericForeignKey", NULL, NULL, DJANGO_NO_COLUMN, NULL,
	 "ct_field fk_field for_concrete_model", NAMED_TYPE, NULL},
	{"django.contrib.contenttypes.fields.GenericRelation", NULL, NULL, DJANGO_NO_COLUMN, NULL,
	 "to object_id_field content_type_field for_concrete_model related_query_name limit_choices_to", NAMED_TYPE,
	 NULL},
	/* made of others */
	{M "GeneratedField", NULL, M "Field", DJANGO_GENERATED, NULL, "", 0,
	 DJANGO_PARAMETERS({"blank", "True", DROP_ALWAYS}, {"editable", "False", DROP_ALWAYS})},
	{M "CompositePrimaryKey", NULL, M "Field", DJANGO_NO_COLUMN, NULL, "", NAMED_TYPE,
	 DJANGO_PARAMETERS({"editable", "False", DROP_TRUE}, {"primary_key", "True", DROP_FALSE},
			   {"blank", "True", DROP_FALSE})},
	/* PostgreSQL */
	{POSTGRES "ArrayField", POSTGRES "array.ArrayField", M "Field", DJANGO_ARRAY, NULL, "base_field size",
	 NO_EMPTY_STRINGS, DJANGO_PARAMETERS({"base_field", NULL, DROP_NEVER}, {"size", "None", DROP_NONE})},
	{POSTGRES "hstore.HStoreField", POSTGRES "HStoreField", M "Field", DJANGO_HSTORE, "hstore", NULL,
	 NO_EMPTY_STRINGS, NULL},
	{POSTGRES "jsonb.JSONField", POSTGRES "JSONField", M "JSONField", DJANGO_JSON, NULL, NULL, NO_EMPTY_STRINGS,
	 NULL},
	{POSTGRES "citext.CICharField", POSTGRES "CICharField", M "CharField", DJANGO_CITEXT, "citext", NULL, 0, NULL},
	{POSTGRES "citext.CIEmailField", POSTGRES "CIEmailField", M "EmailField", DJANGO_CITEXT, "citext", NULL, 0,
	 NULL},
	{POSTGRES "citext.CITextField", POSTGRES "CITextField", M "TextField", DJANGO_CITEXT, "citext", NULL, 0, NULL},
	{POSTGRES "ranges.RangeField", POSTGRES "RangeField", M "Field", DJANGO_RANGE, NULL, NULL, NO_EMPTY_STRINGS,
	 DJANGO_PARAMETERS({"default_bounds", "'[)'", DROP_INITIAL})},
	{POSTGRES "ranges.IntegerRangeField", POSTGRES "IntegerRangeField", POSTGRES "ranges.RangeField", DJANGO_RANGE,
	 "int4range", NULL, NO_EMPTY_STRINGS, NULL},
	{POSTGRES "ranges.BigIntegerRangeField", POSTGRES "BigIntegerRangeField", POSTGRES "ranges.RangeField",
	 DJANGO_RANGE, "int8range", NULL, NO_EMPTY_STRINGS, NULL},
	{POSTGRES "ranges.DecimalRangeField", POSTGRES "DecimalRangeField", POSTGRES "ranges.RangeField", DJANGO_RANGE,
	 "numrange", NULL, NO_EMPTY_STRINGS, NULL},
	{POSTGRES "ranges.FloatRangeField", POSTGRES "FloatRangeField", POSTGRES "ranges.RangeField", DJANGO_RANGE,
	 "numrange", NULL, NO_EMPTY_STRINGS, NULL},
	{POSTGRES "ranges.DateTimeRangeField", POSTGRES "DateTimeRangeField", POSTGRES "ranges.RangeField",
	 DJANGO_RANGE, "tstzrange", NULL, NO_EMPTY_STRINGS, NULL},
	{POSTGRES "ranges.DateRangeField", POSTGRES "DateRangeField", POSTGRES "ranges.RangeField", DJANGO_RANGE,
	 "daterange", NULL, NO_EMPTY_STRINGS, NULL},
	{"django.contrib.postgres.search.SearchVectorField", NULL, M "Field", DJANGO_SEARCH_VECTOR, "tsvector", NULL, 0,
	 NULL},
	{"django.contrib.postgres.search.SearchQueryField", NULL, M "Field", DJANGO_CUSTOM, "tsquery", NULL, 0, NULL},
	/* GeoDjango; db_type is geom_type */
	{GIS "GeometryField", NULL, GEOMETRY("GEOMETRY"), SPATIAL},
	{GIS "PointField", NULL, GEOMETRY("POINT"), SPATIAL},
	{GIS "LineStringField", NULL, GEOMETRY("LINESTRING"), SPATIAL},
	{GIS "PolygonField", NULL, GEOMETRY("POLYGON"), SPATIAL},
	{GIS "MultiPointField", NULL, GEOMETRY("MULTIPOINT"), SPATIAL},
	{GIS "MultiLineStringField", NULL, GEOMETRY("MULTILINESTRING"), SPATIAL},
	{GIS "MultiPolygonField", NULL, GEOMETRY("MULTIPOLYGON"), SPATIAL},
	{GIS "GeometryCollectionField", NULL, GEOMETRY("GEOMETRYCOLLECTION"), SPATIAL},
	{GIS "RasterField", NULL, M "Field", DJANGO_CUSTOM, "RASTER", "verbose_name srid spatial_index", 0, SPATIAL},
	{NULL, NULL, NULL, DJANGO_TYPES, NULL, NULL, 0, NULL},
};

/* look-up -----------------------------------------------------------------------------------------------------------
 */

static void add_rows(GHashTable *table, const struct django_class *rows)
{
	for (; rows->path != NULL; rows++) {
		g_hash_table_insert(table, (char *)rows->path, (gpointer)rows);
		g_auto(GStrv) aliases = g_strsplit(rows->alias == NULL ? "" : rows->alias, " ", -1);
		for (guint i = 0; aliases[i] != NULL; i++)
			if (*aliases[i] != '\0')
				g_hash_table_insert(table, g_strdup(aliases[i]), (gpointer)rows);
	}
}

static GHashTable *table_of_classes(void)
{
	static GHashTable *table;
	static gsize is_made;
	if (g_once_init_enter(&is_made)) {
		GHashTable *made = g_hash_table_new(g_str_hash, g_str_equal);
		add_rows(made, iw_django_classes);
		add_rows(made, iw_django_package_classes);
		table = made;
		g_once_init_leave(&is_made, 1);
	}
	return table;
}

/* Modules whose names Django's own deconstruct() shortens, and others that the same names are imported from. */
static const char *const shortened[][2] = {
	{"django.db.models.fields.related.", M}, {"django.db.models.fields.files.", M},
	{"django.db.models.fields.json.", M},	 {"django.db.models.fields.generated.", M},
	{"django.db.models.fields.proxy.", M},	 {"django.db.models.fields.composite.", M},
	{"django.db.models.fields.", M},	 {"django.db.models.deletion.", M},
	{"django.db.models.expressions.", M},	 {"django.db.models.query_utils.", M},
	{"django.contrib.gis.db.models.", GIS},	 {"django.contrib.gis.db.models.", M},
};

/* What stands behind the module's name, when it is one of that module; NULL otherwise. */
static const char *name_in(const char *path, const char *module)
{
	const char *name = g_str_has_prefix(path, module) ? path + strlen(module) : NULL;
	return name != NULL && strchr(name, '.') == NULL ? name : NULL;
}

const struct django_class *iw_django_class_row(const char *path)
{
	const struct django_class *row = g_hash_table_lookup(table_of_classes(), path);
	for (size_t i = 0; row == NULL && i < G_N_ELEMENTS(shortened); i++) {
		const char *name = name_in(path, shortened[i][0]);
		g_autofree char *plain = name == NULL ? NULL : g_strconcat(shortened[i][1], name, NULL);
		if (plain != NULL)
			row = g_hash_table_lookup(table_of_classes(), plain);
	}
	return row;
}

const char *iw_django_plain_path(iw_arena *arena, const char *path)
{
	const struct django_class *row = iw_django_class_row(path);
	if (row != NULL)
		return row->path;
	for (size_t i = 0; i < G_N_ELEMENTS(shortened); i++) {
		const char *name = strcmp(shortened[i][1], M) == 0 ? name_in(path, shortened[i][0]) : NULL;
		if (name != NULL)
			return iw_arena_printf(arena, M "%s", name);
	}
	return path;
}

const struct django_class *iw_django_class_parent(const struct django_class *row)
{
	return row->parent == NULL ? NULL : g_hash_table_lookup(table_of_classes(), row->parent);
}

bool iw_django_class_derives(const struct django_class *row, const char *path)
{
	for (; row != NULL; row = iw_django_class_parent(row))
		if (strcmp(row->path, path) == 0)
			return true;
	return false;
}

bool iw_django_is_harmless_base(const char *path)
{
	static const char *const paths[] = {
		"builtins.object",
		"abc.ABC",
		"typing.Generic",
		"django.contrib.postgres.utils.CheckPostgresInstalledMixin",
		"django.contrib.postgres.fields.mixins.CheckFieldDefaultMixin",
		"django.db.models.fields.mixins.CheckFieldDefaultMixin",
		"django.db.models.fields.mixins.FieldCacheMixin",
		"django.db.models.fields.DateTimeCheckMixin",
		"django.db.models.query_utils.RegisterLookupMixin",
		"django.utils.deconstruct.deconstructible",
	};
	for (size_t i = 0; i < G_N_ELEMENTS(paths); i++)
		if (strcmp(paths[i], path) == 0)
			return true;
	return false;
}
