/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel interfaces that src/net wraps. bindgen reads this file with the
 * flags of the kernel the module is built for, so that layouts are that
 * kernel's own.
 */
#include "../helpers/helpers.h"
#include "../helpers/trace.h"

#include <linux/dim.h>
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/hrtimer.h>
#include <linux/if_vlan.h>
#include <linux/net_namespace.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/skbuff.h>
#include <net/genetlink.h>
#include <net/gro.h>
#include <net/gso.h>
#include <net/netdev_queues.h>
#include <net/netlink.h>
#include <net/rtnetlink.h>

#include <asm/tsc.h>

#include "family.h"

/* What the C compiler says of the sizes; src/bindings/mod.rs compares. */
static const unsigned long SOFTNIC_SIZEOF_NET_DEVICE = sizeof(struct net_device);
static const unsigned long SOFTNIC_SIZEOF_NETDEV_QUEUE = sizeof(struct netdev_queue);
static const unsigned long SOFTNIC_SIZEOF_NAPI_STRUCT = sizeof(struct napi_struct);
static const unsigned long SOFTNIC_SIZEOF_SK_BUFF = sizeof(struct sk_buff);
static const unsigned long SOFTNIC_SIZEOF_RTNL_LINK_OPS = sizeof(struct rtnl_link_ops);
static const unsigned long SOFTNIC_SIZEOF_NET_DEVICE_OPS = sizeof(struct net_device_ops);
static const unsigned long SOFTNIC_SIZEOF_ETHTOOL_OPS = sizeof(struct ethtool_ops);
static const unsigned long SOFTNIC_SIZEOF_DIM = sizeof(struct dim);
static const unsigned long SOFTNIC_SIZEOF_GENL_INFO = sizeof(struct genl_info);
static const unsigned long SOFTNIC_SIZEOF_GENL_DUMPIT_INFO = sizeof(struct genl_dumpit_info);
static const unsigned long SOFTNIC_SIZEOF_NETLINK_CALLBACK = sizeof(struct netlink_callback);
static const unsigned long SOFTNIC_SIZEOF_EXT_ACK = sizeof(struct netlink_ext_ack);

/* Macros that bindgen cannot evaluate. */
static const u64 SOFTNIC_F_SG = NETIF_F_SG;
static const u64 SOFTNIC_F_FRAGLIST = NETIF_F_FRAGLIST;
static const u64 SOFTNIC_F_HW_CSUM = NETIF_F_HW_CSUM;
static const u64 SOFTNIC_F_RXCSUM = NETIF_F_RXCSUM;
static const u64 SOFTNIC_F_SCTP_CRC = NETIF_F_SCTP_CRC;
static const u64 SOFTNIC_F_HIGHDMA = NETIF_F_HIGHDMA;
static const u64 SOFTNIC_F_GSO_SOFTWARE = NETIF_F_GSO_SOFTWARE;
static const u64 SOFTNIC_F_GSO_ENCAP_ALL = NETIF_F_GSO_ENCAP_ALL;
static const u64 SOFTNIC_F_GRO = NETIF_F_GRO;
static const u64 SOFTNIC_F_RXHASH = NETIF_F_RXHASH;
static const u64 SOFTNIC_F_NTUPLE = NETIF_F_NTUPLE;
static const u64 SOFTNIC_F_VLAN_OFFLOADS =
	NETIF_F_HW_VLAN_CTAG_TX | NETIF_F_HW_VLAN_CTAG_RX |
	NETIF_F_HW_VLAN_STAG_TX | NETIF_F_HW_VLAN_STAG_RX;
static const u64 SOFTNIC_F_LOOPBACK = NETIF_F_LOOPBACK;
static const u64 SOFTNIC_F_HW_VLAN_CTAG_RX = NETIF_F_HW_VLAN_CTAG_RX;
static const u64 SOFTNIC_F_HW_VLAN_STAG_RX = NETIF_F_HW_VLAN_STAG_RX;
static const u64 SOFTNIC_F_HW_VLAN_CTAG_FILTER = NETIF_F_HW_VLAN_CTAG_FILTER;
static const u64 SOFTNIC_F_HW_VLAN_STAG_FILTER = NETIF_F_HW_VLAN_STAG_FILTER;
static const u32 SOFTNIC_GSO_MAX_SIZE = GSO_MAX_SIZE;
static const u32 SOFTNIC_IFF_PROMISC = IFF_PROMISC;
static const u32 SOFTNIC_IFF_ALLMULTI = IFF_ALLMULTI;
static const u32 SOFTNIC_SKB_GSO_FRAGLIST = SKB_GSO_FRAGLIST;
static const u8 SOFTNIC_SKB_ZEROCOPY_ENABLE = SKBFL_ZEROCOPY_ENABLE;
static const u8 SOFTNIC_SKBTX_SW_TSTAMP = SKBTX_SW_TSTAMP;
static const u8 SOFTNIC_SKBTX_BPF = SKBTX_BPF;
static const u8 SOFTNIC_CHECKSUM_NONE = CHECKSUM_NONE;
static const u8 SOFTNIC_CHECKSUM_PARTIAL = CHECKSUM_PARTIAL;
static const u8 SOFTNIC_CHECKSUM_COMPLETE = CHECKSUM_COMPLETE;
static const u8 SOFTNIC_PACKET_MULTICAST = PACKET_MULTICAST;
static const u8 SOFTNIC_PACKET_HOST = PACKET_HOST;
static const u8 SOFTNIC_PACKET_BROADCAST = PACKET_BROADCAST;
static const unsigned long SOFTNIC_NAPIF_STATE_LISTED = NAPIF_STATE_LISTED;
static const unsigned long SOFTNIC_NAPIF_STATE_SCHED = NAPIF_STATE_SCHED;
static const unsigned long SOFTNIC_NAPIF_STATE_THREADED = NAPIF_STATE_THREADED;
static const int SOFTNIC_WORK_CPU_UNBOUND = WORK_CPU_UNBOUND;
static const unsigned long SOFTNIC_NETDEV_PRIV_OFFSET = offsetof(struct net_device, priv);
static const u8 SOFTNIC_NETREG_REGISTERED = NETREG_REGISTERED;
static const u8 SOFTNIC_NETREG_UNREGISTERING = NETREG_UNREGISTERING;
static const unsigned int SOFTNIC_IFF_UP = IFF_UP;
static const u8 SOFTNIC_NET_NAME_USER = NET_NAME_USER;
static const u32 SOFTNIC_IFNAMSIZ = IFNAMSIZ;
static const u16 SOFTNIC_IFLA_MAX = IFLA_MAX;
static const u16 SOFTNIC_IFLA_LINKINFO = IFLA_LINKINFO;
static const u16 SOFTNIC_IFLA_INFO_DATA = IFLA_INFO_DATA;
static const u16 SOFTNIC_IFLA_ADDRESS = IFLA_ADDRESS;
static const u16 SOFTNIC_IFLA_IFNAME = IFLA_IFNAME;
static const u8 SOFTNIC_NET_ADDR_PERM = NET_ADDR_PERM;
static const u8 SOFTNIC_NET_ADDR_STOLEN = NET_ADDR_STOLEN;
static const u16 SOFTNIC_IFLA_MTU = IFLA_MTU;
static const u16 SOFTNIC_IFLA_LINK = IFLA_LINK;
static const u16 SOFTNIC_IFLA_NUM_TX_QUEUES = IFLA_NUM_TX_QUEUES;
static const u16 SOFTNIC_IFLA_NUM_RX_QUEUES = IFLA_NUM_RX_QUEUES;
static const u16 SOFTNIC_NLA_TYPE_MASK = NLA_TYPE_MASK;
static const u16 SOFTNIC_NLM_F_MULTI = NLM_F_MULTI;
static const u8 SOFTNIC_NLA_UNSPEC = NLA_UNSPEC;
static const u8 SOFTNIC_NLA_U32 = NLA_U32;
static const u8 SOFTNIC_NLA_S32 = NLA_S32;
static const u8 SOFTNIC_NLA_BINARY = NLA_BINARY;
static const u8 SOFTNIC_NLA_REJECT = NLA_REJECT;
static const u8 SOFTNIC_NLA_VALIDATE_MIN = NLA_VALIDATE_MIN;
static const u32 SOFTNIC_NL_VALIDATE = NL_VALIDATE_TRAILING | NL_VALIDATE_MAXTYPE |
	NL_VALIDATE_UNSPEC | NL_VALIDATE_STRICT_ATTRS;
static const u32 SOFTNIC_GFP_KERNEL = (__force u32)GFP_KERNEL;
static const u32 SOFTNIC_GFP_ATOMIC = (__force u32)GFP_ATOMIC;
static const u8 SOFTNIC_DUPLEX_FULL = DUPLEX_FULL;
static const u8 SOFTNIC_AUTONEG_DISABLE = AUTONEG_DISABLE;
static const u8 SOFTNIC_PORT_OTHER = PORT_OTHER;
static const u32 SOFTNIC_ETH_GSTRING_LEN = ETH_GSTRING_LEN;
static const int SOFTNIC_ETH_SS_STATS = ETH_SS_STATS;
static const u32 SOFTNIC_RMON_HIST_MAX = ETHTOOL_RMON_HIST_MAX;
static const int SOFTNIC_NETDEV_TX_OK = NETDEV_TX_OK;
static const int SOFTNIC_NETDEV_TX_BUSY = NETDEV_TX_BUSY;
static const int SOFTNIC_EOPNOTSUPP = EOPNOTSUPP;
static const int SOFTNIC_EADDRNOTAVAIL = EADDRNOTAVAIL;
static const int SOFTNIC_EMSGSIZE = EMSGSIZE;
static const int SOFTNIC_ENOTCONN = ENOTCONN;
static const int SOFTNIC_ENOBUFS = ENOBUFS;
static const u8 SOFTNIC_ETH_RSS_HASH_TOP = ETH_RSS_HASH_TOP;
static const u8 SOFTNIC_ETH_RSS_HASH_XOR = ETH_RSS_HASH_XOR;
static const u8 SOFTNIC_ETH_RSS_HASH_NO_CHANGE = ETH_RSS_HASH_NO_CHANGE;
static const u8 SOFTNIC_RXH_XFRM_NO_CHANGE = RXH_XFRM_NO_CHANGE;
static const u8 SOFTNIC_RXH_XFRMS = RXH_XFRM_SYM_XOR | RXH_XFRM_SYM_OR_XOR;
static const u32 SOFTNIC_FLOW_RSS = FLOW_RSS;
static const u32 SOFTNIC_RX_CLS_LOC_SPECIAL = RX_CLS_LOC_SPECIAL;
static const u32 SOFTNIC_GRXCLSRLCNT = ETHTOOL_GRXCLSRLCNT;
static const u32 SOFTNIC_GRXCLSRULE = ETHTOOL_GRXCLSRULE;
static const u32 SOFTNIC_GRXCLSRLALL = ETHTOOL_GRXCLSRLALL;
static const u32 SOFTNIC_SRXCLSRLDEL = ETHTOOL_SRXCLSRLDEL;
static const u32 SOFTNIC_SRXCLSRLINS = ETHTOOL_SRXCLSRLINS;
static const unsigned long SOFTNIC_NETDEV_REGISTER = NETDEV_REGISTER;
static const unsigned long SOFTNIC_NETDEV_UNREGISTER = NETDEV_UNREGISTER;
static const unsigned long SOFTNIC_NETDEV_CHANGEINFODATA = NETDEV_CHANGEINFODATA;
static const int SOFTNIC_CLOCK_MONOTONIC = CLOCK_MONOTONIC;
static const unsigned int SOFTNIC_HRTIMER_MODE_REL_PINNED = HRTIMER_MODE_REL_PINNED;
static const u8 SOFTNIC_NET_DIM_DEF_PROFILE = NET_DIM_DEF_PROFILE_EQE;
static const u32 SOFTNIC_COALESCE_PARAMS = ETHTOOL_COALESCE_RX_USECS |
	ETHTOOL_COALESCE_RX_MAX_FRAMES | ETHTOOL_COALESCE_USE_ADAPTIVE_RX;
