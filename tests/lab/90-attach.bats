#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# attach gives VFs to processes, namespaces and containers that run, and detach makes them what they were.

# shellcheck disable=SC2034 # lib/kill has program, caller and CALLS
# shellcheck disable=SC2154 # lib/targets sets process
# shellcheck disable=SC2030,SC2031 # a test is a subshell, and calls what reads its variables
# shellcheck disable=SC2153 # MAC3 and MAC4 are those of lib/targets

load lib/helpers
load lib/sriov
load lib/kill
load lib/inject
load lib/targets

MAC6=02:00:00:00:00:16

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
	find "$STATE" -name '.*' -type f -delete # what was killed did not get to rename
	end_test
}

there() { in_process ip -br link show eth1 >/dev/null; }
in_has() { contains "$("$1" ip -br addr show "$2")" "$3"; }

# What the VF of the process has sent.
counted() { lxc-sriov metrics | sed -nE "s/^lxc_sriov_vf_transmit_packets_total\{.*container=\"pid:$process\".*\} //p"; }

card_counted() { ethtool -S enp1s0 | sed -n 's/^ *tx_packets: //p'; }

@test "a VF for a process and one for a namespace: they reach each other, and are back as they were" {
	local before
	local -i tx card
	before=$(host_like)
	run_ok give_process --ipv6 fd00::1/64 --mtu 1400 --vlan 7 --trust yes --max-tx-rate 100
	same "$(said)" ""
	run_ok give_blue --ipv6 fd00::2/64 --mtu 1400 --vlan 7
	same "$(vf_netdev enp1s0 1)" ""
	same "$(ip -j link | jq -r '.[] | select(.address == "'"$MAC3"'") | .ifname')" ""
	same "$(in_process ip -j link show eth1 | jq -r '.[] | "\(.address) \(.mtu)"')" "$MAC3 1400"

	retry_until 60 in_process ping -c 1 -W 1 10.9.0.2
	matches "$(in_process ip neigh show 10.9.0.2)" "^10.9.0.2 dev eth1 lladdr $MAC4"
	matches "$(in_blue ip neigh show 10.9.0.1)" "^10.9.0.1 dev eth1 lladdr $MAC3"
	# counters: the VF's own, and the card's, which are seen on the PF
	tx=$(counted)
	card=$(card_counted)
	run_ok in_process ping -c 3 -i 0.2 10.9.0.2
	[ "$(counted)" -ge $((tx + 3)) ]
	[ "$(card_counted)" -ge $((card + 3)) ]

	run_ok lxc-sriov list
	matches "$output" "1  0000:01:10.2  eth1 +$MAC3  same +inside  pid:$process"
	matches "$output" "1  0000:02:10.2  eth1 +$MAC4  same +inside  netns:/run/netns/blue"
	run_ok lxc-sriov list --json
	same "$(jq -r '.pfs[].vfs[1] | "\(.runtime) \(.container) \(.claimed_by)"' <<<"$output" | xargs)" \
		"pid $process $process netns /run/netns/blue /run/netns/blue"
	run_ok ip netns exec "$process" ip -br addr show eth1
	output_has "10.9.0.1/24 fd00::1/64"

	run_ok lxc-sriov detach "pid:$process"
	run_ok lxc-sriov detach netns:"$BLUE" --name eth1
	same "$(said)" ""
	absent "/run/netns/$process"
	retry_until 10 like "$before"
	# once more: nothing to do
	run_ok lxc-sriov detach "pid:$process"
	run_ok lxc-sriov detach netns:"$BLUE"
	like "$before"
}

# systemd 257 and later give a netdev the name enx<MAC>.
@test "the other names that a VF had are its again, but for one made of a MAC that is not its own" {
	local own name was
	own=enx$(effective_mac enp1s0 1 | tr -d :)
	for name in "$own" enx020000009999 lab-lan; do
		ip link property add dev enp1s0v1 altname "$name" 2>/dev/null || altnames enp1s0v1 | grep -qx "$name"
	done
	was=$(altnames enp1s0v1 | grep -vx enx020000009999)
	run_ok give_process
	same "$(in_process ip -j link show eth1 | jq -r '.[0].altnames')" null
	grep -qx "altname lab-lan" "$STATE/$(vf_pci enp1s0 1)"
	run_ok lxc-sriov detach "pid:$process"
	same "$(said)" ""
	same "$(altnames enp1s0v1)" "$was"
	# one inside is a name of the host's: the kernel would not move it
	run_ok give_process
	in_process ip link property add dev eth1 altname enp2s0 altname lab-evil
	run_ok lxc-sriov detach "pid:$process"
	same "$(said)" ""
	same "$(altnames enp1s0v1)" "$was"
	# one is somebody else's by now
	run_ok give_process
	ip link add dummy9 type dummy
	ip link property add dev dummy9 altname lab-lan
	run_ok lxc-sriov detach "pid:$process"
	same "$(said)" ""
	same "$(altnames enp1s0v1)" "$(grep -vx lab-lan <<<"$was")"
	ip link del dummy9
	# a record of an earlier version, which has none
	run_ok give_process
	sed -i /^altname/d "$STATE/$(vf_pci enp1s0 1)"
	run_ok lxc-sriov detach "pid:$process"
	same "$(said)" ""
	is_home enp1s0 1
	same "$(claims)" ""
}

@test "what is attached as it should be is not touched" {
	local before
	run_ok give_process --vlan 7
	run_ok give_blue
	retry_until 40 no_announcer
	before=$(host_snapshot)
	local inside
	inside=$(addresses in_process)
	program=(lxc-sriov attach "pid:$process" --pf enp1s0 --vf 1 --mac "$MAC3" --name eth1 --ipv4 10.9.0.1/24 --vlan 7) caller=()
	stopped_at none 0
	same "$status" 0
	same "$(changes "$BATS_TEST_TMPDIR/trace")" ""
	unchanged "$before"
	same "$(addresses in_process)" "$inside"
	# in another way
	run_status 1 give_process --vlan 8
	stderr_has "pid:$process: vf 1 of enp1s0: it has that already, as eth1, in another way; first: lxc-sriov detach pid:$process --name eth1"
	unchanged "$before"
}

@test "addresses are announced: who had others in mind learns them without a word of his own" {
	run_ok give_blue --ipv6 fd00::2/64
	retry_until 40 no_announcer
	in_blue ip neigh replace 10.9.0.1 dev eth1 lladdr 02:00:00:00:99:99 nud stale
	in_blue ip neigh replace fd00::1 dev eth1 lladdr 02:00:00:00:99:99 nud stale
	run_ok give_process --ipv6 fd00::1/64
	retry_until 40 in_has in_process eth1 "UP "
	retry_until 40 knows 10.9.0.1
	retry_until 40 knows fd00::1
	retry_until 40 no_announcer
	# it waits for a signal, and ends with whom it waits for
	ip netns add red
	lxc-sriov detach "pid:$process"
	ip link set enp1s0 down
	run_ok give_process
	end_process
	retry_until 5 no_announcer
	ip netns delete red
	ip link set enp1s0 up
	run_ok lxc-sriov reclaim
}

knows() { contains "$(in_blue ip neigh show "$1")" "lladdr $MAC3"; }

@test "the VF's driver was loaded anew: it is given back, as attached" {
	run_ok give_process --mtu 1400 --ipv4-gateway 10.9.0.254
	run_ok give_blue
	rmmod igbvf
	modprobe igbvf
	retry_until 30 in_has in_process eth1 10.9.0.1/24
	retry_until 30 in_has in_blue eth1 10.9.0.2/24
	same "$(in_process ip -j link show eth1 | jq -r '.[] | "\(.address) \(.mtu)"')" "$MAC3 1400"
	contains "$(in_process ip route)" "default via 10.9.0.254 dev eth1"
	retry_until 60 in_process ping -c 1 -W 1 10.9.0.2
}

@test "the PF's driver was loaded anew: attributes too" {
	run_ok give_process --vlan 7 --trust yes
	rmmod igb
	modprobe igb
	retry_until 60 in_has in_process eth1 10.9.0.1/24
	retry_until 10 gives "vf 1     link/ether $MAC3 brd ff:ff:ff:ff:ff:ff, vlan 7, spoof checking on, link-state auto, trust on" \
		ip link show enp1s0
	ip link set enp1s0 up
	ip link set enp2s0 up
}

home_as_before() { lxc-sriov reclaim && is_home enp1s0 1 && like "$1"; }

@test "the process was killed: reclaim makes the VF what it was" {
	local before name
	before=$(host_like)
	run_ok give_process --vlan 7
	name=$process
	end_process
	retry_until 10 home_as_before "$before"
	absent "/run/netns/$name"
	# attach to the next one does it by itself, for whatever the last one had
	begin_process
	run_ok give_process --vlan 7 --trust yes
	end_process
	begin_process
	run_ok give_process
	contains "$(ip link show enp1s0)" "vf 1     link/ether $MAC3 brd ff:ff:ff:ff:ff:ff, spoof checking on, link-state auto, trust off"
	run_ok lxc-sriov detach "pid:$process"
	retry_until 10 like "$before"
}

@test "the namespace was deleted, and there is another one of its name" {
	local before
	before=$(host_like)
	run_ok give_blue
	retry_until 40 no_announcer
	ip netns delete blue
	ip netns add blue
	retry_until 10 has_netdev enp2s0 1
	run_ok lxc-sriov list
	lacks "$output" "netns:/run/netns/blue"
	run_ok lxc-sriov reclaim
	retry_until 10 like "$before"
}

stopped() { helper=$(pgrep -P "$strace") && grep -q '^State:.*[Tt]' "/proc/$helper/status"; }

# Docker unmounts a namespace, and its file stays for up to a minute; ip netns removes it.
@test "the namespace is unmounted, or deleted, while detach looks" {
	local before helper strace i end n
	before=$(host_like)
	run_ok give_blue
	retry_until 40 no_announcer
	run_ok strace -o "$BATS_TEST_TMPDIR/trace" -P "$BLUE" -e trace=openat lxc-sriov detach netns:"$BLUE"
	n=$(grep -c 'openat(' "$BATS_TEST_TMPDIR/trace")
	[ "$n" -ge 2 ] # to look for the VF, and to bring it home
	for end in "umount -l $BLUE" "ip netns delete blue"; do
		for ((i = 1; i <= n; i++)); do
			run_ok give_blue
			retry_until 40 no_announcer
			strace -o /dev/null -P "$BLUE" -e trace=openat -e inject=openat:signal=STOP:when=$i \
				lxc-sriov detach netns:"$BLUE" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
			strace=$!
			retry_until 20 stopped
			$end
			kill -CONT "$helper"
			wait "$strace" && same "$(<"$BATS_TEST_TMPDIR/err")" "" && like "$before" || {
				echo "$end, at $i of $n:" "$(<"$BATS_TEST_TMPDIR/err")" >&2
				return 1
			}
			ip netns delete blue 2>/dev/null || :
			ip netns add blue
		done
	done
}

@test "two NICs, one name for ip netns; a name that is somebody else's" {
	local before
	run_ok give_process
	run_ok lxc-sriov attach "pid:$process" --pf enp2s0 --vf 1 --mac "$MAC4" --name eth2
	run_ok lxc-sriov detach "pid:$process" --name eth1
	run_ok ip netns exec "$process" true
	run_ok lxc-sriov detach "pid:$process"
	absent "/run/netns/$process"
	# whatever it leads to
	ln -s /proc/1/ns/net "/run/netns/$process"
	before=$(host_like)
	run_ok give_process
	stderr_has "vf 1 of enp1s0: name the network namespace of pid:$process for ip netns: File exists: /run/netns/ has that name, and it is not ours"
	run_ok lxc-sriov detach "pid:$process"
	same "$(readlink "/run/netns/$process")" /proc/1/ns/net
	rm "/run/netns/$process"
}

# --- LXC ---

second_nic() {
	cat "$BATS_FILE_TMPDIR/sriov.ini" - <<-END | use_ini
		[centos1 1]
		pf = enp1s0
		vf = 1
		mac = "$MAC6"
		ipv4 = 10.9.0.1/24
	END
	run_ok lxc-sriov pin
}

@test "a container of LXC's that runs: its new section's VF; LXC's own stays LXC's" {
	local pinned
	start centos1
	second_nic
	pinned=$(admin_mac enp1s0 1)
	same "$pinned" "$MAC6"
	run_ok lxc-sriov attach lxc:centos1
	same "$(mac_inside centos1 eth1)" "$MAC6"
	contains "$(inside centos1 ip -br addr show eth1)" 10.9.0.1/24
	run_ok lxc-sriov list
	matches "$output" "1  0000:01:10.2  eth1 +$MAC6  same +inside  centos1"
	run_ok ip netns exec centos1 ip link show eth1
	run_status 1 lxc-sriov detach lxc:centos1 --name eth0
	stderr_has "centos1: eth0: LXC gave it at the container's start, and takes it back when that stops"
	run_ok lxc-sriov detach lxc:centos1
	same "$(inside centos1 ip -j link | jq -r '.[].ifname' | xargs)" "lo eth0"
	# what the section says stays
	vf_has enp1s0 1 "$MAC6"
	is_home enp1s0 1
	# a stop brings home what attach gave, too
	run_ok lxc-sriov attach lxc:centos1 --name eth1
	same "$(mac_inside centos1 eth1)" "$MAC6"
	stop centos1
	all_home enp1s0 enp2s0
	same "$(claims)" ""
	absent /run/netns/centos1
}

@test "a container of LXC's without a section for it, and its end by SIGKILL" {
	local before
	before=$(host_like)
	start centos1
	run_ok lxc-sriov attach lxc:centos1 --pf enp2s0 --vf 1 --mac "$MAC4" --name lan0 --vlan 5
	same "$(mac_inside centos1 lan0)" "$MAC4"
	stop centos1
	retry_until 10 like "$before"
	start centos1
	run_ok lxc-sriov attach lxc:centos1 --pf enp2s0 --vf 1 --mac "$MAC4" --name lan0 --vlan 5
	kill -9 "$(monitor_pid centos1)"
	retry_until 10 gone centos1
	run_ok lxc-sriov reclaim
	retry_until 20 like "$before"
}

gone() { ! running "$1" && lxc-sriov reclaim; }

# --- killed, and failing ---

nothing_attached() {
	run_ok lxc-sriov detach "pid:$process"
	retry_until 10 like "$before"
}

detached_in_the_end() {
	retry_until 10 no_announcer
	run_ok lxc-sriov detach "pid:$process"
	retry_until 10 like "$before"
	absent "/run/netns/$process"
}

CALLS=$CALLS,symlinkat

@test "attach is killed: detach makes everything what it was" {
	local caller=() before program
	before=$(host_like)
	program=(lxc-sriov attach "pid:$process" --pf enp1s0 --vf 1 --mac "$MAC3" --name eth1 --ipv4 10.9.0.1/24 --vlan 7)
	at_each 9 nothing_attached detached_in_the_end
}

attached_in_the_end() {
	retry_until 10 no_announcer
	run_ok give_process --vlan 7
	in_has in_process eth1 10.9.0.1/24
	contains "$(ip link show enp1s0)" "vf 1     link/ether $MAC3 brd ff:ff:ff:ff:ff:ff, vlan 7"
	detached_in_the_end
}

@test "attach is killed: attach ends it" {
	local caller=() before program
	before=$(host_like)
	program=(lxc-sriov attach "pid:$process" --pf enp1s0 --vf 1 --mac "$MAC3" --name eth1 --ipv4 10.9.0.1/24 --vlan 7)
	at_each 4 nothing_attached attached_in_the_end 'renameat|IFLA_NET_NS_FD|unbind'
}

attached() {
	run_ok give_process --vlan 7
	retry_until 40 no_announcer
}

@test "detach is killed: detach ends it" {
	local caller=() before program
	before=$(host_like)
	program=(lxc-sriov detach "pid:$process")
	at_each 7 attached detached_in_the_end
}

@test "attach: each call that fails is undone" {
	local call n before
	local -i points=0
	before=$(host_like)
	trace_all lxc-sriov attach "pid:$process" --pf enp1s0 --vf 1 --mac "$MAC3" --name eth1 --ipv4 10.9.0.1/24 --vlan 7
	retry_until 40 no_announcer
	run_ok lxc-sriov detach "pid:$process"
	retry_until 10 like "$before"
	for call in sendmsg:EPERM renameat:EPERM write:EIO; do
		for n in $(if [ "${call%:*}" = sendmsg ]; then message_spots; else spots "${call%:*}"; fi); do
			inject "${call%:*}" "${call#*:}" "$n" \
				lxc-sriov attach "pid:$process" --pf enp1s0 --vf 1 --mac "$MAC3" --name eth1 --ipv4 10.9.0.1/24 --vlan 7
			failure_is_told || where "$call" "$n"
			[ "$status" = 0 ] || same "$(claims)" "" || where "$call" "$n"
			retry_until 10 no_announcer
			run_ok lxc-sriov detach "pid:$process" || where "$call" "$n"
			retry_until 10 like "$before" || where "$call" "$n"
		done
	done
	echo "# attach: failed at $points points" >&3
	[ "$points" -ge 8 ]
}
