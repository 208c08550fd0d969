#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The last file of a guest whose lxc-sriov is build/asan/lab/lxc-sriov (LAB_HELPER).

load lib/helpers

# They say it to that file whoever called: log_path in sanitizers.c.
@test "lxc-sriov was the sanitizers' build, and they had nothing to say" {
	local program
	program=$(command -v lxc-sriov)
	grep -q __asan_init "$program"
	grep -q /var/tmp/sanitizers "$program"
	tail -n 40 /var/tmp/sanitizers.* 2>/dev/null || return 0
	return 1
}
