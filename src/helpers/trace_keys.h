/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Static keys for the places on every frame's way, of which some have several of
 * the events of trace.h.
 *
 * A place looks at its key alone, so that it costs one no-op as long as none of
 * its events is on; behind the key each event is asked for by itself.
 */
#ifndef SOFTNIC_TRACE_KEYS_H
#define SOFTNIC_TRACE_KEYS_H

#include <linux/jump_label.h>

/* xmit */
DECLARE_STATIC_KEY_FALSE(softnic_trace_sends);
int softnic_trace_sends_on(void);
void softnic_trace_sends_off(void);

/* classify, ring_push, schedule */
DECLARE_STATIC_KEY_FALSE(softnic_trace_arrivals);
int softnic_trace_arrivals_on(void);
void softnic_trace_arrivals_off(void);

/* poll_begin, poll_end */
DECLARE_STATIC_KEY_FALSE(softnic_trace_polls);
int softnic_trace_polls_on(void);
void softnic_trace_polls_off(void);

/* deliver */
DECLARE_STATIC_KEY_FALSE(softnic_trace_deliveries);
int softnic_trace_deliveries_on(void);
void softnic_trace_deliveries_off(void);

#endif
