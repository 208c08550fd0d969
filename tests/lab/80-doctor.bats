#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# doctor finds what is wrong with the host, its PFs and its configuration, and its fix mends that; a healthy host has
# nothing. VFs and containers: 81-doctor-vf.bats.

load lib/helpers
load lib/sriov
load lib/doctor
output='' stderr='' # set by run_status

setup_file() { begin_doctor 3; }
teardown_file() { end_file; }

teardown() {
	local pf
	! mountpoint -q /proc/cmdline || umount /proc/cmdline
	! mountpoint -q /dev/hugepages || umount /dev/hugepages
	rm -f /etc/sysctl.d/zz-lab.conf /etc/modprobe.d/lab.conf
	sysctl -q -w vm.nr_hugepages=0
	rm -rf /run/systemd/system
	chmod 755 /usr/share/lxc/hooks/lxc-sriov
	[ ! -e "$STATE" ] || chmod 700 "$STATE"
	ip link del lab-br 2>/dev/null || :
	ip link del lab-veth 2>/dev/null || :
	module_back
	modprobe -a igb igbvf
	retry_until 20 test -e /sys/class/net/enp1s0/device/sriov_numvfs
	retry_until 20 test -e /sys/class/net/enp2s0/device/sriov_numvfs
	cp "$BATS_FILE_TMPDIR/sriov.ini" "$INI"
	for pf in enp1s0 enp2s0; do
		[ "$(autoprobe $pf)" = 1 ] || set_autoprobe $pf 1
		[ "$(numvfs $pf)" = 3 ] || destroy_vfs $pf
	done
	end_test
	retry_until 30 has_carrier enp1s0
	retry_until 30 has_carrier enp2s0
}

ko() { find /lib/modules/ -name "$1.ko*" ! -name '*.off' | head -n 1; }
module_back() {
	local off
	off=$(find /lib/modules/ -name 'igbvf.ko*.off')
	[ -z "$off" ] || mv "$off" "${off%.off}"
}

@test "a healthy host: no error, no warning, and nothing is written" {
	examine 0
	only
	same "$(jq -r '.version' <<<"$output")" 1
	run_ok strace -f -y -e trace=openat,sendmsg,unlink,unlinkat,rename,renameat,mkdir,write -o "$BATS_TEST_TMPDIR/trace" lxc-sriov doctor
	matches "$output" '^hint: IOMMU: none is at work; containers with kernel drivers do not need it, only vfio does \[iommu-off\]'
	same "${output##*$'\n'}" "nothing found that keeps containers from their VFs"
	same "$stderr" ""
	run_status 1 grep -E 'RTM_(SET|NEW|DEL)LINK.*NLM_F_REQUEST|"/sys/.*O_(WRONLY|RDWR)' "$BATS_TEST_TMPDIR/trace"
	grep -q RTM_GETLINK "$BATS_TEST_TMPDIR/trace" # it does see what is sent
	start centos1
	start centos2
	rm "$BATS_TEST_TMPDIR/before"
	examine 0
	only
}

@test "without records it makes no folder for them" {
	rm -rf "$STATE"
	run_ok lxc-sriov doctor
	absent "$STATE"
}

@test "usage" {
	run_status 2 lxc-sriov doctor enp1s0
	contains "$stderr" "doctor: it takes no arguments"
	run_status 2 lxc-sriov doctor --force
	run_status 2 lxc-sriov doctor --frobnicate
}

@test "a configuration that is missing, broken or empty" {
	rm "$INI"
	examine 1
	only config-missing
	finds config-missing error "$INI" "no such file"
	printf '[pf enp1s0]\nnumvfs = many\n[web]\npf = enp1s0\n' | use_ini
	examine 1
	finds config-invalid error "$INI:2" "numvfs"
	finds config-invalid error "$INI:3" "[web]" "lxc-sriov check"
	run_status 1 lxc-sriov doctor
	matches "$output" "^error: $INI:2: .*\[config-invalid\]"$'\n'"    fix: mend the file, then: lxc-sriov check"
	echo '; nothing' | use_ini
	examine 0
	only config-empty
}

@test "records that are not to be trusted, or not whole" {
	mkdir -p "$STATE"
	chmod 777 "$STATE"
	examine 1
	finds host-unreadable error host "/run/lxc-sriov" "only root can write"
	chmod 700 "$STATE"
	echo junk >"$STATE/$(vf_pci enp1s0 1)"
	examine 0
	only record-unreadable
	finds record-unreadable warning "$STATE/$(vf_pci enp1s0 1)" "not a whole record"
	cure record-unreadable
	healthy
}

@test "a PF that is down" {
	ip link set enp1s0 down
	examine 1
	only pf-down
	finds pf-down error "pf enp1s0" "it is down" "ip link set enp1s0 up"
	cure pf-down
	retry_until 20 has_carrier enp1s0
	healthy
}

# The emulated cable cannot be pulled, but after "up" igb has no carrier for a moment.
without_carrier() {
	ip link set enp2s0 down
	ip link set enp2s0 up
	run_ok lxc-sriov doctor --json
	finds pf-no-carrier warning "pf enp2s0" "no carrier" "ethtool enp2s0"
}

@test "a PF without carrier" {
	retry_until 60 without_carrier
	retry_until 20 has_carrier enp2s0
	healthy
}

@test "a PF that is not there, is no card with VFs, or has two sections" {
	printf '[pf enp9s0]\nnumvfs = 3\n' >>"$INI"
	examine 1
	only pf-missing
	finds pf-missing error "pf enp9s0" "no such network device" "$INI:15"
	echo 'pci = 0000:09:00.0' >>"$INI"
	examine 1
	only pf-missing
	finds pf-missing error "pf enp9s0" "no card at PCI address 0000:09:00.0" "$INI:17"
	sed -i 's/0000:09:00.0/0000:01:00.0/' "$INI"
	examine 1
	only pf-twice
	finds pf-twice error "pf enp9s0" "[pf enp1s0] in $INI:1 is the same card"
	sed -e 's/enp9s0/lxcbr0/' -e /^pci/d -i "$INI"
	examine 1
	only pf-no-sriov
	finds pf-no-sriov error "pf lxcbr0" "offers no VFs" firmware
}

@test "the PF's driver is not loaded" {
	destroy_vfs enp1s0 enp2s0
	rmmod igb
	look 1
	only pf-no-driver pf-no-driver
	finds pf-no-driver error "pf enp1s0" "of the cards that offer VFs, 0000:01:00.0 0000:02:00.0 have no driver" "modprobe igb"
	sed -i '/^\[pf enp1s0\]/a pci = 0000:01:00.0' "$INI"
	look 1
	finds pf-no-driver error "pf enp1s0" "the card at 0000:01:00.0 has no driver" "modprobe igb"
	modprobe igb
	retry_until 20 test -e /sys/class/net/enp1s0
	retry_until 20 test -e /sys/class/net/enp2s0
	udevadm settle
}

@test "fewer or more VFs than configured" {
	start centos1
	sed -i '/pf enp1s0\]/,/numvfs/ s/numvfs = 3/numvfs = 4/' "$INI"
	examine 0
	only numvfs-differs
	finds numvfs-differs warning "pf enp1s0" "it has 3 VFs, and numvfs = 4 in $INI:2; vf 0 is container centos1's" "stop what uses them"
	printf '[other]\npf = enp1s0\nvf = 3\nmac = 02:00:00:00:01:03\n' >>"$INI"
	examine 1
	finds numvfs-differs error "pf enp1s0" "there is no vf 3 for other; vf 0 is"
	sed -i 's/numvfs = 4/numvfs = 8/' "$INI"
	examine 1
	finds pf-numvfs error "pf enp1s0" "numvfs = 8 in $INI:2, and it offers 7" "lower numvfs in $INI:2"
}

@test "no VFs, and a pin that was killed while it made them" {
	destroy_vfs enp2s0
	retry_until 30 has_carrier enp2s0
	examine 1
	only vfs-missing
	finds vfs-missing error "pf enp2s0" "it has no VFs" "lxc-sriov pin enp2s0"
	run_status 137 strace -f --seccomp-bpf -o /dev/null -e inject=write:signal=KILL:when=5 lxc-sriov pin enp2s0
	examine 0
	finds pin-unfinished warning "pf enp2s0" "a pin is creating its VFs, or was killed"
	cure pin-unfinished
	retry_until 20 all_home enp2s0
	healthy
}

@test "sriov_drivers_autoprobe is off" {
	set_autoprobe enp1s0 0
	examine 0
	only autoprobe-off
	finds autoprobe-off warning "pf enp1s0" "sriov_drivers_autoprobe is 0"
	cure autoprobe-off
	same "$(autoprobe enp1s0)" 1
	healthy
}

# no_module WORD: the VF driver cannot be loaded, for a reason that has the WORD.
no_module() {
	examine 1
	only vf-driver-missing vf-driver-missing vf-no-driver vf-no-driver
	finds vf-driver-missing error "pf enp1s0" "$1"
}

@test "the VF driver's module is on a blacklist, blocked, or gone" {
	rmmod igbvf
	examine 0
	only vf-no-driver vf-no-driver
	finds vf-no-driver warning "centos1: vf 0 of enp1s0" "no driver" "lxc-sriov pin"
	echo "blacklist igbvf" >/etc/modprobe.d/lab.conf
	no_module "module igbvf, which drives its VFs, is on a blacklist"
	echo "install igbvf /bin/false" >/etc/modprobe.d/lab.conf
	no_module "modprobe shall run another command"
	rm /etc/modprobe.d/lab.conf
	mv "$(ko igbvf)" "$(ko igbvf).off"
	no_module "the file of module igbvf, which drives its VFs, is gone"
	module_back
	examine 0
	cure vf-no-driver
	retry_until 20 all_home enp1s0 enp2s0
	healthy
}

@test "a PF in a bridge: the MACs behind the other ports" {
	ip link add lab-br type bridge
	ip link set lab-br address "$(cat /sys/class/net/enp1s0/address)"
	ip link set enp1s0 master lab-br
	ip link set lab-br up
	healthy # it has no other port
	ip link add lab-veth type veth peer name lab-peer
	ip link set lab-veth master lab-br
	ip link set lab-veth up
	bridge fdb replace 02:aa:00:00:00:05 dev lab-veth master static
	examine 0
	only pf-bridged
	finds pf-bridged warning "pf enp1s0" "a port of bridge lab-br: its VFs do not reach" "bridge fdb add 02:aa:00:00:00:05 dev enp1s0 self"
	cure pf-bridged
	healthy
	finds pf-bridged hint "pf enp1s0" "it knows those" "bridge fdb add MAC dev enp1s0 self"
	bridge fdb del 02:aa:00:00:00:05 dev enp1s0 self
	# the bridge's own MAC, which the host's addresses on it are behind
	bridge fdb del 02:aa:00:00:00:05 dev lab-veth master
	ip link set lab-br address 02:aa:00:00:00:06
	examine 0
	finds pf-bridged warning "pf enp1s0" "bridge lab-br" "bridge fdb add 02:aa:00:00:00:06 dev enp1s0 self"
}

@test "huge pages that sysctl.d asks for, and hugetlbfs" {
	echo "vm.nr_hugepages = 4" >/etc/sysctl.d/zz-lab.conf
	examine 0
	only hugepages-missing hugetlbfs-missing
	finds hugepages-missing warning "huge pages" "/etc/sysctl.d/zz-lab.conf asks for 4 of 2048 kB, and there are 0" "sysctl --system"
	sysctl -q -p /etc/sysctl.d/zz-lab.conf
	examine 0
	only hugetlbfs-missing
	cure hugetlbfs-missing
	healthy
}

# Fake: the kernel command line cannot be changed in a guest that runs.
with_command_line() {
	! mountpoint -q /proc/cmdline || umount /proc/cmdline
	echo "$1" >"$BATS_TEST_TMPDIR/cmdline"
	mount --bind "$BATS_TEST_TMPDIR/cmdline" /proc/cmdline
}

@test "huge pages and IOMMU of the kernel command line (a fake command line)" {
	with_command_line "quiet hugepages=16"
	examine 0
	finds hugepages-missing warning "huge pages" "the kernel command line asks for 16 of 2048 kB, and there are 0" reboot
	with_command_line "intel_iommu=on iommu=pt"
	examine 0
	only
	finds iommu-off hint IOMMU "asks for one, and none is at work; containers with kernel drivers do not need it" firmware
}

# Fake: a folder in place of systemd, which this boot runs without.
@test "a systemd host whose lxc-sriov.service is not enabled (a fake systemd)" {
	mkdir -p /run/systemd/system
	examine 0
	only service-disabled
	finds service-disabled warning lxc-sriov.service "not enabled" "systemctl enable lxc-sriov.service"
	mkdir -p /run/systemd/system/multi-user.target.wants
	ln -s /lib/systemd/system/lxc-sriov.service /run/systemd/system/multi-user.target.wants/
	healthy
}

@test "the hook cannot be run" {
	chmod 644 /usr/share/lxc/hooks/lxc-sriov
	examine 1
	only hook-missing
	finds hook-missing error /usr/share/lxc/hooks/lxc-sriov "cannot be run" "install"
}

@test "an old kernel" {
	run_ok setarch --uname-2.6 lxc-sriov doctor --json
	only kernel-old
	finds kernel-old warning kernel "Linux 2.6" "5.14"
}

@test "no LXC: doctor says so, and what is not LXC's works without it" {
	local libs=/usr/lib/x86_64-linux-gnu hidden=$BATS_TEST_TMPDIR verb status
	mv $libs/liblxc.so* "$hidden/"
	for verb in 'doctor --json' init 'attach lxc:centos1' pin; do
		# shellcheck disable=SC2086
		lxc-sriov $verb >"$hidden/${verb%% *}" 2>&1 && status=0 || status=$?
		echo "$verb: $status" >>"$hidden/statuses"
	done
	ini_pfs 3 | use_ini # no container of LXC's
	lxc-sriov doctor --json >"$hidden/none" || :
	mv "$hidden"/liblxc.so* $libs/
	same "$(<"$hidden/statuses")" $'doctor --json: 1\ninit: 0\nattach lxc:centos1: 1\npin: 0'
	output=$(<"$hidden/doctor")
	only lxc-absent
	finds lxc-absent error LXC "liblxc cannot be loaded" liblxc1
	contains "$(<"$hidden/init")" "[pf enp1s0]"
	same "$(<"$hidden/attach")" \
		"lxc-sriov: lxc:centos1: liblxc cannot be loaded, and LXC is asked with it; install Debian's package liblxc1"
	same "$(<"$hidden/pin")" ""
	output=$(<"$hidden/none")
	only config-empty
	cp "$BATS_FILE_TMPDIR/sriov.ini" "$INI"
	healthy
}

# Fake: the library with another version in it, since the guest has but one.
@test "an old LXC (a fake one)" {
	library_with_version 2.1.1
	run_status 1 env "LD_LIBRARY_PATH=$BATS_TEST_TMPDIR" lxc-sriov doctor --json
	only lxc-old
	finds lxc-old error LXC "version 2.1.1" "install LXC 3.0 or later"
	healthy
}
