#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# lxc-sriov-bench with real iperf3 and fio. What an emulated machine measures says nothing of others; that figures come
# from where the report says, that limits of a container show in them, and that nothing is left behind, is tested.

load lib/helpers
load lib/sriov

DISK=/dev/nvme0n1
PEER=194.168.1.9

setup_file() {
	begin_file 2
	create centos1
	sed "/^ipv4 = 194.168.1.1/a devices = $DISK" "$BATS_FILE_TMPDIR/sriov.ini" >"$BATS_FILE_TMPDIR/devices"
	mv "$BATS_FILE_TMPDIR/devices" "$BATS_FILE_TMPDIR/sriov.ini"
	cp "$BATS_FILE_TMPDIR/sriov.ini" "$INI"
	run_ok lxc-sriov config --write centos1
}
teardown_file() { end_file; }

setup() {
	OUT=$BATS_TEST_TMPDIR/out
	mkdir "$OUT"
	start centos1
}

teardown() {
	[ ! -e "$BATS_TEST_TMPDIR/server" ] || kill "$(<"$BATS_TEST_TMPDIR/server")" || :
	if [ -e /run/netns/peer ]; then
		ip -n peer link set enp2s0v1 netns 1
		ip netns del peer
	fi
	ip addr flush dev enp1s0
	rm -f "$LXC"/centos1/rootfs/usr/bin/{iperf3,fio}
	end_test
	wipefs -qaf $DISK
}

# The peer: iperf3 behind a VF of the other PF, in a network namespace of its own; the host has the way there over its PF.
peer() {
	ip addr add 194.168.1.5/24 dev enp1s0
	ip netns add peer
	ip link set enp2s0v1 netns peer
	ip -n peer link set lo up
	ip -n peer addr add $PEER/24 dev enp2s0v1
	ip -n peer link set enp2s0v1 up
	traffic centos1 $PEER
	retry_until 20 ping -c 1 -W 1 $PEER
	serve
}
serve() {
	ip netns exec peer iperf3 -s >/dev/null 2>&1 3>&- &
	echo $! >"$BATS_TEST_TMPDIR/server"
	retry_until 10 listens
}
listens() { ip netns exec peer ss -Hltn 'sport = :5201' | grep -q LISTEN; }

net() { lxc-sriov-bench net --container centos1 --peer $PEER --warm-up 1 --time 1 "$@"; }
disk() { lxc-sriov-bench disk --container centos1 --device $DISK --warm-up 0 --time 0.2 "$@"; }
figure() { jq -r "$1" "$OUT/json"; }

# The program that the tool has started, on either side: no peer's server.
at_work() { pgrep -f '^(fio --name|iperf3 -J)'; }
in_container() {
	local pid
	for pid in $(at_work); do
		grep -q lxc.payload.centos1 "/proc/$pid/cgroup" && return
	done
	return 1
}

# interrupted SIGNAL STATUS COMMAND...: once it measures in the container, the signal ends it, and all it started.
interrupted() {
	local signal=$1 want=$2 status=0 pid
	shift 2
	at_work && return 1
	"$@" --html "$OUT/html" --json "$OUT/json" >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
	pid=$!
	retry_until 30 in_container
	pkill "-$signal" -P $pid -f lxc-sriov-bench
	wait $pid || status=$?
	same "$status" "$want"
	contains "$(<"$BATS_TEST_TMPDIR/said")" "lxc-sriov-bench: interrupted"
	same "$(at_work)" ""
	same "$(ls -A "$OUT")" ""
}

@test "net: both ways, what it was measured on, a limited container marked, and SIGTERM leaves nothing" {
	peer
	run_ok net --runs 2 --tolerance 100 --json "$OUT/json" --html "$OUT/html"
	echo "# ${output//$'\n'/$'\n'# }" >&3
	output_has "TCP bandwidth by direction"
	output_has "measured in a virtual machine"
	output_has "in all 2 tests"
	stderr_has "lxc-sriov-bench: net to peer: penalty"
	same "$(figure '[.tests[].value] | join(",")')" "to peer,from peer"
	same "$(figure '[.tests[] | .host, .container | .bandwidth | (.runs | length) == 2 and .min > 0 and
		.min <= .median and .median <= .max] | all')" true
	same "$(figure '.target | .host.device, .host.driver, .container.device, .container.driver' | xargs)" \
		"enp1s0 igb eth0 igbvf"
	contains "$(figure .machine.kernel)" "$(uname -r)"
	same "$(figure '.machine.cpus > 0 and (.machine.cpu | length) > 0')" true
	contains "$(figure .tool.container)" "the host's, in the container's control groups and network namespace"
	# a page of its own: bars, and nothing from elsewhere
	same "$(grep -o '<rect ' "$OUT/html" | wc -l)" 4
	same "$(grep -Ec '<(script|link|img)|src=|@import|url\(' "$OUT/html")" 0

	# a container that may send less is marked, in that direction, and its own iperf3 is used where it has one
	cp /usr/bin/iperf3 "$LXC/centos1/rootfs/usr/bin/iperf3"
	inside centos1 tc qdisc add dev eth0 root tbf rate 10mbit burst 32k latency 50ms
	run_status 4 net --runs 1 --tolerance 70 --json - --html "$OUT/html"
	echo "$output" >"$OUT/json"
	contains "$(figure .tool.container)" "the container's own"
	same "$(figure '.tests[0] | .slower and .penalty_percent.bandwidth > 70 and .container.bandwidth.max < 12')" true
	same "$(figure .slower)" true
	grep -q '<rect class="container slower"' "$OUT/html"

	rm "$OUT"/*
	interrupted TERM 143 net --time 4
	# the peer is not left waiting either
	run_ok lxc-sriov-bench net --container centos1 --peer $PEER --warm-up 0 --time 1 --runs 1 --tolerance 100
}

@test "net: no peer, a busy one, the machine itself, no container: told before anything starts" {
	local busy
	peer
	ip netns exec peer iperf3 -c $PEER -t 30 >/dev/null 2>&1 3>&- &
	busy=$!
	retry_until 10 busy_peer
	kill $busy
	wait $busy || :
	kill "$(<"$BATS_TEST_TMPDIR/server")"
	rm "$BATS_TEST_TMPDIR/server"
	run_status 1 net
	same "$(said)" "lxc-sriov-bench: host: the peer $PEER does not answer: Connection refused; run there: iperf3 -s -p 5201"
	run_status 1 lxc-sriov-bench net --container centos1 --peer 194.168.1.5
	stderr_has "194.168.1.5: this is no peer but the machine itself"
	run_status 1 lxc-sriov-bench net --container centos1 --peer 2001:db8::1
	stderr_has "2001:db8::1: no way to the peer: RTNETLINK answers: Network is unreachable"
	run_status 1 lxc-sriov-bench net --container absent --peer $PEER
	stderr_has "absent: cannot measure in the container"
	stop centos1
	run_status 1 net
	same "$(said)" "lxc-sriov-bench: centos1: cannot measure in the container: it is STOPPED; start it: lxc-start -n centos1"
}
busy_peer() {
	run_status 1 net
	stderr_has "does not answer: the server is busy running a test"
}

@test "disk: the document's tests and tables, with the host's fio in the container's control groups" {
	run_ok disk --runs 1 --tolerance 1000000 --json "$OUT/json" --html "$OUT/html" --only "write-depth:256,write-size:4096,\
read-threads:8,mixed-threads:8,write-threads:8,read-size:65536"
	echo "# ${output//$'\n'/$'\n'# }" >&3
	output_has "(Table 1 of the CERN document)"
	output_has "(Table 2 of the CERN document)"
	same "$(figure '[.tests[] | .series] | group_by(.) | map("\(.[0]) \(length)") | join(", ")')" \
		"mixed-threads 1, read-size 1, read-threads 1, write-depth 1, write-size 1, write-threads 1"
	same "$(figure '[.tests[] | .host, .container | .iops.median > 0 and .bandwidth.median > 0 and .latency.median > 0] |
		all')" true
	# of one size, the figures must fit each other
	# shellcheck disable=SC2016 # jq's
	same "$(figure '[.tests[] | select(.series == "write-size") | .value as $size | .host, .container |
		(.bandwidth.median * 1e6 / (.iops.median * $size) - 1) | fabs < 0.02] | all')" true
	same "$(figure '.target.device, .target.logical_block' | xargs)" "$DISK 512"
	same "$(grep -o '<rect ' "$OUT/html" | wc -l)" 12
}

@test "disk: a container's limit of I/O shows, with the host's fio and with its own" {
	local own
	for own in "the host's, in the container's control groups" "the container's own"; do
		echo "259:1 riops=20" >/sys/fs/cgroup/lxc.payload.centos1/io.max
		run_status 4 disk --time 1 --runs 1 --only read-threads:8 --json "$OUT/json"
		output_has slower
		contains "$(figure .tool.container)" "$own"
		same "$(figure '[.tests[] | .slower] | all')" true
		same "$(figure '.tests[0].container.iops.max < 60')" true
		cp /usr/bin/fio "$LXC/centos1/rootfs/usr/bin/fio"
	done
}

@test "disk: SIGINT leaves nothing, with the host's fio and with the container's own" {
	interrupted INT 130 disk --time 3 --only mixed-threads:8
	cp /usr/bin/fio "$LXC/centos1/rootfs/usr/bin/fio"
	interrupted INT 130 disk --time 3 --only mixed-threads:8
}

# refused_disk PART ARGS...: in one line, and the disk is as it was.
refused_disk() {
	local part=$1 before
	shift
	before=$(sha256sum $DISK)
	run_status 1 disk "$@"
	stderr_has "$part"
	same "$(said | wc -l)" 1
	same "$(sha256sum $DISK)" "$before"
}

@test "disk: data, mounts and other use are refused, and a container without the device" {
	mke2fs -q -F -t ext4 $DISK
	refused_disk "there are data on it (ext4), which would be overwritten; --destroy-data does so"
	# read-only: a mounted ext4 writes by itself
	mount -o ro $DISK /mnt
	refused_disk "mounted ($DISK on /mnt)" --destroy-data
	umount /mnt
	# by the container, where the host's lsblk does not see it
	lxc-attach -n centos1 -- mount -r -t ext4 $DISK /mnt
	refused_disk "busy: mounted somewhere, or in use" --destroy-data
	lxc-attach -n centos1 -- umount /mnt
	run_ok disk --runs 1 --tolerance 1000000 --only write-size:4096 --destroy-data
	wipefs -qaf $DISK
	# a partition table of one partition, as fdisk writes it: the signature at 510, and an entry at 446
	printf '\0\0\0\0\203\0\0\0\0\010\0\0\0\100\0\0' | dd of=$DISK bs=1 seek=446 conv=notrunc status=none
	printf '\125\252' | dd of=$DISK bs=1 seek=510 conv=notrunc status=none
	refused_disk "there are data on it (dos"
	wipefs -qaf $DISK
	stop centos1
	refused_disk "it is STOPPED"
	sed -i "/^devices/d" "$INI"
	run_ok lxc-sriov config --write centos1
	start centos1
	refused_disk "centos1: $DISK is not the host's device there"
	run_status 2 lxc-sriov-bench disk --container centos1 --device /etc/passwd
	stderr_has "/etc/passwd: not a block device"
	run_status 1 lxc-sriov-bench disk --container centos1 --device /dev/absent
	stderr_has "/dev/absent: No such file or directory"
	stop centos1
	cp "$BATS_FILE_TMPDIR/sriov.ini" "$INI"
	run_ok lxc-sriov config --write centos1
}
