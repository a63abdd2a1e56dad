/* Weak stand-ins while the editor is being written; removed when nothing needs them. */
#include "framework/django/editor.h"
#include "framework/django/state.h"
#pragma GCC diagnostic ignored "-Wunused-parameter"
