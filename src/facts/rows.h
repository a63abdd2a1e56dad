/* Words that rows of facts are written with; private to facts/. A row reads: id, kind, when, versions, lock, work,
 * rest. */
#pragma once

#include "facts/conditions.h"
#include "facts/facts_internal.h"

#define WHEN(name, words)  .condition = iw_when_##name, .condition_words = (words)
#define FROM(version)	   .from_version = (version)
#define BELOW(version)	   .below_version = (version)
#define LOCK(name, what)   .lock = (name), .blocks = IW_BLOCKS_##what
#define ALSO(words)	   .also_lock = (words)
#define WORK(what)	   .work = IW_##what
#define REFUSED(words)	   .refused = (words)
#define FAILS_IF(words)	   .fails_if = (words)
#define BREAKS(who, words) .breaks = IW_BREAKS_##who, .breaks_words = (words)
#define LOSSY		   .reversible = IW_REVERSIBLE_LOSSY
#define FINAL		   .reversible = IW_IRREVERSIBLE
#define REMEDY(words)	   .remedy = (words)
#define SOURCE(words)	   .source = (words)
#define PROVED		   .is_proved = true
