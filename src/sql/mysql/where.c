/* A WHERE: does it restrict at all, and which columns does it hold to given values. */
#include "sql/mysql/where.h"

#include <stdlib.h>

static bool is_given(const struct node *node)
{
	return node->kind == NODE_LITERAL || (node->kind == NODE_RAW && (node->text[0] == '@' || node->text[0] == '?'));
}

static bool is_true(const struct node *node);

static bool has_true_child(const struct node *node)
{
	for (const struct node *child = node->first; child != NULL; child = child->next)
		if (is_true(child))
			return true;
	return false;
}

static bool has_only_true_children(const struct node *node)
{
	for (const struct node *child = node->first; child != NULL; child = child->next)
		if (!is_true(child))
			return false;
	return true;
}

/* 1, TRUE, 1 = 1, 'a' = 'a', id = id, x OR 1 = 1: nothing is left out. */
static bool is_true(const struct node *node)
{
	if (node->kind == NODE_LITERAL)
		return node->is_number && g_ascii_strtod(node->text, NULL) != 0;
	if (node->kind == NODE_CHAIN && node->level == LEVEL_OR)
		return has_true_child(node);
	if (node->kind == NODE_CHAIN && node->level == LEVEL_AND)
		return has_only_true_children(node);
	if (node->kind != NODE_COMPARE)
		return false;
	bool is_same = node->first->kind == node->last->kind &&
		       (is_given(node->first) || node->first->kind == NODE_NAME) &&
		       g_ascii_strcasecmp(node->first->text, node->last->text) == 0;
	if (strcmp(node->text, "=") == 0 || strcmp(node->text, ">=") == 0 || strcmp(node->text, "<=") == 0 ||
	    strcmp(node->text, "<=>") == 0)
		return is_same;
	bool are_numbers = node->first->is_number && node->last->is_number;
	return are_numbers && strcmp(node->text, "<>") == 0 && !is_same;
}

static const char *pinned(const struct node *node)
{
	if (node->kind == NODE_COMPARE && (strcmp(node->text, "=") == 0 || strcmp(node->text, "<=>") == 0)) {
		if (node->first->kind == NODE_NAME && is_given(node->last))
			return node->first->text;
		return node->last->kind == NODE_NAME && is_given(node->first) ? node->last->text : NULL;
	}
	if (node->kind != NODE_TEST || strcmp(node->text, "in") != 0 || node->is_negated ||
	    node->first->kind != NODE_NAME)
		return NULL;
	for (const struct node *value = node->first->next; value != NULL; value = value->next)
		if (!is_given(value))
			return NULL;
	return node->first->text;
}

static void collect(struct parser *parser, struct iw_data *data, const struct node *node)
{
	const char *column = pinned(node);
	if (column == NULL)
		return;
	if (data->equals == NULL)
		data->equals = iw_mysql_list(parser);
	g_ptr_array_add(data->equals, (char *)column);
}

bool iw_mysql_where(struct parser *parser, struct iw_data *data)
{
	struct node *node;
	if (!iw_mysql_expr(parser, &node))
		return false;
	data->has_where = !is_true(node);
	if (node->kind != NODE_CHAIN || node->level != LEVEL_AND) {
		collect(parser, data, node);
		return true;
	}
	for (const struct node *child = node->first; child != NULL; child = child->next)
		collect(parser, data, child);
	return true;
}
