/* Where libmariadb's functions are once it is loaded. */
#include "driver/mysql/library_internal.h"

struct iw_mysql_functions iw_mysql_functions;

static const struct iw_library_function functions[] = {IW_MYSQL_FUNCTIONS(IW_LIBRARY_ROW){0}};

struct iw_library iw_mysql_library = {.file = "libmariadb.so.3", .functions = functions};
