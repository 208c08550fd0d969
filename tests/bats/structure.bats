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
	only '#include <curl/' engine.c
	only '\bdlopen\(' library.c
	only '\bjson_tokener_' engine.c
}

@test "one file owns each part of the host" {
	only '"/sys/' sysfs.c
	only '\bsetns\(' netns.c
	only '/run/udev' udev.c
	only 'AF_PACKET' announce.c
	only '\bmknodat\(|"/proc/self/mountinfo"' devices.c
	only '/run/netns|ns/net"' netns.c netns.h
	only 'RUNSTATEDIR' state.h
	only '"/proc/(cmdline|meminfo|mounts)|/run/(systemd|NetworkManager)|sysctl\.d"|\buname\(' system.c
	only 'posix_spawn|\bexec[lv]p?e?\(|\bfork\(|\bsystem\(|\bpopen\(' process.c
}

@test "below the verbs nothing prints above debug level" {
	only '\b(log_error|log_warning|log_info)\(' \
		attach.c cmd_attach.c cmd_config.c cmd_hook.c cmd_init.c cmd_list.c cmd_metrics.c cmd_owner.c cmd_reattach.c cmd_watch.c cmds.c log.h main.c netns.c util.c
	only '\b(printf|puts|putchar)\(' cmd_doctor.c cmd_list.c cmd_owner.c cmd_pin.c main.c
}

@test "doctor changes nothing" {
	run -1 grep -nE '\b(sysfs_(set|probe|unbind)|netlink_(set|del|add|move)|state_(lock|write|remove|mark|unmark)|vf_(bind|set|rename|fetch|give|restore)|udev_settle|apply|process_run|lxc_exec)[a-z_]*\(' cmd_doctor.c doctor*.c system.c
}

@test "decisions do no I/O" {
	run -1 grep -nE '\b(open|openat|read|write|fopen)\(|\b(sysfs_|netlink_|state_|log_|vf_)[a-z_]*\(' plan*.c
	# doctor's: all but what reads the host. Its checks have names like vf_lost, so those of vf.h are spelt out
	local checks=(doctor.c doctor_host.c doctor_lxc.c doctor_mac.c doctor_pf.c doctor_vf.c)
	run -1 grep -nE '\b(open|openat|access|read|write|fopen|opendir)\(|\b(sysfs_|netlink_|state_|log_|system_|process_|lxc_read|udev_|claim_holds)[a-z_]*\(|"vf\.h"' "${checks[@]}"
	[ "$(ls doctor*.c)" = "$(printf '%s\n' "${checks[@]}" doctor_gather.c | sort)" ]
}

@test "values are never read with iniparser's or libc's lenient parsers" {
	run -1 grep -nE 'iniparser_get(int|double|boolean)|\bato(i|l|ll|f)\(|\bsscanf\(' ./*.c
}

# What the lab cannot produce: its kernel has no CONFIG_VFIO_NOIOMMU, and its cards have seven VFs each.
is_for_unit_tests() { [[ $1 == iommu-vfio || $1 == vfs-unlisted ]] && grep -qE "(error|warning|hint) $1:" ../tests/unit/test_doctor.c; }

@test "every finding of doctor's stands in the manual, and a test in the lab breaks that very thing" {
	local id
	local -i n=0
	while read -r id; do
		n+=1
		grep -qF "${id//-/\\-}" ../doc/lxc-sriov.8 || { echo "$id is not in the manual"; return 1; }
		grep -qE "(finds|only) ([a-z-]+ )*$id\b" ../tests/lab/8?-doctor*.bats || is_for_unit_tests "$id" ||
			{ echo "no test has $id"; return 1; }
	done < <(sed -nE 's/^\t\{ "([a-z-]+)", \.(host|pf|nic|container) = .*/\1/p' doctor_*.c)
	[ $n -gt 40 ]
}
