/*
 * Conditions of facts: small predicates over a question. Each is the `condition` of one or more rows; its name read
 * after "when" is what the row's `condition_words` say. All answer false when what they need is not known, so that the
 * more careful row further down is taken.
 */
#pragma once

#include "facts/facts.h"

/* Parts of the schema that a question is about; NULL when not known. */
const struct iw_table *iw_question_table(const struct iw_question *question);
const struct iw_column *iw_question_column(const struct iw_question *question);
const struct iw_constraint *iw_question_constraint(const struct iw_question *question);
const struct iw_index *iw_question_index(const struct iw_question *question);
/* Version comparison; an unknown version is newer than all. */
bool iw_question_at_least(const struct iw_question *question, int version);

/* Helpers over the schema. */
bool iw_table_has_index_on(const struct iw_table *table, const char *column);
const struct iw_constraint *iw_column_inline(const struct iw_column *column, enum iw_constraint_kind kind);
const struct iw_expression *iw_column_effective_default(const iw_schema *schema, const struct iw_column *column);
const struct iw_domain *iw_column_domain(const iw_schema *schema, const struct iw_column *column);
bool iw_domain_is_constrained(const struct iw_domain *domain);
bool iw_constraint_has_column(const struct iw_constraint *constraint, const char *column);
const struct iw_table *iw_default_partition(const iw_schema *schema, const struct iw_table *parent);
bool iw_name_equal(const iw_schema *schema, struct iw_name a, struct iw_name b);

/* `text`: the condition of a CHECK. True when it says "column IS NOT NULL", alone or joined by AND. */
bool iw_check_proves_not_null(const char *text, const char *column);

/* NOT NULL already, or proved by a valid CHECK where the version makes use of it. */
bool iw_table_proves_not_null(const struct iw_question *question, const struct iw_table *table, const char *column);

/* What ALTER COLUMN TYPE does on PostgreSQL. */
enum iw_type_change {
	IW_TYPE_SAME,	  /* nothing */
	IW_TYPE_SAFE,	  /* catalogue only */
	IW_TYPE_REINDEX,  /* catalogue only, but indexes on the column are built anew */
	IW_TYPE_TIMEZONE, /* catalogue only from 12 on when the session's time zone is UTC */
	IW_TYPE_REWRITE,
	IW_TYPE_UNKNOWN, /* the present type is not known */
};
enum iw_type_change iw_question_type_change(const struct iw_question *question);

#define IW_CONDITION(name) bool iw_when_##name(const struct iw_question *question)

/* ADD COLUMN */
IW_CONDITION(adds_serial);
IW_CONDITION(adds_identity);
IW_CONDITION(adds_stored);
IW_CONDITION(adds_virtual);
IW_CONDITION(adds_virtual_checked);
IW_CONDITION(default_is_volatile);
IW_CONDITION(default_is_unknown);
IW_CONDITION(adds_constrained_domain);
IW_CONDITION(adds_default);
IW_CONDITION(adds_unique);
IW_CONDITION(adds_primary_key);
IW_CONDITION(adds_check);
IW_CONDITION(adds_reference);
IW_CONDITION(adds_reference_with_default);
IW_CONDITION(adds_required);
IW_CONDITION(adds_auto_increment);
IW_CONDITION(adds_expression_default);
IW_CONDITION(adds_at_position);
IW_CONDITION(adds_at_position_beside_virtual);
IW_CONDITION(default_is_not_constant);
/* other columns */
IW_CONDITION(column_is_in_foreign_key);
IW_CONDITION(column_is_indexed);
IW_CONDITION(column_is_not_null);
IW_CONDITION(column_is_nullable);
IW_CONDITION(column_is_stored);
IW_CONDITION(column_is_virtual);
IW_CONDITION(column_is_partition_key);
IW_CONDITION(check_proves_not_null);
IW_CONDITION(has_unchecked_not_null);
IW_CONDITION(type_is_same);
IW_CONDITION(type_is_safe_but_checked);
IW_CONDITION(type_is_safe);
IW_CONDITION(type_rebuilds_index);
IW_CONDITION(type_needs_utc);
IW_CONDITION(type_has_utc);
IW_CONDITION(type_is_unknown);
IW_CONDITION(options_are_visibility);
/* constraints */
IW_CONDITION(is_primary_key_using_nullable_index);
IW_CONDITION(uses_index);
IW_CONDITION(is_primary_key);
IW_CONDITION(is_unique);
IW_CONDITION(is_exclusion);
IW_CONDITION(is_foreign_key);
IW_CONDITION(is_foreign_key_unchecked);
IW_CONDITION(is_foreign_key_unchecked_on_index);
IW_CONDITION(is_foreign_key_not_valid);
IW_CONDITION(is_foreign_key_not_valid_partitioned);
IW_CONDITION(is_foreign_key_not_enforced);
IW_CONDITION(is_check);
IW_CONDITION(is_check_on_parent_only);
IW_CONDITION(is_check_not_valid);
IW_CONDITION(is_not_null_not_valid);
IW_CONDITION(is_not_null_known);
IW_CONDITION(is_not_null);
IW_CONDITION(drops_foreign_key);
IW_CONDITION(drops_check);
IW_CONDITION(drops_key);
IW_CONDITION(drops_primary_key);
IW_CONDITION(drops_unknown_constraint);
IW_CONDITION(validates_valid);
IW_CONDITION(validates_foreign_key);
IW_CONDITION(alters_to_not_enforced);
IW_CONDITION(alters_to_enforced);
/* indexes */
IW_CONDITION(is_concurrent);
IW_CONDITION(index_exists_already);
IW_CONDITION(is_concurrent_partitioned);
IW_CONDITION(is_partitioned);
IW_CONDITION(is_only);
IW_CONDITION(index_belongs_to_constraint);
IW_CONDITION(reindexes_index);
IW_CONDITION(reindexes_table);
IW_CONDITION(reindexes_partitioned);
IW_CONDITION(moves_tablespace);
IW_CONDITION(is_special_index);
IW_CONDITION(is_first_fulltext);
IW_CONDITION(is_further_fulltext);
IW_CONDITION(is_expression_index);
/* tables */
IW_CONDITION(creates_partition);
IW_CONDITION(creates_with_reference);
IW_CONDITION(creates_from_query);
IW_CONDITION(creates_without_data);
IW_CONDITION(creates_from_query_without_data);
IW_CONDITION(creates_existing);
IW_CONDITION(has_foreign_keys);
IW_CONDITION(is_finalized);
IW_CONDITION(is_partition);
IW_CONDITION(is_referenced);
IW_CONDITION(is_cascaded);
IW_CONDITION(option_is_light);
IW_CONDITION(is_logged_already);
IW_CONDITION(access_method_is_same);
IW_CONDITION(partition_is_proved);
IW_CONDITION(is_concurrent_with_default_partition);
IW_CONDITION(has_fulltext);
IW_CONDITION(is_compressed);
/* other objects */
IW_CONDITION(domain_gets_checked);
IW_CONDITION(replaces_view);
IW_CONDITION(object_is_table_bound);
IW_CONDITION(object_is_view);
IW_CONDITION(object_is_trigger);
IW_CONDITION(object_is_rule);
IW_CONDITION(object_is_constraint);
IW_CONDITION(object_is_sequence);
IW_CONDITION(object_is_type);
IW_CONDITION(object_is_schema);
IW_CONDITION(object_is_relation);
IW_CONDITION(object_is_column);
IW_CONDITION(sequence_gets_owner);
IW_CONDITION(is_unlogged_now);
/* data */
IW_CONDITION(touches_all_rows);
IW_CONDITION(locks_rows);
IW_CONDITION(inserts_from_query);
IW_CONDITION(lock_is_access_share);
IW_CONDITION(lock_is_row_share);
IW_CONDITION(lock_is_row_exclusive);
IW_CONDITION(lock_is_share_update_exclusive);
IW_CONDITION(lock_is_share);
IW_CONDITION(lock_is_share_row_exclusive);
IW_CONDITION(lock_is_exclusive);
IW_CONDITION(lock_is_read);
/* MySQL's MODIFY and CHANGE, compared with the column as it was; type and options */
IW_CONDITION(modifies_unknown);
IW_CONDITION(modifies_rows_beside_fulltext);
IW_CONDITION(modifies_null_beside_fulltext);
IW_CONDITION(changes_engine);
IW_CONDITION(statement_builds_index);
IW_CONDITION(statement_is_not_instant);
IW_CONDITION(modifies_position_beside_index);
IW_CONDITION(modifies_safely_widened);
IW_CONDITION(modifies_members_appended);
IW_CONDITION(modifies_type);
IW_CONDITION(modifies_generation);
IW_CONDITION(modifies_auto_increment);
IW_CONDITION(modifies_charset);
IW_CONDITION(modifies_collation_indexed);
IW_CONDITION(modifies_collation);
IW_CONDITION(modifies_to_not_null);
IW_CONDITION(modifies_to_not_null_beside_stored);
IW_CONDITION(modifies_to_null);
IW_CONDITION(modifies_position);
IW_CONDITION(modifies_name);
IW_CONDITION(table_option_rebuilds);
IW_CONDITION(table_option_is_system_versioning);
IW_CONDITION(partitions_are_added);
IW_CONDITION(partitions_are_dropped);
IW_CONDITION(partitions_are_exchanged);
IW_CONDITION(partitions_are_truncated);
/* SQLite */
IW_CONDITION(engine_is_sqlite);
IW_CONDITION(drops_constrained_column);
IW_CONDITION(drops_only_column);
IW_CONDITION(drops_column_of_view);
IW_CONDITION(table_is_view);
IW_CONDITION(creates_temporary);
IW_CONDITION(sets_what_is_stored);
