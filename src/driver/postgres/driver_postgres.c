#include "driver/driver.h"
const struct iw_driver iw_postgres_driver = {0};
