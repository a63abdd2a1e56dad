/*
 * What methods of fields hear of Django while they are evaluated: its own methods behind super(), the connection,
 * attributes that Django's __init__() sets. For field_custom.c only.
 */
#pragma once

#include "framework/django/fields.h"

struct django_host {
	struct django_context *context;
	struct django_field_ref field;
	struct django_building *building; /* while __init__() runs; else NULL */
	struct iw_py_host host;
	const struct iw_py_host *outer;
	const char *skipped; /* code that may or may not run: why */
	bool adds_fields;    /* another field was given to a model */
};

void iw_django_host_enter(struct django_host *self, struct django_context *context, struct django_field_ref field,
			  struct django_building *building);
void iw_django_host_leave(struct django_host *self);
/* Attributes as they are after Django's __init__(), for the object to read. */
void iw_django_host_show(struct django_building *building, struct iw_py_value *object);
/* What the class has set itself since then. */
void iw_django_host_read_back(struct django_host *self, struct django_building *building);
