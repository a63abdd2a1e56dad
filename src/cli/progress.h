/* How `up` and `down` show what happens: see run/run.h for the events. */
#pragma once

#include "cli/cli.h"

/* The `event` function of struct iw_run_options; data is the struct iw_cli. */
void iw_cli_progress(void *cli, const struct iw_event *event);
