/* SPDX-License-Identifier: GPL-2.0 */
/* A part of trace.h: the events of what changes about ports and rings. */

/* An address on a VLAN leads to dev, a port of nic, or does no longer. */
DECLARE_EVENT_CLASS(softnic_filter,
	TP_PROTO(const struct net_device *nic, const struct net_device *dev, const u8 *mac,
		 u16 vlan_proto, u16 vlan, bool in_slot),
	TP_ARGS(nic, dev, mac, vlan_proto, vlan, in_slot),
	TP_STRUCT__entry(
		SOFTNIC_DEV_ENTRY
		__field(u32, nic_ifindex)
		__array(u8, mac, ETH_ALEN)
		__field(u16, vlan_proto)
		__field(u16, vlan)
		__field(bool, in_slot)
	),
	TP_fast_assign(
		SOFTNIC_DEV_ASSIGN;
		__entry->nic_ifindex = nic->ifindex;
		ether_addr_copy(__entry->mac, mac);
		__entry->vlan_proto = vlan_proto;
		__entry->vlan = vlan;
		__entry->in_slot = in_slot;
	),
	TP_printk(SOFTNIC_DEV_FORMAT "nic=%u mac=%pM vlan_proto=%#06x vlan=%u in_slot=%d",
		  SOFTNIC_DEV_PRINT, __entry->nic_ifindex, __entry->mac, __entry->vlan_proto,
		  __entry->vlan, __entry->in_slot)
);

#define SOFTNIC_FILTER_EVENT(event) \
DEFINE_EVENT(softnic_filter, event, \
	TP_PROTO(const struct net_device *nic, const struct net_device *dev, const u8 *mac, \
		 u16 vlan_proto, u16 vlan, bool in_slot), \
	TP_ARGS(nic, dev, mac, vlan_proto, vlan, in_slot) \
)

SOFTNIC_FILTER_EVENT(softnic_filter_add);
SOFTNIC_FILTER_EVENT(softnic_filter_del);

/* The group of dev has more rings, or fewer. */
TRACE_EVENT(softnic_group,
	TP_PROTO(const struct net_device *dev, u32 rings_before, u32 rings),
	TP_ARGS(dev, rings_before, rings),
	TP_STRUCT__entry(
		SOFTNIC_DEV_ENTRY
		__field(u32, rings_before)
		__field(u32, rings)
	),
	TP_fast_assign(
		SOFTNIC_DEV_ASSIGN;
		__entry->rings_before = rings_before;
		__entry->rings = rings;
	),
	TP_printk(SOFTNIC_DEV_FORMAT "rings_before=%u rings=%u", SOFTNIC_DEV_PRINT,
		  __entry->rings_before, __entry->rings)
);

/* The frames of dev, a port of nic, are served elsewhere from now on. */
TRACE_EVENT(softnic_placement,
	TP_PROTO(const struct net_device *dev, const struct net_device *nic,
		 enum softnic_placement before, enum softnic_placement placement,
		 enum softnic_placement_reason reason),
	TP_ARGS(dev, nic, before, placement, reason),
	TP_STRUCT__entry(
		SOFTNIC_DEV_ENTRY
		__field(u32, nic_ifindex)
		__field(u32, before)
		__field(u32, placement)
		__field(u32, reason)
	),
	TP_fast_assign(
		SOFTNIC_DEV_ASSIGN;
		__entry->nic_ifindex = nic->ifindex;
		__entry->before = before;
		__entry->placement = placement;
		__entry->reason = reason;
	),
	TP_printk(SOFTNIC_DEV_FORMAT "nic=%u before=%s placement=%s reason=%s",
		  SOFTNIC_DEV_PRINT, __entry->nic_ifindex,
		  __print_symbolic(__entry->before, softnic_placements),
		  __print_symbolic(__entry->placement, softnic_placements),
		  __print_symbolic(__entry->reason, softnic_placement_reasons))
);

/* Frames in a ring wait for others for another time than before. */
TRACE_EVENT(softnic_moderation,
	TP_PROTO(const struct net_device *dev, u32 ring, u32 usecs, u32 frames, bool adaptive,
		 enum softnic_moderation cause),
	TP_ARGS(dev, ring, usecs, frames, adaptive, cause),
	TP_STRUCT__entry(
		SOFTNIC_DEV_ENTRY
		__field(u32, ring)
		__field(u32, usecs)
		__field(u32, frames)
		__field(bool, adaptive)
		__field(u32, cause)
	),
	TP_fast_assign(
		SOFTNIC_DEV_ASSIGN;
		__entry->ring = ring;
		__entry->usecs = usecs;
		__entry->frames = frames;
		__entry->adaptive = adaptive;
		__entry->cause = cause;
	),
	TP_printk(SOFTNIC_DEV_FORMAT "ring=%u usecs=%u frames=%u adaptive=%d cause=%s",
		  SOFTNIC_DEV_PRINT, __entry->ring, __entry->usecs, __entry->frames,
		  __entry->adaptive, __print_symbolic(__entry->cause, softnic_moderations))
);

/* The core polls a ring by itself from now on, or does no longer. */
TRACE_EVENT(softnic_ring_mode,
	TP_PROTO(const struct net_device *dev, u32 ring, enum softnic_ring_mode mode),
	TP_ARGS(dev, ring, mode),
	TP_STRUCT__entry(
		SOFTNIC_DEV_ENTRY
		__field(u32, ring)
		__field(u32, mode)
	),
	TP_fast_assign(
		SOFTNIC_DEV_ASSIGN;
		__entry->ring = ring;
		__entry->mode = mode;
	),
	TP_printk(SOFTNIC_DEV_FORMAT "ring=%u mode=%s", SOFTNIC_DEV_PRINT, __entry->ring,
		  __print_symbolic(__entry->mode, softnic_ring_modes))
);

/* The life of dev; a VNIC is a port of nic, a NIC of none. */
DECLARE_EVENT_CLASS(softnic_port,
	TP_PROTO(const struct net_device *dev, enum softnic_port_kind kind,
		 const struct net_device *nic),
	TP_ARGS(dev, kind, nic),
	TP_STRUCT__entry(
		SOFTNIC_DEV_ENTRY
		__field(u32, kind)
		__field(u32, nic_ifindex)
	),
	TP_fast_assign(
		SOFTNIC_DEV_ASSIGN;
		__entry->kind = kind;
		__entry->nic_ifindex = nic ? nic->ifindex : 0;
	),
	TP_printk(SOFTNIC_DEV_FORMAT "kind=%s nic=%u", SOFTNIC_DEV_PRINT,
		  __print_symbolic(__entry->kind, softnic_port_kinds), __entry->nic_ifindex)
);

#define SOFTNIC_PORT_EVENT(event) \
DEFINE_EVENT(softnic_port, event, \
	TP_PROTO(const struct net_device *dev, enum softnic_port_kind kind, \
		 const struct net_device *nic), \
	TP_ARGS(dev, kind, nic) \
)

SOFTNIC_PORT_EVENT(softnic_port_add);
SOFTNIC_PORT_EVENT(softnic_port_del);
SOFTNIC_PORT_EVENT(softnic_port_open);
SOFTNIC_PORT_EVENT(softnic_port_stop);

/* The wire of dev leads to peer, or nowhere, and carries or does not. */
TRACE_EVENT(softnic_wire,
	TP_PROTO(const struct net_device *dev, const struct net_device *peer, bool carrier),
	TP_ARGS(dev, peer, carrier),
	TP_STRUCT__entry(
		SOFTNIC_DEV_ENTRY
		__field(u32, peer_ifindex)
		__string(peer, peer ? peer->name : "")
		__field(bool, carrier)
	),
	TP_fast_assign(
		SOFTNIC_DEV_ASSIGN;
		__entry->peer_ifindex = peer ? peer->ifindex : 0;
		__assign_str(peer);
		__entry->carrier = carrier;
	),
	TP_printk(SOFTNIC_DEV_FORMAT "peer=%u:%s carrier=%d", SOFTNIC_DEV_PRINT,
		  __entry->peer_ifindex, __get_str(peer), __entry->carrier)
);
