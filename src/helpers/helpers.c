// SPDX-License-Identifier: GPL-2.0
/* See helpers.h. */
#include <linux/bottom_half.h>
#include <linux/cpumask.h>
#include <linux/dim.h>
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/rtnetlink.h>
#include <linux/xarray.h>
#include <net/genetlink.h>
#include <net/gro.h>
#include <net/net_namespace.h>
#include <net/sch_generic.h>
#include <net/sock.h>

#include "helpers.h"

void softnic_helper_dev_hold(struct net_device *dev)
{
	dev_hold(dev);
}

void softnic_helper_dev_put(struct net_device *dev)
{
	dev_put(dev);
}

struct net *softnic_helper_dev_net(const struct net_device *dev)
{
	return dev_net(dev);
}

bool softnic_helper_netif_carrier_ok(const struct net_device *dev)
{
	return netif_carrier_ok(dev);
}

void softnic_helper_eth_hw_addr_random(struct net_device *dev)
{
	eth_hw_addr_random(dev);
}

void softnic_helper_netif_tx_start_all_queues(struct net_device *dev)
{
	netif_tx_start_all_queues(dev);
}

unsigned int softnic_helper_num_online_cpus(void)
{
	return num_online_cpus();
}

bool softnic_helper_cpu_online(unsigned int cpu)
{
	return cpu_online(cpu);
}

bool softnic_helper_irqs_disabled(void)
{
	return irqs_disabled();
}

bool softnic_helper_netif_tx_queue_stopped(const struct netdev_queue *txq)
{
	return netif_tx_queue_stopped(txq);
}

void softnic_helper_netif_tx_stop_queue(struct netdev_queue *txq)
{
	netif_tx_stop_queue(txq);
}

bool softnic_helper_qdisc_txq_has_no_queue(const struct netdev_queue *txq)
{
	return qdisc_txq_has_no_queue(txq);
}

void softnic_helper_netif_napi_add_config(struct net_device *dev,
					  struct napi_struct *napi,
					  int (*poll)(struct napi_struct *, int),
					  int index)
{
	netif_napi_add_config(dev, napi, poll, index);
}

/* Without the grace period: who frees the napi_struct waits once for all. */
void softnic_helper_netif_napi_del_nosync(struct napi_struct *napi)
{
	__netif_napi_del(napi);
}

/*
 * A frame that is on its way to the disk must not wait for memory. Who may choose
 * CPUs does so in /sys/devices/virtual/workqueue/softnic.
 */
struct workqueue_struct *softnic_helper_alloc_workers(void)
{
	return alloc_workqueue("softnic", WQ_UNBOUND | WQ_HIGHPRI | WQ_MEM_RECLAIM | WQ_SYSFS, 0);
}

void softnic_helper_init_work(struct work_struct *work,
			      void (*func)(struct work_struct *work))
{
	INIT_WORK(work, func);
}

void softnic_helper_dim_init_work(struct dim *dim, void (*work)(struct work_struct *work))
{
	INIT_WORK(&dim->work, work);
}

void softnic_helper_dim_sample(struct dim *dim, u16 events, u64 packets, u64 bytes)
{
	struct dim_sample sample = {};

	dim_update_sample(events, packets, bytes, &sample);
	net_dim(dim, &sample);
}

int softnic_helper_skb_orphan_frags(struct sk_buff *skb)
{
	return skb_orphan_frags(skb, GFP_ATOMIC);
}

void softnic_helper_skb_postpull_rcsum(struct sk_buff *skb, unsigned int len)
{
	skb_postpull_rcsum(skb, skb_mac_header(skb), len);
}

/*
 * Gives GRO a frame. It writes into the headers and the fragment list, which a
 * clone shares with its sender: without memory for its own, the frame stays the
 * caller's.
 */
int softnic_helper_gro_receive(struct gro_node *gro, struct sk_buff *skb)
{
	int err = skb_unclone(skb, GFP_ATOMIC);

	if (err)
		return err;
	skb_prepare_for_gro(skb);
	gro_receive_skb(gro, skb);
	return 0;
}

/* Puts the tag that is beside the frame into it, behind the addresses. */
int softnic_helper_skb_vlan_push_inside(struct sk_buff *skb)
{
	int err = __vlan_insert_tag(skb, skb->vlan_proto, skb_vlan_tag_get(skb));

	if (err)
		return err;
	skb_postpush_rcsum(skb, skb->data + 2 * ETH_ALEN, VLAN_HLEN);
	skb->protocol = skb->vlan_proto;
	__vlan_hwaccel_clear_tag(skb);
	return 0;
}

void softnic_helper_put_net(struct net *net)
{
	put_net(net);
}

unsigned int softnic_helper_dev_base_seq(const struct net *net)
{
	return net->dev_base_seq;
}

/* The first device of that index, or a higher one; sets the index to its own. */
struct net_device *softnic_helper_next_netdev(struct net *net, unsigned long *ifindex)
{
	return xa_find(&net->dev_by_index, ifindex, ULONG_MAX, XA_PRESENT);
}

struct sk_buff *softnic_helper_genlmsg_new(gfp_t flags)
{
	return genlmsg_new(GENLMSG_DEFAULT_SIZE, flags);
}

void *softnic_helper_genlmsg_iput(struct sk_buff *skb, const struct genl_info *info, int flags)
{
	return __genlmsg_iput(skb, info, flags);
}

void softnic_helper_genlmsg_end(struct sk_buff *skb, void *header)
{
	genlmsg_end(skb, header);
}

void softnic_helper_genlmsg_cancel(struct sk_buff *skb, void *header)
{
	genlmsg_cancel(skb, header);
}

void softnic_helper_genl_dump_check_consistent(struct netlink_callback *cb, void *header)
{
	genl_dump_check_consistent(cb, header);
}

int softnic_helper_genlmsg_reply(struct sk_buff *skb, struct genl_info *info)
{
	return genlmsg_reply(skb, info);
}

int softnic_helper_genl_has_listeners(const struct genl_family *family, struct net *net,
				      unsigned int group)
{
	return genl_has_listeners(family, net, group);
}

int softnic_helper_genlmsg_multicast(const struct genl_family *family, struct net *net,
				     struct sk_buff *skb, unsigned int group, gfp_t flags)
{
	return genlmsg_multicast_netns(family, net, skb, 0, group, flags);
}

int softnic_helper_genl_set_err(const struct genl_family *family, struct net *net,
				unsigned int group, int code)
{
	return genl_set_err(family, net, 0, group, code);
}

struct net *softnic_helper_genl_info_net(const struct genl_info *info)
{
	return genl_info_net(info);
}

struct nlattr *softnic_helper_nla_nest_start(struct sk_buff *skb, int type)
{
	return nla_nest_start(skb, type);
}

void softnic_helper_nla_nest_end(struct sk_buff *skb, struct nlattr *start)
{
	nla_nest_end(skb, start);
}

void softnic_helper_nla_nest_cancel(struct sk_buff *skb, struct nlattr *start)
{
	nla_nest_cancel(skb, start);
}

void softnic_helper_local_bh_disable(void)
{
	local_bh_disable();
}

void softnic_helper_local_bh_enable(void)
{
	local_bh_enable();
}

void softnic_helper_assert_rtnl(void)
{
	ASSERT_RTNL();
}

u32 *softnic_helper_ethtool_rxfh_context_indir(struct ethtool_rxfh_context *ctx)
{
	return ethtool_rxfh_context_indir(ctx);
}

u8 *softnic_helper_ethtool_rxfh_context_key(struct ethtool_rxfh_context *ctx)
{
	return ethtool_rxfh_context_key(ctx);
}
