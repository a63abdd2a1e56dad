/* Parts of the Prisma framework: reading schema.prisma's head, and the bookkeeping table. */
#pragma once

#include "framework/framework_internal.h"

/* "value" or env("VARIABLE"); both NULL: not there. */
struct iw_prisma_setting {
	const char *text, *variable;
	struct iw_place place; /* source NULL: not there */
};

/* What the datasource block says, from the file that holds it. */
struct iw_prisma_datasource {
	const iw_source *source; /* NULL: there is no datasource block */
	const char *directory;	 /* of that file */
	struct iw_prisma_setting provider, url, direct_url;
};

/* Reads one file; leaves *found alone when it has no datasource block. Errors: IW_ERROR_INPUT. */
bool iw_prisma_read_datasource(iw_arena *arena, const char *path, struct iw_prisma_datasource *found, GError **error);

extern const struct iw_bookkeeping_class iw_prisma_bookkeeping;
