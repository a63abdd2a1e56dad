#include "sql/postgres/newer.h"
char *pg_rewrite(struct reading *reading G_GNUC_UNUSED)
{
	return NULL;
}
const struct pg_amendment *pg_find_amendment(const struct reading *reading, enum pg_amendment_kind kind, size_t from,
					     size_t to)
{
	for (guint i = 0; reading->amendments != NULL && i < reading->amendments->len; i++) {
		const struct pg_amendment *amendment = g_ptr_array_index(reading->amendments, i);
		if (amendment->kind == kind && amendment->offset >= from && amendment->offset < to)
			return amendment;
	}
	return NULL;
}
bool pg_amendment_hides_expression(const struct pg_amendment *amendment, size_t from, size_t to)
{
	return amendment->kind == PG_AMEND_EXPRESSION && amendment->offset < to && amendment->end > from;
}
