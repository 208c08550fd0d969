#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# VFs that no running container owns come home, from wherever they are.

load lib/helpers
load lib/sriov
stderr='' # set by run_status

setup_file() {
	begin_file 2
	create centos1
}
teardown_file() { end_file; }

teardown() {
	[ ! -e "$BATS_TEST_TMPDIR/pid" ] || kill "$(<"$BATS_TEST_TMPDIR/pid")" 2>/dev/null || :
	ip netns list | cut -d ' ' -f 1 | xargs -r -n 1 ip netns delete
	retry_until 10 lxc-sriov reclaim
	end_test
}

@test "nothing to reclaim: nothing is written" {
	local before
	before=$(host_snapshot)
	run_ok lxc-sriov reclaim
	same "$(said)" ""
	unchanged "$before"
}

@test "after LXC's monitor was killed: name, MTU, down, record" {
	start centos1
	inside centos1 ip link set eth0 mtu 1300
	kill -KILL "$(monitor_pid centos1)"
	retry_until 30 not running centos1
	run_ok lxc-sriov reclaim
	is_home enp1s0 0
	same "$(mtu enp1s0v0)" 1500
	lacks "$(ip link show enp1s0v0)" ",UP"
	vf_has enp1s0 0 "$MAC1"
	same "$(claims)" ""
}

# It is in no list of the host's network devices, and then sysfs has it.
@test "a VF that comes home between two looks at it" {
	local strace helper dir=/sys/bus/pci/devices/0000:01:10.0/net
	start centos1
	nsenter -t "$(init_pid centos1)" -n sleep 1000 3>&- &
	echo $! >"$BATS_TEST_TMPDIR/pid"
	retry_until 5 test "/proc/$!/ns/net" -ef "/proc/$(init_pid centos1)/ns/net"
	kill -KILL "$(monitor_pid centos1)"
	retry_until 30 not running centos1
	strace -o /dev/null -P $dir -e trace=openat -e inject=openat:signal=STOP:when=1 lxc-sriov reclaim 3>&- &
	strace=$!
	# with the directory open, which it has not read
	stopped() { helper=$(pgrep -P $strace) && grep -q '^State:.*[Tt]' "/proc/$helper/status" && find "/proc/$helper/fd" -lname "$(realpath $dir)" | grep -q .; }
	retry_until 20 stopped
	kill "$(<"$BATS_TEST_TMPDIR/pid")"
	retry_until 20 has_netdev enp1s0 0
	kill -CONT "$helper"
	wait $strace
	is_home enp1s0 0
	vf_has enp1s0 0 "$MAC1"
	same "$(claims)" ""
}

@test "a name of transit, without any record" {
	local name
	for name in dev77 physAbCdEf eth0; do
		ip link set enp1s0v0 name $name
		run_ok lxc-sriov reclaim
		is_home enp1s0 0
	done
}

@test "a running container keeps its VF" {
	start centos1
	run_ok lxc-sriov reclaim
	run_ok lxc-sriov reclaim --force
	same "$(mac_inside centos1 eth0)" "$MAC1"
	stop centos1
}

@test "in the namespace of a process: told with the process, taken only by force" {
	unshare -n sleep 1000 3>&- &
	echo $! >"$BATS_TEST_TMPDIR/pid"
	retry_until 5 not test "/proc/$!/ns/net" -ef /proc/self/ns/net
	ip link set enp1s0v0 netns "$(<"$BATS_TEST_TMPDIR/pid")"
	run_status 1 lxc-sriov reclaim
	same "$stderr" "lxc-sriov: vf 0 of enp1s0: it is enp1s0v0 in the network namespace of process $(<"$BATS_TEST_TMPDIR/pid"); to take it from there: lxc-sriov reclaim --force"
	not test -e /sys/class/net/enp1s0v0
	run_ok lxc-sriov reclaim --force
	is_home enp1s0 0
	vf_has enp1s0 0 "$MAC1"
}

@test "in a named namespace, where the host has its name by now" {
	ip netns add lab
	ip link set enp1s0v0 netns lab name weird0
	ip link add enp1s0v0 type dummy
	run_status 1 lxc-sriov reclaim
	contains "$stderr" "it is weird0 in the network namespace /run/netns/lab"
	run_status 1 lxc-sriov reclaim --force
	contains "$stderr" "vf 0 of enp1s0: rename its network device to enp1s0v0: File exists"
	ip link del enp1s0v0
	matches "$(vf_netdev enp1s0 0)" '^lxc-sriov[0-9]+$'
	run_ok lxc-sriov reclaim
	is_home enp1s0 0
}

@test "pin --recreate: not while a VF is in use, and with the configuration's number afterwards" {
	start centos1
	ini_pair 3 | use_ini
	run_status 1 lxc-sriov pin --recreate enp1s0
	contains "$stderr" "vf 0 is container centos1's"
	same "$(numvfs enp1s0)" 2
	# what would be done of the other PF, and what would not, each once
	run_status 1 lxc-sriov pin --dry-run --recreate
	same "$(grep -c "vf 0 is container centos1's" <<<"$stderr")" 1
	same "$(wc -l <<<"$stderr")" 1
	same "$(grep -c "^pf enp2s0: destroy its 2 VFs$" <<<"$output")" 1
	same "$(numvfs enp2s0)" 2
	stop centos1
	run_status 1 lxc-sriov pin enp1s0
	contains "$stderr" "lxc-sriov pin --recreate"
	same "$(numvfs enp1s0)" 2
	run_ok lxc-sriov pin --recreate enp1s0
	same "$(numvfs enp1s0)" 3
	retry_until 10 all_home enp1s0
	vf_has enp1s0 0 "$MAC1"
	destroy_vfs enp1s0
}
