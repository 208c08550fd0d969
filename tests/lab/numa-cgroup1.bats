#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# On a host of another kind: the second PF is at a NUMA node of its own, and control groups are those of version 1.
# tests/lab/suite --cgroup1 --numa tests/lab/numa-cgroup1.bats

load lib/helpers
load lib/sriov

PF=ens2 # at node 1, with CPU 1

setup_file() {
	cp -a "$INI" "$BATS_FILE_TMPDIR/sriov.ini.installed"
	use <<<""
	lxc-sriov pin
	udevadm settle
	create centos1
	create centos2
}
teardown_file() {
	lxc-destroy -f -n centos1
	lxc-destroy -f -n centos2
	destroy_vfs enp1s0 $PF
	cp -a "$BATS_FILE_TMPDIR/sriov.ini.installed" "$INI"
}
teardown() {
	stop_all
	# the last word: bats looks at nothing else of a teardown
	same "$(claims)" ""
}

# use: standard input is more of [centos1].
use() {
	cat - <(
		cat <<-END
			[centos2]
			pf = $PF
			vf = 0
			mac = $MAC2
			cpus = local
			[pf enp1s0]
			numvfs = 2
			[pf $PF]
			numvfs = 2
		END
	) | cat <(printf '[centos1]\npf = enp1s0\nvf = 0\nmac = %s\n' "$MAC1") - >"$INI"
}
# written NAME: its lines for LXC.
written() { run_ok lxc-sriov config --write "$1" && cat "$LXC/$1/sriov.conf"; }
cpus_inside() { lxc-attach -n "$1" -- sed -n 's/^Cpus_allowed_list:\t//p' /proc/self/status; }
use_memory() { lxc-attach -n centos1 -- dd if=/dev/zero of=/dev/null bs="$1" count=1; }

@test "cpus = local: the CPUs of the PF's NUMA node, or all where it is at none" {
	same "$(<"$(pf_sysfs $PF)/numa_node") $(<"$(pf_sysfs $PF)/local_cpulist")" "1 1"
	same "$(<"$(pf_sysfs enp1s0)/numa_node") $(<"$(pf_sysfs enp1s0)/local_cpulist")" "-1 0-1"
	contains "$(written centos2)" "lxc.cgroup.cpuset.cpus = 1"
	start centos2
	same "$(cpus_inside centos2)" 1
	same "$(lxc-attach -n centos2 -- nproc)" 1
	same "$(mac_inside centos2 eth0)" "$MAC2"
	use <<<"cpus = local"
	contains "$(written centos1)" "lxc.cgroup.cpuset.cpus = 0-1"
	start centos1
	same "$(cpus_inside centos1)" 0-1
}

@test "cgroup v1: CPUs and memory hold, and another limit in LXC's configuration is refused" {
	use <<<$'cpus = 0\nmemory = 64M'
	lacks "$(written centos1)" "cgroup2"
	start centos1
	same "$(cpus_inside centos1)" 0
	same "$(<"/sys/fs/cgroup/memory/lxc.payload.centos1/memory.limit_in_bytes")" 67108864
	run_ok use_memory 20M
	run_status 137 use_memory 100M
	running centos1
	stop centos1
	sed -i 's/^memory = 64M/memory = 32M/' "$INI"
	start_refused 2 centos1 "it lacks lxc.cgroup.memory.limit_in_bytes = 33554432; run: lxc-sriov config --write centos1"
}

@test "cgroup v1: a listed device is had, and another cannot be opened" {
	use <<<"devices = /dev/nvme0n1"
	contains "$(written centos1)" "lxc.cgroup.devices.allow = "
	start centos1
	lxc-attach -n centos1 -- sh -c 'echo lab | dd of=/dev/nvme0n1 conv=fsync 2>/dev/null && head -c 3 /dev/nvme0n1' | grep -qx lab
	lxc-attach -n centos1 -- sh -c 'echo gone >/dev/null && head -c 1 /dev/urandom >/dev/null'
	lxc-attach -n centos1 -- mknod /tmp/root b $((0x$(stat -c %t /dev/vda))) $((0x$(stat -c %T /dev/vda)))
	run_status 1 lxc-attach -n centos1 -- dd if=/tmp/root of=/dev/null count=1
	stderr_has "Operation not permitted"
}

# Fake: the library with another version in it, since the guest has but one. LXC 7 knows no options of version 1.
@test "LXC 7 is told nothing of cgroup v1 (a fake one)" {
	use <<<$'cpus = 0\nmemory = 64M\ndevices = /dev/nvme0n1'
	library_with_version 7.0.0
	run_ok env "LD_LIBRARY_PATH=$BATS_TEST_TMPDIR" lxc-sriov config centos1
	run_status 1 grep -F lxc.cgroup. <<<"$output"
	run_ok env "LD_LIBRARY_PATH=$BATS_TEST_TMPDIR" lxc-sriov config centos1
	output_has "lxc.cgroup2.cpuset.cpus = 0"
	output_has "lxc.cgroup2.memory.max = 67108864"
	output_has "lxc.cgroup2.devices.allow = /dev/nvme0n1 rwm"
}

@test "the hooks know their container by its control group, and the VF comes home" {
	use <<<""
	written centos1
	start centos1
	contains "$(lxc-sriov list)" "inside"
	run_status 3 env LXC_NAME=centos1 "LXC_CONFIG_FILE=$LXC/centos1/config" LXC_HOOK_TYPE=pre-start LXC_HOOK_SECTION=lxc \
		lxc-sriov hook centos1 lxc pre-start
	stop centos1
	retry_until 10 is_home enp1s0 0
	vf_has enp1s0 0 "$MAC1"
}
