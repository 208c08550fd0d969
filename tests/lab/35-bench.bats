#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# lxc-sriov-bench with real iperf3 and fio. What an emulated machine measures says nothing of others; that figures come
# from where the report says, that limits of a container show in them, and that nothing is left behind, is tested.
# The container and the peer are started once for all tests; the first measure the disk, while the VFs get their link.

load lib/helpers
load lib/sriov

DISK=/dev/nvme0n1
PEER=194.168.1.9

setup_file() {
	begin_file 2
	wipefs -qaf $DISK # other files' tests have written to it
	create centos1
	sed -i "/^ipv4 = 194.168.1.1/a devices = $DISK" "$INI"
	run_ok lxc-sriov config --write centos1
	start centos1
	# The peer: iperf3 behind a VF of the other PF, in a network namespace; the host's way there is its own PF.
	ip addr add 194.168.1.5/24 dev enp1s0
	ip netns add peer
	ip link set enp2s0v1 netns peer
	ip -n peer link set lo up
	ip -n peer addr add $PEER/24 dev enp2s0v1
	ip -n peer link set enp2s0v1 up
	ip netns exec peer iperf3 -s >/dev/null 2>&1 3>&- &
	echo $! >"$BATS_FILE_TMPDIR/server"
}

teardown_file() {
	kill "$(<"$BATS_FILE_TMPDIR/server")" || :
	ip -n peer link set enp2s0v1 netns 1
	ip netns del peer
	ip addr flush dev enp1s0
	end_file
}

setup() {
	follow_tests_only
	OUT=$BATS_TEST_TMPDIR/out
	mkdir "$OUT"
	running centos1 || start centos1
}

# What limits a test had set goes with the container, if the test failed before it took them back.
teardown() {
	[ "${BATS_TEST_COMPLETED:-}" = 1 ] || stop_all
	rm -f "$LXC"/centos1/rootfs/usr/bin/{iperf3,fio}
	umount $DISK 2>/dev/null || :
	wipefs -qaf $DISK
}

net() { lxc-sriov-bench net --container centos1 --peer $PEER --warm-up 0 --time 1 --tolerance 100 "$@"; }
disk() { lxc-sriov-bench disk --container centos1 --device $DISK --warm-up 0 --time 0.2 --runs 1 "$@"; }
figure() { jq -r "$1" "$OUT/json"; }
own() { cp "/usr/bin/$1" "$LXC/centos1/rootfs/usr/bin/"; }

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
	same "$(at_work)" ""
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

# one test, not all: what is not refused is short
disk_refused() { refused "$1" "$2" disk --only write-size:4096 "${@:3}"; }

# refused STATUS PART COMMAND...: in one line, and nothing was written to the disk.
refused() {
	local want=$1 part=$2 before
	shift 2
	before=$(writes)
	run_status "$want" "$@"
	stderr_has "$part"
	same "$(said | wc -l)" 1
	same "$(writes)" "$before"
}
writes() { awk '{ print $5 }' "/sys/class/block/${DISK##*/}/stat"; }

@test "disk: the document's tables, with the host's fio in the container's control groups" {
	run_ok disk --tolerance 100000 --json "$OUT/json" --html "$OUT/html" \
		--only write-depth:256,write-size:4096,mixed-threads:2,read-size:65536
	echo "# ${output//$'\n'/$'\n'# }" >&3
	output_has "(Table 1 of the CERN document)"
	output_has "(Table 2 of the CERN document)"
	output_has "Block (B)  IOPS host  container  penalty %"
	matches "$output" "MB/s host +container +penalty % +latency us host +container +penalty %"
	output_has "measured in a virtual machine"
	contains "$(figure .tool.container)" "the host's, in the container's control groups"
	same "$(figure '[.tests[] | "\(.series):\(.value)"] | join(",")')" \
		"write-depth:256,write-size:4096,mixed-threads:2,read-size:65536"
	same "$(figure '[.tests[] | .host, .container | .iops, .bandwidth, .latency | .median > 0] | all')" true
	# of one size, the figures must fit each other
	same "$(figure '.tests[1] | [.host, .container |
		(.bandwidth.median * 1e6 / (.iops.median * 4096) - 1) | fabs < 0.02] | all')" true
	same "$(figure '.target.device, .target.logical_block' | xargs)" "$DISK 512"
	same "$(grep -o '<rect ' "$OUT/html" | wc -l)" 8
}

@test "disk: a container's limit of I/O shows, with the host's fio and with its own" {
	local tool
	echo "259:1 riops=20" >/sys/fs/cgroup/lxc.payload.centos1/io.max
	for tool in "the host's, in the container's control groups" "the container's own"; do
		run_status 4 disk --time 1 --only read-threads:8 --json "$OUT/json"
		output_has slower
		contains "$(figure .tool.container)" "$tool"
		same "$(figure '[.tests[] | .slower] | all')" true
		same "$(figure '.tests[0].container.iops.max < 60')" true
		own fio
	done
	echo "259:1 riops=max" >/sys/fs/cgroup/lxc.payload.centos1/io.max
}

@test "disk: SIGINT leaves nothing" {
	interrupted INT 130 disk --time 1 --runs 2 --only mixed-threads:8
}

@test "net: both ways, what it was measured on, a limited container marked, and SIGTERM leaves nothing" {
	traffic centos1 $PEER
	retry_until 20 ping -c 1 -W 1 $PEER
	run_ok net --runs 2 --json "$OUT/json" --html "$OUT/html"
	echo "# ${output//$'\n'/$'\n'# }" >&3
	output_has "TCP bandwidth by direction"
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
	own iperf3
	inside centos1 tc qdisc add dev eth0 root tbf rate 10mbit burst 32k latency 50ms
	run_status 4 net --runs 1 --tolerance 70 --json - --html "$OUT/html"
	echo "$output" >"$OUT/json"
	contains "$(figure .tool.container)" "the container's own"
	same "$(figure '.tests[0] |
		.slower and .penalty_percent.bandwidth > 70 and .container.bandwidth.max < 12')" true
	same "$(figure .slower)" true
	grep -q '<rect class="container slower"' "$OUT/html"
	inside centos1 tc qdisc del dev eth0 root

	# here below lxc-attach; the fio of the test above was below a shell of the host's
	rm "$OUT"/*
	interrupted TERM 143 net --warm-up 1
	# the peer is not left waiting either
	retry_until 5 iperf3 -c $PEER -n 4K
}

@test "net: no peer, a busy one, the machine itself, no container: told before anything starts" {
	local busy
	traffic centos1 $PEER
	ip netns exec peer iperf3 -c $PEER -t 60 >/dev/null 2>&1 3>&- &
	busy=$!
	retry_until 10 busy_peer
	kill $busy
	wait $busy || :
	refused 1 "host: the peer $PEER does not answer: Connection refused; run there: iperf3 -s -p 5202" \
		net --port 5202
	refused 1 "194.168.1.5: this is no peer but the machine itself" net --peer 194.168.1.5
	refused 1 "2001:db8::1: no way to the peer: RTNETLINK answers: Network is unreachable" net --peer 2001:db8::1
	refused 1 "absent: cannot measure in the container" net --container absent
}
busy_peer() { refused 1 "does not answer: the server is busy running a test" net; }

@test "disk: data, mounts and other use are refused, and a container without the device or that does not run" {
	mke2fs -q -F -t ext4 $DISK
	disk_refused 1 "there are data on it (ext4), which would be overwritten; --destroy-data does so"
	# read-only: a mounted ext4 writes by itself
	mount -o ro $DISK /mnt
	disk_refused 1 "mounted ($DISK on /mnt)" --destroy-data
	umount /mnt
	# by the container, where the host's lsblk does not see it
	lxc-attach -n centos1 -- mount -r -t ext4 $DISK /mnt
	disk_refused 1 "busy: mounted somewhere, or in use" --destroy-data
	lxc-attach -n centos1 -- umount /mnt
	run_ok disk --tolerance 100000 --only write-size:4096 --destroy-data
	wipefs -qaf $DISK
	# a partition table as fdisk writes it: an entry at 446, three that are empty, the signature
	{
		head -c 446 /dev/zero
		printf '\0\0\0\0\203\0\0\0\0\010\0\0\0\100\0\0'
		head -c 48 /dev/zero
		printf '\125\252'
	} | dd of=$DISK bs=512 iflag=fullblock status=none
	disk_refused 1 "there are data on it (dos"
	wipefs -qaf $DISK
	lxc-attach -n centos1 -- rm $DISK
	disk_refused 1 "centos1: $DISK is not the host's device there"
	disk_refused 2 "/etc/passwd: not a block device" --device /etc/passwd
	disk_refused 1 "/dev/absent: No such file or directory" --device /dev/absent
	stop centos1
	refused 1 "centos1: cannot measure in the container: it is STOPPED; start it: lxc-start -n centos1" net
	disk_refused 1 "centos1: cannot measure in the container: it is STOPPED; start it: lxc-start -n centos1"
}
