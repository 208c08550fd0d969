#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The rules of CONTRIBUTING.md on what may stand in which file of helper/.

bats_require_minimum_version 1.5.0

setup() { cd "$BATS_TEST_DIRNAME/../../helper" || return; }

# only PATTERN FILE...: no other file has the pattern, and each of these has it
only() {
	local pattern=$1 found
	shift
	found=$(grep -lE -- "$pattern" ./*.[ch] | sed 's|^\./||' | sort | paste -sd ' ')
	[ "$found" = "$*" ] || {
		printf '%s stands in %s, and should only in %s\n' "$pattern" "$found" "$*"
		return 1
	}
}

@test "one file owns each library" {
	only '#include <(netlink|linux/rtnetlink)' netlink.c netlink_parts.h netlink_tc.c
	only '#include <iniparser/' ini.c
	only '#include <lxc/' lxc.c
}

@test "one file owns each part of the host" {
	only '"/sys/' sysfs.c
	only '\bsetns\(' netns.c
	only '/run/udev' udev.c
	only '\bmknodat\(|"/proc/self/mountinfo"' devices.c
	only '/run/netns|ns/net"' netns.c netns.h
	only 'RUNSTATEDIR' state.h
	only 'posix_spawn|\bexec[lv]p?e?\(|\bfork\(|\bsystem\(|\bpopen\(' process.c
}

@test "below the verbs nothing prints above debug level" {
	only '\b(log_error|log_warning|log_info)\(' \
		cmd_config.c cmd_hook.c cmd_init.c cmd_list.c cmd_metrics.c cmd_owner.c cmd_reattach.c cmds.c log.h main.c netns.c util.c
	only '\b(printf|puts|putchar)\(' cmd_list.c cmd_owner.c cmd_pin.c main.c
}

@test "decisions do no I/O" {
	run -1 grep -nE '\b(open|openat|read|write|fopen)\(|\b(sysfs_|netlink_|state_|log_|vf_)[a-z_]*\(' plan*.c
}

@test "values are never read with iniparser's or libc's lenient parsers" {
	run -1 grep -nE 'iniparser_get(int|double|boolean)|\bato(i|l|ll|f)\(|\bsscanf\(' ./*.c
}
