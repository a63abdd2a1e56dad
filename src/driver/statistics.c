/* Look-up in the statistics of a live database; see driver.h. */
#include "driver/driver.h"

const struct iw_table_statistics *iw_statistics_find(const struct iw_statistics *statistics, struct iw_name name)
{
	if (statistics == NULL || statistics->tables == NULL || name.name == NULL)
		return NULL;
	if (name.schema == NULL)
		return g_hash_table_lookup(statistics->tables, name.name);
	g_autofree char *key = g_strdup_printf("%s.%s", name.schema, name.name);
	const struct iw_table_statistics *found = g_hash_table_lookup(statistics->tables, key);
	if (found != NULL)
		return found;
	found = g_hash_table_lookup(statistics->tables, name.name);
	return found != NULL && g_strcmp0(found->name.schema, name.schema) == 0 ? found : NULL;
}
