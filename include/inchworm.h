/*
 * Inchworm's public interface: phases in order (open, read, lint, plan, run); misuse returns an error and changes nothing.
 */
#pragma once

/* "0.1.0". Static. */
const char *inchworm_version(void);
