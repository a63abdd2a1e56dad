/* CREATE INDEX and DROP INDEX. */
#include "sql/mysql/parser.h"

static bool before_table(struct parser *parser, struct iw_operation *operation, struct iw_index *index)
{
	if (!iw_mysql_if_not_exists(parser, &operation->flags) || !iw_mysql_identifier(parser, &index->name))
		return false;
	return iw_mysql_index_options(parser, index, true);
}

static bool algorithm(struct parser *parser, struct iw_operation *operation)
{
	bool found = true;
	while (found) {
		if (!iw_mysql_algorithm_or_lock(parser, &found))
			return false;
		found = found || iw_mysql_is(parser, "NOWAIT") || iw_mysql_is(parser, "WAIT");
		if (!iw_mysql_wait_clause(parser))
			return false;
	}
	operation->flags |= parser->flags;
	return true;
}

bool iw_mysql_create_index(struct parser *parser, size_t begin)
{
	static const char *const kinds[][2] = {{"FULLTEXT", "fulltext"}, {"SPATIAL", "spatial"}, {"VECTOR", "vector"}};
	struct iw_operation *operation = iw_mysql_operation(parser, IW_OP_CREATE_INDEX, begin);
	struct iw_index *index = iw_mysql_index(parser);
	index->is_unique = iw_mysql_skip(parser, "UNIQUE");
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (iw_mysql_skip(parser, kinds[i][0]))
			index->special = kinds[i][1];
	if (!iw_mysql_expect(parser, "INDEX") || !before_table(parser, operation, index) ||
	    !iw_mysql_expect(parser, "ON") || !iw_mysql_full_name(parser, &operation->name))
		return false;
	if (!iw_mysql_key_list(parser, index->keys) || !iw_mysql_wait_clause(parser) ||
	    !iw_mysql_index_options(parser, index, true) || !algorithm(parser, operation) ||
	    !iw_mysql_index_options(parser, index, true) || !algorithm(parser, operation))
		return false;
	if (index->special != NULL)
		index->method = NULL;
	index->table = operation->name;
	operation->member = index->name;
	operation->index = index;
	return true;
}

bool iw_mysql_drop_index(struct parser *parser, size_t begin)
{
	struct iw_operation *operation = iw_mysql_operation(parser, IW_OP_DROP_INDEX, begin);
	bool found;
	if (!iw_mysql_if_exists(parser, &operation->flags) || !iw_mysql_identifier(parser, &operation->member) ||
	    !iw_mysql_expect(parser, "ON") || !iw_mysql_full_name(parser, &operation->name))
		return false;
	if (!iw_mysql_algorithm_or_lock(parser, &found))
		return false;
	if (!algorithm(parser, operation))
		return false;
	if (g_ascii_strcasecmp(operation->member, "PRIMARY") == 0) {
		operation->kind = IW_OP_DROP_CONSTRAINT;
		operation->constraint = iw_mysql_constraint(parser, IW_PRIMARY_KEY, NULL);
		operation->member = NULL;
	}
	return true;
}
