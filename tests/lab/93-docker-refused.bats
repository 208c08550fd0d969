#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What attach refuses of Docker's containers: status, message, and that nothing changed. What it refuses of targets, options
# and values before it looks at the host: 90-attach-refused.bats.

load lib/helpers
load lib/sriov
load lib/targets
load lib/docker

setup_file() { begin_docker_pair; }
teardown_file() { end_docker_file; }
teardown() {
	docker_answers || start_dockerd
	docker start docker01 docker02 >/dev/null
	detach_all
	end_test
}

OPTIONS=(--pf enp1s0 --vf 1 --mac "$MAC3")

@test "no such container" {
	refused 1 "docker:nobody: there is no such container" lxc-sriov attach docker:nobody "${OPTIONS[@]}"
	# a section there is, and no container
	sed -i 's/^\[docker01\]/[nobody]/' "$INI"
	refused 1 "docker:nobody: there is no such container" lxc-sriov attach docker:nobody
}

@test "a container that does not run" {
	docker stop -t 0 docker01 >/dev/null
	refused 1 "docker:docker01: it does not run; start it first" lxc-sriov attach docker:docker01
	docker create --name created bb:1 true >/dev/null
	refused 1 "docker:created: it does not run; start it first" lxc-sriov attach docker:created "${OPTIONS[@]}"
	docker rm -f created >/dev/null
}

@test "a container by a part of its ID" {
	local id
	id=$(docker inspect -f '{{.Id}}' docker01)
	refused 1 "docker:${id:0:12}: that is the container docker01; call it so" lxc-sriov attach "docker:${id:0:12}" "${OPTIONS[@]}"
}

@test "a VF that another running container has" {
	run_ok lxc-sriov attach docker:docker01
	{
		ini_pfs 2
		printf '[docker02]\nruntime = docker\npf = enp2s0\nvf = 0\nmac = %s\nname = eth1\n' "$MAC2"
		printf '[docker02 1]\npf = enp1s0\nvf = 0\nmac = %s\nname = eth2\n' "$MAC1"
	} | use_ini
	refused 3 "docker:docker02: vf 0 of enp1s0: held by docker:docker01; stop that one, or run: lxc-sriov detach docker:docker01 --name eth1" \
		lxc-sriov attach docker:docker02
	lacks_eth1 docker02 # its other NIC, which nobody has
	docker01_has_eth1
}

@test "a VF that a section gives to another container" {
	refused 2 "docker:docker02: vf 0 of enp1s0: [docker01] in $INI:5 gives it to docker:docker01; attach docker:docker01 without options, or change that section" \
		lxc-sriov attach docker:docker02 --pf enp1s0 --vf 0 --mac "$MAC3"
}

@test "a name that is taken inside" {
	docker_inside docker01 ip link add eth1 type dummy
	refused 1 "docker:docker01: vf 0 of enp1s0: there is a network device eth1 inside already; choose another name" \
		lxc-sriov attach docker:docker01
	contains "$(docker_inside docker01 ip -d link show dev eth1)" dummy
	docker_inside docker01 ip link del eth1
	# Docker's own
	sed -i '/^\[docker01\]/,/^\[docker02\]/s/^name = eth1/name = eth0/' "$INI"
	refused 1 "docker:docker01: vf 0 of enp1s0: there is a network device eth0 inside already; choose another name" \
		lxc-sriov attach docker:docker01
	retry_until 10 docker_inside docker01 ping -c 1 -W 1 172.17.0.1
}

@test "a container in the host's own network" {
	docker_run hostly --network host
	refused 1 "docker:hostly: it is in the host's own network namespace, where every VF is already" \
		lxc-sriov attach docker:hostly "${OPTIONS[@]}"
	docker rm -f hostly >/dev/null
}

@test "no daemon: its socket is not there, or refuses" {
	stop_dockerd
	rm -f /run/docker.sock
	refused 1 "docker:docker01: /run/docker.sock: No such file or directory; is the daemon that serves it running?" \
		lxc-sriov attach docker:docker01
	python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("/run/docker.sock")'
	refused 1 "docker:docker01: /run/docker.sock: Connection refused; is the daemon that serves it running?" \
		lxc-sriov attach docker:docker01
	run_ok lxc-sriov detach docker:docker01 # asks nobody
	rm -f /run/docker.sock
}

without_libcurl() {
	local libs=/usr/lib/x86_64-linux-gnu status=0
	mv $libs/libcurl*.so* "$BATS_TEST_TMPDIR/"
	"$@" || status=$?
	mv "$BATS_TEST_TMPDIR"/libcurl*.so* $libs/
	return $status
}

@test "libcurl is not there" {
	refused 1 "docker:docker01: libcurl cannot be loaded, and Docker and podman are asked with it; install Debian's package libcurl4" \
		without_libcurl lxc-sriov attach docker:docker01
}
