#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# VFs for running containers of Docker and podman: attach, what they have then, detach.

load lib/helpers
load lib/sriov
load lib/targets
load lib/docker

setup_file() { begin_docker_pair; }
teardown_file() { end_docker_file; }

setup() {
	follow_tests_only
	PODMAN_PID='' WATCH_PID=''
}
teardown() {
	[ -z "$WATCH_PID" ] || kill "$WATCH_PID" || :
	detach_all
	[ -z "$PODMAN_PID" ] || {
		lxc-sriov detach podman:pod01 || :
		podman rm -f pod01 >/dev/null || :
		stop_podman
	}
	end_test
}

attach_both() {
	run_ok lxc-sriov attach docker:docker01
	run_ok lxc-sriov attach docker:docker02
}

reaches() { docker_inside "$1" ping -c 1 -W 1 "$2"; }
counter() { docker_inside "$1" ip -s -j link show dev eth1 | jq '.[0].stats64.rx.packets'; }

@test "two containers with VFs of two PFs reach each other, have their MACs, and keep Docker's own network" {
	local neighbour before
	lacks_eth1 docker01
	attach_both
	docker01_has_eth1
	docker02_has_eth1
	same "$(vf_netdev enp1s0 0)$(vf_netdev enp2s0 0)" ""
	same "$(admin_mac enp1s0 0) $(admin_mac enp2s0 0)" "$MAC1 $MAC2"

	retry_until 60 reaches docker01 194.168.1.2
	neighbour=$(docker_inside docker01 ip neigh show 194.168.1.2)
	matches "$neighbour" "^194\.168\.1\.2 dev eth1 lladdr $MAC2 "
	neighbour=$(docker_inside docker02 ip neigh show 194.168.1.1)
	matches "$neighbour" "^194\.168\.1\.1 dev eth1 lladdr $MAC1 "

	before=$(counter docker02)
	docker_inside docker01 ping -q -c 5 -i 0.2 194.168.1.2
	[ "$(counter docker02)" -ge $((before + 5)) ]

	# eth0 is still Docker's: the bridge is its gateway
	contains "$(docker_inside docker01 ip route)" "default via 172.17.0.1 dev eth0"
	reaches docker01 172.17.0.1
	reaches docker01 "$(docker inspect -f '{{.NetworkSettings.IPAddress}}' docker02)"
}

@test "list shows whose the VFs are, ip netns exec goes inside, and detach puts all back" {
	local before
	before=$(host_like)
	attach_both
	contains "$(lxc-sriov list enp1s0)" "docker:docker01"
	lxc-sriov list --json | jq -e '[.. | objects | select(.runtime? == "docker" and .container? == "docker01")] | length == 1'
	run_ok ip netns exec docker01 ip addr show dev eth1
	output_has "link/ether $MAC1"
	contains "$(ip netns list)" docker01

	run_ok lxc-sriov detach docker:docker01
	run_ok lxc-sriov detach docker:docker02
	retry_until 30 all_home enp1s0 enp2s0
	lacks_eth1 docker01
	lacks_eth1 docker02
	same "$(claims)" ""
	absent /run/netns/docker01
	absent /run/netns/docker02
	vf_has enp1s0 0 "$MAC1"
	vf_has enp2s0 0 "$MAC2"
	like "$before"
}

@test "attach and detach do nothing where nothing is to be done" {
	local before
	run_ok lxc-sriov attach docker:docker01
	before=$(addresses docker_inside docker01 && host_snapshot)
	run_ok lxc-sriov attach docker:docker01
	same "$(said)" ""
	same "$(addresses docker_inside docker01 && host_snapshot)" "$before"
	run_ok lxc-sriov detach docker:docker01
	before=$(host_snapshot)
	run_ok lxc-sriov detach docker:docker01
	unchanged "$before"
}

@test "after a reload of the VF driver both have theirs again" {
	attach_both
	rmmod igbvf
	retry_until 10 lacks_eth1 docker01
	modprobe igbvf
	retry_until 60 docker01_has_eth1
	retry_until 60 docker02_has_eth1
	retry_until 60 reaches docker01 194.168.1.2
	run_ok ip netns exec docker01 ip link show dev eth1
}

@test "without a section: what the command line says, and at detach the VF has back what it had" {
	local before mac=ce:11:22:33:44:55 nic
	docker_run other
	before=$(host_like)
	run_ok lxc-sriov attach docker:other --pf enp2s0 --vf 1 --mac $mac --name eth7 --ipv4 194.168.1.9/24 --mtu 1400
	nic=$(docker_inside other ip addr show dev eth7)
	contains "$nic" "inet 194.168.1.9/24"
	contains "$nic" "link/ether $mac"
	contains "$nic" "mtu 1400"
	same "$(admin_mac enp2s0 1)" $mac
	run_ok lxc-sriov detach docker:other
	retry_until 30 is_home enp2s0 1
	like "$before"
	docker rm -f other >/dev/null
}

@test "a container that died: reclaim brings its VF home" {
	docker_run other
	sed -i 's/^\[docker02\]/[other]/' "$INI"
	run_ok lxc-sriov attach docker:other
	docker rm -f other >/dev/null
	run_ok lxc-sriov reclaim
	retry_until 30 is_home enp2s0 0
	same "$(claims)" ""
	absent /run/netns/other
	vf_has enp2s0 0 "$MAC2"
}

@test "podman: attach and detach" {
	start_podman
	podman run -d --name pod01 --network none bb:1 sleep 100000 >/dev/null
	run_ok lxc-sriov attach podman:pod01
	contains "$(podman_inside pod01 ip addr show dev eth1)" "inet 194.168.1.3/24"
	contains "$(podman_inside pod01 ip addr show dev eth1)" "link/ether ee:2b:1d:e6:f7:aa"
	contains "$(lxc-sriov list enp1s0)" "podman:pod01"
	run_ok ip netns exec pod01 ip link show dev eth1
	run_ok lxc-sriov detach podman:pod01
	retry_until 30 is_home enp1s0 1
	same "$(claims)" ""
}

pod01_has_eth1() { contains "$(podman_inside pod01 ip addr show dev eth1)" "inet 194.168.1.3/24"; }
nothing_claimed() { same "$(claims)" ""; }

@test "podman: watch gives its VF at each start, and takes it home at the death" {
	local log=$BATS_TEST_TMPDIR/log
	start_podman
	lxc-sriov watch podman >"$log" 2>&1 3>&- &
	WATCH_PID=$!
	retry_until 20 grep -q 'watch: following' "$log"
	podman run -d --name pod01 --network none bb:1 sleep 100000 >/dev/null
	retry_until 20 pod01_has_eth1
	podman restart -t 0 pod01 >/dev/null
	retry_until 20 pod01_has_eth1
	podman kill pod01 >/dev/null
	retry_until 20 is_home enp1s0 1
	retry_until 20 nothing_claimed
	vf_has enp1s0 1 ee:2b:1d:e6:f7:aa
	kill "$WATCH_PID"
	wait "$WATCH_PID"
	WATCH_PID=''
	same "$(grep -v 'watch: following' "$log" || :)" ""
}
