/* The foreign keys of other tables that an altered field takes along; see editor_alter.c. */
#pragma once

#include "framework/django/editor.h"

struct django_related_pair {
	struct django_field_ref old, new_field; /* the same foreign key before and after */
};

/* _related_non_m2m_objects(): struct django_related_pair, added to `pairs`. */
void iw_django_related_pairs(struct django_context *context, struct django_field_ref old,
			     struct django_field_ref new_field, GArray *pairs);
/* What 3.2 rebuilds: relevant relations of the new model that are not hidden; struct django_field_ref *. */
GPtrArray *iw_django_shown_relations(struct django_context *context, struct django_field_ref field);
