/* The functions of libpq that the driver calls, by way of pointers; see base/library.h. */
#pragma once

#include "base/library.h"

#include <libpq-fe.h>

/* clang-format off */
#define IW_PQ_FUNCTIONS(ROW) \
	ROW(PQcancel) ROW(PQclear) ROW(PQcmdStatus) ROW(PQcmdTuples) ROW(PQconnectPoll) ROW(PQconnectStartParams) \
	ROW(PQconsumeInput) ROW(PQerrorMessage) ROW(PQescapeIdentifier) ROW(PQexec) ROW(PQfinish) ROW(PQflush) \
	ROW(PQfname) ROW(PQfreeCancel) ROW(PQfreemem) ROW(PQgetCancel) ROW(PQgetCopyData) ROW(PQgetResult) \
	ROW(PQgetisnull) ROW(PQgetlength) ROW(PQgetvalue) ROW(PQisBusy) ROW(PQnfields) ROW(PQntuples) \
	ROW(PQputCopyEnd) ROW(PQresultErrorField) ROW(PQresultErrorMessage) ROW(PQresultStatus) ROW(PQsendQuery) \
	ROW(PQserverVersion) ROW(PQsetErrorVerbosity) ROW(PQsetNoticeReceiver) ROW(PQsetSingleRowMode) \
	ROW(PQsetnonblocking) ROW(PQsocket) ROW(PQstatus) ROW(PQtransactionStatus)
/* clang-format on */

struct iw_pq {
	IW_PQ_FUNCTIONS(IW_LIBRARY_MEMBER)
};
extern struct iw_pq iw_pq;
extern struct iw_library iw_pq_library;

#define PQcancel	     iw_pq.PQcancel
#define PQclear		     iw_pq.PQclear
#define PQcmdStatus	     iw_pq.PQcmdStatus
#define PQcmdTuples	     iw_pq.PQcmdTuples
#define PQconnectPoll	     iw_pq.PQconnectPoll
#define PQconnectStartParams iw_pq.PQconnectStartParams
#define PQconsumeInput	     iw_pq.PQconsumeInput
#define PQerrorMessage	     iw_pq.PQerrorMessage
#define PQescapeIdentifier   iw_pq.PQescapeIdentifier
#define PQexec		     iw_pq.PQexec
#define PQfinish	     iw_pq.PQfinish
#define PQflush		     iw_pq.PQflush
#define PQfname		     iw_pq.PQfname
#define PQfreeCancel	     iw_pq.PQfreeCancel
#define PQfreemem	     iw_pq.PQfreemem
#define PQgetCancel	     iw_pq.PQgetCancel
#define PQgetCopyData	     iw_pq.PQgetCopyData
#define PQgetResult	     iw_pq.PQgetResult
#define PQgetisnull	     iw_pq.PQgetisnull
#define PQgetlength	     iw_pq.PQgetlength
#define PQgetvalue	     iw_pq.PQgetvalue
#define PQisBusy	     iw_pq.PQisBusy
#define PQnfields	     iw_pq.PQnfields
#define PQntuples	     iw_pq.PQntuples
#define PQputCopyEnd	     iw_pq.PQputCopyEnd
#define PQresultErrorField   iw_pq.PQresultErrorField
#define PQresultErrorMessage iw_pq.PQresultErrorMessage
#define PQresultStatus	     iw_pq.PQresultStatus
#define PQsendQuery	     iw_pq.PQsendQuery
#define PQserverVersion	     iw_pq.PQserverVersion
#define PQsetErrorVerbosity  iw_pq.PQsetErrorVerbosity
#define PQsetNoticeReceiver  iw_pq.PQsetNoticeReceiver
#define PQsetSingleRowMode   iw_pq.PQsetSingleRowMode
#define PQsetnonblocking     iw_pq.PQsetnonblocking
#define PQsocket	     iw_pq.PQsocket
#define PQstatus	     iw_pq.PQstatus
#define PQtransactionStatus  iw_pq.PQtransactionStatus
