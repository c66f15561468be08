/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The trace events of softnic; Documentation/tracing.md tells what each is of.
 *
 * They are in C so that BTF has their types. Each begins with the device that
 * it is about: index, name, and the number of its network namespace, since
 * containers like to call all their devices alike.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM softnic

#if !defined(SOFTNIC_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define SOFTNIC_TRACE_H

#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/tracepoint.h>
#include <net/net_namespace.h>

#include "trace_keys.h"
#include "trace_names.h"

/* Programs that read events by themselves are told the numbers. */
#undef EM
#undef EMe
#define EM(number, name)	TRACE_DEFINE_ENUM(number);
#define EMe(number, name)	TRACE_DEFINE_ENUM(number);
softnic_drop_reasons
softnic_placements
softnic_placement_reasons
softnic_ring_modes
softnic_port_kinds
softnic_causes
softnic_hows
softnic_copies
softnic_moderations

#undef FN
#define FN(reason)		TRACE_DEFINE_ENUM(SKB_DROP_REASON_##reason);
DEFINE_DROP_REASON(FN, FN)
TRACE_DEFINE_ENUM(SKB_CONSUMED);

#undef EM
#undef EMe
#define EM(number, name)	{ number, name },
#define EMe(number, name)	{ number, name }
#undef FN
#undef FNe
#define FN(reason)		{ SKB_DROP_REASON_##reason, #reason },
#define FNe(reason)		{ SKB_DROP_REASON_##reason, #reason }

#define SOFTNIC_DEV_ENTRY \
	__field(u32, ifindex) \
	__string(name, dev->name) \
	__field(u32, netns)
#define SOFTNIC_DEV_ASSIGN \
	do { \
		__entry->ifindex = dev->ifindex; \
		__assign_str(name); \
		__entry->netns = dev_net(dev)->ns.inum; \
	} while (0)
#define SOFTNIC_DEV_FORMAT "dev=%u:%s netns=%u "
#define SOFTNIC_DEV_PRINT __entry->ifindex, __get_str(name), __entry->netns

/* The stack has a device send a frame. */
TRACE_EVENT_FN(softnic_xmit,
	TP_PROTO(const struct net_device *dev, const struct sk_buff *skb, u32 queue),
	TP_ARGS(dev, skb, queue),
	TP_STRUCT__entry(
		SOFTNIC_DEV_ENTRY
		__field(u32, queue)
		__field(const void *, skbaddr)
		__field(u32, len)
		__field(u16, segs)
		__field(u16, protocol)
	),
	TP_fast_assign(
		SOFTNIC_DEV_ASSIGN;
		__entry->queue = queue;
		__entry->skbaddr = skb;
		__entry->len = skb->len;
		__entry->segs = max_t(u16, skb_shinfo(skb)->gso_segs, 1);
		__entry->protocol = ntohs(skb->protocol);
	),
	TP_printk(SOFTNIC_DEV_FORMAT "queue=%u skbaddr=%p len=%u segs=%u protocol=%#06x",
		  SOFTNIC_DEV_PRINT, __entry->queue, __entry->skbaddr, __entry->len,
		  __entry->segs, __entry->protocol),
	softnic_trace_sends_on, softnic_trace_sends_off
);

/* The port that gets a frame is found, and the ring; dev is the port's. */
TRACE_EVENT_FN(softnic_classify,
	TP_PROTO(const struct net_device *nic, const struct net_device *dev,
		 const struct sk_buff *skb, const struct net_device *home, u32 ring,
		 enum softnic_placement placement, u16 vlan_tci),
	TP_ARGS(nic, dev, skb, home, ring, placement, vlan_tci),
	TP_STRUCT__entry(
		SOFTNIC_DEV_ENTRY
		__field(u32, nic_ifindex)
		__field(u32, home_ifindex)
		__field(u32, ring)
		__field(u32, placement)
		__field(const void *, skbaddr)
		__field(u32, len)
		__field(u16, vlan_tci)
	),
	TP_fast_assign(
		SOFTNIC_DEV_ASSIGN;
		__entry->nic_ifindex = nic->ifindex;
		__entry->home_ifindex = home->ifindex;
		__entry->ring = ring;
		__entry->placement = placement;
		__entry->skbaddr = skb;
		__entry->len = skb->len;
		__entry->vlan_tci = vlan_tci;
	),
	TP_printk(SOFTNIC_DEV_FORMAT
		  "nic=%u home=%u ring=%u placement=%s skbaddr=%p len=%u vlan_tci=%#06x",
		  SOFTNIC_DEV_PRINT, __entry->nic_ifindex, __entry->home_ifindex, __entry->ring,
		  __print_symbolic(__entry->placement, softnic_placements),
		  __entry->skbaddr, __entry->len, __entry->vlan_tci),
	softnic_trace_arrivals_on, softnic_trace_arrivals_off
);

/* A frame goes into a ring of dev, as one of depth. */
TRACE_EVENT_FN(softnic_ring_push,
	TP_PROTO(const struct net_device *dev, const struct sk_buff *skb, u32 ring,
		 u32 depth, u32 capacity),
	TP_ARGS(dev, skb, ring, depth, capacity),
	TP_STRUCT__entry(
		SOFTNIC_DEV_ENTRY
		__field(u32, port_ifindex)
		__field(u32, ring)
		__field(u32, depth)
		__field(u32, capacity)
		__field(const void *, skbaddr)
		__field(u32, len)
	),
	TP_fast_assign(
		SOFTNIC_DEV_ASSIGN;
		/* None for a frame to many, which is copied when it is polled. */
		__entry->port_ifindex = skb->dev ? skb->dev->ifindex : 0;
		__entry->ring = ring;
		__entry->depth = depth;
		__entry->capacity = capacity;
		__entry->skbaddr = skb;
		__entry->len = skb->len;
	),
	TP_printk(SOFTNIC_DEV_FORMAT "port=%u ring=%u depth=%u capacity=%u skbaddr=%p len=%u",
		  SOFTNIC_DEV_PRINT, __entry->port_ifindex, __entry->ring, __entry->depth,
		  __entry->capacity, __entry->skbaddr, __entry->len),
	softnic_trace_arrivals_on, softnic_trace_arrivals_off
);

/* Sender finds a ring of dev full, or fills it. */
TRACE_EVENT(softnic_ring_full,
	TP_PROTO(const struct net_device *dev, u32 ring, u32 capacity, bool stops,
		 const struct net_device *sender, bool refused),
	TP_ARGS(dev, ring, capacity, stops, sender, refused),
	TP_STRUCT__entry(
		SOFTNIC_DEV_ENTRY
		__field(u32, ring)
		__field(u32, capacity)
		__field(bool, stops)
		__field(u32, sender_ifindex)
		__field(bool, refused)
	),
	TP_fast_assign(
		SOFTNIC_DEV_ASSIGN;
		__entry->ring = ring;
		__entry->capacity = capacity;
		__entry->stops = stops;
		__entry->sender_ifindex = sender->ifindex;
		__entry->refused = refused;
	),
	TP_printk(SOFTNIC_DEV_FORMAT "ring=%u capacity=%u stops=%d sender=%u refused=%d",
		  SOFTNIC_DEV_PRINT, __entry->ring, __entry->capacity, __entry->stops,
		  __entry->sender_ifindex, __entry->refused)
);

/* A poll of a ring is asked for. */
TRACE_EVENT_FN(softnic_schedule,
	TP_PROTO(const struct net_device *dev, u32 ring, enum softnic_cause cause),
	TP_ARGS(dev, ring, cause),
	TP_STRUCT__entry(
		SOFTNIC_DEV_ENTRY
		__field(u32, ring)
		__field(u32, cause)
	),
	TP_fast_assign(
		SOFTNIC_DEV_ASSIGN;
		__entry->ring = ring;
		__entry->cause = cause;
	),
	TP_printk(SOFTNIC_DEV_FORMAT "ring=%u cause=%s", SOFTNIC_DEV_PRINT, __entry->ring,
		  __print_symbolic(__entry->cause, softnic_causes)),
	softnic_trace_arrivals_on, softnic_trace_arrivals_off
);

/* A poll begins. */
TRACE_EVENT_FN(softnic_poll_begin,
	TP_PROTO(const struct net_device *dev, u32 ring, u32 napi_id, u32 budget),
	TP_ARGS(dev, ring, napi_id, budget),
	TP_STRUCT__entry(
		SOFTNIC_DEV_ENTRY
		__field(u32, ring)
		__field(u32, napi_id)
		__field(u32, budget)
	),
	TP_fast_assign(
		SOFTNIC_DEV_ASSIGN;
		__entry->ring = ring;
		__entry->napi_id = napi_id;
		__entry->budget = budget;
	),
	TP_printk(SOFTNIC_DEV_FORMAT "ring=%u napi_id=%u budget=%u", SOFTNIC_DEV_PRINT,
		  __entry->ring, __entry->napi_id, __entry->budget),
	softnic_trace_polls_on, softnic_trace_polls_off
);

/* A poll ends; if it goes on, the core calls it again without being asked. */
TRACE_EVENT_FN(softnic_poll_end,
	TP_PROTO(const struct net_device *dev, u32 ring, u32 napi_id, u32 budget, u32 work,
		 bool goes_on),
	TP_ARGS(dev, ring, napi_id, budget, work, goes_on),
	TP_STRUCT__entry(
		SOFTNIC_DEV_ENTRY
		__field(u32, ring)
		__field(u32, napi_id)
		__field(u32, budget)
		__field(u32, work)
		__field(bool, goes_on)
	),
	TP_fast_assign(
		SOFTNIC_DEV_ASSIGN;
		__entry->ring = ring;
		__entry->napi_id = napi_id;
		__entry->budget = budget;
		__entry->work = work;
		__entry->goes_on = goes_on;
	),
	TP_printk(SOFTNIC_DEV_FORMAT "ring=%u napi_id=%u budget=%u work=%u goes_on=%d",
		  SOFTNIC_DEV_PRINT, __entry->ring, __entry->napi_id, __entry->budget,
		  __entry->work, __entry->goes_on),
	softnic_trace_polls_on, softnic_trace_polls_off
);

/* The stack of dev gets a frame, which waited in a ring of home. */
TRACE_EVENT_FN(softnic_deliver,
	TP_PROTO(const struct net_device *dev, const struct sk_buff *skb, u32 ring,
		 enum softnic_how how, const struct net_device *home),
	TP_ARGS(dev, skb, ring, how, home),
	TP_STRUCT__entry(
		SOFTNIC_DEV_ENTRY
		__field(u32, home_ifindex)
		__field(u32, ring)
		__field(const void *, skbaddr)
		__field(u32, len)
		__field(u32, how)
	),
	TP_fast_assign(
		SOFTNIC_DEV_ASSIGN;
		__entry->home_ifindex = home->ifindex;
		__entry->ring = ring;
		__entry->skbaddr = skb;
		__entry->len = skb->len;
		__entry->how = how;
	),
	TP_printk(SOFTNIC_DEV_FORMAT "home=%u ring=%u skbaddr=%p len=%u how=%s",
		  SOFTNIC_DEV_PRINT, __entry->home_ifindex, __entry->ring, __entry->skbaddr,
		  __entry->len, __print_symbolic(__entry->how, softnic_hows)),
	softnic_trace_deliveries_on, softnic_trace_deliveries_off
);

/* A frame is made of another one, for dev. */
TRACE_EVENT(softnic_replicate,
	TP_PROTO(const struct net_device *nic, const struct sk_buff *skb,
		 const struct net_device *dev, const struct sk_buff *from,
		 enum softnic_copy purpose),
	TP_ARGS(nic, skb, dev, from, purpose),
	TP_STRUCT__entry(
		SOFTNIC_DEV_ENTRY
		__field(u32, nic_ifindex)
		__field(const void *, skbaddr)
		__field(const void *, from)
		__field(u32, len)
		__field(u32, purpose)
	),
	TP_fast_assign(
		SOFTNIC_DEV_ASSIGN;
		__entry->nic_ifindex = nic->ifindex;
		__entry->skbaddr = skb;
		__entry->from = from;
		__entry->len = skb->len;
		__entry->purpose = purpose;
	),
	TP_printk(SOFTNIC_DEV_FORMAT "nic=%u skbaddr=%p from=%p len=%u purpose=%s",
		  SOFTNIC_DEV_PRINT, __entry->nic_ifindex, __entry->skbaddr, __entry->from,
		  __entry->len, __print_symbolic(__entry->purpose, softnic_copies))
);

/* A frame is lost, on the account of dev; without one it never was. */
TRACE_EVENT(softnic_drop,
	TP_PROTO(const struct net_device *dev, const struct sk_buff *skb,
		 enum softnic_drop_reason reason, enum skb_drop_reason skb_reason),
	TP_ARGS(dev, skb, reason, skb_reason),
	TP_STRUCT__entry(
		SOFTNIC_DEV_ENTRY
		__field(const void *, skbaddr)
		__field(u32, len)
		__field(u32, reason)
		__field(u32, skb_reason)
	),
	TP_fast_assign(
		SOFTNIC_DEV_ASSIGN;
		__entry->skbaddr = skb;
		__entry->len = skb ? skb->len : 0;
		__entry->reason = reason;
		__entry->skb_reason = skb_reason;
	),
	TP_printk(SOFTNIC_DEV_FORMAT "skbaddr=%p len=%u reason=%s skb_reason=%s",
		  SOFTNIC_DEV_PRINT, __entry->skbaddr, __entry->len,
		  __print_symbolic(__entry->reason, softnic_drop_reasons),
		  __print_symbolic(__entry->skb_reason, { SKB_CONSUMED, "CONSUMED" },
				   DEFINE_DROP_REASON(FN, FNe)))
);

/* What changes about ports and rings: no guard, for this file is read several times. */
#include "trace_changes.h"

#endif

/* Outside of the guard: the core reads this file several times. */
#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
