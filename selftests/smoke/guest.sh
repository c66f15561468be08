#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The guest that the tests run in.
. "$(dirname "$0")/../lib/ktap.sh"

# See guest-init for why.
programs_are_in_its_own_memory() {
	local file
	for file in "$(command -v vnicadm)" "$IP_LIB_DIR/link_softnic.so"; do
		equal "$(stat -f -c %T "$file")" tmpfs
	done
}

run_cases programs_are_in_its_own_memory
