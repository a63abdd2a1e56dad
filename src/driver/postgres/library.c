/* Where libpq's functions are once it is loaded. */
#include "driver/postgres/library_internal.h"

struct iw_pq iw_pq;

static const struct iw_library_function functions[] = {IW_PQ_FUNCTIONS(IW_LIBRARY_ROW){0}};

struct iw_library iw_pq_library = {.file = "libpq.so.5", .functions = functions};
