#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Drivers are reloaded under running containers: each gets its VF back, by the udev rule alone.

load lib/helpers
load lib/sriov
stderr='' # set by run_status

setup_file() {
	begin_file 3
	cat >>"$BATS_FILE_TMPDIR/sriov.ini" <<-END
		ipv4_gateway = 194.168.1.254
		ipv6 = fd00:194::2/64
		ipv6_gateway = fd00:194::ff
		mtu = 1400
		reattach_exec = "date >>/tmp/reattached; ip link show eth0 >>/tmp/reattached"
	END
	cp "$BATS_FILE_TMPDIR/sriov.ini" "$INI"
	create centos1
	create centos2
}
teardown_file() { end_file; }
teardown() { end_test; }

start_both() {
	start centos1
	start centos2
	traffic centos1 194.168.1.2
}

now_ms() { echo $(($(date +%s%N) / 1000000)); }
answers() { lxc-attach -n centos1 -- ping -c 1 -W 1 194.168.1.2; }
is_inside() { [ -e "/proc/$(init_pid "$1")/root/sys/class/net/$2" ] || lxc-attach -n "$1" -- test -e "/sys/class/net/$2"; }

# gap WHAT LIMIT: how many seconds it takes at most from now until centos1 reaches centos2 again, where nothing else runs; prints
# how long it took.
gap() {
	local from took
	from=$(now_ms)
	retry_until "$2" answers || { tail -n 20 "$SYSLOG"; return 1; }
	took=$(($(now_ms) - from))
	echo "# $1: ping again after $took ms" >&3
}

lives_elsewhere() { [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }

# Both containers as they were after their start.
all_back() {
	same "$(mac_inside centos1 eth0)" "$MAC1"
	same "$(mac_inside centos2 eth0)" "$MAC2"
	same "$(admin_mac enp1s0 0)" "$MAC1"
	same "$(admin_mac enp2s0 0)" "$MAC2"
	contains "$(inside centos1 ip -4 addr show dev eth0)" "inet 194.168.1.1/24"
	contains "$(inside centos2 ip -4 addr show dev eth0)" "inet 194.168.1.2/24"
	contains "$(inside centos2 ip -6 addr show dev eth0)" "inet6 fd00:194::2/64"
	contains "$(inside centos2 ip -4 route)" "default via 194.168.1.254 dev eth0"
	contains "$(inside centos2 ip -6 route)" "default via fd00:194::ff dev eth0"
	contains "$(inside centos2 ip link show dev eth0)" "mtu 1400"
	contains "$(inside centos1 ip link show dev eth0)" "mtu 1500"
	contains "$(inside centos1 ip link show dev eth0)" ",UP"
	same "$(claims | wc -l)" 2
}

stop_both() {
	stop centos1
	stop centos2
	is_home enp1s0 0
	is_home enp2s0 0
	same "$(claims)" ""
	vf_has enp1s0 0 "$MAC1"
	vf_has enp2s0 0 "$MAC2"
}

@test "the VF driver is reloaded under two containers: both have their VF back" {
	start_both
	rmmod igbvf
	not is_inside centos1 eth0
	modprobe igbvf
	gap "VF driver reloaded" 5
	all_back
	retry_until 10 test -s "$LXC/centos2/rootfs/tmp/reattached"
	retry_until 10 grep -q "${MAC2}" "$LXC/centos2/rootfs/tmp/reattached"
	stop_both
	# and the next start is like any other
	start centos1
	same "$(mac_inside centos1 eth0)" "$MAC1"
}

@test "one VF is unbound and bound: its container has it back, and the other one's was never gone" {
	local pci index
	start_both
	pci=$(vf_pci enp1s0 0)
	index=$(inside centos2 cat /sys/class/net/eth0/ifindex 2>/dev/null || inside centos2 ip -j link show eth0 | jq '.[0].ifindex')
	echo "$pci" >/sys/bus/pci/drivers/igbvf/unbind
	echo "$pci" >/sys/bus/pci/drivers/igbvf/bind
	gap "one VF unbound and bound" 5
	all_back
	same "$(inside centos2 ip -j link show eth0 | jq '.[0].ifindex')" "$index"
	stop_both
}

@test "a VF that stays unbound is bound again by pin and reattach" {
	start_both
	unbind enp1s0 0
	run_ok lxc-sriov pin
	run_ok lxc-sriov reattach
	gap "unbound, then pin and reattach" 5
	all_back
	stop_both
}

@test "the PF driver is reloaded under two containers: VFs are made again, pinned, and back inside" {
	start_both
	rmmod igbvf igb
	modprobe igb
	gap "PF driver reloaded" 15
	all_back
	stop_both
}

@test "the record of a process that has ended says nothing of a VF any more that somebody has a section for" {
	local pid
	unshare -n sleep 1000 3>&- &
	pid=$!
	retry_until 10 lives_elsewhere "$pid"
	run_ok lxc-sriov attach "pid:$pid" --pf enp1s0 --vf 1 --mac 02:00:00:00:00:77
	kill "$pid"
	retry_until 20 gives eth0 vf_netdev enp1s0 1 # the kernel brings it, under the name that it had inside
	same "$(claims)" 0000:01:10.2
	printf '[centos3]\npf = enp1s0\nvf = 1\nmac = 02:00:00:00:00:31\n' >>"$INI"
	start_both
	rmmod igbvf igb
	modprobe igb
	gap "PF driver reloaded" 15
	retry_until 30 gives 02:00:00:00:00:31 admin_mac enp1s0 1
	run_ok lxc-sriov reclaim
	stop_both
}

@test "reattach has nothing to do: it writes nothing and does not wait for the lock" {
	start_both
	exec 9>"$STATE/lock"
	flock -x 9
	run_ok timeout 60 strace -f -o "$BATS_TEST_TMPDIR/trace" -e trace=openat,sendmsg,renameat,unlinkat,setns lxc-sriov reattach
	exec 9>&-
	sed -i '/\.gcda"\|"\/dev\/null"/d' "$BATS_TEST_TMPDIR/trace" # what a build for make coverage counts
	run_status 1 grep -E 'O_WRONLY|O_RDWR|RTM_SETLINK|renameat|unlinkat' "$BATS_TEST_TMPDIR/trace"
	stop_both
}

has_its_mac() { same "$(mac_inside centos1 eth0)" "$MAC1"; }

@test "reattach leaves a container alone that is just starting, stopping or rebooting" {
	start centos1
	for _ in 1 2 3 4 5; do
		run_ok lxc-attach -n centos1 -- sh -c 'kill -TERM 1' || :
		for _ in 1 2 3 4 5 6; do
			run_ok lxc-sriov reattach
		done
		retry_until 30 is_inside centos1 eth0
	done
	# the last reboot may only begin now
	retry_until 30 has_its_mac
	stop centos1
	is_home enp1s0 0
}

@test "a container whose section is gone gets its VF back, without addresses, and that is told" {
	start_both
	ini_pfs 3 | use_ini
	unbind enp1s0 0
	vf_pci enp1s0 0 >/sys/bus/pci/drivers/igbvf/bind
	retry_until 10 is_inside centos1 eth0
	same "$(mac_inside centos1 eth0)" "$MAC1"
	retry_until 5 grep -q "centos1: vf 0 of enp1s0: the configuration does not have it any more" "$SYSLOG"
	stop_both
}

@test "the container has another device of that name by now: told, and the VF is home; later it has it back" {
	start_both
	unbind enp1s0 0
	inside centos1 ip link add eth0 type dummy
	vf_pci enp1s0 0 >/sys/bus/pci/drivers/igbvf/bind
	retry_until 10 grep -q "centos1: vf 0 of enp1s0: move its network device into centos1 as eth0: File exists" "$SYSLOG"
	# a VF that went in and came out again would have udevd call reattach for it, again and again
	udevadm settle
	same "$(grep -c "move its network device into centos1" "$SYSLOG")" 1
	is_home enp1s0 0
	same "$(inside centos1 ip -br link | grep -c .)" 2
	run_status 1 lxc-sriov reattach
	contains "$stderr" "File exists"
	is_home enp1s0 0
	inside centos1 ip link del eth0
	run_ok lxc-sriov reattach
	answers
	all_back
	stop_both
}
