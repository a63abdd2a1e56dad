/* "Did you mean": the nearest of some words; see text.h. */
#include "base/text.h"

#include <string.h>

enum { LONGEST = 64 };

/* Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
static int distance(const char *a, size_t m, const char *b, size_t n)
{
	int rows[3][LONGEST + 1];
	int *before = rows[0], *last = rows[1], *now = rows[2];
	for (size_t j = 0; j <= n; j++)
		last[j] = (int)j;
	for (size_t i = 1; i <= m; i++) {
		now[0] = (int)i;
		for (size_t j = 1; j <= n; j++) {
			int cost = a[i - 1] == b[j - 1] ? 0 : 1;
			now[j] = MIN(MIN(last[j] + 1, now[j - 1] + 1), last[j - 1] + cost);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = MIN(now[j], before[j - 2] + 1);
		}
		int *spare = before;
		before = last;
		last = now;
		now = spare;
	}
	return last[n];
}

const char *iw_words_nearest(const char *word, const char *(*next)(void *data), void *data)
{
	size_t length = strlen(word);
	const char *nearest = NULL;
	int least = (int)MAX(length / 3, 2) + 1;
	for (const char *candidate; length <= LONGEST && (candidate = next(data)) != NULL;) {
		size_t other = strlen(candidate);
		if (other > LONGEST)
			continue;
		int far = distance(word, length, candidate, other);
		if (far < least) {
			least = far;
			nearest = candidate;
		}
	}
	return nearest;
}
