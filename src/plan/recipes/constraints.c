/* ADD CONSTRAINT: see docs/recipes. */
#include "plan/recipes/parts.h"

static bool adds(const struct iw_recipe_context *context, enum iw_constraint_kind kind)
{
	const struct iw_operation *operation = context->operation;
	return operation->kind == IW_OP_ADD_CONSTRAINT && operation->constraint != NULL &&
	       operation->constraint->kind == kind && !operation->constraint->is_not_valid &&
	       !operation->constraint->is_not_enforced && operation->constraint->using_index == NULL &&
	       iw_recipe_blocks(context);
}

static bool fits_unique(const struct iw_recipe_context *context)
{
	return adds(context, IW_UNIQUE) || adds(context, IW_PRIMARY_KEY);
}

static bool fits_foreign_key(const struct iw_recipe_context *context)
{
	return adds(context, IW_FOREIGN_KEY);
}

static bool fits_check(const struct iw_recipe_context *context)
{
	return adds(context, IW_CHECK);
}

static const char *make(struct iw_recipe_maker *maker)
{
	return iw_recipe_add_constraint(maker, maker->context->operation->constraint);
}

const struct iw_recipe iw_recipe_unique = {
	.id = "unique-using-index",
	.title = "A unique constraint or primary key from an index built while writes go on",
	.dialects = 1U << IW_POSTGRES,
	.fits = fits_unique,
	.make = make,
	.when = "ADD UNIQUE or ADD PRIMARY KEY on a table that is there: as written it blocks reads and writes while "
		"its "
		"index is built.",
	.how = "The columns of a primary key are made NOT NULL by a validated check; CREATE UNIQUE INDEX CONCURRENTLY; "
	       "ADD "
	       "CONSTRAINT ... USING INDEX under a short lock.",
	.cost = "Two scans for the index and one for each column that can be NULL.",
	.no_return = "None: the constraint is dropped.",
	.setup = "CREATE TABLE users (id bigint PRIMARY KEY, email text, name text, age integer NOT NULL DEFAULT 0);",
	.example = "ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE (email);",
};

const struct iw_recipe iw_recipe_foreign_key = {
	.id = "foreign-key-not-valid",
	.title = "A foreign key added first, checked later",
	.dialects = 1U << IW_POSTGRES,
	.fits = fits_foreign_key,
	.make = make,
	.when = "ADD FOREIGN KEY on a table that is there: as written it blocks writes to both tables while every row "
		"is "
		"looked up.",
	.how = "ADD CONSTRAINT ... NOT VALID under a short lock; VALIDATE CONSTRAINT in a transaction of its own.",
	.cost = "One scan, as before, without the lock.",
	.no_return = "None: the constraint is dropped.",
	.setup = "CREATE TABLE users (id bigint PRIMARY KEY);\n"
		 "CREATE TABLE posts (id bigint PRIMARY KEY, author bigint);",
	.example = "ALTER TABLE posts ADD FOREIGN KEY (author) REFERENCES users (id);",
};

const struct iw_recipe iw_recipe_check = {
	.id = "check-not-valid",
	.title = "A check added first, checked later",
	.dialects = 1U << IW_POSTGRES,
	.fits = fits_check,
	.make = make,
	.when = "ADD CHECK on a table that is there: as written it blocks reads and writes while every row is read.",
	.how = "ADD CONSTRAINT ... NOT VALID under a short lock; VALIDATE CONSTRAINT in a transaction of its own.",
	.cost = "One scan, as before, without the lock.",
	.no_return = "None: the constraint is dropped.",
	.setup = "CREATE TABLE users (id bigint PRIMARY KEY, email text, name text, age integer NOT NULL DEFAULT 0);",
	.example = "ALTER TABLE users ADD CONSTRAINT adult CHECK (age >= 18);",
};
