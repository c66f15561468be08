# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# For selftests in bash. A test file has one function for each case, and ends
# with run_cases and their names:
#
#	. "$(dirname "$0")/../lib/ktap.sh"
#
#	a_pair_has_carrier() {
#		make_pair a nic0 b nic1
#		equal "$(in_ns a cat /sys/class/net/nic0/carrier)" 1
#	}
#
#	run_cases a_pair_has_carrier
#
# A case fails at its first command that fails (set -e), and what it printed is
# then shown. After each case its namespaces and devices are removed, and what
# it left to defer is done.

skip_status=4

# ---- ending a case ----

fail() {
	echo "$*"
	exit 1
}

skip() {
	echo "$*" >"$ktap_dir/reason"
	exit "$skip_status"
}

# need COMMAND...: skips the case where one of them is not there.
need() {
	local tool
	for tool; do
		command -v "$tool" >/dev/null || skip "no $tool here"
	done
}

# ---- checks ----

# equal GOT WANTED [WHAT]
equal() {
	[[ $1 = "$2" ]] || fail "${3:-value}: wanted '$2', got '$1'"
}

# at_most GOT LIMIT [WHAT]; at_least GOT LIMIT [WHAT]
at_most() { (($1 <= $2)) || fail "${3:-value}: wanted at most $2, got $1"; }
at_least() { (($1 >= $2)) || fail "${3:-value}: wanted at least $2, got $1"; }

# contains TEXT PART
contains() {
	[[ $1 = *"$2"* ]] || fail "wanted '$2' in: $1"
}

# refused TEXT COMMAND...: COMMAND fails and says TEXT.
refused() {
	local text=$1 said
	shift
	if said=$("$@" 2>&1); then
		fail "not refused: $*"
	fi
	contains "$said" "$text"
}

# ---- waiting ----

# wait_for SECONDS COMMAND...: runs COMMAND until it succeeds.
wait_for() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		((SECONDS <= end)) || fail "waited in vain for: $*"
		sleep 0.05
	done
}

# ---- namespaces and devices ----

in_ns() { ip netns exec "$@"; }

# make_ns NAME...: network namespaces with lo up.
make_ns() {
	local ns
	for ns; do
		ip netns add "$ns"
		ip -n "$ns" link set lo up
	done
}

# make_pair NS1 NIC1 NS2 NIC2 [OPTION...]: two new namespaces, with the two ends
# of a peer wire up in them as 10.0.0.1/24, fd00::1/64 and .2, ::2. OPTIONs go to
# vnicadm create-nic.
make_pair() {
	local ns1=$1 nic1=$2 ns2=$3 nic2=$4
	shift 4
	make_ns "$ns1" "$ns2"
	vnicadm create-nic "$nic1" --nic-netns "$ns1" --peer "$nic2" --peer-netns "$ns2" "$@"
	set_address "$ns1" "$nic1" 1
	set_address "$ns2" "$nic2" 2
}

# set_address NS DEVICE N: 10.0.0.N/24 and fd00::N/64, usable at once, and up.
set_address() {
	ip -n "$1" address add "10.0.0.$3/24" dev "$2"
	ip -n "$1" address add "fd00::$3/64" dev "$2" nodad
	ip -n "$1" link set "$2" up
}

# counter NS DEVICE NAME: one of ip -s link's, such as rx.packets or tx.dropped.
counter() {
	ip -n "$1" -s -j link show "$2" | jq ".[0].stats64.$3"
}

# in_background COMMAND...: stopped when the case ends.
in_background() {
	"$@" &
	defer kill "$!"
}

# iperf3_server NS: one that listens when this returns.
iperf3_server() {
	in_background ip netns exec "$1" iperf3 -s
	wait_for 10 eval "ip netns exec $1 ss -Hltn 'sport = 5201' | grep -q ."
}

# ---- cleaning up ----

# defer COMMAND...: done when the case ends, the last first.
defer() {
	deferred=("$(printf '%q ' "$@")" "${deferred[@]}")
}

clean_up() {
	local command device
	set +e
	trap - ERR
	for command in "${deferred[@]}"; do eval "$command"; done
	ip -all netns delete
	for device in $(ip -j link show | jq -r '.[] | select(.link_type != "loopback") | .ifname'); do
		[[ -e /sys/class/net/$device/device ]] || ip link delete "$device"
	done
} >/dev/null 2>&1

# ---- running ----

one_case() {
	deferred=()
	set -eE -o pipefail
	trap 'echo "line $LINENO: failed ($?): $BASH_COMMAND"' ERR
	trap clean_up EXIT
	"$1"
}

run_cases() {
	local name number=0 status bad=0
	ktap_dir=$(mktemp -d)
	echo "KTAP version 1"
	echo "1..$#"
	for name; do
		number=$((number + 1))
		(one_case "$name") >"$ktap_dir/output" 2>&1
		status=$?
		if ((status == 0)); then
			echo "ok $number $name"
		elif ((status == skip_status)); then
			echo "ok $number $name # SKIP $(<"$ktap_dir/reason")"
		else
			sed 's/^/# /' "$ktap_dir/output"
			echo "not ok $number $name"
			bad=1
		fi
	done
	rm -rf "$ktap_dir"
	exit "$bad"
}
