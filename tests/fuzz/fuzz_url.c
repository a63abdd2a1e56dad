/* Database URLs: any text is read or refused, and a refusal or what is shown never holds the password. */
#include "base/error.h"
#include "driver/driver.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autoptr(iw_arena) arena = iw_arena_new();
	g_autoptr(GError) error = NULL;
	int dialect = size > 0 ? data[0] % (IW_DIALECTS + 1) : 0;
	g_autofree char *text = size > 0 ? g_strndup((const char *)data + 1, size - 1) : g_strdup("");
	struct iw_url *url = dialect == IW_DIALECTS
				     ? iw_url_parse(arena, text, "/base", &error)
				     : iw_url_parse_as(arena, (enum iw_dialect)dialect, text, "/base", &error);
	g_assert((url == NULL) == (error != NULL));
	if (url == NULL)
		return 0;
	g_assert_nonnull(url->shown);
	if (url->password == NULL || strlen(url->password) < 3)
		return 0;
	/* The password may by chance equal a part that is shown. */
	const char *shown[] = {url->host,
			       url->port,
			       url->socket,
			       url->user,
			       url->database,
			       url->schema,
			       "postgresql://@:/?schema=",
			       "mysql://@:/localhost"};
	for (size_t i = 0; i < G_N_ELEMENTS(shown); i++)
		if (shown[i] != NULL && strpbrk(url->password, shown[i]) != NULL)
			return 0;
	g_assert(strstr(url->shown, url->password) == NULL);
	return 0;
}
