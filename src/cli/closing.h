/*
 * The end of `up` and `down`, which both share: see struct iw_framework_closing.
 *
 *  1. before anything runs: iw_cli_has_closing(), and iw_cli_check_framework() if it may be delegated;
 *  2. iw_cli_close() after the last migration, when one was run by us;
 *  3. iw_cli_print_closing() or iw_cli_closing_json().
 */
#pragma once

#include "cli/cli.h"

struct iw_cli_closing {
	bool is_there, is_done;
	struct iw_framework_closing of;
};

/* --delegate, or inchworm.yaml. */
bool iw_cli_may_delegate(const struct iw_cli *cli);
bool iw_cli_has_closing(const struct iw_cli *cli);
/* The framework's settings are its own: it must see this very database, or another one would be changed. Errors:
 * PROJECT, INTERRUPTED. */
bool iw_cli_check_framework(struct iw_cli *cli, iw_run *run, GPtrArray *applied, GError **error);
/* Runs the framework's command where that is allowed. Errors: as iw_run_closing(), with the command in the hint. */
bool iw_cli_close(struct iw_cli *cli, iw_run *run, struct iw_cli_closing *closing, GError **error);
json_t *iw_cli_closing_json(const struct iw_cli_closing *closing);
/* Nothing when all is made. */
void iw_cli_print_closing(struct iw_cli *cli, GString *out, const struct iw_cli_closing *closing);
