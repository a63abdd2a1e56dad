/* Applications and containers that apply migrations when they start. */
#include "lint/rules/rules.h"

static const struct iw_rule_example EXAMPLES[] = {
	{.dialect = IW_DIALECTS},
};

const struct iw_rule iw_rule_migrations_at_startup = {
	.id = "migrations-at-startup",
	.title = "the application migrates when it starts",
	.severity = IW_NOTE,
	.dialects = IW_ON_ALL,
	.note = IW_NOTE_MIGRATIONS_AT_STARTUP,
	.why = "Ten instances start at the same time and each applies migrations; the one that waits for a "
	       "lock keeps the new version from starting, and the old one may be gone already. When a "
	       "migration fails, containers restart for ever and try again each time. A migration wants a "
	       "step of its own before the new code starts: a release phase, an init container, a job of the "
	       "pipeline. Looked at are Dockerfiles, entry points, Procfiles, compose files, package.json "
	       "and the code that starts a server.",
	.advice = "Make it a step of its own that runs once, before the new code starts: `release:` of a "
		  "Procfile, an init container, a job of the pipeline with `inchworm up`.",
	.examples = EXAMPLES,
};
