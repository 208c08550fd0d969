#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What attach refuses of Docker's containers: status, message, and that nothing changed.

load lib/helpers
load lib/sriov
load lib/docker

setup_file() {
	begin_docker_file
	docker_run docker01
	docker_run docker02
}
teardown_file() { end_docker_file; }
teardown() {
	docker_answers || start_dockerd
	docker start docker01 docker02 >/dev/null
	detach_all
	end_test
}

# refused STATUS TEXT ARGUMENT...: attach with these fails so, and nothing changed.
refused() {
	local status=$1 text=$2 before
	shift 2
	before=$(host_snapshot)
	run_status "$status" lxc-sriov attach "$@"
	stderr_has "$text"
	same "$(said | wc -l)" 1
	unchanged "$before"
	[ -z "${1#*:}" ] || absent "/run/netns/${1#*:}"
}

@test "no such container" {
	local line="--pf enp1s0 --vf 1 --mac ce:11:22:33:44:55"
	# shellcheck disable=SC2086
	refused 1 "docker:nobody: there is no such container" docker:nobody $line
	# a section there is, and no container
	sed -i 's/^\[docker01\]/[nobody]/' "$INI"
	refused 1 "docker:nobody: there is no such container" docker:nobody
}

@test "names that no container can have" {
	refused 2 "no name that a container can have" docker:../docker01
	refused 2 "" docker:
	refused 2 "" docker
}

@test "a container that does not run" {
	docker stop -t 0 docker01 >/dev/null
	refused 1 "it does not run" docker:docker01
	docker rm -f created >/dev/null 2>&1 || :
	docker create --name created bb:1 true >/dev/null
	refused 1 "it does not run" docker:created --pf enp1s0 --vf 1 --mac ce:11:22:33:44:55
	docker rm -f created >/dev/null
}

@test "a container without a section, and no VF named" {
	docker_run other
	refused 2 "docker:other: no section" docker:other
	docker rm -f other >/dev/null
}

@test "a VF that another running container has" {
	run_ok lxc-sriov attach docker:docker01
	{
		ini_pfs 2
		printf '[docker02]\nruntime = docker\npf = enp2s0\nvf = 0\nmac = %s\nname = eth1\n' "$MAC2"
		printf '[docker02 1]\npf = enp1s0\nvf = 0\nmac = %s\nname = eth2\n' "$MAC1"
	} | use_ini
	refused 3 "docker01" docker:docker02
	lacks_eth1 docker02 # its other NIC, which nobody has
	docker01_has_eth1
}

@test "a VF that a section gives to another container" {
	refused 2 "docker01" docker:docker02 --pf enp1s0 --vf 0 --mac ce:11:22:33:44:55
}

@test "a name that is taken inside" {
	docker_inside docker01 ip link add eth1 type dummy
	refused 1 "eth1" docker:docker01
	contains "$(docker_inside docker01 ip -d link show dev eth1)" dummy
	docker_inside docker01 ip link del eth1
	# Docker's own
	sed -i '/^\[docker01\]/,/^\[docker02\]/s/^name = eth1/name = eth0/' "$INI"
	refused 1 "eth0" docker:docker01
	docker_inside docker01 ping -c 1 -W 1 172.17.0.1
}

@test "values that are none" {
	refused 2 "194.168.1.300/24" docker:docker01 --pf enp1s0 --vf 1 --mac ce:11:22:33:44:55 --ipv4 194.168.1.300/24
	refused 2 "multicast" docker:docker01 --pf enp1s0 --vf 1 --mac 01:00:5e:00:00:01
	refused 2 "7" docker:docker01 --pf enp1s0 --vf 7 --mac ce:11:22:33:44:55
}

@test "a container in the host's own network" {
	docker run -d --name hostly --network host bb:1 sleep 100000 >/dev/null
	refused 1 "host's own network namespace" docker:hostly --pf enp1s0 --vf 1 --mac ce:11:22:33:44:55
	docker rm -f hostly >/dev/null
}

@test "no daemon: its socket is not there, or refuses" {
	local before
	stop_dockerd
	rm -f /run/docker.sock
	before=$(host_snapshot)
	run_status 1 lxc-sriov attach docker:docker01
	stderr_has "/run/docker.sock: No such file or directory; is the daemon that serves it running?"
	unchanged "$before"
	python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("/run/docker.sock")'
	run_status 1 lxc-sriov attach docker:docker01
	stderr_has "/run/docker.sock: Connection refused; is the daemon that serves it running?"
	unchanged "$before"
	# detach asks nobody
	run_ok lxc-sriov detach docker:docker01
	rm -f /run/docker.sock
}

@test "libcurl is not there" {
	local before lib
	mkdir "$BATS_TEST_TMPDIR/libs"
	for lib in /usr/lib/x86_64-linux-gnu/libcurl*.so*; do
		mv "$lib" "$BATS_TEST_TMPDIR/libs/"
	done
	before=$(host_snapshot)
	run_status 1 lxc-sriov attach docker:docker01
	mv "$BATS_TEST_TMPDIR/libs/"* /usr/lib/x86_64-linux-gnu/
	stderr_has "libcurl cannot be loaded"
	unchanged "$before"
}
