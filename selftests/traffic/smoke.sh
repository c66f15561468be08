#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What people do first: ping and iperf3 over a pair, both ways, with nothing
# lost on it.
. "$(dirname "$0")/../lib/ktap.sh"

# Nothing lost at either end, and all that was sent arrived.
nothing_lost() {
	local end lost='.[].stats64 | [.rx.errors, .rx.dropped, .tx.errors, .tx.dropped]'
	for end in "a nic0" "b nic1"; do
		# shellcheck disable=SC2086 # namespace and device
		equal "$(ip -s -j -n ${end/ / link show } | jq -c "$lost")" "[0,0,0,0]" \
			"errors and drops of $end"
	done
}

pings() {
	make_pair a nic0 b nic1
	in_ns a ping -q -c 10 -i 0.02 -W 10 10.0.0.2
	in_ns b ping -q -c 10 -i 0.02 -W 10 10.0.0.1
	in_ns a ping -q -c 10 -i 0.02 -W 10 fd00::2
	in_ns b ping -q -c 10 -i 0.02 -W 10 fd00::1
	in_ns a ping -q -c 5 -i 0.02 -W 10 -s 20000 10.0.0.2
	nothing_lost
}

# bulk HOST [OPTION...]: iperf3 itself fails when the other side got nothing.
bulk() {
	local host=$1
	shift
	make_pair a nic0 b nic1
	iperf3_server b
	in_ns a iperf3 -c "$host" -t 1 "$@"
	in_ns a iperf3 -c "$host" -t 1 -R "$@"
	# Whatever a slow kernel can do in a second.
	at_least "$(counter a nic0 tx.bytes)" 10000 "bytes sent"
	at_least "$(counter b nic1 tx.bytes)" 10000 "bytes sent back"
	nothing_lost
}

tcp() { bulk 10.0.0.2; }
tcp_over_ipv6() { bulk fd00::2; }
tcp_of_several_flows() { bulk 10.0.0.2 -P 4; }
udp() { bulk fd00::2 -u -b 50M; }
small_udp_as_fast_as_it_goes() { bulk 10.0.0.2 -u -b 0 -l 64; }

describes_itself() {
	make_pair a nic0 b nic1
	contains "$(in_ns a ethtool -i nic0)" "driver: softnic"
	contains "$(in_ns a ethtool nic0)" "Speed: 10000Mb/s"
	contains "$(in_ns a ethtool nic0)" "Duplex: Full"
	contains "$(in_ns a ethtool nic0)" "Link detected: yes"
	ip -n b link set nic1 down
	contains "$(in_ns a ethtool nic0)" "Link detected: no"
}

run_cases pings tcp tcp_over_ipv6 tcp_of_several_flows udp \
	small_udp_as_fast_as_it_goes describes_itself
