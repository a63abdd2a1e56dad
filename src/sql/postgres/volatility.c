/* Volatility of known functions; see volatility.h. */
#include "sql/postgres/volatility.h"

#include <stdlib.h>
#include <string.h>

struct function {
	const char *name;
	enum iw_volatility volatility;
};

/* Sorted by name; made by tools/generate-postgres-volatility. */
static const struct function functions[] = {
#include "sql/postgres/volatility.inc"
};

static int compare_function(const void *name, const void *entry)
{
	return strcmp(name, ((const struct function *)entry)->name);
}

enum iw_volatility iw_pg_volatility(const char *function)
{
	const struct function *found =
		bsearch(function, functions, G_N_ELEMENTS(functions), sizeof(functions[0]), compare_function);
	return found == NULL ? IW_VOLATILITY_UNKNOWN : found->volatility;
}
