/* The part of a URL that says which server: "//user:password@host:port/database?options", Go's DSN, libpq's keywords.
 */
#include "driver/url_internal.h"

#include "base/error.h"

#include <string.h>

static bool special_characters(struct reader *reader, const char *what)
{
	iw_url_fail(reader, what);
	iw_error_hint(reader->error,
		      "Special characters in the password must be percent-encoded: / is %%2F, ? is %%3F, "
		      "# is %%23, @ is %%40, : is %%3A.");
	return false;
}

static bool is_port(const char *text, size_t length)
{
	if (length == 0 || length > 5 || strspn(text, "0123456789") < length)
		return false;
	return g_ascii_strtoull(text, NULL, 10) <= 65535;
}

/* One "host", "host:port", "[v6]:port": appended to the lists. */
static bool read_host(struct reader *reader, const char *text, size_t length, GString *hosts, GString *ports)
{
	const char *end = text + length, *colon = NULL, *host = text;
	size_t host_length;
	if (length > 0 && *text == '[') {
		const char *bracket = memchr(text, ']', length);
		if (bracket == NULL)
			return special_characters(reader, "\"]\" is missing after the IPv6 address");
		host = text + 1;
		host_length = (size_t)(bracket - host);
		colon = bracket + 1 < end ? bracket + 1 : NULL;
		if (colon != NULL && *colon != ':')
			return special_characters(reader, "something stands between the IPv6 address and the port");
	} else {
		colon = memchr(text, ':', length);
		host_length = colon != NULL ? (size_t)(colon - text) : length;
	}
	const char *decoded = iw_url_decode(reader, host, (gssize)host_length);
	if (decoded == NULL)
		return false;
	g_string_append(hosts, decoded);
	if (colon == NULL || colon + 1 == end)
		return true;
	if (!is_port(colon + 1, (size_t)(end - colon - 1)))
		return special_characters(reader, "the port is not a number from 0 to 65535");
	g_string_append_len(ports, colon + 1, end - colon - 1);
	return true;
}

/* "a:1,b:2" gives host "a,b" and port "1,2". */
static bool read_hosts(struct reader *reader, const char *text, size_t length)
{
	g_autoptr(GString) hosts = g_string_new(NULL), ports = g_string_new(NULL);
	bool has_port = false;
	for (size_t at = 0;;) {
		const char *comma = memchr(text + at, ',', length - at);
		size_t end = comma != NULL ? (size_t)(comma - text) : length;
		size_t ports_before = ports->len;
		if (!read_host(reader, text + at, end - at, hosts, ports))
			return false;
		has_port = has_port || ports->len > ports_before;
		if (comma == NULL)
			break;
		if (reader->url->dialect == IW_MYSQL)
			return iw_url_fail(reader, "several hosts are given, MySQL takes one");
		g_string_append_c(hosts, ',');
		g_string_append_c(ports, ',');
		at = end + 1;
	}
	if (hosts->len > 0)
		reader->url->host = iw_arena_strdup(reader->arena, hosts->str);
	if (has_port)
		reader->url->port = iw_arena_strdup(reader->arena, ports->str);
	return true;
}

static bool read_user(struct reader *reader, const char *text, size_t length, bool is_encoded)
{
	struct iw_url *url = reader->url;
	const char *colon = memchr(text, ':', length);
	size_t user = colon != NULL ? (size_t)(colon - text) : length;
	if (!is_encoded) {
		url->user = user > 0 ? iw_arena_strndup(reader->arena, text, user) : NULL;
		url->password = colon != NULL ? iw_arena_strndup(reader->arena, colon + 1, length - user - 1) : NULL;
		return true;
	}
	if (user > 0 && (url->user = iw_url_decode(reader, text, (gssize)user)) == NULL)
		return false;
	if (colon == NULL)
		return true;
	url->password = iw_url_decode(reader, colon + 1, (gssize)(length - user - 1));
	return url->password != NULL;
}

static bool read_database(struct reader *reader, const char *text, size_t length)
{
	if (length == 0)
		return true;
	reader->url->database = iw_url_decode(reader, text, (gssize)length);
	return reader->url->database != NULL;
}

/* The last '@' ends the password: an unencoded '@' in it is common, and no host holds one. */
static const char *last_at(const char *text, size_t length)
{
	return memrchr(text, '@', length);
}

static bool is_go_address(const char *text)
{
	const char *at = strrchr(text, '@');
	const char *address = at != NULL ? at + 1 : text;
	size_t net = strspn(address, "abcdefghijklmnopqrstuvwxyz0123456789");
	return net > 0 && address[net] == '(';
}

/* True for "/ss@host/db", "?ss@host/db": what was taken for the host was the user, and here is the password's rest. */
static bool holds_credentials(const char *rest)
{
	const char *at = strchr(rest, '@'), *option = strchr(rest, '=');
	return at != NULL && (option == NULL || at < option);
}

bool iw_url_read_server(struct reader *reader, const char *rest)
{
	if (!g_str_has_prefix(rest, "//")) { /* jdbc:postgresql:database */
		size_t length = strcspn(rest, "?");
		if (strchr(rest, ':') != NULL && (size_t)(strchr(rest, ':') - rest) < length)
			return iw_url_fail(
				reader, "this JDBC form (replication, load balancing, named addresses) is not known");
		return read_database(reader, rest + (*rest == '/'), length - (*rest == '/')) &&
		       (rest[length] == '\0' || iw_url_read_options(reader, rest + length + 1));
	}
	rest += 2;
	if (reader->url->dialect == IW_MYSQL && is_go_address(rest))
		return iw_url_read_go_dsn(reader, rest, true);
	size_t length = strcspn(rest, "/?#");
	const char *at = last_at(rest, length);
	if (at != NULL && !read_user(reader, rest, (size_t)(at - rest), true))
		return false;
	const char *hosts = at != NULL ? at + 1 : rest;
	if (!read_hosts(reader, hosts, length - (size_t)(hosts - rest)))
		return false;
	rest += length;
	if (at == NULL && holds_credentials(rest))
		return special_characters(reader, "\"/\" or \"?\" stands before \"@\"");
	if (*rest == '/') {
		length = strcspn(++rest, "?#");
		if (!read_database(reader, rest, length))
			return false;
		rest += length;
	}
	if (*rest == '#')
		return special_characters(reader, "\"#\" has no meaning in it");
	return *rest != '?' || iw_url_read_options(reader, rest + 1);
}

/* "tcp(host:port)", "unix(/socket)", "host:port" or nothing. */
static bool read_go_address(struct reader *reader, const char *text, size_t length)
{
	const char *open = memchr(text, '(', length);
	if (open == NULL)
		return read_hosts(reader, text, length);
	if (text[length - 1] != ')')
		return iw_url_fail(reader, "\")\" is missing after the address");
	const char *inner = open + 1;
	size_t inner_length = length - (size_t)(inner - text) - 1;
	if (g_str_has_prefix(text, "unix(")) {
		reader->url->socket = iw_arena_strndup(reader->arena, inner, inner_length);
		return true;
	}
	if (!g_str_has_prefix(text, "tcp(") && !g_str_has_prefix(text, "tcp6("))
		return iw_url_fail(reader, "the network in front of \"(\" is neither tcp nor unix");
	return read_hosts(reader, inner, inner_length);
}

/* [user[:password]@][net[(address)]]/database[?options]: as go-sql-driver cuts it, at the last slash. */
bool iw_url_read_go_dsn(struct reader *reader, const char *text, bool is_encoded)
{
	g_assert(text != NULL);
	const char *close = strrchr(text, ')');
	const char *options = strchr(close != NULL ? close : text, '?');
	size_t length = options != NULL ? (size_t)(options - text) : strlen(text);
	const char *slash = memrchr(text, '/', length);
	if (slash == NULL || (close != NULL && slash < close)) {
		if (memchr(text, '@', length) != NULL || memchr(text, '(', length) != NULL)
			return iw_url_fail(reader, "\"/\" is missing before the name of the database");
		return read_database(reader, text, length) &&
		       (options == NULL || iw_url_read_options(reader, options + 1));
	}
	size_t before = (size_t)(slash - text);
	const char *at = last_at(text, before);
	if (at != NULL && !read_user(reader, text, (size_t)(at - text), is_encoded))
		return false;
	const char *address = at != NULL ? at + 1 : text;
	if (address < slash && !read_go_address(reader, address, (size_t)(slash - address)))
		return false;
	return read_database(reader, slash + 1, length - before - 1) &&
	       (options == NULL || iw_url_read_options(reader, options + 1));
}

/* True for `word = value ...` that starts with a keyword of libpq. */
bool iw_url_is_keywords(const char *text)
{
	size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz_");
	g_autofree char *word = g_strndup(text, length);
	const char *rest = text + length + strspn(text + length, " \t\n");
	return *rest == '=' && iw_url_is_libpq_keyword(word);
}

/* A value: 'quoted' or up to a blank; a backslash takes the next character as it is. */
static const char *read_keyword_value(const char *at, GString *value)
{
	bool is_quoted = *at == '\'';
	at += is_quoted;
	for (; *at != '\0'; at++) {
		if (is_quoted ? *at == '\'' : g_ascii_isspace(*at))
			return at + is_quoted;
		if (*at == '\\' && at[1] != '\0')
			at++;
		g_string_append_c(value, *at);
	}
	return is_quoted ? NULL : at;
}

bool iw_url_read_keywords(struct reader *reader, const char *text)
{
	for (const char *at = text;;) {
		while (g_ascii_isspace(*at))
			at++;
		if (*at == '\0')
			return true;
		size_t length = strcspn(at, "= \t\r\n\f\v");
		const char *name = iw_arena_strndup(reader->arena, at, length);
		at += length;
		while (g_ascii_isspace(*at))
			at++;
		if (*at != '=')
			return iw_url_fail(reader, "\"=\" is missing after a keyword");
		at++;
		while (g_ascii_isspace(*at))
			at++;
		g_autoptr(GString) value = g_string_new(NULL);
		at = read_keyword_value(at, value);
		if (at == NULL)
			return iw_url_fail(reader, "a quoted value does not end");
		if (!iw_url_set_option(reader, name, iw_arena_strdup(reader->arena, value->str)))
			return false;
	}
}
