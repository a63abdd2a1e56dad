/* The functions of libmariadb that the driver calls, by way of pointers; see base/library.h. */
#pragma once

#include "base/library.h"

#include <mysql.h>

/* clang-format off */
#define IW_MYSQL_FUNCTIONS(ROW) \
	ROW(mariadb_get_infov) ROW(mysql_affected_rows) ROW(mysql_close) ROW(mysql_errno) ROW(mysql_error) \
	ROW(mysql_fetch_fields) ROW(mysql_fetch_lengths) ROW(mysql_fetch_row) ROW(mysql_free_result) \
	ROW(mysql_get_socket) ROW(mysql_get_ssl_cipher) ROW(mysql_init) ROW(mysql_next_result_cont) \
	ROW(mysql_next_result_start) ROW(mysql_num_fields) ROW(mysql_options) ROW(mysql_options4) \
	ROW(mysql_real_connect_cont) ROW(mysql_real_connect_start) ROW(mysql_real_query_cont) \
	ROW(mysql_real_query_start) ROW(mysql_store_result_cont) ROW(mysql_store_result_start)
/* clang-format on */

struct iw_mysql_functions {
	IW_MYSQL_FUNCTIONS(IW_LIBRARY_MEMBER)
};
extern struct iw_mysql_functions iw_mysql_functions;
extern struct iw_library iw_mysql_library;

#define mariadb_get_infov	 iw_mysql_functions.mariadb_get_infov
#define mysql_affected_rows	 iw_mysql_functions.mysql_affected_rows
#define mysql_close		 iw_mysql_functions.mysql_close
#define mysql_errno		 iw_mysql_functions.mysql_errno
#define mysql_error		 iw_mysql_functions.mysql_error
#define mysql_fetch_fields	 iw_mysql_functions.mysql_fetch_fields
#define mysql_fetch_lengths	 iw_mysql_functions.mysql_fetch_lengths
#define mysql_fetch_row		 iw_mysql_functions.mysql_fetch_row
#define mysql_free_result	 iw_mysql_functions.mysql_free_result
#define mysql_get_socket	 iw_mysql_functions.mysql_get_socket
#define mysql_get_ssl_cipher	 iw_mysql_functions.mysql_get_ssl_cipher
#define mysql_init		 iw_mysql_functions.mysql_init
#define mysql_next_result_cont	 iw_mysql_functions.mysql_next_result_cont
#define mysql_next_result_start	 iw_mysql_functions.mysql_next_result_start
#define mysql_num_fields	 iw_mysql_functions.mysql_num_fields
#define mysql_options		 iw_mysql_functions.mysql_options
#define mysql_options4		 iw_mysql_functions.mysql_options4
#define mysql_real_connect_cont	 iw_mysql_functions.mysql_real_connect_cont
#define mysql_real_connect_start iw_mysql_functions.mysql_real_connect_start
#define mysql_real_query_cont	 iw_mysql_functions.mysql_real_query_cont
#define mysql_real_query_start	 iw_mysql_functions.mysql_real_query_start
#define mysql_store_result_cont	 iw_mysql_functions.mysql_store_result_cont
#define mysql_store_result_start iw_mysql_functions.mysql_store_result_start
