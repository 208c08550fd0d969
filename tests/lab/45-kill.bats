#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The program is killed at each call that changes something: nothing is lost, and the next pin, start and stop are
# like any other.

# shellcheck disable=SC2034 # lib/kill has program, caller and lock_too

load lib/helpers
load lib/sriov
load lib/kill

HOOK=/usr/share/lxc/hooks/lxc-sriov

setup_file() {
	begin_file 2
	create centos1
	create centos2
}
teardown_file() { end_file; }

teardown() {
	local pf
	rule_back
	[ ! -e "$BATS_FILE_TMPDIR/hook" ] || mv "$BATS_FILE_TMPDIR/hook" "$HOOK"
	[ ! -e "$BATS_TEST_TMPDIR/holder" ] || end_holder
	cp "$BATS_FILE_TMPDIR/sriov.ini" "$INI"
	lxc-sriov config --write centos1
	for pf in enp1s0 enp2s0; do
		[ "$(autoprobe $pf)" = 1 ] || set_autoprobe $pf 1
		# there, and bound
		[ -e "$(pf_sysfs $pf)/virtfn1/driver" ] || destroy_vfs $pf
	done
	stop_all
	ip link set enp1s0v0 mtu 1500 || : # nobody resets one that was configured
	end_test
}

# --- what must be right afterwards ---

# in_container NAME FILE: of eth0 there.
in_container() { cat "/proc/$(init_pid "$1")/root/sys/class/net/eth0/$2"; }

# The configuration's, or what the driver starts with.
wanted_mtu() { { sed -n 's/^mtu = //p' "$INI"; echo 1500; } | head -n 1; }

# at_home NAME PF MAC AUTOPROBE: VF 0 of PF is as nobody ever had it.
at_home() {
	local pf=$2
	retry_until 10 is_home "$pf" 0
	vf_has "$pf" 0 "$3"
	same "$(mtu "${pf}v0")" "$(wanted_mtu)"
	same "$(($(cat "/sys/class/net/${pf}v0/flags") & 0x301))" 0 # up, promisc, allmulti
	same "$(autoprobe "$pf")" "$4"
	same "$(claims)" ""
}

# pinned NAME PF MAC AUTOPROBE: the next pin makes it so.
pinned() {
	run_ok lxc-sriov pin
	at_home "$@"
}

# works NAME PF MAC AUTOPROBE: pin, start and stop.
works() {
	run_ok lxc-sriov pin
	same "$(admin_mac "$2" 0)" "$3"
	same "$(autoprobe "$2")" "$4"
	start "$1"
	same "$(in_container "$1" address)" "$3"
	same "$(vf_netdev "$2" 0)" ""
	stop "$1"
	at_home "$@"
}

# --- pin: what the next one leaves is checked each time, and once that a container starts with it ---

no_vfs() {
	destroy_vfs enp2s0
	ip link set enp2s0 down
	find "$STATE" -delete
}

no_vfs_probing_off() {
	no_vfs
	set_autoprobe enp2s0 0
}

created() {
	pinned centos2 enp2s0 "$MAC2" 1
	same "$(vf_driver enp2s0 1)" igbvf
}

created_probing_off() {
	pinned centos2 enp2s0 "$MAC2" 0
	absent "$(pf_sysfs enp2s0)/virtfn1/driver"
}

@test "pin of a PF without VFs" {
	local caller=() program=(lxc-sriov pin enp2s0) lock_too=1
	at_each 14 no_vfs created
	works centos2 enp2s0 "$MAC2" 1
}

@test "pin of a PF without VFs whose sriov_drivers_autoprobe is 0" {
	local caller=() program=(lxc-sriov pin enp2s0)
	at_each 10 no_vfs_probing_off created_probing_off
	works centos2 enp2s0 "$MAC2" 0
}

# The other one of two.
other_mac() {
	if [ "$mac" = "$MAC1" ]; then mac=02:00:00:00:01:11; else mac=$MAC1; fi
	sed "s/$MAC1/$mac/" "$BATS_FILE_TMPDIR/sriov.ini" >"$INI"
}

has_new_mac() { pinned centos1 enp1s0 "$mac" 0; }

@test "pin that changes a MAC, which takes the driver, where sriov_drivers_autoprobe is 0" {
	local caller=() program=(lxc-sriov pin) mac=$MAC1
	set_autoprobe enp1s0 0
	at_each 9 other_mac has_new_mac
	works centos1 enp1s0 "$mac" 0
}

no_module() {
	rmmod igbvf
	[ "$(numvfs enp1s0)" = 2 ]
}

all_bound() {
	pinned centos1 enp1s0 "$MAC1" 1
	vf_has enp2s0 0 "$MAC2"
}

@test "pin that loads the driver's module" {
	local caller=() program=(lxc-sriov pin)
	at_each 4 no_module all_bound
	works centos1 enp1s0 "$MAC1" 1
}

# --- the hooks ---

# The monitor that calls the hook is gone afterwards, as it is when the hook fails.
as_monitor=(bash -c '"$@"; exit' monitor env LXC_NAME=centos1 "LXC_CONFIG_FILE=$LXC/centos1/config")

use_link() {
	sed -i "s/$MAC1/&\nlink = vf-c1/" "$INI"
	run_ok lxc-sriov config --write centos1
}

spoil() {
	[ ! -e "$(pf_sysfs enp1s0)/virtfn0/driver" ] || unbind enp1s0 0
	ip link set enp1s0 vf 0 mac 02:00:00:00:00:99
}

pre_started() { works centos1 enp1s0 "$MAC1" 0; }

@test "pre-start of a VF with the wrong MAC, no driver and another name, where sriov_drivers_autoprobe is 0" {
	local caller=("${as_monitor[@]}") program=(lxc-sriov hook centos1 lxc pre-start)
	use_link
	set_autoprobe enp1s0 0
	at_each 11 spoil pre_started
}

# As a container may leave its NIC.
leave_behind() {
	run_ok "${as_monitor[@]}" lxc-sriov hook centos1 lxc pre-start
	ip link set vf-c1 promisc on mtu 1300 up
	ip link property add dev vf-c1 altname enp1s0v0 2>/dev/null || :
}

stopped() { works centos1 enp1s0 "$MAC1" 1; }

@test "post-stop" {
	local caller=("${as_monitor[@]}") program=(lxc-sriov hook centos1 lxc post-stop)
	use_link
	at_each 6 leave_behind stopped
}

wrong_name() {
	run_ok "${as_monitor[@]}" lxc-sriov hook centos1 lxc pre-start
	ip link set vf-c1 down name eth0 promisc on mtu 1300
	ip link set eth0 up
}

@test "post-stop of a VF that came back under a wrong name" {
	local caller=("${as_monitor[@]}") program=(lxc-sriov hook centos1 lxc post-stop)
	use_link
	at_each 4 wrong_name stopped # 6 where udev gives its own name as an altname (systemd 252)
}

end_holder() {
	kill "$(<"$BATS_TEST_TMPDIR/holder")"
	rm "$BATS_TEST_TMPDIR/holder"
}

lives_elsewhere() { [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }

# In a namespace that nothing but an open descriptor keeps, as LXC's monitor keeps a container's.
kept_open() {
	local pid
	[ ! -e "$BATS_TEST_TMPDIR/holder" ] || end_holder
	run_ok "${as_monitor[@]}" lxc-sriov hook centos1 lxc pre-start
	unshare -n sleep 300 3>&- 4>&- &
	pid=$!
	retry_until 10 lives_elsewhere "$pid"
	ip link set vf-c1 netns "$pid"
	nsenter -n -t "$pid" ip link set vf-c1 name eth0 promisc on mtu 1300
	nsenter -n -t "$pid" ip link set eth0 up
	sleep 300 7<"/proc/$pid/ns/net" 3>&- 4>&- &
	echo $! >"$BATS_TEST_TMPDIR/holder"
	retry_until 10 test -e "/proc/$!/fd/7"
	kill "$pid"
	retry_until 10 not test -e "/proc/$pid/ns/net"
}

@test "post-stop of a VF in a namespace that is kept open" {
	local caller=("${as_monitor[@]}") program=(lxc-sriov hook centos1 lxc post-stop)
	use_link
	at_each 6 kept_open stopped # 8 there
}

# hook_dies TYPE CALL N: LXC's own call of that hook is killed there.
hook_dies() {
	cat >"$HOOK" <<-END
		#!/bin/sh
		[ "\$3" = $1 ] || exec lxc-sriov hook -- "\$@"
		exec strace -y -s 400 -o $BATS_TEST_TMPDIR/trace -e trace=$CALLS -e inject=$2:signal=KILL:when=$3 lxc-sriov hook -- "\$@"
	END
}

gone() { ! monitored "$1" && ! running "$1"; }

# lxc_kills TYPE PATTERN: LXC starts and stops centos1, and its hook is killed at the change that PATTERN tells.
# udev's part differs from time to time: at times it gives the VF its name before post-stop does, and that one then has
# no such change.
lxc_kills() {
	local call=exit_group n=1 what at tries
	for tries in {1..10}; do
		spoil
		rm -f "$BATS_TEST_TMPDIR/trace"
		hook_dies "$1" "$call" "$n"
		lxc-start -n centos1 2>/dev/null || same "$1" pre-start
		lxc-stop -k -n centos1 2>/dev/null || :
		retry_until 20 gone centos1
		cp "$BATS_FILE_TMPDIR/hook" "$HOOK"
		changes "$BATS_TEST_TMPDIR/trace" >"$BATS_TEST_TMPDIR/points"
		echo "LXC's $1, to be killed at $2, try $tries at $call $n: $(tail -n 1 "$BATS_TEST_TMPDIR/trace")"
		works centos1 enp1s0 "$MAC1" 1
		if grep -q "$2.* = ?\$" "$BATS_TEST_TMPDIR/points"; then
			points+=1
			return
		elif at=$(grep -m 1 "$2" "$BATS_TEST_TMPDIR/points"); then
			read -r call n what <<<"$at"
		elif [ "$call" != exit_group ] && grep -q 'killed by SIGKILL' "$BATS_TEST_TMPDIR/trace"; then
			n=$((n + 1))
		else
			call=exit_group n=1
		fi
	done
	return 1
}

@test "the hooks as LXC runs them" {
	local -i points=0
	local pattern
	cp -p "$HOOK" "$BATS_FILE_TMPDIR/hook"
	use_link
	for pattern in drivers_probe renameat IFLA_IFNAME; do
		lxc_kills pre-start "$pattern"
	done
	for pattern in IFLA_IFNAME unlinkat; do
		lxc_kills post-stop "$pattern"
	done
	echo "# $BATS_TEST_DESCRIPTION: killed at $points points" >&3
	[ "$points" = 5 ]
}

# --- reattach ---

use_addresses() {
	sed -i "s|^ipv4 = 194.168.1.1/24|&\nipv4_gateway = 194.168.1.254\nipv6 = fd00:194::1/64\n\
ipv6_gateway = fd00:194::ff\nmtu = 1400|" "$INI"
	run_ok lxc-sriov config --write centos1
}

arrived() { [ -n "$(vf_netdev enp1s0 0)" ]; }

driver_anew() {
	start centos1
	same "$(in_container centos1 address)" "$MAC1"
	unbind enp1s0 0
	vf_pci enp1s0 0 >/sys/bus/pci/drivers/igbvf/bind
	retry_until 10 arrived
}

pf_driver_anew() {
	start centos1
	same "$(in_container centos1 address)" "$MAC1"
	rmmod igbvf igb
	modprobe igb
	retry_until 20 test -e /sys/class/net/enp1s0
	retry_until 20 test -e /sys/class/net/enp2s0
}

# Inside, nothing is missing.
has_it_all() {
	local all
	same "$(in_container centos1 address)" "$MAC1"
	same "$(in_container centos1 mtu)" 1400
	same "$(admin_mac enp1s0 0)" "$MAC1"
	same "$(vf_netdev enp1s0 0)" ""
	all=$(inside centos1 sh -c 'ip addr show dev eth0; ip route; ip -6 route; ip -br link')
	contains "$all" ",UP"
	contains "$all" "inet 194.168.1.1/24"
	contains "$all" "inet6 fd00:194::1/64"
	contains "$all" "default via 194.168.1.254 dev eth0"
	contains "$all" "default via fd00:194::ff dev eth0"
	same "$(inside centos1 ip -j link | jq length)" 2
}

given_back() {
	run_ok lxc-sriov reattach
	has_it_all
	run_ok lxc-sriov reattach
	same "$(said)" ""
	run_ok lxc-sriov pin
	stop centos1
	at_home centos1 enp1s0 "$MAC1" 1
}

# given_back_at PREPARE PATTERN MINIMUM
given_back_at() {
	local caller=() program=(lxc-sriov reattach)
	use_addresses
	rule_away
	at_each "$3" "$1" given_back "$2"
	works centos1 enp1s0 "$MAC1" 1
}

@test "reattach after the VF's driver was loaded anew: messages" {
	given_back_at driver_anew '^send' 8
}

@test "reattach after the VF's driver was loaded anew: records" {
	given_back_at driver_anew '^[^s]' 7
}

# Drivers that threads start are seen where the threads begin (clone3). What it does once they run is what it does above.
@test "reattach after the PF's driver was loaded anew" {
	given_back_at pf_driver_anew 'sriov_numvfs|autoprobe>, "1"|drivers_probe|^clone3[(]|IFLA_NET_NS_FD' 4
}
