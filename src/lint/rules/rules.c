/* The table of rules, in the order of their findings for one operation. */
#include "lint/rules/rules.h"

#define FIVE(rules, i) &(rules)[i], &(rules)[(i) + 1], &(rules)[(i) + 2], &(rules)[(i) + 3], &(rules)[(i) + 4]

extern const struct iw_rule iw_rule_add_column_not_null;
extern const struct iw_rule iw_rule_add_column_rewrite;
extern const struct iw_rule iw_rule_add_column_scan;
extern const struct iw_rule iw_rule_add_column_on_rows;
extern const struct iw_rule iw_rule_drop_column;
extern const struct iw_rule iw_rule_rename_column;
extern const struct iw_rule iw_rule_rename_table;
extern const struct iw_rule iw_rule_drop_table;
extern const struct iw_rule iw_rule_create_index_blocking;
extern const struct iw_rule iw_rule_drop_index_blocking;
extern const struct iw_rule iw_rule_change_type;
extern const struct iw_rule iw_rule_add_foreign_key_blocking;
extern const struct iw_rule iw_rule_add_check_blocking;
extern const struct iw_rule iw_rule_add_unique_blocking;
extern const struct iw_rule iw_rule_add_primary_key_blocking;
extern const struct iw_rule iw_rule_add_exclusion_blocking;
extern const struct iw_rule iw_rule_set_not_null_scan;
extern const struct iw_rule iw_rule_validate_same_transaction;
extern const struct iw_rule iw_rule_concurrently_in_transaction;
extern const struct iw_rule iw_rule_concurrent_index_if_not_exists;
extern const struct iw_rule iw_rule_enum_value_same_transaction;
extern const struct iw_rule iw_rule_mixed_schema_and_data;
extern const struct iw_rule iw_rule_unbounded_change;
extern const struct iw_rule iw_rule_truncate;
extern const struct iw_rule iw_rule_work_under_lock;
extern const struct iw_rule iw_rule_sqlite_rebuild_cascade;
extern const struct iw_rule iw_rule_sqlite_rebuild_order;
extern const struct iw_rule iw_rule_sqlite_copy_missing_column;
extern const struct iw_rule iw_rule_table_copy;
extern const struct iw_rule iw_rule_explicit_copy;
extern const struct iw_rule iw_rule_mixed_alter;
extern const struct iw_rule iw_rule_instant_with_lock;
extern const struct iw_rule iw_rule_algorithm_not_possible;
extern const struct iw_rule iw_rule_invalid_serial_type;
extern const struct iw_rule iw_rule_syntax_error;
extern const struct iw_rule iw_rule_would_fail;
extern const struct iw_rule iw_rule_refused;
extern const struct iw_rule iw_rule_not_readable;
extern const struct iw_rule iw_rule_locks_other_tables;
extern const struct iw_rule iw_rule_offline_maintenance;
extern const struct iw_rule iw_rule_rename_enum_value;
extern const struct iw_rule iw_rule_explicit_lock;
extern const struct iw_rule iw_rule_drop_cascade;
extern const struct iw_rule iw_rule_instant_bug_8_0_29;
extern const struct iw_rule iw_rule_runpython_irreversible;
extern const struct iw_rule iw_rule_runsql_irreversible;
extern const struct iw_rule iw_rule_runpython_imports_models;
extern const struct iw_rule iw_rule_downgrade_missing;
extern const struct iw_rule iw_rule_non_atomic_data;
extern const struct iw_rule iw_rule_several_heads;
extern const struct iw_rule iw_rule_edited_after_applied;
extern const struct iw_rule iw_rule_not_in_version_control;
extern const struct iw_rule iw_rule_migrations_at_startup;
extern const struct iw_rule iw_rule_separate_state_both_halves;
extern const struct iw_rule iw_rule_dropped_but_used;
extern const struct iw_rule iw_rule_unused_suppression;
extern const struct iw_rule iw_rule_suppression_without_reason;
extern const struct iw_rule iw_rule_changed_migration;
extern const struct iw_rule iw_rule_out_of_order;

extern const struct iw_rule iw_rule_wrong_dialect;
extern const struct iw_rule iw_rule_never_validated;
extern const struct iw_rule iw_rule_index_dropped_before_replacement;
extern const struct iw_rule iw_rule_concurrent_index_bug_14;
extern const struct iw_rule iw_rule_identifier_too_long;
extern const struct iw_rule iw_rule_key_almost_full;

const struct iw_rule *const iw_rules[] = {
	&iw_rule_add_column_not_null,
	&iw_rule_add_column_rewrite,
	&iw_rule_add_column_scan,
	&iw_rule_add_column_on_rows,
	&iw_rule_drop_column,
	&iw_rule_rename_column,
	&iw_rule_rename_table,
	&iw_rule_drop_table,
	&iw_rule_create_index_blocking,
	&iw_rule_drop_index_blocking,
	&iw_rule_change_type,
	&iw_rule_add_foreign_key_blocking,
	&iw_rule_add_check_blocking,
	&iw_rule_add_unique_blocking,
	&iw_rule_add_primary_key_blocking,
	&iw_rule_add_exclusion_blocking,
	&iw_rule_set_not_null_scan,
	&iw_rule_validate_same_transaction,
	&iw_rule_concurrently_in_transaction,
	&iw_rule_concurrent_index_if_not_exists,
	&iw_rule_enum_value_same_transaction,
	&iw_rule_mixed_schema_and_data,
	&iw_rule_unbounded_change,
	&iw_rule_truncate,
	&iw_rule_work_under_lock,
	&iw_rule_sqlite_rebuild_cascade,
	&iw_rule_sqlite_rebuild_order,
	&iw_rule_sqlite_copy_missing_column,
	&iw_rule_table_copy,
	&iw_rule_explicit_copy,
	&iw_rule_mixed_alter,
	&iw_rule_instant_with_lock,
	&iw_rule_algorithm_not_possible,
	&iw_rule_invalid_serial_type,
	&iw_rule_wrong_dialect,
	&iw_rule_syntax_error,
	&iw_rule_would_fail,
	&iw_rule_refused,
	&iw_rule_not_readable,
	&iw_rule_locks_other_tables,
	&iw_rule_offline_maintenance,
	&iw_rule_rename_enum_value,
	&iw_rule_explicit_lock,
	&iw_rule_drop_cascade,
	&iw_rule_instant_bug_8_0_29,
	/* clang-format off */
	&iw_rule_index_dropped_before_replacement,
	&iw_rule_concurrent_index_bug_14,
	&iw_rule_identifier_too_long,
	&iw_rule_key_almost_full,
	&iw_rule_never_validated,
	FIVE(iw_rules_transactions, 0),
	&iw_rules_transactions[5],
	FIVE(iw_rules_protections, 0),
	FIVE(iw_rules_protections, 5),
	&iw_rules_partitions[0],
	&iw_rules_partitions[1],
	&iw_rules_partitions[2],
	&iw_rules_partitions[3],
	FIVE(iw_rules_breaking, 0),
	&iw_rules_breaking[5],
	&iw_rules_rows[0],
	&iw_rules_rows[1],
	&iw_rules_rows[2],
	&iw_rules_rows[3],
	&iw_rules_loops[0],
	&iw_rules_loops[1],
	&iw_rules_sqlite_rebuild[0],
	&iw_rules_sqlite_rebuild[1],
	FIVE(iw_rules_style, 0),
	FIVE(iw_rules_style, 5),
	FIVE(iw_rules_style, 10),
	&iw_rules_style[15],
	&iw_rules_style[16],
	&iw_rules_style[17],
	&iw_rules_style[18],
	FIVE(iw_rules_types, 0),
	FIVE(iw_rules_types, 5),
	FIVE(iw_rules_types, 10),
	/* clang-format on */
	&iw_rule_runpython_irreversible,
	&iw_rule_runsql_irreversible,
	&iw_rule_runpython_imports_models,
	&iw_rule_downgrade_missing,
	&iw_rule_non_atomic_data,
	&iw_rule_several_heads,
	&iw_rule_edited_after_applied,
	&iw_rule_not_in_version_control,
	&iw_rule_migrations_at_startup,
	&iw_rule_separate_state_both_halves,
	&iw_rule_dropped_but_used,
	&iw_rule_unused_suppression,
	&iw_rule_suppression_without_reason,
	&iw_rule_changed_migration,
	&iw_rule_out_of_order,
	NULL,
};
