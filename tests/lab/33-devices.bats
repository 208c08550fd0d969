#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A container has the device nodes that its section names, with the numbers of the day, and no others.

load lib/helpers
load lib/sriov

DISK=/dev/nvme0n1
OWN=/dev/lab # nodes that a test makes and removes

setup_file() {
	begin_file 3
	modprobe loop
	create centos1
	cp -a "$LXC/centos1/config" "$BATS_FILE_TMPDIR/centos1.config"
}
teardown_file() { end_file; }
setup() {
	follow_tests_only
	mkdir $OWN
	ROOT=$LXC/centos1/rootfs
}
teardown() {
	stop_all
	losetup -D
	rm -rf $OWN "${ROOT:?}/dev" /tmp/victim
	mkdir "$ROOT/dev"
	cp -a "$BATS_FILE_TMPDIR/centos1.config" "$LXC/centos1/config"
	end_test
	lxc-sriov config --write centos1
}

# write_devices PATHS: the pair's configuration, with these devices for centos1, and written for LXC.
write_devices() {
	ini_pair 3 | sed "/^ipv4 = 194.168.1.1/a devices = $1" | use_ini
	run_ok lxc-sriov config --write centos1
}
in1() { lxc-attach -n centos1 -- "$@"; }
number() { stat -c '%F %t:%T %a' "$1"; }
number_inside() { in1 stat -c '%F %t:%T %a %u:%g' "$1"; }
rebooted() { [ "$(init_pid centos1)" != "$1" ] && running centos1; }

@test "the container reads and writes its disk, sees no other, and has it after each start" {
	local before
	dd if=/dev/zero of=$DISK bs=1M count=2 conv=fsync 2>/dev/null
	chmod 0640 $DISK
	write_devices $DISK
	same "$(grep -cx "lxc.hook.autodev = /usr/share/lxc/hooks/lxc-sriov" "$LXC/centos1/sriov.conf")" 1
	start centos1
	same "$(number_inside $DISK)" "$(number $DISK) 0:0"
	matches "$(number $DISK)" ' 640$'
	# its network is as without devices
	same "$(mac_inside centos1 eth0)" "$MAC1"
	in1 dd if=/dev/urandom of=/tmp/text bs=64k count=16 2>/dev/null
	in1 dd if=/tmp/text of=$DISK bs=64k seek=1 conv=fsync 2>/dev/null
	in1 sh -c "dd if=$DISK bs=64k skip=1 count=16 2>/dev/null | cmp - /tmp/text"
	cmp <(dd if=$DISK iflag=direct bs=64k skip=1 count=16 2>/dev/null) "$ROOT/tmp/text"

	# The template sets no rules for devices: the usual ones work, and no other can be opened.
	in1 sh -c 'echo gone >/dev/null && head -c 1 /dev/urandom /dev/zero >/dev/null'
	in1 mknod /tmp/root b $((0x$(stat -c %t /dev/vda))) $((0x$(stat -c %T /dev/vda)))
	run_status 1 in1 dd if=/tmp/root of=/dev/null count=1
	stderr_has "Operation not permitted"
	in1 mknod /tmp/kmsg c 1 11
	run_status 1 in1 dd if=/tmp/kmsg of=/dev/null count=1
	stderr_has "Operation not permitted"

	before=$(init_pid centos1)
	run_ok lxc-stop -r -n centos1
	retry_until 30 rebooted "$before"
	retry_until 10 in1 cmp -s /tmp/text /tmp/text
	same "$(number_inside $DISK)" "$(number $DISK) 0:0"
	stop centos1
	# LXC's own rules first
	sed -i '1i lxc.include = /usr/share/lxc/config/common.conf' "$LXC/centos1/config"
	start centos1
	run_status 1 in1 dd if=/tmp/root of=/dev/null count=1
	same "$(number_inside $DISK)" "$(number $DISK) 0:0"
	in1 sh -c "dd if=$DISK bs=64k skip=1 count=16 2>/dev/null | cmp - /tmp/text"
	chmod 0660 $DISK
}

@test "numbers that change between two starts are followed, without config" {
	local disk
	for disk in one two; do
		echo $disk >"$BATS_TEST_TMPDIR/$disk"
		truncate -s 1M "$BATS_TEST_TMPDIR/$disk"
		losetup -f "$BATS_TEST_TMPDIR/$disk"
	done
	mknod -m 600 $OWN/disk b 7 0
	write_devices $OWN/disk
	start centos1
	same "$(in1 head -c 3 $OWN/disk)" one
	stop centos1
	rm $OWN/disk
	mknod -m 600 $OWN/disk b 7 1
	start centos1
	same "$(in1 head -c 3 $OWN/disk)" two
	in1 mknod /tmp/former b 7 0
	run_status 1 in1 head -c 3 /tmp/former
	stderr_has "Operation not permitted"
}

@test "folders are made, links of the host are followed, character devices pass" {
	mkdir -p $OWN/by-id/deep
	ln -s ../../../nvme0n1 $OWN/by-id/deep/serial
	write_devices "$OWN/by-id/deep/serial /dev/loop-control /dev/kmsg"
	start centos1
	matches "$(number_inside $OWN/by-id/deep/serial)" "^$(number $DISK)"
	same "$(in1 stat -c '%F %a' $OWN/by-id)" "directory 755"
	same "$(number_inside /dev/loop-control)" "$(number /dev/loop-control) 0:0"
	run_ok in1 dd if=$OWN/by-id/deep/serial of=/dev/null count=1
	run_ok in1 dd if=/dev/kmsg of=/dev/null bs=8k count=1
}

@test "a file system that the container has mounted does not keep it from being started again" {
	local before
	mke2fs -q -F -t ext4 $DISK
	write_devices $DISK
	start centos1
	in1 mount -t ext4 $DISK /mnt
	in1 touch /mnt/here
	before=$(init_pid centos1)
	run_ok lxc-stop -r -n centos1
	retry_until 40 rebooted "$before"
	retry_until 10 in1 mount -t ext4 $DISK /mnt
	in1 test -e /mnt/here
	# and while it runs its configuration can be written
	run_ok lxc-sriov config --write centos1
	stop centos1
	start centos1
}

@test "links and files that the container has put into its /dev harm nothing" {
	local before
	mkdir -p /tmp/victim
	echo precious >/tmp/victim/file
	mkdir $OWN/x
	mknod $OWN/x/disk b 7 5
	write_devices "$DISK $OWN/x/disk"
	before=$(ls -lR /tmp/victim)

	# autodev as with lxc.autodev = 0: its /dev is what the container keeps on disk
	rm -rf "${ROOT:?}/dev"
	ln -s /tmp/victim "$ROOT/dev"
	hook_in() { LXC_ROOTFS_MOUNT=$1 hook centos1 autodev; }
	run_status 1 hook_in "$ROOT"
	stderr_has "devices = $DISK: a link or a file stands in the place of a folder in the container"
	rm "$ROOT/dev"
	mkdir "$ROOT/dev"
	ln -s /tmp/victim/file "$ROOT$DISK"
	run_status 1 hook_in "$ROOT"
	stderr_has "devices = $DISK: something that is no device stands in its place in the container"
	ln -sf /tmp/victim/absent "$ROOT$DISK"
	run_status 1 hook_in "$ROOT"
	rm "$ROOT$DISK"
	ln -s /tmp/victim "$ROOT$OWN"
	run_status 1 hook_in "$ROOT"
	stderr_has "devices = $OWN/x/disk: a link or a file stands in the place of a folder in the container"
	rm "$ROOT$OWN" "$ROOT$DISK"
	# a node with other numbers is no trap: it is replaced
	mknod "$ROOT$DISK" b 254 0
	run_ok hook_in "$ROOT"
	same "$(number "$ROOT$DISK")" "$(number $DISK)"
	same "$(number "$ROOT$OWN/x/disk")" "$(number $OWN/x/disk)"
	run_status 1 hook_in /
	stderr_has "devices = $DISK: the container has the host's own /dev"
	run_status 2 hook_in ""
	stderr_has "LXC_ROOTFS_MOUNT is not set"

	# and LXC itself
	rm -rf "${ROOT:?}/dev"
	ln -s /tmp/victim "$ROOT/dev"
	run_status 1 lxc-start -n centos1 -l DEBUG -o "$BATS_TEST_TMPDIR/log"
	contains "$(<"$BATS_TEST_TMPDIR/log")" 'Failed to mount "/dev"'
	same "$(ls -lR /tmp/victim)" "$before"
	same "$(</tmp/victim/file)" precious
	retry_until 10 is_home enp1s0 0
}
