#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What a container may send: limited by the card, by a queueing discipline in the container, or whichever works.

load lib/helpers
load lib/sriov

setup_file() {
	begin_file 2
	create centos1
}
teardown_file() { end_file; }

teardown() {
	[ ! -e "$BATS_TEST_TMPDIR/iperf" ] || kill "$(<"$BATS_TEST_TMPDIR/iperf")" 2>/dev/null || :
	ip addr flush dev enp2s0
	destroy_vfs enp1s0 # nobody resets a rate otherwise
	end_test
}

# limit LINE...: lines for centos1, in configuration and container.
limit() {
	{
		ini_pfs 2
		printf '[centos1]\npf = enp1s0\nvf = 0\nmac = %s\nipv4 = 194.168.1.1/24\n' "$MAC1"
		printf '%s\n' "$@"
	} | use_ini
	run_ok lxc-sriov config --write centos1
}

classes() { inside centos1 tc class show dev eth0; }

# A server on the other PF, outside the container.
serve() {
	ip addr add 194.168.1.9/24 dev enp2s0
	iperf3 -s -B 194.168.1.9 -p 5201 >/dev/null 2>&1 3>&- &
	echo $! >"$BATS_TEST_TMPDIR/iperf"
	# the host must answer through that PF, although enp1s0 could as well
	traffic centos1 194.168.1.9
}

# measure SECONDS: sets $mbit to what arrives of what the container sends, all that is in a frame counted; the first
# seconds, in which TCP finds its rate, are left out.
measure() {
	run_ok inside centos1 iperf3 -c 194.168.1.9 -O 3 -t "$1" -J
	mbit=$(jq '.end.sum_received | .bytes / .seconds * 8 / 1e6 * 1514 / 1448 | floor' <<<"$output")
	output=
}

@test "tc: 50 Mbit/s hold within a tenth, and are gone after they are taken out" {
	local mbit free
	limit
	start centos1
	serve
	measure 3
	free=$mbit
	stop centos1
	limit "max_tx_rate = 50" "shape = tc"
	start centos1
	contains "$(classes)" "rate 50Mbit ceil 50Mbit"
	traffic centos1 194.168.1.9
	# never more; less only while the emulated host has no time
	for _ in 1 2 3; do
		measure 6
		echo "# without a limit $free Mbit/s, with tc at 50: $mbit Mbit/s" >&3
		[ "$mbit" -le 55 ]
		[ "$mbit" -lt 45 ] || break
	done
	[ "$free" -gt 60 ]
	[ "$mbit" -ge 45 ]
	# the card was told nothing
	same "$(ip -j link show enp1s0 | jq '.[0].vfinfo_list[0].rate.max_tx')" 0
	# while it runs: other limits by pin, and none
	limit "max_tx_rate = 30" "shape = tc"
	run_ok lxc-sriov pin
	contains "$(classes)" "rate 30Mbit"
	run_ok lxc-sriov pin --dry-run
	same "$(said)" ""
	limit
	run_ok lxc-sriov pin
	same "$(classes)" ""
	measure 3
	[ "$mbit" -gt 60 ]
	stop centos1
	start centos1
	same "$(classes)" ""
}

# Root of a container may give its qdisc our number.
@test "tc: a class with our number that is of another kind crashes nothing, and the VF comes home" {
	local kind verb
	limit "max_tx_rate = 50" "shape = tc"
	for kind in prio drr hfsc; do
		start centos1
		inside centos1 tc qdisc del dev eth0 root
		run_ok inside centos1 tc qdisc add dev eth0 root handle 5f1c: $kind
		case $kind in
		drr) run_ok inside centos1 tc class add dev eth0 parent 5f1c: classid 5f1c:1 drr ;;
		hfsc) run_ok inside centos1 tc class add dev eth0 parent 5f1c: classid 5f1c:1 hfsc sc rate 1mbit ul rate 1mbit ;;
		esac
		contains "$(classes)" "class $kind 5f1c:1 "
		for verb in "list" "list --json" "metrics" "init" "pin --dry-run"; do
			# shellcheck disable=SC2086
			run_ok lxc-sriov $verb
		done
		stop centos1
		retry_until 10 is_home enp1s0 0
		vf_has enp1s0 0 "$MAC1"
		same "$(claims)" ""
	done
}

@test "tc: the limit is back when the VF is" {
	limit "max_tx_rate = 50" "shape = tc"
	start centos1
	unbind enp1s0 0
	vf_pci enp1s0 0 >/sys/bus/pci/drivers/igbvf/bind
	retry_until 10 inside centos1 ip link show eth0
	retry_until 10 gives "rate 50Mbit" classes
	# and after a reboot from inside
	lxc-attach -n centos1 -- sh -c 'kill -TERM 1' || :
	retry_until 20 inside centos1 ip link show eth0
	contains "$(classes)" "rate 50Mbit"
}

# attached LINE...: centos1 runs with its own VF, and has another one by a section with these lines.
attached() {
	limit
	grep -q RUNNING <<<"$(lxc-info -n centos1 -s)" || start centos1
	printf '[centos1 1]\npf = enp1s0\nvf = 1\nmac = %s\nname = eth1\n' "$MAC2" >>"$INI"
	printf '%s\n' "$@" >>"$INI"
}
classes_of_attached() { inside centos1 tc class show dev eth1; }

@test "tc: a VF that attach gives is limited there, and no more once it is home" {
	attached "max_tx_rate = 50" "shape = tc"
	run_ok lxc-sriov attach lxc:centos1
	contains "$(classes_of_attached)" "rate 50Mbit"
	same "$(classes)" ""
	attached "max_tx_rate = 30" "shape = tc"
	run_ok lxc-sriov pin
	contains "$(classes_of_attached)" "rate 30Mbit"
	run_ok lxc-sriov pin --dry-run
	same "$(said)" ""
	# and after its driver was loaded anew
	unbind enp1s0 1
	vf_pci enp1s0 1 >/sys/bus/pci/drivers/igbvf/bind
	retry_until 10 gives "rate 30Mbit" classes_of_attached
	run_ok lxc-sriov detach lxc:centos1
	is_home enp1s0 1
	same "$(tc class show dev enp1s0v1)" ""
}

@test "vf: the PF is told and says so; whether this card holds it is measured" {
	local mbit
	limit "max_tx_rate = 50" "shape = vf"
	start centos1
	same "$(ip -j link show enp1s0 | jq '.[0].vfinfo_list[0].rate.max_tx')" 50
	same "$(classes)" ""
	serve
	measure 3
	echo "# with vf at 50: $mbit Mbit/s (QEMU's igb takes a rate; holding it is the card's)" >&3
}

@test "auto: by the card where its driver takes the rate, otherwise by tc" {
	limit "max_tx_rate = 50" "shape = auto"
	start centos1
	same "$(ip -j link show enp1s0 | jq '.[0].vfinfo_list[0].rate.max_tx')" 50
	same "$(classes)" ""
	stop centos1
	# more than the link's 1 Gbit/s, which igb refuses
	limit "max_tx_rate = 1500" "shape = auto"
	start centos1
	contains "$(classes)" "rate 1500Mbit"
	run_ok lxc-sriov pin
	same "$(said)" ""
	contains "$(classes)" "rate 1500Mbit"
}

@test "a limit that needs the hook, and the container has not got it: no start" {
	limit
	sed -i "/^\[centos1\]/a max_tx_rate = 50\nshape = tc" "$INI"
	start_refused 2 centos1 "shape = tc of [centos1]" "takes the hook start-host; run: lxc-sriov config --write centos1"
}
