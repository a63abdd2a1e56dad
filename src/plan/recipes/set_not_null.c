/* SET NOT NULL: see docs/recipes. */
#include "plan/recipes/parts.h"

static bool fits(const struct iw_recipe_context *context)
{
	return context->operation->kind == IW_OP_SET_NOT_NULL && iw_recipe_blocks(context);
}

static const char *make(struct iw_recipe_maker *maker)
{
	return iw_recipe_make_not_null(maker, maker->context->operation->member);
}

const struct iw_recipe iw_recipe_set_not_null = {
	.id = "set-not-null-by-check",
	.title = "NOT NULL proved before the lock",
	.dialects = 1U << IW_POSTGRES,
	.fits = fits,
	.make = make,
	.when = "SET NOT NULL on a table that is there: as written it blocks reads and writes while every row is read.",
	.how = "CHECK (column IS NOT NULL) NOT VALID under a short lock, VALIDATE CONSTRAINT, then SET NOT NULL, which "
	       "takes the check for its proof and reads nothing; the check goes in the same transaction.",
	.cost = "One scan, as before, without the lock.",
	.no_return = "None: DROP NOT NULL.",
	.setup = "CREATE TABLE users (id bigint PRIMARY KEY, email text, name text, age integer NOT NULL DEFAULT 0);",
	.example = "ALTER TABLE users ALTER COLUMN email SET NOT NULL;",
};
