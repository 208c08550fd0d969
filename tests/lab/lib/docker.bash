# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# For the bats files that test Docker and podman, after lib/sriov and lib/targets: load lib/docker

DOCKERD_LOG=/tmp/dockerd.log
PODMAN_SOCKET=/run/podman/podman.sock
IMAGE_ROOT=/tmp/image

# docker01 and docker02, on VF 0 of each PF, and pod01, on VF 1 of the first.
ini_docker() {
	ini_pfs 2
	cat <<-END
		[docker01]
		runtime = docker
		pf = enp1s0
		vf = 0
		mac = $MAC1
		name = eth1
		ipv4 = 194.168.1.1/24
		[docker02]
		runtime = docker
		pf = enp2s0
		vf = 0
		mac = $MAC2
		name = eth1
		ipv4 = 194.168.1.2/24
		[pod01]
		runtime = podman
		pf = enp1s0
		vf = 1
		mac = ee:2b:1d:e6:f7:aa
		name = eth1
		ipv4 = 194.168.1.3/24
	END
}

make_image_root() {
	[ ! -e "$IMAGE_ROOT" ] || return 0
	mkdir -p "$IMAGE_ROOT/bin" "$IMAGE_ROOT/tmp"
	cp /bin/busybox "$IMAGE_ROOT/bin/"
	chroot "$IMAGE_ROOT" /bin/busybox --install -s /bin
}

# --- Docker ---

docker_answers() { docker version >/dev/null; }

start_dockerd() {
	# overlayfs wants another file system below it than one of the same kind
	mountpoint -q /var/lib/docker || { mkdir -p /var/lib/docker && mount -t tmpfs docker /var/lib/docker; }
	daemon "$DOCKERD_LOG" dockerd
	retry_until 90 docker_answers
	docker image inspect bb:1 >/dev/null 2>&1 || {
		make_image_root
		tar -C "$IMAGE_ROOT" -c . | docker import - bb:1 >/dev/null
	}
}

dockerd_gone() { ! pgrep -x dockerd >/dev/null; }
stop_dockerd() {
	[ ! -e /run/docker.pid ] || kill "$(</run/docker.pid)"
	retry_until 60 dockerd_gone
}

# docker_run NAME [OPTION...]: a container that does nothing.
docker_run() {
	local name=$1
	shift
	docker run -d --name "$name" "$@" bb:1 sleep 100000 >/dev/null
}

docker_pid() { docker inspect -f '{{.State.Pid}}' "$1"; }
# docker_inside NAME COMMAND...: of the host's programs in the container's network.
docker_inside() {
	local name=$1
	shift
	nsenter -n -t "$(docker_pid "$name")" -- "$@"
}

# has_eth1 NAME MAC ADDRESS
has_eth1() {
	local nic
	nic=$(docker_inside "$1" ip addr show dev eth1) || return
	contains "$nic" "link/ether $2" && contains "$nic" "inet $3/24" && contains "$nic" ",UP"
}
docker01_has_eth1() { has_eth1 docker01 "$MAC1" 194.168.1.1; }
docker02_has_eth1() { has_eth1 docker02 "$MAC2" 194.168.1.2; }
lacks_eth1() { ! docker_inside "$1" ip link show dev eth1 >/dev/null 2>&1; }

# --- podman ---

podman_inside() {
	local name=$1
	shift
	nsenter -n -t "$(podman inspect -f '{{.State.Pid}}' "$name")" -- "$@"
}
podman_answers() { [ -S "$PODMAN_SOCKET" ]; }

start_podman() {
	mkdir -p /run/podman
	mountpoint -q /var/lib/containers || { mkdir -p /var/lib/containers && mount -t tmpfs podman /var/lib/containers; }
	make_image_root
	podman image exists bb:1 || tar -C "$IMAGE_ROOT" -c . | podman import - bb:1 >/dev/null
	daemon /tmp/podman.log podman system service --time=0 "unix://$PODMAN_SOCKET"
	PODMAN_PID=$!
	retry_until 60 podman_answers
}
stop_podman() {
	kill "$PODMAN_PID" 2>/dev/null || :
	rm -f "$PODMAN_SOCKET"
}

# --- around each file and each test ---

begin_docker_file() {
	begin_file 2
	ini_docker | tee "$BATS_FILE_TMPDIR/sriov.ini" >"$INI"
	lxc-sriov pin
	start_dockerd
}

# The same, with both containers running.
begin_docker_pair() {
	begin_docker_file
	docker_run docker01
	docker_run docker02
}

end_docker_file() {
	local names
	names=$(docker ps -aq) || :
	[ -z "$names" ] || xargs docker rm -f <<<"$names" >/dev/null
	stop_dockerd
	umount /var/lib/docker || :
	end_file
}

# For the end of each teardown, before end_test: whatever is attached goes home.
detach_all() {
	local name
	for name in docker01 docker02; do
		lxc-sriov detach "docker:$name" || :
	done
}
