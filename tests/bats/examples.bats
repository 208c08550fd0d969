#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The configurations that people will copy.

load helpers

setup() {
	TREE=$BATS_TEST_DIRNAME/../..
	EXAMPLE=$BATS_TEST_TMPDIR/example.ini
}

@test "the README's example passes check" {
	awk '/^...$/ { on = 0 } on; /^...ini$/ { on = 1 }' "$TREE/README.md" >"$EXAMPLE"
	grep -q '^\[centos1\]$' "$EXAMPLE"
	accepts check "$EXAMPLE"
}

@test "the manual page's example passes check" {
	sed -n '/^\.EX$/,/^\.EE$/{/^\./!p}' "$TREE/doc/lxc-sriov.8" >"$EXAMPLE"
	grep -q '^\[centos1 1\]$' "$EXAMPLE"
	accepts check "$EXAMPLE"
}

@test "the installed file passes check, and so does its example once the semicolons are gone" {
	accepts check "$TREE/conf/sriov.ini"
	sed -n 's/^;\([^ ]\)/\1/p' "$TREE/conf/sriov.ini" >"$EXAMPLE"
	[ "$(grep -c '^mac = ' "$EXAMPLE")" = 16 ]
	accepts check "$EXAMPLE"
}

@test "the lines that config prints for the example" {
	sed -n 's/^;\([^ ]\)/\1/p' "$TREE/conf/sriov.ini" | write "$EXAMPLE"
	chmod 755 "$BATS_TEST_TMPDIR"
	run_sriov 0 -c "$EXAMPLE" config centos1
	assert_output_line "lxc.net.0.type = phys"
	assert_output_line "lxc.net.0.link = enp4s0f0v0"
	assert_output_line "lxc.net.0.ipv4.address = 194.168.1.1/24"
	assert_output_line "lxc.net.0.ipv4.gateway = 194.168.1.254"
	[[ $output != *hwaddr* ]]
}
