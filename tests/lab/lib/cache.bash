# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What takes minutes to make and is made from Debian's packages is kept in one folder for all copies of this tree: images of
# guests, roots to build in, QEMU. Each is named by its recipe, and made anew when that changes, or was removed: then with the packages of that day.
# The caller has set: me, its name.

LAB_CACHE=${LAB_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/lxc-sriov-lab}

say() { printf '%s: %s\n' "$me" "$*" >&2; }
die() { say "$*"; exit 1; }

# cached KIND HASH: prints the path of that thing and ends the program, if it is there. Otherwise it is the caller's to make: in
# $tmp, with cache_put at the end. A path that is there is whole: it comes and goes by a rename.
cached() {
	cache_kind=$1 cache_path=$LAB_CACHE/$1-$2
	mkdir -p "$LAB_CACHE"
	exec 9>"$LAB_CACHE/$1.lock"
	if [ ! -e "$cache_path" ]; then
		flock -n 9 || { say "waiting for another build"; flock 9; }
	fi
	if [ -e "$cache_path" ]; then
		touch "$cache_path"
		echo "$cache_path"
		exit 0
	fi
	[ "$(id -u)" = 0 ] || die "building $1 needs root"
	for tool in mmdebstrap mke2fs cpio xz zstd modinfo; do
		command -v "$tool" >/dev/null || die "no $tool: run tests/deps lab"
	done
	rm -rf --one-file-system "$LAB_CACHE/tmp.$1".*
	tmp=$(mktemp -d "$LAB_CACHE/tmp.$1.XXXXXX")
	chmod 755 "$tmp"
	cache_started=$SECONDS
	trap cache_clean_up EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
}

cache_clean_up() {
	local status=$?
	trap - EXIT INT TERM
	jobs -p | xargs -r kill 2>/dev/null || :
	wait
	rm -rf --one-file-system "$tmp"
	exit "$status"
}

# Runs in the background, so that a long silence is not taken for a hang.
stage() {
	local name=$1 pid status=0 from=$SECONDS next=$((SECONDS + 10))
	shift
	"$@" >"$tmp/log" 2>&1 9>&- &
	pid=$!
	while kill -0 "$pid" 2>/dev/null; do
		sleep 0.5
		if [ "$SECONDS" -ge "$next" ]; then
			say "$((SECONDS - cache_started)) s: $name ..."
			next=$((SECONDS + 10))
		fi
	done
	wait "$pid" || status=$?
	if [ "$status" != 0 ]; then
		tail -n 30 "$tmp/log" >&2
		die "$name failed"
	fi
	say "$((SECONDS - cache_started)) s: $name done ($((SECONDS - from)) s)"
}

# cache_put FOLDER: what is made. Three more of its kind are kept: branches may take turns.
cache_put() {
	mv -T "$1" "$cache_path"
	find "$LAB_CACHE" -mindepth 1 -maxdepth 1 -type d -regextype posix-extended -regex ".*/$cache_kind-[0-9a-f]{16}" \
		-printf '%T@ %p\n' | sort -rn | tail -n +5 | cut -d ' ' -f 2- | while read -r old; do
		mv -T "$old" "$tmp/old" && rm -rf --one-file-system "$tmp/old"
	done
	say "$((SECONDS - cache_started)) s: ready"
	echo "$cache_path"
}

# packages_of RELEASE FILE: the names in such a list; what stands behind "RELEASE...:" is for these only.
packages_of() {
	sed 's/#.*//' "$2" | awk -v release="$1" '
	/^[a-z ]+: / {
		split($0, part, ": ")
		if ((" " part[1] " ") !~ (" " release " "))
			next
		$0 = part[2]
	}
	{ print }' | xargs -n 1
}

# recipe_hash WORDS FILE...: of both
recipe_hash() { { echo "$1"; cat /dev/null "${@:2}"; } | sha256sum | cut -c 1-16; }
