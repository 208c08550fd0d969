#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What attach and detach refuse: status, message, and nothing that changed.

# shellcheck disable=SC2154 # lib/targets sets process

load lib/helpers
load lib/sriov
load lib/targets

setup_file() {
	begin_file 2
	create centos1
}
teardown_file() { end_file; }

setup() {
	follow_tests_only
	begin_targets
}

teardown() {
	end_targets
	end_test
}

TARGETS='lxc:NAME, docker:NAME, podman:NAME, pid:N or netns:PATH'

@test "targets that are none" {
	local target
	refused 2 "attach: it takes one target: $TARGETS; see lxc-sriov --help" lxc-sriov attach
	refused 2 "detach: it takes one target: $TARGETS; see lxc-sriov --help" lxc-sriov detach pid:1 pid:2
	for target in web rkt:web LXC:web :web 'lxc web'; do
		refused 2 "attach: $target: is none of lxc:NAME, docker:NAME, podman:NAME, pid:N, netns:PATH; see lxc-sriov --help" \
			lxc-sriov attach "$target"
	done
	refused 2 "attach: docker:: is empty; see lxc-sriov --help" lxc-sriov attach docker:
	refused 2 "attach: podman:../x: is no name that a container can have: letters, digits, and _ . - after the first; see lxc-sriov --help" \
		lxc-sriov attach podman:../x
	refused 2 "attach: pid:0: is out of range; see lxc-sriov --help" lxc-sriov attach pid:0
	refused 2 "attach: pid:12x: is not a decimal number; see lxc-sriov --help" lxc-sriov attach pid:12x
	refused 2 "attach: netns:blue: is no absolute path; see lxc-sriov --help" lxc-sriov attach netns:blue
	refused 2 "attach: netns:/$(printf 'x%.0s' {1..255}): is longer than 255 characters; see lxc-sriov --help" \
		lxc-sriov attach "netns:/$(printf 'x%.0s' {1..255})"
	refused 2 "detach: --name a/b: is not an interface name; see lxc-sriov --help" lxc-sriov detach pid:1 --name a/b
}

no_section() { echo "$1: no section in $INI is of it; add one with runtime = ${1%%:*}, or say --pf, --vf and --mac"; }

@test "nothing that says which VF" {
	refused 2 "$(no_section lxc:other)" lxc-sriov attach lxc:other
	refused 2 "$(no_section docker:centos1)" lxc-sriov attach docker:centos1
	refused 2 "lxc:centos1: no section of it in $INI has name = lan0" lxc-sriov attach lxc:centos1 --name lan0
	refused 2 "$(printf 'attach: --pf is missing\nlxc-sriov: attach: --vf is missing\nlxc-sriov: attach: --mac is missing')" \
		lxc-sriov attach "pid:$process" --mtu 1400
}

@test "values that are none, all at once" {
	refused 2 "$(printf '%s\n' 'attach: --vf 1x: is not a decimal number' \
		'lxc-sriov: attach: --mac 01:00:5e:00:00:01: is a multicast address (the first byte is odd)' \
		'lxc-sriov: attach: --ipv4 194.168.1.300/24: is not an IPv4 address')" \
		lxc-sriov attach "pid:$process" --pf enp1s0 --vf 1x --mac 01:00:5e:00:00:01 --ipv4 194.168.1.300/24
	refused 2 "attach: --vf 2: [pf enp1s0] in $INI:1 has numvfs = 2, so the last VF is 1" \
		lxc-sriov attach "pid:$process" --pf enp1s0 --vf 2 --mac "$MAC3"
	refused 2 "attach: --name eth0: is given twice" give_process --name eth0
	refused 2 "attach: --vlan 4095: is out of range" give_process --vlan 4095
	refused 1 "pf enp9s0: no such network device; is its driver loaded, and the name right?" \
		lxc-sriov attach "pid:$process" --pf enp9s0 --vf 0 --mac "$MAC3"
	refused 1 "pf lxcbr0: it offers no VFs (sriov_totalvfs is absent or 0); enable SR-IOV in the firmware, or choose another card" \
		lxc-sriov attach "pid:$process" --pf lxcbr0 --vf 0 --mac "$MAC3"
}

@test "the configuration has errors, or there is none" {
	echo 'nonsense = 1' >>"$INI"
	refused 2 "$INI:15: [centos2] nonsense = 1: unknown key" give_process
	# with options it need not be there
	run_ok lxc-sriov -c /nowhere.ini attach "pid:$process" --pf enp1s0 --vf 1 --mac "$MAC3"
	run_ok lxc-sriov detach "pid:$process"
}

@test "what is not there, or is the host itself" {
	local options=(--pf enp1s0 --vf 1 --mac "$MAC3")
	refused 1 "pid:4000000: there is no such process" lxc-sriov attach pid:4000000 "${options[@]}"
	refused 1 "pid:$$: it is in the host's own network namespace, where every VF is already" lxc-sriov attach "pid:$$" "${options[@]}"
	refused 1 "netns:/run/netns/red: No such file or directory" lxc-sriov attach netns:/run/netns/red "${options[@]}"
	refused 1 "netns:/etc/passwd: no network namespace is mounted there" lxc-sriov attach netns:/etc/passwd "${options[@]}"
	refused 1 "netns:/proc/$process/ns/net: it is a link to a process's namespace, which says nothing once the process has ended; use pid:N" \
		lxc-sriov attach "netns:/proc/$process/ns/net" "${options[@]}"
	touch "$BATS_TEST_TMPDIR/uts"
	unshare --uts="$BATS_TEST_TMPDIR/uts" true
	refused 1 "netns:$BATS_TEST_TMPDIR/uts: open its network namespace: that is none" \
		lxc-sriov attach "netns:$BATS_TEST_TMPDIR/uts" "${options[@]}"
	umount "$BATS_TEST_TMPDIR/uts"
	refused 1 "lxc:nobody: there is no such container; see: lxc-ls" lxc-sriov attach lxc:nobody "${options[@]}"
	refused 1 "lxc:centos1: it does not run; start it first" lxc-sriov attach lxc:centos1 "${options[@]}"
	refused 1 "lxc:centos1: it does not run; start it first" lxc-sriov attach lxc:centos1
}

@test "a section gives the VF, or the MAC, to somebody" {
	refused 2 "pid:$process: vf 0 of enp1s0: [centos1] in $INI:5 gives it to centos1; attach lxc:centos1 without options, or change that section" \
		lxc-sriov attach "pid:$process" --pf enp1s0 --vf 0 --mac "$MAC3"
	refused 2 "pid:$process: vf 1 of enp1s0: [centos2] in $INI:10 gives MAC $MAC2 to centos2; choose another one" \
		lxc-sriov attach "pid:$process" --pf enp1s0 --vf 1 --mac "$MAC2"
}

@test "somebody has it" {
	run_ok give_process
	refused 3 "netns:$BLUE: vf 1 of enp1s0: held by pid:$process; stop that one, or run: lxc-sriov detach pid:$process --name eth1" \
		lxc-sriov attach netns:"$BLUE" --pf enp1s0 --vf 1 --mac "$MAC4"
	# a start of LXC's does not get it either, whose section is newer
	cat "$BATS_FILE_TMPDIR/sriov.ini" - <<-END | use_ini
		[centos1 1]
		pf = enp1s0
		vf = 1
		mac = "$MAC3"
	END
	run_ok lxc-sriov config --write centos1
	start_refused 3 centos1 "centos1: vf 1 of enp1s0: held by pid:$process; stop that one, or run: lxc-sriov detach pid:$process --name eth1"
	run_ok lxc-sriov detach "pid:$process"
	cp "$BATS_FILE_TMPDIR/sriov.ini" "$INI"
	run_ok lxc-sriov config --write centos1

	# moved by hand
	ip link set enp1s0v1 netns "$process"
	refused 1 "netns:$BLUE: vf 1 of enp1s0: it is enp1s0v1 in the network namespace of process $process, which is no container of ours; end that process or move the VF out" \
		lxc-sriov attach netns:"$BLUE" --pf enp1s0 --vf 1 --mac "$MAC4"
	end_process
	retry_until 10 is_home enp1s0 1
}

@test "the name is taken inside, by name or altname" {
	in_process ip link add eth1 type dummy
	refused 1 "pid:$process: vf 1 of enp1s0: there is a network device eth1 inside already; choose another name" give_process
	in_process ip link set eth1 name dummy9
	in_process ip link property add dev dummy9 altname eth1
	refused 1 "pid:$process: vf 1 of enp1s0: there is a network device eth1 inside already; choose another name" give_process
}

@test "an attribute that the driver refuses, a gateway that cannot be: all is put back" {
	local before
	before=$(host_like)
	run_status 1 give_process --vlan 7 --min-tx-rate 50 --max-tx-rate 100
	stderr_has "pid:$process: vf 1 of enp1s0: set min_tx_rate 50, max_tx_rate 100: Invalid argument"
	retry_until 10 like "$before"
	run_status 1 give_process --link-state enable
	stderr_has "set link_state enable: Operation not supported; driver igb of the PF refuses it"
	retry_until 10 like "$before"
	run_ok give_process --link-state enable --optional link_state
	stderr_has "set link_state enable: Operation not supported"
	run_ok lxc-sriov detach "pid:$process"
	retry_until 10 like "$before"
	# inside: what was done there is undone as well
	in_process sysctl -qw net.ipv6.conf.default.disable_ipv6=1
	run_status 1 give_process --vlan 7 --mtu 1400 --ipv6 fd00::1/64
	stderr_has "give its network device in pid:$process its MTU, addresses and routes: "
	retry_until 10 like "$before"
	absent "/run/netns/$process"
	same "$(in_process ip -j link | jq -r '.[].ifname' | xargs)" lo
}
