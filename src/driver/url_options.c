/* The options of database URLs: which engine's client knows which, and what other tools' spellings of them mean. */
#include "driver/url_internal.h"

#include "base/error.h"

#include <string.h>

/* https://www.postgresql.org/docs/18/libpq-connect.html#LIBPQ-PARAMKEYWORDS, without those that have a member of their
 * own. */
static const char *const libpq_keywords[] = {
	"application_name",
	"channel_binding",
	"client_encoding",
	"connect_timeout",
	"fallback_application_name",
	"gssdelegation",
	"gssencmode",
	"gsslib",
	"hostaddr",
	"keepalives",
	"keepalives_count",
	"keepalives_idle",
	"keepalives_interval",
	"krbsrvname",
	"load_balance_hosts",
	"max_protocol_version",
	"min_protocol_version",
	"oauth_client_id",
	"oauth_client_secret",
	"oauth_issuer",
	"oauth_scope",
	"options",
	"passfile",
	"replication",
	"require_auth",
	"requirepeer",
	"requiressl",
	"scram_client_key",
	"scram_server_key",
	"service",
	"servicefile",
	"ssl_max_protocol_version",
	"ssl_min_protocol_version",
	"sslcert",
	"sslcertmode",
	"sslcompression",
	"sslcrl",
	"sslcrldir",
	"sslkey",
	"sslkeylogfile",
	"sslmode",
	"sslnegotiation",
	"sslpassword",
	"sslrootcert",
	"sslsni",
	"target_session_attrs",
	"tcp_user_timeout",
};

/* Keywords and options that are members of struct iw_url. */
#define MEMBER(name) offsetof(struct iw_url, name)
static const struct member {
	const char *name;
	unsigned dialects;
	size_t offset;
} members[] = {
	{"user", 1 << IW_POSTGRES | 1 << IW_MYSQL, MEMBER(user)},
	{"username", 1 << IW_MYSQL, MEMBER(user)},
	{"password", 1 << IW_POSTGRES | 1 << IW_MYSQL, MEMBER(password)},
	{"host", 1 << IW_POSTGRES | 1 << IW_MYSQL, MEMBER(host)},
	{"port", 1 << IW_POSTGRES | 1 << IW_MYSQL, MEMBER(port)},
	{"dbname", 1 << IW_POSTGRES, MEMBER(database)},
	{"socket", 1 << IW_POSTGRES, MEMBER(host)},
	{"socket", 1 << IW_MYSQL, MEMBER(socket)},
	{"unix_socket", 1 << IW_MYSQL, MEMBER(socket)},
	{"localSocket", 1 << IW_MYSQL, MEMBER(socket)},
	{"schema", 1 << IW_POSTGRES, MEMBER(schema)},
	{"currentSchema", 1 << IW_POSTGRES, MEMBER(schema)},
};

/* Other spellings: name and value ("*": any, taken over) to our name and value. First match counts. */
struct spelling {
	const char *name, *value, *ours, *our_value;
};

static const struct spelling postgres_spellings[] = {
	{"ssl", "true", "sslmode", "require"}, /* JDBC; libpq reads it so too */
	{"ssl", "1", "sslmode", "require"},
	{"ssl", "false", "sslmode", "disable"},
	{"ssl", "0", "sslmode", "disable"},
	{"sslmode", "no-verify", "sslmode", "require"}, /* node-postgres */
	{"ApplicationName", "*", "application_name", "*"},
	{"connectTimeout", "*", "connect_timeout", "*"},
	{"loginTimeout", "*", "connect_timeout", "*"},
	{"sslRootCert", "*", "sslrootcert", "*"},
};

static const struct spelling mysql_spellings[] = {
	{"ssl", "true", "ssl_mode", "required"},
	{"ssl", "1", "ssl_mode", "required"},
	{"ssl", "{}", "ssl_mode", "required"},
	{"ssl", "{\"rejectUnauthorized\":true}", "ssl_mode", "verify_identity"}, /* mysql2, PlanetScale */
	{"ssl", "{\"rejectUnauthorized\": true}", "ssl_mode", "verify_identity"},
	{"ssl", "{\"rejectUnauthorized\":false}", "ssl_mode", "required"},
	{"ssl", "{\"rejectUnauthorized\": false}", "ssl_mode", "required"},
	{"ssl", "false", "ssl_mode", "disabled"},
	{"ssl", "0", "ssl_mode", "disabled"},
	{"sslaccept", "strict", "ssl_mode", "verify_identity"}, /* Prisma */
	{"sslaccept", "accept_invalid_certs", "ssl_mode", "required"},
	{"sslcert", "*", "ssl_ca", "*"},
	{"tls", "true", "ssl_mode", "verify_identity"}, /* go-sql-driver */
	{"tls", "false", "ssl_mode", "disabled"},
	{"tls", "skip-verify", "ssl_mode", "required"},
	{"tls", "preferred", "ssl_mode", "preferred"},
	{"tls", "custom", "ssl_mode", "verify_identity"}, /* golang-migrate, with x-tls-ca */
	{"x-tls-ca", "*", "ssl_ca", "*"},
	{"x-tls-cert", "*", "ssl_cert", "*"},
	{"x-tls-key", "*", "ssl_key", "*"},
	{"useSSL", "true", "ssl_mode", "preferred"}, /* JDBC */
	{"useSSL", "false", "ssl_mode", "disabled"},
	{"requireSSL", "true", "ssl_mode", "required"},
	{"verifyServerCertificate", "true", "ssl_mode", "verify_ca"},
	{"serverSslCert", "*", "ssl_ca", "*"},
	{"ssl-ca", "*", "ssl_ca", "*"},
	{"ssl_ca", "*", "ssl_ca", "*"},
	{"ssl-cert", "*", "ssl_cert", "*"},
	{"ssl_cert", "*", "ssl_cert", "*"},
	{"ssl-key", "*", "ssl_key", "*"},
	{"ssl_key", "*", "ssl_key", "*"},
	{"charset", "*", "charset", "*"},
	{"connect_timeout", "*", "connect_timeout", "*"},
};

/* Names under which a mode of encryption is given, and the modes' names: MySQL's own, MariaDB's, PostgreSQL's. */
static const char *const ssl_mode_names[] = {"ssl-mode", "ssl_mode", "sslmode", "sslMode"};
static const struct {
	const char *given, *mode;
} ssl_modes[] = {
	{"disabled", "disabled"},
	{"disable", "disabled"},
	{"preferred", "preferred"},
	{"prefer", "preferred"},
	{"required", "required"},
	{"require", "required"},
	{"trust", "required"},
	{"verify_ca", "verify_ca"},
	{"verify-ca", "verify_ca"},
	{"verify_identity", "verify_identity"},
	{"verify-identity", "verify_identity"},
	{"verify-full", "verify_identity"},
};

/* Options about encryption must be understood or refused: passing over one would weaken the connection in silence. */
static const char *const security_names[] = {"ssl",    "tls",	     "sslaccept",
					     "useSSL", "requireSSL", "verifyServerCertificate"};

/* Server settings that Go's drivers take as options; libpq sets them with options=-c. */
static const char *const postgres_settings[] = {
	"search_path", "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout",
	"timezone",    "TimeZone",	    "role",	    "datestyle",
	"DateStyle",
};

static const char *const sqlite_modes[] = {"ro", "rw", "rwc", "memory"};

static bool is_listed(const char *const *list, size_t length, const char *name)
{
	for (size_t i = 0; i < length; i++)
		if (strcmp(list[i], name) == 0)
			return true;
	return false;
}
#define IS_LISTED(list, name) is_listed((list), G_N_ELEMENTS(list), (name))

bool iw_url_is_libpq_keyword(const char *name)
{
	static const char *const own[] = {"host", "port", "dbname", "user", "password"};
	return IS_LISTED(own, name) || IS_LISTED(libpq_keywords, name);
}

static void put(GHashTable *table, const char *name, const char *value)
{
	g_hash_table_insert(table, (char *)name, (char *)value);
}

static bool set_member(struct reader *reader, const char *name, const char *value)
{
	for (size_t i = 0; i < G_N_ELEMENTS(members); i++) {
		if (strcmp(members[i].name, name) != 0 || (members[i].dialects & 1U << reader->url->dialect) == 0)
			continue;
		if (*value != '\0')
			*(const char **)((char *)reader->url + members[i].offset) = value;
		return true;
	}
	return false;
}

static const struct spelling *find_spelling(const struct iw_url *url, const char *name, const char *value)
{
	const struct spelling *list = url->dialect == IW_POSTGRES ? postgres_spellings : mysql_spellings;
	size_t length = url->dialect == IW_POSTGRES ? G_N_ELEMENTS(postgres_spellings) : G_N_ELEMENTS(mysql_spellings);
	for (size_t i = 0; i < length; i++)
		if (strcmp(list[i].name, name) == 0 &&
		    (strcmp(list[i].value, "*") == 0 || g_ascii_strcasecmp(list[i].value, value) == 0))
			return &list[i];
	return NULL;
}

static void add_setting(struct reader *reader, const char *name, const char *value)
{
	g_autoptr(GString) text = g_string_new(g_hash_table_lookup(reader->url->options, "options"));
	g_string_append_printf(text, "%s-c %s=", text->len > 0 ? " " : "", name);
	for (; *value != '\0'; value++) {
		if (g_ascii_isspace(*value) || *value == '\\')
			g_string_append_c(text, '\\');
		g_string_append_c(text, *value);
	}
	put(reader->url->options, "options", iw_arena_strdup(reader->arena, text->str));
}

static bool set_postgres(struct reader *reader, const char *name, const char *value)
{
	struct iw_url *url = reader->url;
	if (IS_LISTED(postgres_settings, name))
		add_setting(reader, name, value);
	else if (IS_LISTED(libpq_keywords, name))
		put(url->options, name, value);
	else
		put(url->extras, name, value);
	return true;
}

static bool refuse_value(struct reader *reader, const char *name)
{
	iw_fail(reader->error, IW_ERROR_PROJECT,
		"cannot read the database URL: the value of option \"%s\" is not known", name);
	iw_error_hint(reader->error, "Say it as ssl_mode=disabled, preferred, required, verify_ca or verify_identity.");
	return false;
}

static bool set_mysql_ssl_mode(struct reader *reader, const char *name, const char *value)
{
	for (size_t i = 0; i < G_N_ELEMENTS(ssl_modes); i++) {
		if (g_ascii_strcasecmp(ssl_modes[i].given, value) != 0)
			continue;
		put(reader->url->options, "ssl_mode", ssl_modes[i].mode);
		return true;
	}
	return refuse_value(reader, name);
}

/* Go writes "5s" or "1m30s"; whole seconds are what the client takes. */
static const char *go_seconds(struct reader *reader, const char *text)
{
	double total = 0;
	while (*text != '\0') {
		char *unit;
		double number = g_ascii_strtod(text, &unit);
		if (unit == text || !(number >= 0 && number < 1e6))
			return NULL;
		bool is_ms = g_str_has_prefix(unit, "ms");
		total += is_ms ? number / 1000 : *unit == 'm' ? number * 60 : *unit == 'h' ? number * 3600 : number;
		text = unit + strspn(unit, "hmsuµn");
	}
	return iw_arena_printf(reader->arena, "%d", MAX(1, (int)(total + 0.999)));
}

static bool set_mysql(struct reader *reader, const char *name, const char *value)
{
	struct iw_url *url = reader->url;
	if (IS_LISTED(ssl_mode_names, name))
		return set_mysql_ssl_mode(reader, name, value);
	const char *seconds = strcmp(name, "timeout") == 0 && *value != '\0' ? go_seconds(reader, value) : NULL;
	if (seconds != NULL)
		put(url->options, "connect_timeout", seconds);
	else
		put(url->extras, name, value);
	return true;
}

static bool set_sqlite(struct reader *reader, const char *name, const char *value)
{
	struct iw_url *url = reader->url;
	bool is_mode = strcmp(name, "mode") == 0 && IS_LISTED(sqlite_modes, value);
	put(is_mode ? url->options : url->extras, name, value);
	return true;
}

bool iw_url_set_option(struct reader *reader, const char *name, const char *value)
{
	struct iw_url *url = reader->url;
	if (url->dialect == IW_SQLITE)
		return set_sqlite(reader, name, value);
	if (set_member(reader, name, value))
		return true;
	const struct spelling *spelling = find_spelling(url, name, value);
	if (spelling != NULL) {
		put(url->options, spelling->ours, strcmp(spelling->our_value, "*") == 0 ? value : spelling->our_value);
		return true;
	}
	if (url->dialect == IW_POSTGRES)
		return set_postgres(reader, name, value);
	if (IS_LISTED(security_names, name) && *value != '\0')
		return refuse_value(reader, name);
	return set_mysql(reader, name, value);
}

/* Prisma checks the server's certificate with sslaccept=strict only, and its sslcert is the certificate authority;
 * libpq's is the client's own certificate. */
static void read_prisma_security(struct iw_url *url)
{
	const char *accept = g_hash_table_lookup(url->extras, "sslaccept");
	if (url->dialect != IW_POSTGRES || (accept == NULL && !g_hash_table_contains(url->extras, "sslidentity")))
		return;
	if (g_strcmp0(accept, "strict") == 0)
		put(url->options, "sslmode", "verify-full");
	const char *authority = g_hash_table_lookup(url->options, "sslcert");
	if (authority == NULL || g_hash_table_contains(url->options, "sslkey"))
		return;
	put(url->options, "sslrootcert", authority);
	g_hash_table_remove(url->options, "sslcert");
}

bool iw_url_read_options(struct reader *reader, const char *query)
{
	while (*query != '\0' && *query != '#') {
		size_t length = strcspn(query, "&#");
		const char *equals = memchr(query, '=', length);
		size_t name_length = equals != NULL ? (size_t)(equals - query) : length;
		if (length > 0) {
			const char *name = iw_url_decode(reader, query, (gssize)name_length);
			const char *value =
				equals == NULL ? ""
					       : iw_url_decode(reader, equals + 1, (gssize)(length - name_length - 1));
			if (name == NULL || value == NULL || !iw_url_set_option(reader, name, value))
				return false;
		}
		query += length + (query[length] == '&');
	}
	read_prisma_security(reader->url);
	return true;
}
