/* Words and signs of TypeScript and JavaScript, also in halves of files (Vue, Svelte): no grammar, no errors. */
#pragma once

#include "refs/refs_internal.h"

enum script_kind { SCRIPT_NAME, SCRIPT_STRING, SCRIPT_TEMPLATE, SCRIPT_SIGN };

struct script_token {
	enum script_kind kind;
	char sign;	       /* SIGN: its character; '>' of "=>" is 'A'; "?." is '.' */
	size_t offset, length; /* STRING: without its quotes */
	const char *text;      /* NAME, STRING: NUL-terminated, in the arena */
};

/* struct script_token. Code in templates and, with `in_strings`, in strings comes behind the token that holds it. */
GArray *iw_script_cut(iw_arena *arena, const char *text, size_t length, bool in_strings);
