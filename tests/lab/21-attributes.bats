#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The attributes of VFs on igb: accepted, read back and kept, or refused with a clear word.

load lib/helpers
load lib/sriov
stderr='' # set by run_status

setup_file() {
	begin_file 3
	create centos1
}
teardown_file() { end_file; }

teardown() {
	destroy_vfs enp1s0 # nobody resets attributes otherwise
	end_test
}

# What the PF says of one VF, as JSON.
told() { ip -j link show "$1" | jq -c ".[0].vfinfo_list[] | select(.vf == $2)"; }

# tells PF VF FILTER VALUE
tells() { same "$(told "$1" "$2" | jq -c "$3")" "$4"; }

# use_attrs LINE...: the pair's configuration with these lines for centos1.
use_attrs() {
	{
		ini_pair 3
		echo "[centos1 1]"
		printf 'pf = enp1s0\nvf = 2\nmac = 02:00:00:00:00:12\nlink = lan2\n'
		printf '%s\n' "$@"
	} | use_ini
}

no_write() {
	run_ok strace -f -o "$BATS_TEST_TMPDIR/trace" -e trace=write,sendmsg lxc-sriov "$@"
	run_status 1 grep -E 'RTM_SETLINK|/sys' "$BATS_TEST_TMPDIR/trace"
}

@test "what igb accepts: set, read back, and not written again" {
	use_attrs "vlan = 100" "vlan_qos = 3" "vlan_proto = 802.1Q" "spoofchk = no" "trust = yes" "max_tx_rate = 50" "link_state = auto"
	run_ok lxc-sriov pin
	same "$(said)" ""
	tells enp1s0 2 '[.vlan_list[] | .vlan, .qos]' '[100,3]'
	tells enp1s0 2 '.spoofchk' false
	tells enp1s0 2 '.trust' true
	tells enp1s0 2 '.rate' '{"max_tx":50,"min_tx":0}'
	tells enp1s0 2 '.address' '"02:00:00:00:00:12"'
	# what is not named is left alone
	tells enp1s0 0 '.vlan_list' '[{}]'
	tells enp1s0 0 '.spoofchk' true
	tells enp1s0 0 '.trust' false
	no_write pin
	same "$(said)" ""
}

@test "attributes outlast a start, a stop and a driver reload, and come back after the PF's" {
	local before
	use_attrs "vlan = 100" "trust = yes" "max_tx_rate = 50" "mtu = 1400"
	run_ok lxc-sriov config --write centos1
	run_ok lxc-sriov pin
	before=$(told enp1s0 2)
	same "$(mtu enp1s0v2)" 1400
	start centos1
	same "$(told enp1s0 2)" "$before"
	contains "$(inside centos1 ip link show eth1)" "mtu 1400"
	stop centos1
	same "$(told enp1s0 2)" "$before"
	same "$(mtu enp1s0v2)" 1400
	rmmod igbvf
	modprobe igbvf
	retry_until 20 all_home enp1s0
	run_ok lxc-sriov pin
	same "$(told enp1s0 2)" "$before"
	same "$(mtu enp1s0v2)" 1400
	destroy_vfs enp1s0
	run_ok lxc-sriov pin
	same "$(said)" ""
	same "$(told enp1s0 2)" "$before"
	retry_until 20 all_home enp1s0
	same "$(mtu enp1s0v2)" 1400
}

@test "pre-start sets what somebody changed" {
	use_attrs "vlan = 100" "spoofchk = no" "trust = yes" "max_tx_rate = 50"
	run_ok lxc-sriov pin
	run_ok lxc-sriov config --write centos1
	ip link set enp1s0 vf 2 vlan 7 spoofchk on trust off max_tx_rate 90
	start centos1
	tells enp1s0 2 '[.vlan_list[0].vlan, .spoofchk, .trust, .rate.max_tx]' '[100,false,true,50]'
}

# refused LINE WORDS: pin says no to the line, names everything, and the VF keeps its MAC and other attributes.
refused() {
	local before
	use_attrs "trust = no"
	run_ok lxc-sriov pin
	before=$(told enp1s0 2)
	use_attrs "trust = yes" "$1"
	run_status 1 lxc-sriov pin
	contains "$stderr" "lxc-sriov: centos1: vf 2 of enp1s0: set $2; driver igb of the PF refuses it; take it out, or let it be: optional = ${1%% *}"
	same "$(told enp1s0 2)" "$before"
	# the start fails for the same reason
	run_ok lxc-sriov config --write centos1
	start_refused 1 centos1 "vf 2 of enp1s0: set $2"
	same "$(told enp1s0 2)" "$before"
	# optional: a warning, and the rest is done
	use_attrs "trust = yes" "$1" "optional = ${1%% *}"
	run_ok lxc-sriov pin
	contains "$stderr" "vf 2 of enp1s0: set $2"
	tells enp1s0 2 '.trust' true
	start centos1
	stop centos1
}

@test "igb refuses a link state" { refused "link_state = enable" "link_state enable: Operation not supported"; }
@test "igb refuses a least rate" { refused "min_tx_rate = 10" "min_tx_rate 10: Invalid argument"; }
@test "igb refuses the RSS query" { refused "rss_query = yes" "rss_query yes: Operation not supported"; }

@test "igb refuses 802.1ad" {
	use_attrs "vlan = 100" "vlan_proto = 802.1ad"
	run_status 1 lxc-sriov pin
	contains "$stderr" "vf 2 of enp1s0: set vlan 100, vlan_proto 802.1ad: Protocol not supported; driver igb of the PF refuses it"
	tells enp1s0 2 '.vlan_list' '[{}]'
}

@test "a rate while the PF has no carrier yet: it is waited for" {
	use_attrs "max_tx_rate = 50"
	destroy_vfs enp1s0
	ip link set enp1s0 down
	run_ok lxc-sriov pin
	same "$(said)" ""
	tells enp1s0 2 '.rate.max_tx' 50
}

@test "an attribute that is taken out of the configuration stays as it is" {
	use_attrs "vlan = 100" "max_tx_rate = 50"
	run_ok lxc-sriov pin
	use_attrs
	run_ok lxc-sriov pin
	tells enp1s0 2 '[.vlan_list[0].vlan, .rate.max_tx]' '[100,50]'
	use_attrs "max_tx_rate = 0"
	run_ok lxc-sriov pin
	tells enp1s0 2 '[.vlan_list[0].vlan, .rate.max_tx]' '[100,0]'
}
