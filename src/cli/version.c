/* The version, from meson.build. */
#include "inchworm.h"

const char *inchworm_version(void)
{
	return INCHWORM_VERSION;
}
