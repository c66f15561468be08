/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Numbers that events tell, and their names: lists of EM(number, name), which
 * EMe ends.
 */
#ifndef SOFTNIC_TRACE_NAMES_H
#define SOFTNIC_TRACE_NAMES_H

#include "uapi/linux/softnic.h"

/* Why a poll is asked for. */
enum softnic_cause {
	/* A frame came into an empty ring. */
	SOFTNIC_CAUSE_FRAME,
	/* So many frames wait as moderation lets wait. */
	SOFTNIC_CAUSE_FRAMES,
	/* They have waited for as long as it lets them. */
	SOFTNIC_CAUSE_TIMER,
	/* The ring's settings are others, or it has another's frames. */
	SOFTNIC_CAUSE_CHANGE,
};

/* How a frame is given to the stack. */
enum softnic_how {
	/* By itself. */
	SOFTNIC_HOW_SINGLE,
	/* In a list, at the end of the poll. */
	SOFTNIC_HOW_LIST,
	/* To be merged with others. */
	SOFTNIC_HOW_GRO,
};

/* What one frame was made of another for. */
enum softnic_copy {
	/* A port that wants the frame, too. */
	SOFTNIC_COPY_PORT,
	/* All who want it, too, and get theirs of this one. */
	SOFTNIC_COPY_GUESTS,
	/* A part of a segmentation bundle. */
	SOFTNIC_COPY_SEGMENT,
};

/* Why a ring's frames wait for others for another time than before. */
enum softnic_moderation {
	/* So it was asked for. */
	SOFTNIC_MODERATION_SET,
	/* A stream of frames begins. */
	SOFTNIC_MODERATION_STREAM,
	/* For a stream another time is better. */
	SOFTNIC_MODERATION_CHOICE,
	/* The stream ends. */
	SOFTNIC_MODERATION_PAUSE,
};

/* As in statistics. */
#define softnic_drop_reasons \
	EM(SOFTNIC_DROP_REASON_TX_DROP_TRUNCATED, "tx_drop_truncated") \
	EM(SOFTNIC_DROP_REASON_TX_DROP_NO_MEMORY, "tx_drop_no_memory") \
	EM(SOFTNIC_DROP_REASON_TX_DROP_NO_WIRE, "tx_drop_no_wire") \
	EM(SOFTNIC_DROP_REASON_TX_DROP_RECEIVER_DOWN, "tx_drop_receiver_down") \
	EM(SOFTNIC_DROP_REASON_TX_DROP_RING_FULL, "tx_drop_ring_full") \
	EM(SOFTNIC_DROP_REASON_TX_DROP_BAD_BUNDLE, "tx_drop_bad_bundle") \
	EM(SOFTNIC_DROP_REASON_RX_FILTERED, "rx_filtered") \
	EM(SOFTNIC_DROP_REASON_RX_VLAN_FILTERED, "rx_vlan_filtered") \
	EM(SOFTNIC_DROP_REASON_RX_DROP_TOO_LONG, "rx_drop_too_long") \
	EM(SOFTNIC_DROP_REASON_RX_DROP_BY_RULE, "rx_drop_by_rule") \
	EM(SOFTNIC_DROP_REASON_TX_DROP_VLAN_FORBIDDEN, "tx_drop_vlan_forbidden") \
	EM(SOFTNIC_DROP_REASON_RX_DROP_OVERRUN, "rx_drop_overrun") \
	EM(SOFTNIC_DROP_REASON_SWITCH_STORM, "switch_storm") \
	EM(SOFTNIC_DROP_REASON_RX_DROP_PURGED, "rx_drop_purged") \
	EMe(SOFTNIC_DROP_REASON_RX_DROP_NO_MEMORY, "rx_drop_no_memory")

/* As in the netlink family's spec. */
#define softnic_placements \
	EM(SOFTNIC_PLACEMENT_SHARED, "shared") \
	EM(SOFTNIC_PLACEMENT_OWN_GROUP, "own-group") \
	EMe(SOFTNIC_PLACEMENT_FORCED_PROMISCUOUS, "forced-promiscuous")

#define softnic_placement_reasons \
	EM(SOFTNIC_PLACEMENT_REASON_ASKED, "asked") \
	EMe(SOFTNIC_PLACEMENT_REASON_NO_SLOT, "no-slot")

#define softnic_ring_modes \
	EM(SOFTNIC_RING_MODE_INTERRUPT, "interrupt") \
	EM(SOFTNIC_RING_MODE_MODERATED, "moderated") \
	EMe(SOFTNIC_RING_MODE_POLLING, "polling")

#define softnic_port_kinds \
	EM(SOFTNIC_PORT_KIND_NIC, "nic") \
	EMe(SOFTNIC_PORT_KIND_VNIC, "vnic")

#define softnic_causes \
	EM(SOFTNIC_CAUSE_FRAME, "frame") \
	EM(SOFTNIC_CAUSE_FRAMES, "frames") \
	EM(SOFTNIC_CAUSE_TIMER, "timer") \
	EMe(SOFTNIC_CAUSE_CHANGE, "change")

#define softnic_hows \
	EM(SOFTNIC_HOW_SINGLE, "single") \
	EM(SOFTNIC_HOW_LIST, "list") \
	EMe(SOFTNIC_HOW_GRO, "gro")

#define softnic_copies \
	EM(SOFTNIC_COPY_PORT, "port") \
	EM(SOFTNIC_COPY_GUESTS, "guests") \
	EMe(SOFTNIC_COPY_SEGMENT, "segment")

#define softnic_moderations \
	EM(SOFTNIC_MODERATION_SET, "set") \
	EM(SOFTNIC_MODERATION_STREAM, "stream") \
	EM(SOFTNIC_MODERATION_CHOICE, "choice") \
	EMe(SOFTNIC_MODERATION_PAUSE, "pause")

#endif
