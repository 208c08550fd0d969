#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What fails half-way is undone, says so, and is right again after the next clean run.

load lib/helpers
load lib/sriov
load lib/inject

stderr='' # set by inject

setup_file() {
	begin_file 2
	create centos1
	create centos2
}
teardown_file() { end_file; }

teardown() {
	local link pf
	for link in dummy9 vf-c1 vf-c2 lan0; do
		ip link delete "$link" type dummy 2>/dev/null || :
	done
	cp "$BATS_FILE_TMPDIR/sriov.ini" "$INI"
	lxc-sriov config --write centos1
	for pf in enp1s0 enp2s0; do
		[ "$(numvfs $pf)" = 2 ] || destroy_vfs $pf
	done
	end_test
}

# The container with two NICs, each under a name of its own on the host.
use_two_nics() {
	{
		ini_pfs 2
		cat <<-END
			[centos1]
			pf = enp1s0
			vf = 0
			mac = $MAC1
			link = vf-c1
			[centos1 1]
			pf = enp2s0
			vf = 1
			mac = 02:00:00:00:00:03
			link = vf-c2
		END
	} | use_ini
	run_ok lxc-sriov pin
	retry_until 20 all_home enp1s0 enp2s0
	run_ok lxc-sriov config --write centos1
}

@test "the name that the VF should have is taken: no claim, no other name" {
	local before
	use_two_nics
	ip link add vf-c1 type dummy
	before=$(host_snapshot)
	start_refused 1 centos1 "centos1: vf 0 of enp1s0: link = vf-c1, but network device $(ifindex vf-c1) has that name; rename it, or set link"
	unchanged "$before"
	same "$(claims)" ""
	ip link delete vf-c1

	# an altname counts like a name
	ip link add dummy9 type dummy
	ip link property add dev dummy9 altname vf-c1
	before=$(host_snapshot)
	start_refused 1 centos1 "link = vf-c1, but network device $(ifindex dummy9) has that name"
	unchanged "$before"
	ip link delete dummy9
	start centos1
	same "$(mac_inside centos1 eth0)" "$MAC1"
}

@test "the second NIC cannot be had: the first one keeps its name, and any older record stays" {
	local before record
	use_two_nics
	ip link add vf-c2 type dummy
	before=$(host_snapshot)
	start_refused 1 centos1 "centos1: vf 1 of enp2s0: link = vf-c2, but network device $(ifindex vf-c2) has that name"
	unchanged "$before"
	same "$(claims)" ""
	# a record of an earlier start that is over stays what it was
	ip link delete vf-c2
	run_ok hook centos1 pre-start
	for record in $(claims); do
		sed -i 's/^mtu .*/mtu 1450/' "$STATE/$record"
	done
	ip link set vf-c2 name moved0
	ip link add vf-c2 type dummy
	before=$(host_snapshot)
	run_status 1 hook centos1 pre-start
	unchanged "$before"
	ip link delete vf-c2
	run_ok hook centos1 post-stop
	same "$(mtu enp1s0v0)" 1450
	ip link set enp1s0v0 mtu 1500
	ip link set enp2s0v1 mtu 1500
	start centos1
	same "$(inside centos1 ip -j link | jq -r '.[].ifname' | xargs)" "lo eth0 eth1"
	stop centos1
	all_home enp1s0 enp2s0
}

@test "LXC itself fails after pre-start: the VF is home again" {
	use_two_nics
	cp -a "$LXC/centos1/config" "$BATS_TEST_TMPDIR/config"
	printf '#!/bin/sh\nexit 1\n' >"$BATS_TEST_TMPDIR/fail"
	chmod 755 "$BATS_TEST_TMPDIR/fail"
	local hook
	for hook in pre-start pre-mount start; do
		{ cat "$BATS_TEST_TMPDIR/config"; echo "lxc.hook.$hook = $BATS_TEST_TMPDIR/fail"; } >"$LXC/centos1/config"
		run_status 1 lxc-start -n centos1
		retry_until 10 all_home enp1s0 enp2s0 || { echo "lxc.hook.$hook failed" >&2; return 1; }
		same "$(claims)" ""
	done
	cp -a "$BATS_TEST_TMPDIR/config" "$LXC/centos1/config"
	start centos1
	same "$(mac_inside centos1 eth0)" "$MAC1"
}

# --- injected failures ---

@test "pin of a new PF: each call that fails" {
	local call error n
	local -i points=0
	ini_pair 1 | use_ini
	destroy_vfs enp2s0
	trace_all lxc-sriov pin enp2s0
	for call in write:EIO sendmsg:ENOBUFS renameat:EPERM unlinkat:EPERM; do
		error=${call#*:} call=${call%:*}
		for n in $(if [ "$call" = sendmsg ]; then message_spots; else spots "$call"; fi); do
			destroy_vfs enp2s0
			inject "$call" "$error" "$n" lxc-sriov pin enp2s0
			failure_is_told || where "$call" "$n"
			run_ok lxc-sriov pin enp2s0
			vf_has enp2s0 0 "$MAC2" || where "$call" "$n"
			same "$(autoprobe enp2s0)" 1 || where "$call" "$n"
			same "$(claims)" "" || where "$call" "$n"
		done
	done
	echo "# pin: failed at $points points" >&3
	[ "$points" -ge 9 ]
}

# Those that change how many VFs there are, and whether the kernel starts their drivers, among the calls traced.
number_spots() { grep " write(" "$BATS_TEST_TMPDIR/all" | awk '/sriov_numvfs>|sriov_drivers_autoprobe>, "0"/ { print NR }'; }

# VF 1 has no section.
two_vfs() {
	ini_pair 2 | use_ini
	run_ok lxc-sriov pin --recreate enp1s0
	retry_until 20 all_home enp1s0
	ini_pair 3 | use_ini
	ip link set enp1s0 down
}

@test "pin --recreate of a PF that is down: where it fails there are as many VFs as before, with MACs and drivers" {
	local n
	local -i points=0
	two_vfs
	trace_all lxc-sriov pin --recreate enp1s0
	for n in $(number_spots); do
		two_vfs
		inject write EIO "$n" lxc-sriov pin --recreate enp1s0
		same "$status" 1 || where write "$n"
		contains "$stderr" "Input/output error" || where write "$n"
		contains "$stderr" "pf enp1s0: it has 2 VFs, and numvfs = 3 in $INI" || where write "$n"
		same "$(numvfs enp1s0) $(autoprobe enp1s0)" "2 1" || where write "$n"
		retry_until 20 all_home enp1s0 || where write "$n"
		vf_has enp1s0 0 "$MAC1" || where write "$n"
		same "$(find "$STATE" -name 'creating-*')" "" || where write "$n"
	done
	[ "$points" = 3 ]
	run_ok lxc-sriov pin --recreate enp1s0
	same "$(numvfs enp1s0)" 3
	destroy_vfs enp1s0
}

@test "pre-start: each call that fails is undone" {
	local call n before
	local -i points=0
	use_two_nics
	before=$(host_snapshot)
	trace_all env LXC_NAME=centos1 LXC_CONFIG_FILE="$LXC/centos1/config" lxc-sriov hook centos1 lxc pre-start
	run_ok hook centos1 post-stop
	unchanged "$before"
	for call in sendmsg renameat write; do
		for n in $(spots $call); do
			inject "$call" EPERM "$n" env LXC_NAME=centos1 LXC_CONFIG_FILE="$LXC/centos1/config" lxc-sriov hook centos1 lxc pre-start
			failure_is_told || where "$call" "$n"
			[ "$status" != 0 ] || run_ok hook centos1 post-stop || where "$call" "$n"
			unchanged "$before" || where "$call" "$n"
		done
	done
	echo "# pre-start: failed at $points points" >&3
	[ "$points" -gt 10 ]
	start centos1
	same "$(mac_inside centos1 eth0)" "$MAC1"
	stop centos1
	all_home enp1s0 enp2s0
}

spoil() {
	[ ! -e "$(pf_sysfs enp1s0)/virtfn0/driver" ] || unbind enp1s0 0
	ip link set enp1s0 vf 0 mac 02:00:00:00:00:99
}

@test "pre-start of a VF with the wrong MAC and no driver: each call that fails, then a clean start" {
	local call n
	local -i points=0
	spoil
	trace_all env LXC_NAME=centos1 LXC_CONFIG_FILE="$LXC/centos1/config" lxc-sriov hook centos1 lxc pre-start
	run_ok hook centos1 post-stop
	for call in sendmsg:ENOBUFS write:EIO; do
		for n in $(spots "${call%:*}"); do
			spoil
			inject "${call%:*}" "${call#*:}" "$n" env LXC_NAME=centos1 LXC_CONFIG_FILE="$LXC/centos1/config" lxc-sriov hook centos1 lxc pre-start
			failure_is_told || where "$call" "$n"
			[ "$status" = 0 ] || same "$(claims)" "" || where "$call" "$n"
			run_ok hook centos1 pre-start || where "$call" "$n"
			vf_has enp1s0 0 "$MAC1" || where "$call" "$n"
			is_home enp1s0 0 || where "$call" "$n"
			run_ok hook centos1 post-stop || where "$call" "$n"
			same "$(claims)" "" || where "$call" "$n"
		done
	done
	echo "# pre-start, more to do: failed at $points points" >&3
	[ "$points" -gt 10 ]
}

# As a container may leave its NIC.
leave_behind() {
	run_ok hook centos1 pre-start
	ip link set vf-c1 promisc on mtu 1300 up
}

@test "post-stop: each call that fails, and nothing is lost" {
	local call n before
	local -i points=0
	use_two_nics
	before=$(host_snapshot)
	leave_behind
	trace_all env LXC_NAME=centos1 LXC_CONFIG_FILE="$LXC/centos1/config" lxc-sriov hook centos1 lxc post-stop
	unchanged "$before"
	for call in sendmsg unlinkat; do
		for n in $(spots $call); do
			leave_behind
			inject "$call" EPERM "$n" env LXC_NAME=centos1 LXC_CONFIG_FILE="$LXC/centos1/config" lxc-sriov hook centos1 lxc post-stop
			failure_is_told || where "$call" "$n"
			[ "$status" = 0 ] || [ -n "$(claims)" ] || [ "$call" = sendmsg ] || where "$call" "$n"
			# the next start and stop find and finish what is left
			run_ok hook centos1 pre-start || where "$call" "$n"
			run_ok hook centos1 post-stop || where "$call" "$n"
			unchanged "$before" || where "$call" "$n"
		done
	done
	echo "# post-stop: failed at $points points" >&3
	[ "$points" -gt 10 ]
}
