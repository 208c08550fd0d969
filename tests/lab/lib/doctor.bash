# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# For the bats files that test doctor: load lib/helpers, lib/sriov, then lib/doctor

# What doctor might have left somewhere else than host_snapshot looks. udevd may be busy with what the test did before.
other_traces() {
	find /run /etc /var/lib/lxc -xdev '(' -path /run/udev -o -path /run/lxc ')' -prune \
		-o -newer "$BATS_TEST_TMPDIR/before" -print 2>/dev/null
}

# look STATUS: what it finds is in $output.
look() { run_status "$1" lxc-sriov doctor --json && same "$stderr" ""; }

# examine STATUS: the same, and the host is as it was; that takes long, so it is done once a test, with what is broken first.
examine() {
	local before
	if [ -e "$BATS_TEST_TMPDIR/before" ]; then
		look "$1"
		return
	fi
	before=$(host_snapshot)
	touch "$BATS_TEST_TMPDIR/before"
	look "$1"
	same "$(other_traces)" ""
	unchanged "$before"
}

# only ID...: these errors and warnings, in this order, and no others; hints are not looked at.
only() { same "$(jq -r '[.findings[] | select(.severity != "hint").id] | join(" ")' <<<"$output")" "$*" || { echo "$output" >&2; return 1; }; }

healthy() { look 0 && only; }

# finds ID SEVERITY OBJECT SEEN [FIX]: there is such a finding, with parts of what it says.
finds() {
	jq -e --arg id "$1" --arg severity "$2" --arg object "$3" --arg seen "$4" --arg fix "${5-}" '.findings | any(.id == $id and
		.severity == $severity and .object == $object and (.seen | contains($seen)) and (.fix | contains($fix)))' <<<"$output" >/dev/null || {
		printf 'no %s\nin %s\n' "$*" "$output" >&2
		return 1
	}
}

finds_nothing_about() { look 0 && jq -e --arg object "$1" '.findings | all(.object != $object)' <<<"$output" >/dev/null; }

has_found() { jq -e --arg id "$1" '.findings | any(.id == $id)' <<<"$output" >/dev/null; }

# cure ID: does what the first finding of that name says.
cure() {
	local fix
	fix=$(jq -r --arg id "$1" '[.findings[] | select(.id == $id)][0].fix' <<<"$output")
	echo "$fix"
	eval "$fix" >/dev/null
}

has_carrier() { [ "$(cat "/sys/class/net/$1/carrier")" = 1 ]; }

# begin_doctor NUMVFS: as begin_file, with both containers there and nothing to find.
begin_doctor() {
	begin_file "$1"
	create centos1
	create centos2
	retry_until 30 has_carrier enp1s0
	retry_until 30 has_carrier enp2s0
}
