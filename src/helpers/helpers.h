/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Static inlines and macros of the kernel as functions that Rust can call.
 * One helper an operation: each costs a call, so none is on the path of
 * every packet unless the comment says so.
 */
#ifndef SOFTNIC_HELPERS_H
#define SOFTNIC_HELPERS_H

#include <linux/dim.h>
#include <linux/ethtool.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>

/* Device. */
void softnic_helper_dev_hold(struct net_device *dev);
void softnic_helper_dev_put(struct net_device *dev);
struct net *softnic_helper_dev_net(const struct net_device *dev);
bool softnic_helper_netif_carrier_ok(const struct net_device *dev);
void softnic_helper_eth_hw_addr_random(struct net_device *dev);
void softnic_helper_netif_tx_start_all_queues(struct net_device *dev);
unsigned int softnic_helper_num_online_cpus(void);
bool softnic_helper_cpu_online(unsigned int cpu);
bool softnic_helper_irqs_disabled(void);

/* Transmit queue: only on the way to or from a full ring. */
bool softnic_helper_netif_tx_queue_stopped(const struct netdev_queue *txq);
void softnic_helper_netif_tx_stop_queue(struct netdev_queue *txq);
bool softnic_helper_qdisc_txq_has_no_queue(const struct netdev_queue *txq);

/* NAPI. */
void softnic_helper_netif_napi_add_config(struct net_device *dev,
					  struct napi_struct *napi,
					  int (*poll)(struct napi_struct *, int),
					  int index);
void softnic_helper_netif_napi_del_nosync(struct napi_struct *napi);

/* Workers that begin polls: not more than one for some frames. */
struct workqueue_struct *softnic_helper_alloc_workers(void);
void softnic_helper_init_work(struct work_struct *work,
			      void (*func)(struct work_struct *work));

/* Adaptive moderation: a sample is taken at the end of a poll. */
void softnic_helper_dim_init_work(struct dim *dim, void (*work)(struct work_struct *work));
void softnic_helper_dim_sample(struct dim *dim, u16 events, u64 packets, u64 bytes);

/* Frames: only those that are zero-copy, shared, or go through GRO. */
int softnic_helper_skb_orphan_frags(struct sk_buff *skb);
void softnic_helper_skb_postpull_rcsum(struct sk_buff *skb, unsigned int len);
int softnic_helper_gro_receive(struct gro_node *gro, struct sk_buff *skb);
int softnic_helper_skb_vlan_push_inside(struct sk_buff *skb);

/* Namespaces and netlink. */
void softnic_helper_put_net(struct net *net);
unsigned int softnic_helper_dev_base_seq(const struct net *net);
struct net_device *softnic_helper_next_netdev(struct net *net, unsigned long *ifindex);

/* Generic netlink. */
struct sk_buff *softnic_helper_genlmsg_new(gfp_t flags);
void *softnic_helper_genlmsg_iput(struct sk_buff *skb, const struct genl_info *info, int flags);
void softnic_helper_genlmsg_end(struct sk_buff *skb, void *header);
void softnic_helper_genlmsg_cancel(struct sk_buff *skb, void *header);
void softnic_helper_genl_dump_check_consistent(struct netlink_callback *cb, void *header);
int softnic_helper_genlmsg_reply(struct sk_buff *skb, struct genl_info *info);
int softnic_helper_genl_has_listeners(const struct genl_family *family, struct net *net,
				      unsigned int group);
int softnic_helper_genlmsg_multicast(const struct genl_family *family, struct net *net,
				     struct sk_buff *skb, unsigned int group, gfp_t flags);
int softnic_helper_genl_set_err(const struct genl_family *family, struct net *net,
				unsigned int group, int code);
struct net *softnic_helper_genl_info_net(const struct genl_info *info);
struct nlattr *softnic_helper_nla_nest_start(struct sk_buff *skb, int type);
void softnic_helper_nla_nest_end(struct sk_buff *skb, struct nlattr *start);
void softnic_helper_nla_nest_cancel(struct sk_buff *skb, struct nlattr *start);

/* Contexts and memory order. */
void softnic_helper_local_bh_disable(void);
void softnic_helper_local_bh_enable(void);
void softnic_helper_assert_rtnl(void);

/* RSS contexts. */
u32 *softnic_helper_ethtool_rxfh_context_indir(struct ethtool_rxfh_context *ctx);
u8 *softnic_helper_ethtool_rxfh_context_key(struct ethtool_rxfh_context *ctx);

#endif
