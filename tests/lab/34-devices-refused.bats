#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Devices that a container does not get: what is none, what somebody else uses, what LXC's configuration does not allow.

load lib/helpers
load lib/sriov

DISK=/dev/nvme0n1
OWN=/dev/lab # nodes that a test makes and removes

setup_file() {
	begin_file 3
	create centos1
	create centos2
	cp -a "$LXC/centos1/config" "$BATS_FILE_TMPDIR/centos1.config"
}
teardown_file() { end_file; }
setup() {
	follow_tests_only
	mkdir $OWN
}
teardown() {
	local name
	stop_all
	[ -z "${sleeper:-}" ] || end_sleeper
	swapoff ${DISK}p1 2>/dev/null || :
	! mountpoint -q /mnt || umount /mnt
	! [ -b ${DISK}p1 ] || retry_until 10 partition del $DISK 1
	rm -rf $OWN
	cp -a "$BATS_FILE_TMPDIR/centos1.config" "$LXC/centos1/config"
	end_test
	for name in centos1 centos2; do
		lxc-sriov config --write $name
	done
}

end_sleeper() {
	kill "$sleeper"
	wait "$sleeper" || :
	sleeper=
}

# devices PATHS [PATHS]: the pair's configuration, with these devices for centos1 and centos2.
devices() {
	ini_pair 3 | sed -e "/^ipv4 = 194.168.1.1/a devices = $1" -e "/^ipv4 = 194.168.1.2/a devices = ${2:-}" |
		sed '/^devices = $/d' | use_ini
}
write_devices() {
	devices "$@"
	run_ok lxc-sriov config --write centos1
}
# refused MESSAGE: by config, and at a start of centos1.
refused() {
	run_status 1 lxc-sriov config centos1
	same "$(said)" "lxc-sriov: $INI:10: [centos1] devices = $1"
	start_refused 1 centos1 "[centos1] devices = $1"
}

@test "what is no device, or vanished" {
	local before
	before=$(host_snapshot)
	devices "$DISK/.."
	run_status 2 lxc-sriov config centos1
	same "$(said)" "lxc-sriov: $INI:10: [centos1] devices = $DISK/..: has an empty component, or . or .."
	devices "/dev/shm"
	refused "/dev/shm: it is neither a block nor a character device"
	ln -s /etc/passwd $OWN/passwd
	devices $OWN/passwd
	refused "$OWN/passwd: it is neither a block nor a character device"
	mknod $OWN/disk b 7 5
	write_devices $OWN/disk
	rm $OWN/disk
	refused "$OWN/disk: No such file or directory"
	ln -s ../nvme0n1 $OWN/disk
	devices "$DISK $OWN/disk"
	refused "$OWN/disk: it is the same device as $DISK"
	unchanged "$before"
}

@test "a disk that the host uses: mounted, a partition of it mounted, swap, mounted elsewhere" {
	local before
	before=$(host_snapshot)
	devices /dev/vda
	refused "/dev/vda: the host has /dev/vda mounted on /; unmount it first"

	partition add $DISK 1 2048 65536
	udevadm settle
	mke2fs -q -F -t ext4 ${DISK}p1
	mount ${DISK}p1 /mnt
	write_devices /dev/null
	devices $DISK
	refused "$DISK: the host has ${DISK}p1 mounted on /mnt; unmount it first"
	devices ${DISK}p1
	refused "${DISK}p1: the host has ${DISK}p1 mounted on /mnt; unmount it first"
	umount /mnt

	unshare -m sh -c "mount ${DISK}p1 /mnt && touch $BATS_TEST_TMPDIR/mounted && exec sleep 60" 3>&- &
	sleeper=$!
	retry_until 10 test -e "$BATS_TEST_TMPDIR/mounted"
	write_devices $DISK
	start_refused 1 centos1 "[centos1] devices = $DISK: it is in use: swap, LVM, RAID, or mounted in"
	end_sleeper

	mkswap ${DISK}p1
	swapon ${DISK}p1
	start_refused 1 centos1 "[centos1] devices = $DISK: it is in use: swap, LVM, RAID, or mounted in"
	swapoff ${DISK}p1

	mke2fs -q -F -t ext4 ${DISK}p1
	mount -o ro ${DISK}p1 /mnt
	run_ok lxc-sriov config centos1
	stderr_has "devices = $DISK: the host has ${DISK}p1 mounted on /mnt, read-only"
	unchanged "$before"
}

@test "a disk, or a part of it, in two containers" {
	local before
	before=$(host_snapshot)
	partition add $DISK 1 2048 65536
	udevadm settle
	write_devices $DISK
	devices $DISK $DISK
	refused "$DISK: [centos2] in $INI:16 has $DISK, which is the same disk or a part of it"
	devices $DISK ${DISK}p1
	refused "$DISK: [centos2] in $INI:16 has ${DISK}p1, which is the same disk or a part of it"
	run_status 1 lxc-sriov config centos2
	stderr_has "[centos2] devices = ${DISK}p1: [centos1] in $INI:10 has $DISK"
	# it moved, and its former owner's configuration still has it
	devices /dev/null $DISK
	start_refused 2 centos1 \
		"lxc.cgroup2.devices.allow = $DISK rwm: [centos2] in $INI:16 has $DISK; run: lxc-sriov config --write centos1"
	unchanged "$before"
	# a character device may be shared
	devices /dev/null /dev/null
	run_ok lxc-sriov config centos1
}

@test "an LXC configuration in which devices cannot work" {
	local before line
	before=$(host_snapshot)
	devices $DISK
	start_refused 2 centos1 \
		"it lacks lxc.cgroup2.devices.allow = c *:* m (and 13 lines more); run: lxc-sriov config --write centos1, and include"
	for line in "lxc.cgroup2.devices.allow = $DISK rwm" "lxc.hook.autodev = /usr/share/lxc/hooks/lxc-sriov"; do
		run_ok lxc-sriov config --write centos1
		sed -i "\|^$line\$|d" "$LXC/centos1/sriov.conf"
		start_refused 2 centos1 "it lacks $line; run: lxc-sriov config --write centos1"
	done
	run_ok lxc-sriov config --write centos1
	echo "lxc.autodev = 0" >>"$LXC/centos1/config"
	start_refused 2 centos1 "lxc.autodev is 0; devices need lxc.autodev = 1"
	cp "$BATS_FILE_TMPDIR/centos1.config" "$LXC/centos1/config"
	printf '%s\n' "lxc.idmap = u 0 100000 65536" "lxc.idmap = g 0 100000 65536" >>"$LXC/centos1/config"
	start_refused 2 centos1 "lxc.idmap: a container with a user namespace cannot have devices"
	unchanged "$before"
}
