#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The lab itself: nothing of lxc-sriov is used here.

load lib/helpers

setup_file() {
	export PF1=/sys/class/net/enp1s0/device PF2=/sys/class/net/enp2s0/device
}

teardown() {
	[ ! -e /var/lib/lxc/lab ] || lxc-destroy -f -n lab >/dev/null
	ip netns list | cut -d ' ' -f 1 | xargs -r -n 1 ip netns delete
	echo 0 >"$PF1/sriov_numvfs"
	echo 0 >"$PF2/sriov_numvfs"
}

driver_of() { basename "$(readlink "$1/driver")"; }

create_vfs() {
	local netdev=$1 count=$2 n
	ip link set "$netdev" up
	echo "$count" >"/sys/class/net/$netdev/device/sriov_numvfs"
	for ((n = 0; n < count; n++)); do
		retry_until 20 test -d "/sys/class/net/${netdev}v$n"
	done
	# udev may still rename
	udevadm settle
}

@test "two PFs are driven by igb and have no VFs yet" {
	local pf
	for pf in "$PF1" "$PF2"; do
		[ "$(driver_of "$pf")" = igb ]
		[ "$(<"$pf/sriov_totalvfs")" = 7 ]
		[ "$(<"$pf/sriov_numvfs")" = 0 ]
	done
	[ "$(</sys/class/net/enp1s0/address)" = 52:54:00:00:01:01 ]
	[ "$(</sys/class/net/enp2s0/address)" = 52:54:00:00:01:02 ]
	[ "$(hostname)" = labhost ]
}

@test "creating two VFs gives two network devices of igbvf" {
	create_vfs enp1s0 2
	[ "$(driver_of /sys/class/net/enp1s0v0/device)" = igbvf ]
	[ "$(driver_of /sys/class/net/enp1s0v1/device)" = igbvf ]
	[ "$(readlink -f "$PF1/virtfn0")" = "$(readlink -f /sys/class/net/enp1s0v0/device)" ]
}

@test "VFs of different PFs reach each other" {
	create_vfs enp1s0 1
	create_vfs enp2s0 1
	ip netns add a
	ip netns add b
	ip link set enp1s0v0 netns a
	ip link set enp2s0v0 netns b
	ip -n a address add 192.0.2.1/24 dev enp1s0v0
	ip -n b address add 192.0.2.2/24 dev enp2s0v0
	ip -n a link set enp1s0v0 up
	ip -n b link set enp2s0v0 up
	# the first open of a new VF sees no link for 10 s and more
	retry_until 60 ip netns exec a ping -c 1 -W 1 192.0.2.2
}

@test "a busybox container with Debian's default network starts" {
	run_ok lxc-create -n lab -t busybox
	run_ok lxc-start -n lab
	run_ok lxc-attach -n lab -- cat /sys/class/net/eth0/operstate
	run_ok lxc-stop -n lab
}

@test "a busybox container starts with a VF as its NIC" {
	create_vfs enp1s0 1
	cat >"$BATS_TEST_TMPDIR/config" <<-END
		lxc.apparmor.profile = unconfined
		lxc.net.0.type = phys
		lxc.net.0.link = enp1s0v0
		lxc.net.0.name = eth0
	END
	run_ok lxc-create -n lab -t busybox -f "$BATS_TEST_TMPDIR/config"
	run_ok lxc-start -n lab
	[ ! -e /sys/class/net/enp1s0v0 ]
	run_ok lxc-attach -n lab -- ip link show eth0
	run_ok lxc-stop -n lab
	retry_until 10 test -e /sys/class/net/enp1s0v0
}

@test "syslog arrives in /var/log/syslog-lab" {
	local word=lab-$RANDOM$RANDOM
	[ -e /var/log/syslog-lab ] || skip "systemd's journal takes syslog here"
	logger -t lab "$word"
	retry_until 5 grep -q "$word" /var/log/syslog-lab
}
