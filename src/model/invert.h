/*
 * Invert: the operations that undo one operation, given the schema as it was before it.
 * This is `down` where the framework has none.
 */
#pragma once

#include "model/operation.h"

enum iw_invertible {
	IW_INVERTIBLE,	     /* undone without loss */
	IW_INVERTIBLE_LOSSY, /* the schema can be put back, data cannot (re-adding a dropped column; dropping a new one
				that holds data) */
	IW_NOT_INVERTIBLE,   /* data statements, opaque ones, enum values, ... */
};

struct iw_inverse {
	enum iw_invertible verdict;
	GPtrArray *operations; /* struct iw_operation *, in the order to run; empty when nothing is to be done */
	const char *reason;    /* one sentence; for LOSSY and NOT_INVERTIBLE: what would be lost, or why not */
};

/* Never NULL. `before` is the schema just before `operation`. Note: undoing CREATE TABLE or ADD COLUMN is LOSSY:
 * what was written into them since is lost. */
struct iw_inverse *iw_invert(iw_arena *arena, const struct iw_operation *operation, const iw_schema *before);
