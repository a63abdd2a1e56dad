/* PostgreSQL's grammar: from a statement's text to its operations, by the server's own parser. */
#include "sql/postgres/newer.h"
#include "sql/postgres/quote.h"
#include "sql/postgres/render.h"
#include "sql/postgres/split.h"
#include "sql/postgres/tree.h"

#include <stdlib.h>
#include <string.h>

/* --- which reader takes which statement --- */

static const struct {
	NodeTag tag;
	pg_reader *read;
} readers[] = {
	{T_CreateStmt, iw_pg_read_create_table},
	{T_CreateForeignTableStmt, iw_pg_read_create_foreign_table},
	{T_CreateTableAsStmt, iw_pg_read_create_table_as},
	{T_ViewStmt, iw_pg_read_view},
	{T_AlterTableStmt, iw_pg_read_alter_table},
	{T_RenameStmt, iw_pg_read_rename},
	{T_AlterObjectSchemaStmt, iw_pg_read_alter_schema},
	{T_AlterOwnerStmt, iw_pg_read_owner},
	{T_IndexStmt, iw_pg_read_index},
	{T_DropStmt, iw_pg_read_drop},
	{T_CreateEnumStmt, iw_pg_read_enum},
	{T_AlterEnumStmt, iw_pg_read_alter_enum},
	{T_CreateDomainStmt, iw_pg_read_domain},
	{T_AlterDomainStmt, iw_pg_read_alter_domain},
	{T_CreateSeqStmt, iw_pg_read_sequence},
	{T_AlterSeqStmt, iw_pg_read_alter_sequence},
	{T_CreateTrigStmt, iw_pg_read_trigger},
	{T_CreatePolicyStmt, iw_pg_read_policy},
	{T_AlterPolicyStmt, iw_pg_read_alter_policy},
	{T_RuleStmt, iw_pg_read_rule},
	{T_CommentStmt, iw_pg_read_comment},
	{T_GrantStmt, iw_pg_read_grant},
	{T_GrantRoleStmt, iw_pg_read_grant},
	{T_AlterDefaultPrivilegesStmt, iw_pg_read_grant},
	{T_InsertStmt, iw_pg_read_insert},
	{T_UpdateStmt, iw_pg_read_update},
	{T_DeleteStmt, iw_pg_read_delete},
	{T_MergeStmt, iw_pg_read_merge},
	{T_TruncateStmt, iw_pg_read_truncate},
	{T_CopyStmt, iw_pg_read_copy},
	{T_SelectStmt, iw_pg_read_select},
	{T_VariableSetStmt, iw_pg_read_set},
	{T_VariableShowStmt, iw_pg_read_show},
	{T_TransactionStmt, iw_pg_read_transaction},
	{T_LockStmt, iw_pg_read_lock},
	{T_VacuumStmt, iw_pg_read_vacuum},
	{T_ReindexStmt, iw_pg_read_reindex},
	{T_ClusterStmt, iw_pg_read_cluster},
	{T_RefreshMatViewStmt, iw_pg_read_refresh},
	{T_DoStmt, iw_pg_read_do},
	{T_CreateFunctionStmt, iw_pg_read_object},
	{T_CreateSchemaStmt, iw_pg_read_object},
	{T_CreateExtensionStmt, iw_pg_read_object},
	{T_CompositeTypeStmt, iw_pg_read_object},
	{T_CreateRangeStmt, iw_pg_read_object},
	{T_DefineStmt, iw_pg_read_object},
	{T_CreateCastStmt, iw_pg_read_object},
	{T_CreateOpClassStmt, iw_pg_read_object},
	{T_CreateOpFamilyStmt, iw_pg_read_object},
	{T_CreatePLangStmt, iw_pg_read_object},
	{T_CreatePublicationStmt, iw_pg_read_object},
	{T_CreateSubscriptionStmt, iw_pg_read_object},
	{T_CreateStatsStmt, iw_pg_read_object},
	{T_CreateEventTrigStmt, iw_pg_read_object},
	{T_CreateFdwStmt, iw_pg_read_object},
	{T_CreateForeignServerStmt, iw_pg_read_object},
	{T_CreateUserMappingStmt, iw_pg_read_object},
	{T_CreateRoleStmt, iw_pg_read_object},
	{T_CreatedbStmt, iw_pg_read_object},
	{T_CreateTableSpaceStmt, iw_pg_read_object},
	{T_CreateAmStmt, iw_pg_read_object},
	{T_CreateTransformStmt, iw_pg_read_object},
	{T_CreateConversionStmt, iw_pg_read_object},
	{T_AlterFunctionStmt, iw_pg_read_alter_object},
	{T_AlterExtensionStmt, iw_pg_read_alter_object},
	{T_AlterExtensionContentsStmt, iw_pg_read_alter_object},
	{T_AlterPublicationStmt, iw_pg_read_alter_object},
	{T_AlterSubscriptionStmt, iw_pg_read_alter_object},
	{T_AlterStatsStmt, iw_pg_read_alter_object},
	{T_AlterEventTrigStmt, iw_pg_read_alter_object},
	{T_AlterFdwStmt, iw_pg_read_alter_object},
	{T_AlterForeignServerStmt, iw_pg_read_alter_object},
	{T_AlterUserMappingStmt, iw_pg_read_alter_object},
	{T_AlterRoleStmt, iw_pg_read_alter_object},
	{T_AlterRoleSetStmt, iw_pg_read_alter_object},
	{T_AlterDatabaseStmt, iw_pg_read_alter_object},
	{T_AlterDatabaseSetStmt, iw_pg_read_alter_object},
	{T_AlterDatabaseRefreshCollStmt, iw_pg_read_alter_object},
	{T_AlterTableSpaceOptionsStmt, iw_pg_read_alter_object},
	{T_AlterSystemStmt, iw_pg_read_alter_object},
	{T_AlterCollationStmt, iw_pg_read_alter_object},
	{T_AlterTypeStmt, iw_pg_read_alter_object},
	{T_AlterOperatorStmt, iw_pg_read_alter_object},
	{T_AlterOpFamilyStmt, iw_pg_read_alter_object},
	{T_AlterObjectDependsStmt, iw_pg_read_alter_object},
	{T_AlterTSDictionaryStmt, iw_pg_read_alter_object},
	{T_AlterTSConfigurationStmt, iw_pg_read_alter_object},
	{T_SecLabelStmt, iw_pg_read_alter_object},
};

static pg_reader *find_reader(NodeTag tag)
{
	for (size_t i = 0; i < G_N_ELEMENTS(readers); i++)
		if (readers[i].tag == tag)
			return readers[i].read;
	return iw_pg_read_other;
}

/* --- parsing --- */

static void free_result(PgQueryInternalParsetreeAndError *result)
{
	free(result->stderr_buffer);
	if (result->error != NULL)
		pg_query_free_error(result->error);
	*result = (PgQueryInternalParsetreeAndError){0};
}

/* The byte of the n-th character (from 1), of text that is UTF-8. */
static size_t character_offset(const char *text, size_t length, int position)
{
	size_t at = 0;
	for (int i = 1; i < position && at < length; i++) {
		at++;
		while (at < length && ((unsigned char)text[at] & 0xC0) == 0x80)
			at++;
	}
	return at;
}

static void add_syntax_error(struct reading *reading, const PgQueryError *error)
{
	bool is_syntax = error->cursorpos > 0;
	iw_pg_add_opaque(reading, error->message);
	if (!is_syntax)
		return;
	struct iw_statement *statement = reading->statement;
	size_t at = character_offset(reading->text, reading->length, error->cursorpos);
	guint token = iw_pg_token_from(reading, at);
	const struct pg_token *tokens = iw_pg_tokens(reading);
	size_t length = tokens[token].offset == at ? tokens[token].length : 0;
	statement->is_syntax_error = true;
	statement->error_place = (struct iw_place){statement->place.source, statement->place.offset + at, length};
}

static void read_statements(struct reading *reading, const List *tree)
{
	ListCell *cell;
	foreach (cell, tree) {
		const RawStmt *raw = lfirst_node(RawStmt, cell);
		reading->from = iw_pg_at(reading, raw->stmt_location);
		reading->to =
			raw->stmt_len > 0 ? iw_pg_at(reading, raw->stmt_location + raw->stmt_len) : reading->length;
		while (reading->from < reading->to &&
		       iw_pg_class[(unsigned char)reading->text[reading->from]] == PG_CLASS_SPACE)
			reading->from++;
		find_reader(nodeTag(raw->stmt))(reading, raw->stmt);
	}
	if (tree == NIL)
		iw_pg_add_opaque(reading, "an empty statement");
}

/* Newer grammar: what the server's parser refused, said in its words. */
static bool read_rewritten(struct reading *reading)
{
	g_autofree char *text = iw_pg_rewrite(reading);
	if (text == NULL)
		return false;
	PgQueryInternalParsetreeAndError result = pg_query_raw_parse(text);
	bool is_read = result.error == NULL;
	if (is_read)
		read_statements(reading, result.tree);
	free_result(&result);
	return is_read;
}

static void find_comments(iw_arena *arena, struct iw_statement *statement)
{
	const iw_source *source = statement->place.source;
	size_t from = statement->lead;
	size_t to = statement->place.offset + statement->length;
	if (memmem(source->text + from, to - from, "--", 2) == NULL &&
	    memmem(source->text + from, to - from, "/*", 2) == NULL)
		return;
	g_autoptr(GArray) comments = g_array_new(FALSE, FALSE, sizeof(struct pg_token));
	iw_pg_find_comments(source->text, from, to, comments);
	for (guint i = 0; i < comments->len; i++) {
		const struct pg_token *comment = &g_array_index(comments, struct pg_token, i);
		struct iw_place *place = iw_new(arena, struct iw_place);
		*place = (struct iw_place){source, comment->offset, comment->length};
		if (statement->comments == NULL)
			statement->comments = iw_arena_ptr_array(arena);
		g_ptr_array_add(statement->comments, place);
	}
}

static void read_statement(struct reading *reading)
{
	MemoryContext context = pg_query_enter_memory_context();
	PgQueryInternalParsetreeAndError result = pg_query_raw_parse(reading->text);
	if (result.error == NULL)
		read_statements(reading, result.tree);
	else if (!read_rewritten(reading))
		add_syntax_error(reading, result.error);
	free_result(&result);
	pg_query_exit_memory_context(context);
}

static void free_reading(struct reading *reading)
{
	g_clear_pointer(&reading->tokens, g_array_unref);
	g_clear_pointer(&reading->insertions, g_array_unref);
}

static void parse(iw_arena *arena, struct iw_engine engine, struct iw_statement *statement)
{
	struct reading reading = {.arena = arena,
				  .engine = engine,
				  .statement = statement,
				  .text = statement->text,
				  .length = statement->length,
				  .to = statement->length};
	if (statement->place.source != NULL)
		find_comments(arena, statement);
	if (statement->text[0] == '\\')
		iw_pg_add_opaque(&reading, "a command of psql, which is not SQL");
	else
		read_statement(&reading);
	free_reading(&reading);
}

/* --- lone expressions and types --- */

/* The one result column of "SELECT ...", or NULL. */
static Node *only_target(const PgQueryInternalParsetreeAndError *result)
{
	if (result->error != NULL || list_length(result->tree) != 1)
		return NULL;
	Node *statement = linitial_node(RawStmt, result->tree)->stmt;
	if (!IsA(statement, SelectStmt))
		return NULL;
	const SelectStmt *select = (SelectStmt *)statement;
	if (list_length(select->targetList) != 1 || select->fromClause != NIL || select->whereClause != NULL)
		return NULL;
	const ResTarget *target = linitial_node(ResTarget, select->targetList);
	return target->name == NULL ? target->val : NULL;
}

static const struct iw_expression *expression(iw_arena *arena, struct iw_engine engine, const char *text)
{
	struct reading reading = {.arena = arena, .engine = engine, .text = text, .length = strlen(text)};
	g_autofree char *query = g_strdup_printf("SELECT (%s\n)", text);
	MemoryContext context = pg_query_enter_memory_context();
	PgQueryInternalParsetreeAndError result = pg_query_raw_parse(query);
	const struct iw_expression *read = iw_pg_expression(&reading, only_target(&result), 0, reading.length, NULL);
	free_result(&result);
	pg_query_exit_memory_context(context);
	free_reading(&reading);
	return read;
}

static struct iw_type type(iw_arena *arena, struct iw_engine engine, const char *text)
{
	struct reading reading = {.arena = arena, .engine = engine, .text = text, .length = strlen(text)};
	struct iw_type read = {.text = iw_arena_strdup(arena, text), .arguments = {-1, -1}};
	read.base = read.text;
	g_autofree char *query = g_strdup_printf("SELECT CAST(NULL AS %s\n)", text);
	MemoryContext context = pg_query_enter_memory_context();
	PgQueryInternalParsetreeAndError result = pg_query_raw_parse(query);
	Node *target = only_target(&result);
	if (target != NULL && IsA(target, TypeCast))
		read = iw_pg_type(&reading, ((TypeCast *)target)->typeName);
	free_result(&result);
	pg_query_exit_memory_context(context);
	free_reading(&reading);
	return read;
}

const struct iw_grammar iw_postgres_grammar = {
	.split = iw_pg_split,
	.parse = parse,
	.render = iw_pg_render,
	.render_all = iw_pg_render_all,
	.quote = iw_pg_quote,
	.quote_literal = iw_pg_quote_literal,
	.expression = expression,
	.type = type,
};
