#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# init: what it prints passes check, and pin has nothing to do with it, whoever set the host up.

load lib/helpers
load lib/sriov
stderr='' # set by run_status

setup_file() {
	begin_file 2
	create centos1
	lxc-sriov config centos1 >"$BATS_FILE_TMPDIR/config.before"
	# One that somebody gave a VF by hand, without us.
	cat >"$BATS_FILE_TMPDIR/hand" <<-END
		lxc.apparmor.profile = unconfined
		lxc.net.0.type = empty
		lxc.net.1.type = phys
		lxc.net.1.link = enp1s0v1
		lxc.net.1.flags = up
		lxc.net.1.name = lan0
		lxc.net.1.ipv4.address = 192.0.2.1/24
		lxc.net.1.ipv4.gateway = 192.0.2.254
		lxc.net.1.ipv6.address = 2001:db8::1/64
	END
	lxc-create -n hand -t busybox -f "$BATS_FILE_TMPDIR/hand" >/dev/null
}
teardown_file() { end_file; }

teardown() {
	local vf
	if [ ! -e /sys/class/net/enp1s0 ]; then
		modprobe igb
		udevadm settle
	fi
	if ip netns list | grep -q lab; then
		ip netns delete lab
	fi
	stop_all
	[ "$(numvfs enp1s0)" = 2 ] || destroy_vfs enp1s0
	for vf in 0 1; do
		ip link set enp1s0 vf $vf vlan 0 spoofchk on trust off max_tx_rate 0 2>/dev/null || :
	done
	end_test
}

# by_hand COUNT: VFs of enp1s0 with MACs of their own, as a script for rc.local would have it.
by_hand() {
	local vf
	destroy_vfs enp1s0 enp2s0
	ip link set enp1s0 up
	echo "$1" >"$(pf_sysfs enp1s0)/sriov_numvfs"
	for ((vf = 0; vf < $1; vf++)); do
		retry_until 20 vf_driver enp1s0 "$vf"
		ip link set enp1s0 vf "$vf" mac "02:00:00:00:0a:0$vf"
		unbind enp1s0 "$vf"
		vf_pci enp1s0 "$vf" >/sys/bus/pci/drivers/igbvf/bind
		retry_until 20 is_home enp1s0 "$vf"
	done
	udevadm settle
}

# taken_over: the last output is a configuration, and the host is as it says: nothing to do, nothing done.
taken_over() {
	local before
	same "$stderr" ""
	echo "$output" | use_ini
	before=$(host_snapshot)
	run_ok lxc-sriov check
	same "$(said)" ""
	run_ok lxc-sriov pin --dry-run
	same "$(said)" ""
	run_ok strace -f -o "$BATS_TEST_TMPDIR/trace" -e trace=write,sendmsg lxc-sriov pin
	same "$(said)" ""
	run_status 1 grep -E 'RTM_SETLINK|/sys' "$BATS_TEST_TMPDIR/trace"
	grep -q RTM_GETLINK "$BATS_TEST_TMPDIR/trace" # it would be seen
	unchanged "$before"
	output=$(<"$INI")
}

@test "VFs that were made by hand: their MACs and attributes stay; what cannot be kept so is a comment with the reason" {
	by_hand 6
	ip link set enp1s0 vf 1 vlan 100 qos 3
	ip link set enp1s0 vf 1 trust on
	ip link set enp1s0 vf 1 spoofchk off
	ip link set enp1s0 vf 1 max_tx_rate 50
	ip link set enp1s0v1 name blue
	ip link property add dev blue altname enp1s0v1 2>/dev/null || : # udev's own with systemd 252
	ip netns add lab
	ip link set enp1s0v2 netns lab
	unbind enp1s0 3
	ip link set enp1s0 vf 4 mac 02:00:00:00:0a:44
	ip address add 192.0.2.5/24 dev enp1s0v5
	rm "$INI"
	run_ok lxc-sriov init
	taken_over
	output_has "
[pf enp1s0]
numvfs = 6
pci = 0000:01:00.0
"
	output_has "
[centos1]
pf = enp1s0
vf = 0
mac = 02:00:00:00:0a:00
ipv4 = 194.168.1.1/24
"
	# somebody's who names it by its altname
	output_has "
[hand 1]
pf = enp1s0
vf = 1
mac = 02:00:00:00:0a:01
name = lan0
vlan = 100
vlan_qos = 3
spoofchk = no
trust = yes
max_tx_rate = 50
ipv4 = 192.0.2.1/24
ipv4_gateway = 192.0.2.254
ipv6 = 2001:db8::1/64
"
	output_has "
; nobody's so far: put its container's name in place of enp1s0v2
; where it is now: netns lab
[enp1s0v2]
"
	output_has "; vf 3 of enp1s0 is left out: it has no driver: pin would bind it
"
	output_has ";mac = 02:00:00:00:0a:03
"
	output_has "; vf 4 of enp1s0 is left out: its admin MAC is 02:00:00:00:0a:44, and this is its effective one: pin would set both
"
	output_has ";mac = 02:00:00:00:0a:04
"
	output_has "; vf 5 of enp1s0 is left out: the host itself works with it: it has addresses, or is part of a bridge or bond
"
	output_has ";[pf enp2s0]
;numvfs = 7"
}

@test "containers that run, with us and without: their names, numbers and addresses; config says of them what it said before" {
	local before
	start centos1
	start hand
	rm "$INI"
	run_ok lxc-sriov init
	taken_over
	contains "$output" "
[centos1]
pf = enp1s0
vf = 0
mac = $MAC1
ipv4 = 194.168.1.1/24
"
	contains "$output" "
[hand 1]
pf = enp1s0
vf = 1
mac = $(mac_inside hand lan0)
name = lan0
ipv4 = 192.0.2.1/24
"
	run_ok lxc-sriov config centos1
	same "$output" "$(<"$BATS_FILE_TMPDIR/config.before")"
	# and when they are at home
	stop centos1
	stop hand
	output=$(<"$INI")
	rm "$INI"
	before=$output
	retry_until 20 is_home enp1s0 1
	run_ok lxc-sriov init
	same "$output" "$before"
	taken_over
	# the template's and the hand-made container start with it as ever
	start centos1
	same "$(mac_inside centos1 eth0)" "$MAC1"
}

@test "a host without cards that offer VFs, and other refusals" {
	run_status 1 lxc-sriov init -P /nowhere
	same "$(said)" "lxc-sriov: init: /nowhere: No such file or directory; it should be the folder where LXC keeps containers"
	run_status 2 lxc-sriov init enp1s0
	same "$(said)" "lxc-sriov: init: it takes no arguments; see lxc-sriov --help"
	# a container that LXC does not take
	mkdir "$LXC/broken"
	echo "lxc.net.0.type = nonsense" >"$LXC/broken/config"
	run_ok lxc-sriov init
	stderr_has "lxc-sriov: broken: LXC does not take its configuration in $LXC/broken, so its VFs are not known as such"
	rm -r "${LXC:?}/broken"

	destroy_vfs enp1s0 enp2s0
	rmmod igbvf igb
	run_status 1 lxc-sriov init
	same "$(said)" "lxc-sriov: init: no network device of this host offers VFs; is SR-IOV enabled in the firmware, and the driver of the card loaded?"
}
