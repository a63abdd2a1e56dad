/* The canonical text of an expression: as few parentheses as the levels allow. */
#include "sql/mysql/expression.h"

struct printer {
	GString *out;
	bool quotes_names;
};

static void print(struct printer *printer, const struct node *node, enum level needed);

static void add(struct printer *printer, const char *text)
{
	if (text != NULL)
		g_string_append(printer->out, text);
}

static void print_list(struct printer *printer, const struct node *first)
{
	for (const struct node *child = first; child != NULL; child = child->next) {
		print(printer, child, LEVEL_OR);
		if (child->next != NULL)
			add(printer, ", ");
	}
}

static bool is_plain(const char *name)
{
	if (!g_ascii_isalpha(*name) && *name != '_')
		return false;
	for (; *name != '\0'; name++)
		if (!iw_mysql_is_name_byte(*name))
			return false;
	return true;
}

static void print_name(struct printer *printer, const char *name)
{
	bool is_quoted = printer->quotes_names || !is_plain(name);
	g_autofree char *lower = printer->quotes_names ? g_strdup(name) : g_ascii_strdown(name, -1);
	if (is_quoted)
		g_string_append_c(printer->out, '`');
	for (const char *at = lower; *at != '\0'; at++) {
		if (*at == '`')
			g_string_append_c(printer->out, '`');
		g_string_append_c(printer->out, *at);
	}
	if (is_quoted)
		g_string_append_c(printer->out, '`');
}

static void print_chain(struct printer *printer, const struct node *node)
{
	for (const struct node *child = node->first; child != NULL; child = child->next) {
		if (child != node->first)
			g_string_append_printf(printer->out, " %s ", child->op);
		print(printer, child, child == node->first ? node->level : node->level + 1);
	}
}

static void print_test(struct printer *printer, const struct node *node)
{
	const struct node *left = node->first, *rest = left->next;
	bool is_is = g_str_has_prefix(node->text, "is ");
	print(printer, left, is_is ? LEVEL_COMPARE : LEVEL_BIT_OR);
	if (is_is) {
		g_string_append_printf(printer->out, " is%s %s", node->is_negated ? " not" : "",
				       node->text + strlen("is "));
		return;
	}
	g_string_append_printf(printer->out, "%s %s ", node->is_negated ? " not" : "", node->text);
	if (strcmp(node->text, "between") == 0) {
		print(printer, rest, LEVEL_BIT_OR);
		add(printer, " and ");
		print(printer, rest->next, LEVEL_BIT_OR);
	} else if (strcmp(node->text, "in") == 0 && !(rest->kind == NODE_RAW && rest->text[0] == '(')) {
		add(printer, "(");
		print_list(printer, rest);
		add(printer, ")");
	} else {
		print(printer, rest, LEVEL_BIT_OR);
		if (rest->next == NULL)
			return;
		add(printer, " escape ");
		print(printer, rest->next, LEVEL_UNARY);
	}
}

static void print_case(struct printer *printer, const struct node *node)
{
	const struct node *at = node->first;
	add(printer, "case");
	if (node->has_operand) {
		add(printer, " ");
		print(printer, at, LEVEL_OR);
		at = at->next;
	}
	while (at != NULL && at->next != NULL) {
		add(printer, " when ");
		print(printer, at, LEVEL_OR);
		add(printer, " then ");
		print(printer, at->next, LEVEL_OR);
		at = at->next->next;
	}
	if (at != NULL) {
		add(printer, " else ");
		print(printer, at, LEVEL_OR);
	}
	add(printer, " end");
}

static void print_call(struct printer *printer, const struct node *node)
{
	add(printer, node->text);
	add(printer, "(");
	print_list(printer, node->first);
	bool is_match = strcmp(node->text, "match") == 0;
	if (!is_match)
		add(printer, node->after);
	add(printer, ")");
	if (is_match)
		add(printer, node->after);
	if (node->window != NULL)
		g_string_append_printf(printer->out, " %s", node->window);
}

static void print_inside(struct printer *printer, const struct node *node)
{
	switch (node->kind) {
	case NODE_NAME:
		print_name(printer, node->text);
		break;
	case NODE_CALL:
		print_call(printer, node);
		break;
	case NODE_CHAIN:
		print_chain(printer, node);
		break;
	case NODE_UNARY:
		add(printer, node->text);
		print(printer, node->first, node->level);
		break;
	case NODE_COMPARE:
		print(printer, node->first, LEVEL_COMPARE);
		g_string_append_printf(printer->out, " %s ", node->text);
		print(printer, node->last, LEVEL_BIT_OR);
		break;
	case NODE_TEST:
		print_test(printer, node);
		break;
	case NODE_CASE:
		print_case(printer, node);
		break;
	case NODE_CAST:
		add(printer, "cast(");
		print(printer, node->first, LEVEL_OR);
		g_string_append_printf(printer->out, " as %s)", node->text);
		break;
	case NODE_COLLATE:
		print(printer, node->first, LEVEL_COLLATE);
		g_string_append_printf(printer->out, " collate %s", node->text);
		break;
	case NODE_INTERVAL:
		add(printer, "interval ");
		print(printer, node->first, LEVEL_UNARY);
		g_string_append_printf(printer->out, " %s", node->text);
		break;
	case NODE_ROW:
		add(printer, "(");
		print_list(printer, node->first);
		add(printer, ")");
		break;
	case NODE_LITERAL:
	case NODE_RAW:
		add(printer, node->text);
		break;
	}
}

static void print(struct printer *printer, const struct node *node, enum level needed)
{
	bool is_enclosed = node->level < needed;
	if (is_enclosed)
		add(printer, "(");
	print_inside(printer, node);
	if (is_enclosed)
		add(printer, ")");
}

const char *iw_mysql_print(iw_arena *arena, const struct node *node, bool quotes_names)
{
	g_autoptr(GString) out = g_string_new(NULL);
	struct printer printer = {out, quotes_names};
	print(&printer, node, LEVEL_OR);
	return iw_arena_strndup(arena, out->str, out->len);
}
