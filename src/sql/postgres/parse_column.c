/* Columns and constraints of CREATE TABLE and ALTER TABLE. */
#include "sql/postgres/newer.h"
#include "sql/postgres/tree.h"
#include "sql/postgres/quote.h"

#include <string.h>

/* Text between the first bracket behind the token and its partner: CHECK (...), GENERATED ALWAYS AS (...). */
static void bracket_extent(struct reading *reading, guint token, size_t *from, size_t *to)
{
	const struct pg_token *tokens = iw_pg_tokens(reading);
	while (tokens[token].kind != PG_TOKEN_END && !iw_pg_is_punctuation(reading->text, &tokens[token], '('))
		token++;
	if (tokens[token].kind == PG_TOKEN_END) {
		*from = *to = reading->length;
		return;
	}
	*from = tokens[token].offset + 1;
	*to = tokens[iw_pg_closing(reading, token)].offset;
}

static const struct iw_expression *bracket_expression(struct reading *reading, Node *node, size_t from)
{
	size_t inner_from, inner_to;
	bracket_extent(reading, iw_pg_token_from(reading, from), &inner_from, &inner_to);
	return iw_pg_expression(reading, node, inner_from, inner_to, NULL);
}

static enum iw_action action_of(char action)
{
	switch (action) {
	case FKCONSTR_ACTION_RESTRICT:
		return IW_RESTRICT;
	case FKCONSTR_ACTION_CASCADE:
		return IW_CASCADE;
	case FKCONSTR_ACTION_SETNULL:
		return IW_SET_NULL;
	case FKCONSTR_ACTION_SETDEFAULT:
		return IW_SET_DEFAULT;
	default:
		return IW_NO_ACTION;
	}
}

static GPtrArray *key_columns(struct reading *reading, const List *names)
{
	ListCell *cell;
	GPtrArray *keys = iw_arena_ptr_array(reading->arena);
	foreach (cell, names) {
		struct iw_key *key = iw_new(reading->arena, struct iw_key);
		key->column = iw_arena_strdup(reading->arena, strVal(lfirst(cell)));
		g_ptr_array_add(keys, key);
	}
	return keys;
}

static void read_index_part(struct reading *reading, struct iw_constraint *result, const Constraint *constraint)
{
	result->included = constraint->including == NIL ? NULL : iw_pg_strings(reading, constraint->including);
	result->using_index = iw_arena_strdup(reading->arena, constraint->indexname);
	result->nulls_not_distinct = constraint->nulls_not_distinct;
	result->options = iw_pg_options(reading, constraint->options);
	result->tablespace = iw_arena_strdup(reading->arena, constraint->indexspace);
}

static void read_foreign_key(struct reading *reading, struct iw_constraint *result, const Constraint *constraint)
{
	result->kind = IW_FOREIGN_KEY;
	result->columns = iw_pg_strings(reading, constraint->fk_attrs);
	result->references = iw_pg_range_name(reading, constraint->pktable);
	result->referenced_columns = iw_pg_strings(reading, constraint->pk_attrs);
	result->on_delete = action_of(constraint->fk_del_action);
	result->on_update = action_of(constraint->fk_upd_action);
	if (constraint->fk_del_set_cols != NIL)
		result->set_columns = iw_pg_strings(reading, constraint->fk_del_set_cols);
	if (constraint->fk_matchtype == FKCONSTR_MATCH_FULL)
		result->match = "FULL";
	else if (constraint->fk_matchtype == FKCONSTR_MATCH_PARTIAL)
		result->match = "PARTIAL";
}

static guint find_bracket(struct reading *reading, guint token)
{
	const struct pg_token *tokens = iw_pg_tokens(reading);
	while (tokens[token].kind != PG_TOKEN_END && !iw_pg_is_punctuation(reading->text, &tokens[token], '('))
		token++;
	return token;
}

static void read_exclusion(struct reading *reading, struct iw_constraint *result, const Constraint *constraint,
			   size_t from)
{
	ListCell *cell;
	List *elements = NIL;
	guint start = iw_pg_token_from(reading, from);
	guint open = find_bracket(reading, start);
	foreach (cell, constraint->exclusions)
		elements = lappend(elements, linitial(lfirst_node(List, cell)));
	result->kind = IW_EXCLUDE;
	result->method = iw_arena_strdup(reading->arena, constraint->access_method);
	result->keys = iw_pg_keys(reading, elements, open);
	foreach (cell, constraint->exclusions) {
		struct iw_key *key = g_ptr_array_index(result->keys, (guint)foreach_current_index(cell));
		const List *operator= lsecond(lfirst_node(List, cell));
		struct iw_name name = iw_pg_list_name(reading, operator);
		key->with_operator = name.schema == NULL || strcmp(name.schema, "pg_catalog") == 0
					     ? name.name
					     : iw_arena_printf(reading->arena, "OPERATOR(%s.%s)",
							       iw_pg_quote(reading->arena, name.schema), name.name);
	}
	read_index_part(reading, result, constraint);
	if (constraint->where_clause != NULL) {
		guint where = iw_pg_find_word(reading, start, "where");
		result->where =
			bracket_expression(reading, constraint->where_clause, iw_pg_tokens(reading)[where].offset);
	}
}

static void read_check(struct reading *reading, struct iw_constraint *result, const Constraint *constraint, size_t from,
		       size_t end)
{
	const struct pg_amendment *not_null = iw_pg_find_amendment(reading, PG_AMEND_NOT_NULL, from, end);
	result->is_no_inherit = constraint->is_no_inherit;
	if (not_null != NULL) {
		result->kind = IW_NOT_NULL_CONSTRAINT;
		result->columns = iw_arena_ptr_array(reading->arena);
		g_ptr_array_add(result->columns, (char *)not_null->text);
		result->is_no_inherit |= iw_pg_find_amendment(reading, PG_AMEND_NO_INHERIT, from, end) != NULL;
		return;
	}
	result->kind = IW_CHECK;
	guint check = iw_pg_find_word(reading, iw_pg_token_from(reading, from), "check");
	result->check = bracket_expression(reading, constraint->raw_expr, iw_pg_tokens(reading)[check].offset);
}

struct iw_constraint *iw_pg_constraint(struct reading *reading, const Constraint *constraint, size_t end)
{
	struct iw_constraint *result = iw_new(reading->arena, struct iw_constraint);
	size_t from = iw_pg_at(reading, constraint->location);
	result->name = iw_arena_strdup(reading->arena, constraint->conname);
	result->is_deferrable = constraint->deferrable;
	result->is_initially_deferred = constraint->initdeferred;
	result->is_not_valid = constraint->skip_validation;
	result->is_not_enforced = iw_pg_find_amendment(reading, PG_AMEND_NOT_ENFORCED, from, end) != NULL;
	result->without_overlaps = iw_pg_find_amendment(reading, PG_AMEND_WITHOUT_OVERLAPS, from, end) != NULL;
	switch (constraint->contype) {
	case CONSTR_PRIMARY:
	case CONSTR_UNIQUE:
		result->kind = constraint->contype == CONSTR_PRIMARY ? IW_PRIMARY_KEY : IW_UNIQUE;
		result->keys = key_columns(reading, constraint->keys);
		read_index_part(reading, result, constraint);
		break;
	case CONSTR_FOREIGN:
		read_foreign_key(reading, result, constraint);
		break;
	case CONSTR_EXCLUSION:
		read_exclusion(reading, result, constraint, from);
		break;
	default:
		read_check(reading, result, constraint, from, end);
		break;
	}
	return result;
}

/* --- inline constraints of a column --- */

/* Where what starts at `from` ends: at the next constraint of the column, or its end. */
static size_t next_start(const struct reading *reading, const List *constraints, size_t from, size_t end)
{
	ListCell *cell;
	foreach (cell, constraints) {
		size_t at = iw_pg_at(reading, lfirst_node(Constraint, cell)->location);
		if (at > from)
			end = MIN(end, at);
	}
	return end;
}

const char *iw_pg_sequence_options(struct reading *reading, const List *options)
{
	static const char *const flags[][3] = {{"cycle", "CYCLE", "NO CYCLE"}};
	static const char *const numbers[][3] = {
		{"increment", "INCREMENT BY", NULL},
		{"start", "START WITH", NULL},
		{"minvalue", "MINVALUE", "NO MINVALUE"},
		{"maxvalue", "MAXVALUE", "NO MAXVALUE"},
		{"cache", "CACHE", NULL},
		{"restart", "RESTART WITH", "RESTART"},
	};
	ListCell *cell;
	GString *out = g_string_new(NULL);
	foreach (cell, options) {
		const DefElem *option = lfirst_node(DefElem, cell);
		const char *value = iw_pg_option_value(reading, option);
		if (strcmp(option->defname, flags[0][0]) == 0)
			g_string_append_printf(out, " %s",
					       option->arg != NULL && boolVal(option->arg) ? flags[0][1] : flags[0][2]);
		if (strcmp(option->defname, "sequence_name") == 0 && value != NULL)
			g_string_append_printf(out, " SEQUENCE NAME %s", value);
		for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
			if (strcmp(option->defname, numbers[i][0]) != 0)
				continue;
			if (value != NULL)
				g_string_append_printf(out, " %s %s", numbers[i][1], value);
			else if (numbers[i][2] != NULL)
				g_string_append_printf(out, " %s", numbers[i][2]);
		}
	}
	const char *text = out->len == 0 ? NULL : iw_arena_strdup(reading->arena, out->str + 1);
	g_string_free(out, TRUE);
	return text;
}

static void read_generated(struct reading *reading, struct iw_column *column, Node *node, size_t from, size_t end)
{
	bool is_virtual = iw_pg_find_amendment(reading, PG_AMEND_VIRTUAL, from, end) != NULL ||
			  iw_pg_find_amendment(reading, PG_AMEND_GENERATED, from, end) != NULL;
	column->generated = is_virtual ? IW_GENERATED_VIRTUAL : IW_GENERATED_STORED;
	column->generation = bracket_expression(reading, node, from);
}

static void read_default(struct reading *reading, struct iw_column *column, const Constraint *constraint, size_t from,
			 size_t end)
{
	if (iw_pg_find_amendment(reading, PG_AMEND_GENERATED, from, end) != NULL) {
		read_generated(reading, column, constraint->raw_expr, from, end);
		return;
	}
	guint word = iw_pg_find_word(reading, iw_pg_token_from(reading, from), "default");
	const struct pg_token *token = &iw_pg_tokens(reading)[word];
	column->default_value =
		iw_pg_expression(reading, constraint->raw_expr, token->offset + token->length, end, &column->type);
}

static void read_identity(struct reading *reading, struct iw_column *column, const Constraint *constraint)
{
	column->identity =
		constraint->generated_when == ATTRIBUTE_IDENTITY_ALWAYS ? IW_IDENTITY_ALWAYS : IW_IDENTITY_BY_DEFAULT;
	column->identity_options = iw_pg_sequence_options(reading, constraint->options);
}

/* An inline constraint is one of the table over this column. */
static struct iw_constraint *add_inline(struct reading *reading, struct iw_column *column, const Constraint *constraint,
					size_t end)
{
	struct iw_constraint *result = iw_pg_constraint(reading, constraint, end);
	if (result->kind == IW_FOREIGN_KEY) {
		g_ptr_array_add(result->columns, (char *)column->name);
	} else if (result->kind == IW_PRIMARY_KEY || result->kind == IW_UNIQUE) {
		struct iw_key *key = iw_new(reading->arena, struct iw_key);
		key->column = column->name;
		g_ptr_array_add(result->keys, key);
	}
	if (column->constraints == NULL)
		column->constraints = iw_arena_ptr_array(reading->arena);
	g_ptr_array_add(column->constraints, result);
	return result;
}

static struct iw_constraint *add_not_null(struct reading *reading, struct iw_column *column,
					  const Constraint *constraint, size_t from, size_t end)
{
	column->not_null = true;
	bool is_no_inherit = iw_pg_find_amendment(reading, PG_AMEND_NO_INHERIT, from, end) != NULL;
	if (constraint->conname == NULL && !is_no_inherit)
		return NULL;
	struct iw_constraint *result = iw_new(reading->arena, struct iw_constraint);
	result->kind = IW_NOT_NULL_CONSTRAINT;
	result->name = iw_arena_strdup(reading->arena, constraint->conname);
	result->columns = iw_arena_ptr_array(reading->arena);
	result->is_no_inherit = is_no_inherit;
	g_ptr_array_add(result->columns, (char *)column->name);
	if (column->constraints == NULL)
		column->constraints = iw_arena_ptr_array(reading->arena);
	g_ptr_array_add(column->constraints, result);
	return result;
}

/* DEFERRABLE and its like belong to the constraint before them. */
static void read_attribute(struct iw_constraint *last, ConstrType type)
{
	if (last == NULL)
		return;
	if (type == CONSTR_ATTR_DEFERRABLE)
		last->is_deferrable = true;
	if (type == CONSTR_ATTR_DEFERRED)
		last->is_deferrable = last->is_initially_deferred = true;
}

void iw_pg_column_constraints(struct reading *reading, struct iw_column *column, const List *constraints, size_t end)
{
	ListCell *cell;
	struct iw_constraint *last = NULL;
	foreach (cell, constraints) {
		const Constraint *constraint = lfirst_node(Constraint, cell);
		size_t from = iw_pg_at(reading, constraint->location);
		size_t to = constraint->contype == CONSTR_NULL ? end : next_start(reading, constraints, from, end);
		switch (constraint->contype) {
		case CONSTR_NULL:
			break;
		case CONSTR_NOTNULL:
			last = add_not_null(reading, column, constraint, from, to);
			break;
		case CONSTR_DEFAULT:
			read_default(reading, column, constraint, from, to);
			break;
		case CONSTR_IDENTITY:
			read_identity(reading, column, constraint);
			break;
		case CONSTR_GENERATED:
			read_generated(reading, column, constraint->raw_expr, from, to);
			break;
		case CONSTR_ATTR_DEFERRABLE:
		case CONSTR_ATTR_NOT_DEFERRABLE:
		case CONSTR_ATTR_DEFERRED:
		case CONSTR_ATTR_IMMEDIATE:
			read_attribute(last, constraint->contype);
			break;
		default:
			last = add_inline(reading, column, constraint, to);
			break;
		}
	}
}

static const char *collation_text(struct reading *reading, const CollateClause *clause)
{
	struct iw_name name = iw_pg_list_name(reading, clause->collname);
	if (name.schema != NULL && strcmp(name.schema, "pg_catalog") == 0)
		name.schema = NULL;
	return name.schema == NULL ? name.name
				   : iw_arena_printf(reading->arena, "\"%s\".\"%s\"", name.schema, name.name);
}

/* COLLATE may stand between constraints: then it also ends what is before it. */
static size_t default_end(const struct reading *reading, const ColumnDef *definition, size_t end)
{
	if (definition->collClause == NULL)
		return end;
	ListCell *cell;
	size_t collate = iw_pg_at(reading, definition->collClause->location);
	foreach (cell, definition->constraints)
		if (iw_pg_at(reading, lfirst_node(Constraint, cell)->location) < collate)
			return collate;
	return end;
}

struct iw_column *iw_pg_column(struct reading *reading, const ColumnDef *definition)
{
	struct iw_column *column = iw_new(reading->arena, struct iw_column);
	size_t from = iw_pg_at(reading, definition->location);
	column->name = iw_arena_strdup(reading->arena, definition->colname);
	if (definition->typeName != NULL) {
		column->type = iw_pg_type(reading, definition->typeName);
		column->serial = iw_pg_serial(definition->typeName);
	}
	if (definition->collClause != NULL)
		column->collation = collation_text(reading, definition->collClause);
	column->compression = iw_arena_strdup(reading->arena, definition->compression);
	if (definition->constraints == NIL && reading->amendments == NULL && definition->fdwoptions == NIL)
		return column;
	size_t end = iw_pg_element_end(reading, iw_pg_token_from(reading, from));
	const struct pg_amendment *storage = iw_pg_find_amendment(reading, PG_AMEND_STORAGE, from, end);
	if (storage != NULL)
		column->storage = storage->text;
	if (definition->fdwoptions != NIL)
		column->options = "";
	iw_pg_column_constraints(reading, column, definition->constraints, default_end(reading, definition, end));
	return column;
}
