#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vnicadm makes, shows, connects and deletes NICs, and says why it cannot.
. "$(dirname "$0")/../lib/ktap.sh"
need vnicadm jq

# field NIC FILTER: something of a NIC, as JSON tells it.
field() {
	vnicadm show-nic "$1" --json | jq -r ".[0] | $2"
}

# refused_with STATUS TEXT COMMAND...: it fails with that status and text.
refused_with() {
	local status=$1 text=$2 seen=0 said
	shift 2
	said=$("$@" 2>&1) || seen=$?
	equal "$seen" "$status" "exit status of $*"
	contains "$said" "$text"
}

makes_a_nic_as_asked() {
	vnicadm create-nic t0 --mac 02:00:00:00:00:01 --mtu 9000 --rx-queues 3 --tx-queues 2
	equal "$(field t0 '"\(.mac) \(.mtu) \(.rx_rings) \(.tx_queues) \(.wire) \(.peer)"')" \
		"02:00:00:00:00:01 9000 3 2 none null"
	vnicadm delete-nic t0
	[[ ! -e /sys/class/net/t0 ]]
}

connects_and_disconnects() {
	vnicadm create-nic t0
	vnicadm create-nic t1
	vnicadm connect t0 t1
	equal "$(field t0 .peer.name)" t1
	equal "$(field t1 .peer.name)" t0
	vnicadm disconnect t1
	equal "$(field t0 '"\(.wire) \(.peer)"')" "peer null"
	vnicadm delete-nic t0
	vnicadm delete-nic t1
}

makes_a_pair_that_goes_together() {
	vnicadm create-nic t0 --peer t1
	equal "$(vnicadm show-nic --json | jq -r '[.[].name] | sort | join(" ")')" "t0 t1"
	vnicadm delete-nic t1
	[[ ! -e /sys/class/net/t0 ]]
}

says_why_not() {
	refused_with 2 "does not exist" vnicadm delete-nic t9
	refused_with 2 "not a softnic NIC" vnicadm delete-nic lo
	refused_with 2 "must be 1 to 256" vnicadm create-nic t0 --rx-queues 300
	vnicadm create-nic t0 --peer t1
	refused_with 2 "connected already" vnicadm connect t0 t1
	refused_with 2 "the peer's name is taken" vnicadm create-nic t2 --peer t1
	refused_with 1 "" vnicadm create-nic
	vnicadm disconnect t0
	refused_with 2 "not connected" vnicadm disconnect t0
	vnicadm delete-nic t0
	vnicadm delete-nic t1
}

run_cases makes_a_nic_as_asked connects_and_disconnects makes_a_pair_that_goes_together says_why_not
