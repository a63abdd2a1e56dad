/* Statements; see python_internal.h. */
#include "framework/python/python_internal.h"

/* What is said of a whole block after something in it may have left it. */
static enum py_flow leave_rest(iw_py *python, struct py_scope *scope, const struct py_node *block, guint from,
			       enum py_flow flow)
{
	struct iw_py_value *why = scope->result;
	if (why == NULL || why->kind != IW_PY_UNKNOWN)
		why = iw_py_new_unknown(python, iw_py_place(scope, block), "%s",
					python->exhausted != NULL ? python->exhausted
								  : "whether this runs is not known");
	for (guint i = from; i < block->count; i++)
		iw_py_skip(python, scope, block->items[i], why);
	scope->result = why;
	return flow;
}

enum py_flow iw_py_run_block(iw_py *python, struct py_scope *scope, const struct py_node *block)
{
	if (block->kind != PY_BLOCK)
		return iw_py_run(python, scope, block);
	for (guint i = 0; i < block->count; i++) {
		enum py_flow flow = iw_py_run(python, scope, block->items[i]);
		if (flow == PY_LEFT || flow == PY_LEFT_LOOP)
			return leave_rest(python, scope, block, i + 1, flow);
		if (flow != PY_NEXT)
			return flow;
	}
	return PY_NEXT;
}

/* After expressions: an exception goes up; at a bound, the statement counts as not run. */
static enum py_flow after(iw_py *python, struct py_scope *scope, const struct py_node *statement)
{
	if (python->raised != NULL)
		return PY_RAISED;
	if (python->exhausted == NULL)
		return PY_NEXT;
	scope->result = iw_py_new_unknown(python, iw_py_place(scope, statement), "%s", python->exhausted);
	iw_py_skip(python, scope, statement, scope->result);
	return PY_LEFT;
}

static enum py_flow run_assignment(iw_py *python, struct py_scope *scope, const struct py_node *node)
{
	struct iw_py_value *value =
		iw_py_is_unasked(python, scope, node)
			? iw_py_new_unknown(python, iw_py_place(scope, node), "nobody asks for this")
			: iw_py_evaluate(python, scope, node->a);
	for (guint i = 0; i < node->count && !iw_py_stopped(python); i++)
		iw_py_assign(python, scope, node->items[i], value);
	return after(python, scope, node);
}

/* ClassVar, typing.ClassVar[int], 'ClassVar[int]' */
static bool is_of_class(const struct py_node *annotation)
{
	const struct py_node *type = annotation->kind == PY_SUBSCRIPT ? annotation->a : annotation;
	bool has_text = type->kind == PY_NAME || type->kind == PY_ATTRIBUTE || type->kind == PY_STRING;
	return has_text && type->text != NULL && strstr(type->text, "ClassVar") != NULL;
}

static void add_field(GPtrArray *fields, const char *name)
{
	if (!g_ptr_array_find_with_equal_func(fields, name, g_str_equal, NULL))
		g_ptr_array_add(fields, (char *)name);
}

static enum py_flow run_typed(iw_py *python, struct py_scope *scope, const struct py_node *node)
{
	if (scope->kind == PY_OF_CLASS && node->a->kind == PY_NAME && !is_of_class(node->b))
		add_field(py_class(scope->class)->fields, node->a->text);
	if (node->c == NULL)
		return PY_NEXT;
	struct iw_py_value *value = iw_py_evaluate(python, scope, node->c);
	if (!iw_py_stopped(python))
		iw_py_assign(python, scope, node->a, value);
	return after(python, scope, node);
}

/* += changes lists, sets and dictionaries in place. */
static bool change_in_place(iw_py *python, struct iw_place place, guint32 sign, struct iw_py_value *left,
			    struct iw_py_value *right)
{
	if (left->kind == IW_PY_LIST && sign == '+') {
		const struct iw_py_value *why = NULL;
		const GPtrArray *items = iw_py_iterate(python, place, right, &why);
		if (items == NULL)
			return false;
		guint count = items->len;
		for (guint i = 0; i < count; i++)
			g_ptr_array_add(left->items, items->pdata[i]);
		return true;
	}
	bool merges = sign == '|' && left->kind == right->kind;
	if (merges && left->kind == IW_PY_DICT)
		for (guint i = 0; i < right->items->len; i++)
			iw_py_dict_set(python, left, right->items->pdata[i], right->values->pdata[i]);
	else if (merges && left->kind == IW_PY_SET)
		for (guint i = 0; i < right->items->len; i++)
			iw_py_set_add(python, left, right->items->pdata[i]);
	else
		return false;
	return true;
}

static enum py_flow run_augmented(iw_py *python, struct py_scope *scope, const struct py_node *node)
{
	struct iw_py_value *left = iw_py_evaluate(python, scope, node->a);
	struct iw_py_value *right = iw_py_evaluate(python, scope, node->b);
	if (iw_py_stopped(python))
		return after(python, scope, node);
	if (!change_in_place(python, iw_py_place(scope, node), node->sign, left, right))
		left = iw_py_binary(python, iw_py_place(scope, node), node->sign, left, right);
	if (!iw_py_stopped(python))
		iw_py_assign(python, scope, node->a, left);
	return after(python, scope, node);
}

static enum py_flow run_return(iw_py *python, struct py_scope *scope, const struct py_node *node)
{
	scope->result = node->a == NULL ? python->none : iw_py_evaluate(python, scope, node->a);
	enum py_flow flow = after(python, scope, node);
	return flow == PY_NEXT ? PY_RETURNED : flow;
}

static enum py_flow run_assert(iw_py *python, struct py_scope *scope, const struct py_node *node)
{
	struct iw_py_value *value = iw_py_evaluate(python, scope, node->a);
	/* One that is not known holds, or there is no migration. */
	if (!iw_py_stopped(python) && iw_py_is_true(python, value) == 0) {
		struct iw_py_value *message = node->b == NULL ? NULL : iw_py_evaluate(python, scope, node->b);
		const char *text = message == NULL ? "" : iw_py_text(message);
		iw_py_raise(python, iw_py_place(scope, node), "AssertionError", "%s", text == NULL ? "" : text);
	}
	return after(python, scope, node);
}

static void declare_elsewhere(iw_py *python, struct py_scope *scope, const struct py_node *node)
{
	if (scope->kind == PY_OF_MODULE)
		return;
	if (scope->elsewhere == NULL)
		scope->elsewhere = iw_arena_hash_table(python->arena, g_str_hash, g_str_equal);
	for (guint i = 0; i < node->count; i++) {
		const char *name = node->items[i]->text;
		struct py_scope *home = NULL;
		if (node->kind == PY_NONLOCAL)
			for (home = scope->parent; home != NULL && home->kind != PY_OF_MODULE; home = home->parent)
				if (g_hash_table_contains(home->names, name))
					break;
		g_hash_table_insert(scope->elsewhere, (char *)name, home);
	}
}

/* Branches and loops -------------------------------------------------------------------------------------------- */

static enum py_flow run_if(iw_py *python, struct py_scope *scope, const struct py_node *node)
{
	for (; node != NULL && node->kind == PY_IF; node = node->c) {
		struct iw_py_value *condition = iw_py_evaluate(python, scope, node->a);
		if (iw_py_stopped(python))
			return after(python, scope, node);
		int truth = iw_py_is_true(python, condition);
		/* A guard that stops the migration did not, if there is anything to say about it. */
		if (truth < 0 && python->guarded == 0 && iw_py_only_raises(node->b))
			truth = 0;
		else if (truth < 0 && python->guarded == 0 && node->c != NULL && iw_py_only_raises(node->c))
			truth = 1;
		if (truth > 0)
			return iw_py_run_block(python, scope, node->b);
		if (truth < 0)
			return iw_py_skip(python, scope, node, condition);
	}
	return node == NULL ? PY_NEXT : iw_py_run_block(python, scope, node);
}

/* What a loop does after its body; true: it goes on. */
static bool goes_on(enum py_flow *flow)
{
	if (*flow == PY_NEXT || *flow == PY_CONTINUED) {
		*flow = PY_NEXT;
		return true;
	}
	return false;
}

/* The loop was left by its body, which may have been a break. */
static enum py_flow after_loop(iw_py *python, struct py_scope *scope, const struct py_node *node, enum py_flow flow)
{
	if (flow == PY_BROKEN)
		return PY_NEXT;
	if (flow != PY_LEFT_LOOP)
		return flow;
	/* The rest of the loop may or may not run. */
	flow = iw_py_skip(python, scope, node, scope->result);
	return flow == PY_LEFT_LOOP ? PY_NEXT : flow;
}

static enum py_flow run_for(iw_py *python, struct py_scope *scope, const struct py_node *node)
{
	struct iw_py_value *source = iw_py_evaluate(python, scope, node->b);
	const struct iw_py_value *why = NULL;
	const GPtrArray *items = NULL;
	if (!iw_py_stopped(python))
		items = iw_py_iterate(python, iw_py_place(scope, node->b), source, &why);
	if (iw_py_stopped(python))
		return after(python, scope, node);
	if (items == NULL)
		return iw_py_skip(python, scope, node, why);
	/* A list may grow under the loop; other iterables are what they were. */
	for (guint i = 0; i < items->len; i++) {
		iw_py_assign(python, scope, node->a, items->pdata[i]);
		if (!iw_py_step(python) || python->raised != NULL)
			return after(python, scope, node);
		enum py_flow flow = iw_py_run_block(python, scope, node->c);
		if (!goes_on(&flow)) {
			iw_py_put_back(source, items, i + 1);
			return after_loop(python, scope, node, flow);
		}
		if (source->kind == IW_PY_UNKNOWN)
			return iw_py_skip(python, scope, node, source);
	}
	return node->d == NULL ? PY_NEXT : iw_py_run_block(python, scope, node->d);
}

static enum py_flow run_while(iw_py *python, struct py_scope *scope, const struct py_node *node)
{
	for (;;) {
		struct iw_py_value *condition = iw_py_evaluate(python, scope, node->a);
		if (iw_py_stopped(python) || !iw_py_step(python))
			return after(python, scope, node);
		int truth = iw_py_is_true(python, condition);
		if (truth < 0)
			return iw_py_skip(python, scope, node, condition);
		if (truth == 0)
			break;
		enum py_flow flow = iw_py_run_block(python, scope, node->b);
		if (!goes_on(&flow))
			return after_loop(python, scope, node, flow);
	}
	return node->c == NULL ? PY_NEXT : iw_py_run_block(python, scope, node->c);
}

/* match --------------------------------------------------------------------------------------------------------- */

static int match_pattern(iw_py *python, struct py_scope *scope, const struct py_node *pattern,
			 struct iw_py_value *subject);

static int match_sequence(iw_py *python, struct py_scope *scope, const struct py_node *pattern,
			  struct iw_py_value *subject)
{
	if (!iw_py_is_sequence(subject))
		return subject->kind == IW_PY_UNKNOWN || iw_py_is_symbol(subject) ? -1 : 0;
	for (guint i = 0; i < pattern->count; i++)
		if (pattern->items[i]->kind == PY_MATCH_STAR)
			return -1;
	if (subject->items->len != pattern->count)
		return 0;
	int all = 1;
	for (guint i = 0; i < pattern->count && all == 1; i++)
		all = match_pattern(python, scope, pattern->items[i], subject->items->pdata[i]);
	return all;
}

static int match_pattern(iw_py *python, struct py_scope *scope, const struct py_node *pattern,
			 struct iw_py_value *subject)
{
	switch (pattern->kind) {
	case PY_MATCH_NAME:
		if (pattern->text != NULL)
			iw_py_bind(python, scope, pattern->text, subject);
		return 1;
	case PY_MATCH_VALUE: {
		struct iw_py_value *value = iw_py_evaluate(python, scope, pattern->a);
		bool is_singleton =
			pattern->a->kind == PY_NONE || pattern->a->kind == PY_TRUE || pattern->a->kind == PY_FALSE;
		if (iw_py_stopped(python))
			return -1;
		return iw_py_truth(iw_py_compare(python, iw_py_place(scope, pattern),
						 is_singleton ? PY_IS : PY_OP2('=', '='), subject, value));
	}
	case PY_MATCH_OR:
		for (guint i = 0; i < pattern->count; i++) {
			int matched = match_pattern(python, scope, pattern->items[i], subject);
			if (matched != 0)
				return matched;
		}
		return 0;
	case PY_MATCH_AS: {
		int matched = match_pattern(python, scope, pattern->a, subject);
		if (matched == 1)
			iw_py_bind(python, scope, pattern->text, subject);
		return matched;
	}
	case PY_MATCH_SEQUENCE:
		return match_sequence(python, scope, pattern, subject);
	default:
		return -1;
	}
}

enum py_flow iw_py_run_match(iw_py *python, struct py_scope *scope, const struct py_node *node)
{
	struct iw_py_value *subject = iw_py_evaluate(python, scope, node->a);
	for (guint i = 0; i < node->count && !iw_py_stopped(python); i++) {
		const struct py_node *one = node->items[i];
		int matched = match_pattern(python, scope, one->a, subject);
		if (matched == 1 && one->c != NULL && !iw_py_stopped(python))
			matched = iw_py_is_true(python, iw_py_evaluate(python, scope, one->c));
		if (iw_py_stopped(python))
			break;
		if (matched == 1)
			return iw_py_run_block(python, scope, one->b);
		if (matched < 0) {
			struct iw_py_value *why = subject;
			if (subject->kind != IW_PY_UNKNOWN && !iw_py_is_symbol(subject))
				why = iw_py_new_unknown(python, iw_py_place(scope, one->a),
							"whether this matches is not known");
			return iw_py_skip(python, scope, node, why);
		}
	}
	return after(python, scope, node);
}

/* All statements ------------------------------------------------------------------------------------------------- */

static enum py_flow run_raise(iw_py *python, struct py_scope *scope, const struct py_node *node)
{
	struct iw_py_value *value = node->a == NULL ? python->handled : iw_py_evaluate(python, scope, node->a);
	if (value == NULL)
		iw_py_raise(python, iw_py_place(scope, node), "RuntimeError", "No active exception to reraise");
	if (iw_py_stopped(python))
		return after(python, scope, node);
	bool is_class = value->kind == IW_PY_CLASS || value->kind == IW_PY_FOREIGN;
	if (is_class)
		value = iw_py_call_with(python, scope, iw_py_place(scope, node), value, iw_py_new_arguments(python));
	if (!iw_py_stopped(python))
		python->raised = value;
	return after(python, scope, node);
}

static enum py_flow run_definition(iw_py *python, struct py_scope *scope, const struct py_node *node)
{
	if (node->kind == PY_CLASS) {
		iw_py_define_class(python, scope, node);
	} else {
		struct iw_py_value *function = iw_py_new_function(python, scope, node);
		function = iw_py_decorate(python, scope, node, function);
		if (!iw_py_stopped(python))
			iw_py_bind(python, scope, node->text, function);
	}
	return after(python, scope, node);
}

static enum py_flow run_simple(iw_py *python, struct py_scope *scope, const struct py_node *node)
{
	switch (node->kind) {
	case PY_EXPRESSION:
		if (node->a->kind != PY_STRING)
			iw_py_evaluate(python, scope, node->a);
		return after(python, scope, node);
	case PY_BREAK:
		return PY_BROKEN;
	case PY_CONTINUE:
		return PY_CONTINUED;
	case PY_DELETE:
		for (guint i = 0; i < node->count; i++)
			iw_py_delete(python, scope, node->items[i]);
		return after(python, scope, node);
	case PY_GLOBAL:
	case PY_NONLOCAL:
		declare_elsewhere(python, scope, node);
		return PY_NEXT;
	case PY_IMPORT:
		iw_py_import(python, scope, node);
		return after(python, scope, node);
	case PY_FROM:
		iw_py_import_from(python, scope, node);
		return after(python, scope, node);
	case PY_TYPE_ALIAS:
		iw_py_bind(python, scope, node->a->text,
			   iw_py_new_unknown(python, iw_py_place(scope, node), "a type is not worked out"));
		return PY_NEXT;
	default:
		return PY_NEXT;
	}
}

static enum py_flow run(iw_py *python, struct py_scope *scope, const struct py_node *node)
{
	static enum py_flow (*const runners[])(iw_py *, struct py_scope *, const struct py_node *) = {
		[PY_ASSIGN] = run_assignment,
		[PY_TYPED] = run_typed,
		[PY_AUGMENTED] = run_augmented,
		[PY_RETURN] = run_return,
		[PY_RAISE] = run_raise,
		[PY_ASSERT] = run_assert,
		[PY_IF] = run_if,
		[PY_WHILE] = run_while,
		[PY_FOR] = run_for,
		[PY_TRY] = iw_py_run_try,
		[PY_WITH] = iw_py_run_with,
		[PY_FUNCTION] = run_definition,
		[PY_CLASS] = run_definition,
		[PY_MATCH] = iw_py_run_match,
		[PY_BLOCK] = iw_py_run_block,
	};
	bool has_runner = node->kind < G_N_ELEMENTS(runners) && runners[node->kind] != NULL;
	return has_runner ? runners[node->kind](python, scope, node) : run_simple(python, scope, node);
}

enum py_flow iw_py_run(iw_py *python, struct py_scope *scope, const struct py_node *statement)
{
	if (!iw_py_enter(python))
		return after(python, scope, statement);
	enum py_flow flow = run(python, scope, statement);
	iw_py_leave(python);
	return flow;
}
