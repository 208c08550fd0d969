#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# How long attach takes, side by side with what pipework --direct-phys does, by hand. Figures, not limits: other guests
# run meanwhile.

load lib/helpers
load lib/sriov
load lib/docker

ROUNDS=7

setup_file() {
	begin_docker_file
	docker_run docker01
}
teardown_file() { end_docker_file; }
teardown() {
	detach_all
	end_test
}

# pipework's steps in its order, a process each.
by_hand() {
	local pid
	pid=$(docker inspect -f '{{.State.Pid}}' docker01)
	mkdir -p /var/run/netns
	rm -f "/var/run/netns/$pid"
	ln -s "/proc/$pid/ns/net" "/var/run/netns/$pid"
	ip link set enp1s0v0 up
	ip link set enp1s0v0 netns "$pid"
	ip netns exec "$pid" ip link set enp1s0v0 name eth1
	ip netns exec "$pid" ip addr add 194.168.1.1/24 dev eth1
	ip netns exec "$pid" ip link set eth1 up
}
# Its last ones. attach has its announcement made in the background, once there is a carrier.
announce_by_hand() {
	local pid
	pid=$(docker_pid docker01)
	ip netns exec "$pid" arping -c 1 -A -I eth1 194.168.1.1 >/dev/null 2>&1 || :
	rm -f "/var/run/netns/$pid"
}

home_by_hand() {
	local pid
	pid=$(docker_pid docker01)
	docker_inside docker01 ip link set eth1 down
	docker_inside docker01 ip link set eth1 name enp1s0v0
	docker_inside docker01 ip link set enp1s0v0 netns 1
	retry_until 10 is_home enp1s0 0
	udevadm settle
}

attach() { lxc-sriov attach docker:docker01; }
home_by_detach() {
	lxc-sriov detach docker:docker01
	retry_until 10 is_home enp1s0 0
	udevadm settle
}

# milliseconds COMMAND: how long it took.
milliseconds() {
	local from=$EPOCHREALTIME
	"$1" || return
	jq -n "($EPOCHREALTIME - $from) * 1000 | round"
}

median() { sort -n | sed -n "$((ROUNDS / 2 + 1))p"; }

@test "attach and pipework's steps, in turns" {
	local hand='' arping='' ours='' what i
	for ((i = 0; i < ROUNDS; i++)); do
		hand+=$(milliseconds by_hand)$'\n'
		docker01_has_eth1
		arping+=$(milliseconds announce_by_hand)$'\n'
		home_by_hand
		ours+=$(milliseconds attach)$'\n'
		docker01_has_eth1
		home_by_detach
	done
	for what in hand arping ours; do
		declare "$what=$(median < <(printf %s "${!what}"))"
	done
	printf '# medians of %d: pipework by hand %d ms, and its arping %d ms; attach %d ms; ratio %.2f, without arping %.2f\n' \
		$ROUNDS "$hand" "$arping" "$ours" "$(jq -n "$ours / ($hand + $arping)")" "$(jq -n "$ours / $hand")" >&3
}
