#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What asks for a softnic NIC loads the module from its installed place.
. "$(dirname "$0")/../lib/ktap.sh"

unload() {
	rmmod softnic 2>/dev/null || true
	[[ ! -e /sys/module/softnic ]]
	defer modprobe softnic
}

aliases_are_there() {
	local alias aliases
	aliases=$(modinfo -F alias softnic | sort | tr '\n' ' ')
	equal "$aliases" "net-pf-16-proto-16-family-softnic rtnl-link-softnic rtnl-link-vnic "
	for alias in $aliases; do
		equal "$(modprobe -R "$alias")" softnic "module of $alias"
	done
}

comes_from_its_installed_place() {
	equal "$(modinfo -F filename softnic)" "/lib/modules/$(uname -r)/updates/softnic.ko"
}

loads_by_ip() {
	unload
	ip link add x type softnic
	[[ -e /sys/module/softnic ]]
	contains "$(ip -d link show x)" softnic
	ip link del x
}

loads_by_vnicadm() {
	unload
	vnicadm create-nic x
	[[ -e /sys/module/softnic ]]
	ip link del x
}

loads_in_a_namespace() {
	unload
	make_ns a
	ip -n a link add x type softnic
	[[ -e /sys/module/softnic ]]
}

loads_by_family_name() {
	unload
	contains "$(genl ctrl get name softnic)" "Name: softnic"
	[[ -e /sys/module/softnic ]]
}

unloads_with_nics_there() {
	local before
	modprobe softnic
	make_ns a
	# Some modules that other tests loaded put devices into each namespace.
	before=$(ip -n a -j link show | jq -r '.[].ifname')
	ip link add x type softnic
	ip -n a link add y type softnic
	rmmod softnic
	[[ ! -e /sys/class/net/x ]]
	equal "$(ip -n a -j link show | jq -r '.[].ifname')" "$before" "devices in a"
	defer modprobe softnic
}

run_cases aliases_are_there comes_from_its_installed_place loads_by_ip \
	loads_by_vnicadm loads_in_a_namespace loads_by_family_name unloads_with_nics_there
