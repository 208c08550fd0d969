#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A container has the CPUs and the memory that its section says, and no more.

load lib/helpers
load lib/sriov

setup_file() {
	begin_file 3
	create centos1
}
teardown_file() { end_file; }
teardown() {
	echo 1 >/sys/devices/system/cpu/cpu1/online
	end_test
	lxc-sriov config --write centos1
}

# payload FILE: of the container's control group, which has a number after its name where one that was killed left its own.
payload() { cat "/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$(init_pid centos1)/cgroup")/$1"; }

# whole LINE...: the pair's configuration with these further lines of [centos1].
whole() {
	ini_pair 3 | sed "/^ipv4 = 194.168.1.1/r "<(printf '%s\n' "$@") | use_ini
}
# write_whole LINE...: the same, and written for LXC.
write_whole() {
	whole "$@"
	run_ok lxc-sriov config --write centos1
}
cpus_inside() { lxc-attach -n centos1 -- sed -n 's/^Cpus_allowed_list:\t//p' /proc/self/status; }
# What dd has in memory at once.
use_memory() { lxc-attach -n centos1 -- dd if=/dev/zero of=/dev/null bs="$1" count=1; }
limits() {
	same "$(cpus_inside)" 1
	same "$(lxc-attach -n centos1 -- nproc)" 1
	same "$(payload memory.max)" 67108864
	run_ok use_memory 20M
	run_status 137 use_memory 100M
	matches "$(payload memory.events)" 'oom_kill [1-9]'
	running centos1
}
rebooted() { [ "$(init_pid centos1)" != "$1" ] && running centos1; }

@test "cpus and memory are seen inside and hold, after a reboot too" {
	local before
	write_whole "cpus = 1" "memory = 64M"
	start centos1
	limits
	same "$(mac_inside centos1 eth0)" "$MAC1"

	before=$(init_pid centos1)
	run_ok lxc-stop -r -n centos1
	retry_until 30 rebooted "$before"
	retry_until 10 mac_inside centos1 eth0
	limits
	stop centos1

	write_whole
	start centos1
	same "$(cpus_inside)" 0-1
	same "$(payload memory.max)" max
	run_ok use_memory 100M
}

@test "cpus = local: those beside the PF, by its name and by its PCI address" {
	local pci
	pci=$(basename "$(readlink /sys/class/net/enp1s0/device)")
	write_whole "cpus = local"
	grep -qx "lxc.cgroup2.cpuset.cpus = $(cat "/sys/bus/pci/devices/$pci/local_cpulist")" "$LXC/centos1/sriov.conf"
	start centos1
	same "$(cpus_inside)" 0-1
	stop centos1

	# a PF without a NUMA node is beside all CPUs; Linux 6.12 counts among them those that are offline
	echo 0 >/sys/devices/system/cpu/cpu1/online
	sed -i "2a pci = $pci" "$INI"
	run_ok lxc-sriov config centos1
	matches "$output" 'lxc.cgroup2.cpuset.cpus = 0$'
	start_refused 2 centos1 "it lacks lxc.cgroup2.cpuset.cpus = 0; run: lxc-sriov config --write centos1"
	run_ok lxc-sriov config --write centos1
	start centos1
	same "$(payload cpuset.cpus)" 0 # in /proc Linux 6.12 leaves the mask as it was while it makes no difference
}

@test "CPUs that the host does not have, or has offline" {
	local before
	before=$(host_snapshot)
	whole "cpus = 0-2"
	run_status 1 lxc-sriov config centos1
	same "$(said)" "lxc-sriov: $INI:10: [centos1] cpus = 0-2: the host has no CPU 2; it has 0-1"
	run_status 1 lxc-sriov config --write centos1
	start_refused 1 centos1 "[centos1] cpus = 0-2: the host has no CPU 2; it has 0-1"

	write_whole "cpus = 1"
	echo 0 >/sys/devices/system/cpu/cpu1/online
	start_refused 1 centos1 "[centos1] cpus = 1: CPU 1 is offline; online are 0"
	echo 1 >/sys/devices/system/cpu/cpu1/online
	write_whole "cpus = 0-1"
	echo 0 >/sys/devices/system/cpu/cpu1/online
	run_ok lxc-sriov config centos1
	stderr_has "[centos1] cpus = 0-1: CPU 1 is offline; online are 0"
	unchanged "$before"
	start centos1
	same "$(lxc-attach -n centos1 -- nproc)" 1
}

@test "a limit that LXC's configuration does not have is not taken for one" {
	local before
	before=$(host_snapshot)
	whole "cpus = 1" "memory = 64M"
	start_refused 2 centos1 \
		"it lacks lxc.cgroup2.cpuset.cpus = 1 (and 1 line more); run: lxc-sriov config --write centos1, and include"
	write_whole "memory = 64M"
	cp "$LXC/centos1/config" "$BATS_TEST_TMPDIR/config"
	echo "lxc.cgroup2.memory.max = max" >>"$LXC/centos1/config"
	start_refused 2 centos1 "it lacks lxc.cgroup2.memory.max = 67108864"
	unchanged "$before"
	cp "$BATS_TEST_TMPDIR/config" "$LXC/centos1/config"
	start centos1
}

@test "values that are none" {
	local before
	before=$(host_snapshot)
	whole "cpus = 1-0" "memory = 0"
	run_status 2 lxc-sriov check
	stderr_has "$INI:10: [centos1] cpus = 1-0: has a range that ends below its beginning"
	stderr_has "$INI:11: [centos1] memory = 0: is less than 1M, with which nothing starts"
	start_refused 2 centos1 "[centos1] memory = 0: is less than 1M"
	whole "cpus = 0,0-1" "memory = 9999999999G"
	run_status 2 lxc-sriov config centos1
	stderr_has "[centos1] cpus = 0,0-1: names one CPU twice"
	stderr_has "[centos1] memory = 9999999999G: is out of range"
	unchanged "$before"
}
