/* Dispatch to the driver of a dialect, and the small helpers over it; see driver.h. */
#include "driver/driver.h"

#include "base/error.h"

static const struct iw_driver *const drivers[IW_DIALECTS] = {
	[IW_POSTGRES] = &iw_postgres_driver,
	[IW_MYSQL] = &iw_mysql_driver,
	[IW_SQLITE] = &iw_sqlite_driver,
};

iw_connection *iw_connection_open(const struct iw_url *url, const struct iw_open_options *options, GError **error)
{
	return drivers[url->dialect]->open(url, options, error);
}

void iw_connection_prepare(enum iw_dialect dialect)
{
	if (drivers[dialect]->prepare != NULL)
		drivers[dialect]->prepare();
}

void iw_connection_free(iw_connection *connection)
{
	if (connection != NULL)
		connection->driver->close(connection);
}

void iw_connection_set_tick(iw_connection *connection, iw_tick tick, void *data, int interval_ms)
{
	connection->tick = tick;
	connection->tick_data = data;
	connection->tick_interval_ms = interval_ms;
}

bool iw_execute(iw_connection *connection, const char *sql, GError **error)
{
	return connection->driver->execute(connection, sql, NULL, error);
}

iw_rows *iw_query(iw_connection *connection, const char *sql, GError **error)
{
	return connection->driver->query(connection, sql, error);
}

char *iw_query_value(iw_connection *connection, const char *sql, GError **error)
{
	g_autoptr(iw_rows) rows = iw_query(connection, sql, error);
	if (rows == NULL || iw_rows_count(rows) == 0)
		return NULL;
	return g_strdup(iw_rows_value(rows, 0, 0));
}

void iw_rows_free(iw_rows *rows)
{
	if (rows == NULL)
		return;
	for (guint i = 0; i < rows->values->len; i++) {
		char **row = g_ptr_array_index(rows->values, i);
		for (int column = 0; column < rows->columns; column++)
			g_free(row[column]);
		g_free(row);
	}
	g_ptr_array_unref(rows->values);
	for (guint i = 0; i < rows->names->len; i++)
		g_free(g_ptr_array_index(rows->names, i));
	g_ptr_array_unref(rows->names);
	g_free(rows);
}
