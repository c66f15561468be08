# SPDX-License-Identifier: GPL-2.0
# Shared by the scripts here: messages, progress, and the cache.
# shellcheck shell=bash
set -euo pipefail

scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034 # for those who source this
repo=$(dirname "$scripts")
cache=${XDG_CACHE_HOME:-$HOME/.cache}/softnic

say() { printf '%s\n' "softnic: $*" >&2; }
die() { say "$*"; exit 1; }

# refuse WHAT: this machine lacks WHAT.
refuse() {
	say "this needs a Debian 12 or 13 machine (amd64), as root with the right to mount"
	say "missing: $*"
	exit 2
}

# The cache is root's, as all that is built here is built in a chroot.
((EUID == 0)) || refuse "root (this is: $(id -un))"
mkdir -p "$cache"/{lock,log,work,mnt,cargo}

# digest TEXT...: a short name for a set of inputs.
digest() { printf '%s\n' "$@" | sha256sum | cut -c1-16; }

# step LOG TITLE COMMAND...: runs a command with its output in LOG; shows the
# time it takes, and the end of LOG if it fails.
step() {
	local log=$1 title=$2 start=$SECONDS status=0 ticker
	shift 2
	say "$title ..."
	ticking "$title" & ticker=$!
	"$@" >"$log" 2>&1 || status=$?
	kill "$ticker" 2>/dev/null
	wait "$ticker" 2>/dev/null || true
	if ((status)); then
		tail -n 30 "$log" >&2
		say "$title: failed after $((SECONDS - start)) s; all output is in $log"
		return "$status"
	fi
	say "$title: done in $((SECONDS - start)) s"
}

# A line now and then: often enough for a person, seldom enough for a log. It
# waits without a child, which could outlive it and keep our output open.
ticking() {
	local start=$SECONDS pause=30 nothing
	[[ -t 2 ]] && pause=5
	exec {nothing}<> <(:)
	until read -rt "$pause" -u "$nothing"; do
		kill -0 $$ 2>/dev/null || return
		say "  $1: $((SECONDS - start)) s"
	done
}

# cache_entry NAME KEY TITLE COMMAND...: prints the directory of the entry
# NAME-KEY; where there is none, COMMAND DIR makes it first.
#
# A link appears under the entry's name only when its directory is whole.
# The directory itself never moves, for kernel trees hold their own path.
cache_entry() {
	local name=$1-$2 kind=${1%%-*} title=$3 dir lock
	shift 3
	local entry=$cache/$name
	if [[ ! -e $entry ]]; then
		exec {lock}>"$cache/lock/$name"
		flock "$lock"
		if [[ ! -e $entry ]]; then
			# We hold the lock: what lies here was left by a run that died.
			rm -rf "$cache/work/$name".*
			dir=$(mktemp -d "$cache/work/$name.XXXXXX")
			chmod 755 "$dir"
			step "$cache/log/$name.log" "$title" "$@" "$dir" || return
			sync -f "$dir"
			ln -sfn "$dir" "$dir.link"
			mv -T "$dir.link" "$entry"
			forget_old "$kind"
		fi
		exec {lock}>&-
	fi
	touch -h "$entry"
	readlink -f "$entry"
}

# Removes the entries of a kind that nothing has asked for in a month, and what
# runs that died left of entries that nobody wants any more.
forget_old() {
	local entry dir name
	find "$cache" -maxdepth 1 -type l -name "$1-*" -mtime +30 | while read -r entry; do
		dir=$(readlink -f "$entry")
		rm "$entry"
		rm -rf "$dir"
	done
	for dir in "$cache/work/$1-"*.??????; do
		name=$(basename "${dir%.*}")
		[[ $(readlink "$cache/$name") = "$dir" ]] ||
			flock -n "$cache/lock/$name" rm -rf "$dir" || true
	done
}

# own_objects: takes cargo's objects in the cache for this clone, until the shell
# ends. All clones share them, and cargo takes another one's crates for ours, if
# they are newer than our sources: what knows of those is removed.
own_objects() {
	local lock clone crate
	exec {lock}>"$cache/lock/target"
	flock "$lock"
	mkdir -p "$cache/target"
	clone="$repo $(stat -c %i "$repo")"
	[[ $(cat "$cache/target/clone" 2>/dev/null) != "$clone" ]] || return 0
	for crate in $(sed -n '/^\[package\]/,/^$/s/^name = "\(.*\)"/\1/p' \
		"$repo"/tools/*/Cargo.toml "$repo"/src/model/host/{,loom/}Cargo.toml); do
		rm -rf "$cache"/target/*/.fingerprint/"$crate"-*
	done
	echo "$clone" >"$cache/target/clone"
}
