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

@test "the manual pages' examples pass check" {
	local page
	for page in lxc-sriov.8 lxc-sriov.ini.5; do
		sed -n '/^\.EX$/,/^\.EE$/{/^\./!p}' "$TREE/doc/$page" >"$EXAMPLE"
		grep -q '^\[centos1\]$' "$EXAMPLE"
		accepts check "$EXAMPLE"
	done
}

@test "every key has its paragraph in lxc-sriov.ini(5), and every verb in lxc-sriov(8)" {
	local words word
	words=$(sed -nE 's/^\t\[[A-Z0-9_]+\] = \{ "([a-z0-9_]+)".*/\1/p' "$TREE/helper/config_keys.c")
	[[ $words == *numvfs*mac* ]]
	for word in $words; do
		grep -A1 '^\.TP$' "$TREE/doc/lxc-sriov.ini.5" | grep -qE "^\.BR?.*(\\<|\\\\fB)$word\\>" || fail "no paragraph: $word"
	done
	run_sriov 0 --help
	words=$(sed -n 's/^  \([a-z]\+\) .*/\1/p' <<<"$output")
	[[ $words == *check*hook* ]]
	for word in $words; do
		grep -A1 '^\.TP$' "$TREE/doc/lxc-sriov.8" | grep -qE "^\.BR? $word\\>" || fail "no paragraph: $word"
	done
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

# --- conf/examples, whose tree is that of /etc ---

uncommented() { sed 's/^#\([^ ]\)/\1/' "$TREE/conf/examples/$1" | grep -v '^#'; }

@test "the host's files change nothing as they are" {
	run -1 grep -rnvE '^(#|$)' "$TREE"/conf/examples/{default,modprobe.d,modules-load.d,sysctl.d}
}

@test "each line of the GRUB fragment adds to the kernel's command line" {
	uncommented default/grub.d/lxc-sriov.cfg >"$EXAMPLE"
	# shellcheck disable=SC2016 # for the inner shell
	run -0 sh -euc 'GRUB_CMDLINE_LINUX=quiet; . "$1"; echo "$GRUB_CMDLINE_LINUX"' sh "$EXAMPLE"
	[[ $output == "quiet intel_iommu=on iommu=pt pci=realloc "*"hugepagesz=1G hugepages=4" ]]
}

@test "modprobe.d: the driver of the VFs comes after that of the PF, so that removing the first leaves the second" {
	run -0 uncommented modprobe.d/lxc-sriov.conf
	run -1 grep -vE '^(softdep [a-z0-9]+ post: [a-z]+vf|options [a-z]+ max_vfs=[0-9]+|blacklist [a-z]+vf|)$' <<<"$output"
	[ -z "$output" ]
}

@test "modules-load.d and sysctl.d: one word, or one setting, a line" {
	run -0 uncommented modules-load.d/lxc-sriov.conf
	run -1 grep -vE '^([a-z0-9_-]+|)$' <<<"$output"
	run -0 uncommented sysctl.d/lxc-sriov.conf
	run -1 grep -vE '^(vm\.[a-z_]+ = [0-9]+|)$' <<<"$output"
}
