// SPDX-License-Identifier: GPL-2.0
/* The trace events, and the keys of their places. */
#define CREATE_TRACE_POINTS
#define CREATE_RUST_TRACE_POINTS
#include "trace.h"

/* Each event that is switched on makes the key of its place more true. */
#define SOFTNIC_TRACE_PLACE(place) \
DEFINE_STATIC_KEY_FALSE(softnic_trace_##place); \
int softnic_trace_##place##_on(void) \
{ \
	static_branch_inc(&softnic_trace_##place); \
	return 0; \
} \
void softnic_trace_##place##_off(void) \
{ \
	static_branch_dec(&softnic_trace_##place); \
}

SOFTNIC_TRACE_PLACE(sends)
SOFTNIC_TRACE_PLACE(arrivals)
SOFTNIC_TRACE_PLACE(polls)
SOFTNIC_TRACE_PLACE(deliveries)

/* Each reason has a name in trace_names.h, once. */
#undef EM
#undef EMe
#define EM(number, name)	BIT(number) +
#define EMe(number, name)	BIT(number)
static_assert((softnic_drop_reasons) == GENMASK(SOFTNIC_DROP_REASON_MAX, 0));
