/* Parts of the URL reader, for driver/url*.c only. All return false with reader->error set. */
#pragma once

#include "driver/driver.h"

struct reader {
	iw_arena *arena;
	struct iw_url *url;
	const char *base;
	bool has_driver; /* "mysql+pymysql://", "sqlite+aiosqlite://" */
	GError **error;
};

/* "cannot read the database URL: WHAT"; `what` holds no part of the URL that could be secret. */
bool iw_url_fail(struct reader *reader, const char *what);
/* Percent-decoded copy of `length` bytes (-1: all) in the arena; NULL with error set. */
char *iw_url_decode(struct reader *reader, const char *text, gssize length);

/* url_server.c: what stands behind "scheme:" of PostgreSQL and MySQL; Go's MySQL DSN; libpq's keyword strings. */
bool iw_url_read_server(struct reader *reader, const char *rest);
bool iw_url_read_go_dsn(struct reader *reader, const char *text, bool is_encoded);
bool iw_url_is_keywords(const char *text);
bool iw_url_read_keywords(struct reader *reader, const char *text);

/* url_options.c: "a=b&c=d", percent-encoded; and one decoded pair. The url's dialect is set before. */
bool iw_url_read_options(struct reader *reader, const char *query);
bool iw_url_set_option(struct reader *reader, const char *name, const char *value);
bool iw_url_is_libpq_keyword(const char *name);
