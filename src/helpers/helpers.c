// SPDX-License-Identifier: GPL-2.0
/* See helpers.h. */
#include <linux/bottom_half.h>
#include <linux/cpumask.h>
#include <linux/dim.h>
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/rtnetlink.h>
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

int softnic_helper_skb_unclone(struct sk_buff *skb)
{
	return skb_unclone(skb, GFP_ATOMIC);
}

void softnic_helper_skb_postpull_rcsum(struct sk_buff *skb, unsigned int len)
{
	skb_postpull_rcsum(skb, skb_mac_header(skb), len);
}

void softnic_helper_skb_prepare_for_gro(struct sk_buff *skb)
{
	skb_prepare_for_gro(skb);
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
