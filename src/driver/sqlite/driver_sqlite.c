#include "driver/driver.h"
const struct iw_driver iw_sqlite_driver = {0};
