/*
 * Document: the text of an open editor, and places in texts as language servers count them: lines and UTF-16 code units
 * from 0.
 */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct iw_position {
	gint64 line, character;
};

/* A text with the beginnings of its lines, for many questions about the same text. */
struct iw_lines {
	const char *text;
	size_t length;
	GArray *begins; /* size_t; the first is 0 */
};
/* Keeps `text`, which must live as long. */
struct iw_lines iw_lines_of(const char *text, size_t length);
void iw_lines_clear(struct iw_lines *lines);
/* A position behind the end of its line is the end of the line, one behind the last line the end of the text. */
size_t iw_position_to_offset(const struct iw_lines *lines, struct iw_position position);
struct iw_position iw_position_of(const struct iw_lines *lines, size_t offset);
/* {"start": ..., "end": ...}; the caller's reference. */
json_t *iw_range_json(const struct iw_lines *lines, size_t begin, size_t end);
/* False: `value` is no position. */
bool iw_position_read(const json_t *value, struct iw_position *position);

/* One of the changes of textDocument/didChange: a range replaced, or all of the text. False: it cannot be read, and
 * `text` is as it was. */
bool iw_document_change(GString *text, const json_t *change);
