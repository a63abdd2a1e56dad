#include "driver/driver.h"
const struct iw_driver iw_mysql_driver = {0};
