#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The module is there, loads by itself when its link kind is asked for, and
# goes away.
. "$(dirname "$0")/../lib/ktap.sh"

says_its_aliases() {
	local aliases
	aliases=$(modinfo -F alias softnic)
	contains "$aliases" rtnl-link-softnic
}

has_btf() {
	rmmod softnic 2>/dev/null || true
	modprobe softnic
	[[ -s /sys/kernel/btf/softnic ]]
}

loads_by_link_kind() {
	rmmod softnic 2>/dev/null || true
	[[ ! -e /sys/module/softnic ]]
	ip link add nic0 type softnic
	[[ -e /sys/module/softnic ]]
}

unloads() {
	modprobe softnic
	rmmod softnic
	[[ ! -e /sys/module/softnic ]]
	modprobe softnic
}

run_cases says_its_aliases has_btf loads_by_link_kind unloads
