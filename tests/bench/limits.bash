# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Each part of a benchmark has a limit of time: a file's tests, which run in one guest.

# late TAP FILE LIMIT: says which of the file's tests passed the limit, in seconds, did not end, or did not begin. A write that
# never returns cannot be ended by bats: then the guest ends, without a word of the test that it was in.
late() {
	local name n=0 ended=yes
	while read -r name; do
		n=$((n + 1))
		if grep -qE "^not ok $n .*# timeout after" "$1"; then
			echo "limit of $3 s passed: $name"
		elif ! grep -qE "^(not )?ok $n( |$)" "$1"; then
			[ $ended = no ] && echo "not begun: $name" || echo "limit of $3 s passed, or the guest ended: $name"
			ended=no
		fi
	done < <(sed -nE 's/^@test "(.*)" \{$/\1/p' "$2")
}
