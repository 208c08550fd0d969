#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# pin: the order at boot, no write without need, and what it leaves alone. 45-kill.bats kills it.

load lib/helpers
load lib/sriov
stderr='' # set by run_status

setup_file() {
	begin_file 3
	create centos1
	create centos2
}
teardown_file() { end_file; }

teardown() {
	local pf
	# What a test that failed left: names, attributes, a sign of systemd.
	[ ! -d /run/systemd/system ] || rmdir /run/systemd/system
	ip link set wan0 down 2>/dev/null && ip link set wan0 name enp2s0 && ip link set enp2s0 up
	for pf in enp1s0 enp2s0; do
		[ "$(autoprobe $pf)" = 1 ] || set_autoprobe $pf 1
		[ "$(numvfs $pf)" = 3 ] || destroy_vfs $pf
	done
	end_test
}

TRACED=$'sendmsg,openat,write'

# traced CMD...: runs it; what it did to the host is in $BATS_TEST_TMPDIR/trace.
traced() {
	run_ok strace -f --seccomp-bpf -y -s 400 -e trace="$TRACED" -o "$BATS_TEST_TMPDIR/trace" "$@"
}

# The trace as one word for each change of a PF or VF, in order.
changes() {
	sed -nE -e 's|.* write\([0-9]+<[^>]*/([a-z_]+)>, "([^"]*)".*|\1=\2|p' \
		-e '/RTM_SETLINK/ { s|.*IFLA_VFINFO_LIST.*|macs:&|p; t' -e 's|.*|link|p }' "$BATS_TEST_TMPDIR/trace" |
		awk '/^macs:/ { print "macs:" gsub(/IFLA_VF_MAC/, ""); next } { print }' |
		xargs
}

assert_no_write() {
	lacks "$(<"$BATS_TEST_TMPDIR/trace")" RTM_SETLINK
	lacks "$(<"$BATS_TEST_TMPDIR/trace")" RTM_NEWLINK
	same "$(grep -cE 'openat\([^,]*, "/sys.*(O_WRONLY|O_RDWR)' "$BATS_TEST_TMPDIR/trace")" 0
	# The trace does see what is opened there.
	grep -qE 'openat\([^,]*, "/sys.*O_RDONLY' "$BATS_TEST_TMPDIR/trace"
}

# The other VF of the same PF gets a section too.
ini_with_neighbour() {
	ini_pair 3
	printf '[other]\npf = enp2s0\nvf = 2\nmac = 02:00:00:00:02:02\n'
}

@test "on a PF without VFs: probing off, VFs, all MACs in one message, probing on, drivers" {
	local pci0 pci1 pci2
	pci0=$(vf_pci enp2s0 0) pci1=$(vf_pci enp2s0 1) pci2=$(vf_pci enp2s0 2)
	destroy_vfs enp2s0
	ip link set enp2s0 down
	ini_with_neighbour | use_ini
	dmesg -C
	traced lxc-sriov pin
	# those with a section at the same time, so in whatever order
	matches "$(changes)" "^link sriov_drivers_autoprobe=0 sriov_numvfs=3 macs:2 sriov_drivers_autoprobe=1 drivers_probe=($pci0 drivers_probe=$pci2|$pci2 drivers_probe=$pci0) drivers_probe=$pci1\$"
	contains "$(ip link show enp2s0)" ,UP
	vf_has enp2s0 0 "$MAC2"
	vf_has enp2s0 2 02:00:00:00:02:02
	same "$(autoprobe enp2s0)" 1
	lacks "$(dmesg | grep 'Assigning random MAC')" "$pci0"
	lacks "$(dmesg | grep 'Assigning random MAC')" "$pci2"
	contains "$(dmesg)" "igbvf $pci0: Intel(R) 82576 Virtual Function"
	same "$(claims)" ""
}

@test "sriov_drivers_autoprobe = 0 is left as it was: only VFs with a section get their driver" {
	destroy_vfs enp2s0
	set_autoprobe enp2s0 0
	run_ok lxc-sriov pin enp2s0
	same "$(autoprobe enp2s0)" 0
	vf_has enp2s0 0 "$MAC2"
	absent "$(pf_sysfs enp2s0)/virtfn1/driver"
	absent "$(pf_sysfs enp2s0)/virtfn2/driver"

	traced lxc-sriov pin
	assert_no_write
	# the same where VFs are there already
	unbind enp2s0 0
	run_ok lxc-sriov pin
	same "$(autoprobe enp2s0)" 0
	vf_has enp2s0 0 "$MAC2"
	absent "$(pf_sysfs enp2s0)/virtfn1/driver"
	destroy_vfs enp2s0
}

@test "a second pin writes nothing, with containers stopped or running" {
	local before
	before=$(host_snapshot)
	traced lxc-sriov pin
	same "$(said)" ""
	assert_no_write
	unchanged "$before"

	start centos1
	start centos2
	before=$(host_snapshot)
	traced lxc-sriov pin
	same "$(said)" ""
	assert_no_write
	unchanged "$before"
	same "$(mac_inside centos1 eth0)" "$MAC1"
}

@test "pin --dry-run prints the steps and changes nothing" {
	local before
	before=$(host_snapshot)
	run_ok lxc-sriov pin --dry-run
	same "$(said)" ""
	unchanged "$before"

	sed -i "s/$MAC1/02:00:00:00:01:11/" "$INI"
	traced lxc-sriov pin --dry-run
	same "$output" $'vf 0 of enp1s0: set MAC 02:00:00:00:01:11\nvf 0 of enp1s0: make its network device have MAC 02:00:00:00:01:11'
	assert_no_write
	unchanged "$before"

	destroy_vfs enp2s0
	before=$(host_snapshot)
	traced lxc-sriov pin --dry-run enp2s0
	contains "$output" "pf enp2s0: set sriov_drivers_autoprobe to 0
pf enp2s0: create 3 VFs
vf 0 of enp2s0: set MAC $MAC2
pf enp2s0: set sriov_drivers_autoprobe to 1
vf 0 of enp2s0: bind its driver"
	lacks "$output" enp1s0
	assert_no_write
	unchanged "$before"
}

@test "pin PF is about that PF alone; a PF without a section is an error" {
	local before
	sed -i -e "s/$MAC1/02:00:00:00:01:11/" -e "s/$MAC2/02:00:00:00:02:11/" "$INI"
	run_ok lxc-sriov pin enp2s0
	vf_has enp2s0 0 02:00:00:00:02:11
	vf_has enp1s0 0 "$MAC1"

	before=$(host_snapshot)
	run_status 2 lxc-sriov pin enp2s0 lxcbr0
	same "$stderr" "lxc-sriov: pin: lxcbr0: there is no section [pf lxcbr0] in $INI; see lxc-sriov --help"
	unchanged "$before"
}

@test "a MAC changed for a free VF: both sides follow, the name stays, other VFs are not touched" {
	local others before after
	ip link set enp1s0v0 down
	ip link set enp1s0v0 name blue0
	ip link set blue0 mtu 1480
	others=$(ifindex enp1s0v1)$(ifindex enp1s0v2)$(ifindex enp2s0v0)
	before=$(ip -j link show enp1s0v1 | jq -c '.[0] | {address, flags, mtu}')
	sed -i "s/$MAC1/02:00:00:00:01:11/" "$INI"
	run_ok lxc-sriov pin
	same "$(said)" ""
	same "$(vf_netdev enp1s0 0)" blue0
	vf_has enp1s0 0 02:00:00:00:01:11
	same "$(ifindex enp1s0v1)$(ifindex enp1s0v2)$(ifindex enp2s0v0)" "$others"
	after=$(ip -j link show enp1s0v1 | jq -c '.[0] | {address, flags, mtu}')
	same "$after" "$before"
	traced lxc-sriov pin
	assert_no_write
	# and a container that is started gets it from there, and gives it back there
	start centos1
	same "$(mac_inside centos1 eth0)" 02:00:00:00:01:11
	stop centos1
	same "$(vf_netdev enp1s0 0)" blue0
}

@test "a MAC changed while its container runs waits for the next start" {
	start centos1
	start centos2
	traffic centos1 194.168.1.2
	sed -i "s/$MAC1/02:00:00:00:01:11/" "$INI"
	run_ok lxc-sriov pin
	same "$stderr" "lxc-sriov: centos1: vf 0 of enp1s0: in use with MAC $MAC1; 02:00:00:00:01:11 is set when it is started again"
	same "$(admin_mac enp1s0 0)" "$MAC1"
	same "$(mac_inside centos1 eth0)" "$MAC1"
	run_ok lxc-attach -n centos1 -- ping -c 1 -W 20 194.168.1.2

	stop centos1
	start centos1
	same "$(mac_inside centos1 eth0)" 02:00:00:00:01:11
	same "$(admin_mac enp1s0 0)" 02:00:00:00:01:11
	traffic centos1 194.168.1.2
	run_ok lxc-sriov pin
	same "$stderr" ""
}

@test "an admin MAC that was overwritten while the container runs is put back" {
	start centos1
	start centos2
	traffic centos1 194.168.1.2
	ip link set enp1s0 vf 0 mac 02:00:00:00:00:99
	traced lxc-sriov pin
	same "$(changes)" "macs:1"
	same "$(admin_mac enp1s0 0)" "$MAC1"
	same "$(mac_inside centos1 eth0)" "$MAC1"
}

@test "an admin MAC of a free VF that was overwritten is put back, its netdev with it" {
	ip link set enp1s0 vf 0 mac 02:00:00:00:00:99
	unbind enp1s0 0
	vf_pci enp1s0 0 >/sys/bus/pci/drivers_probe
	retry_until 20 test -e /sys/class/net/enp1s0v0
	same "$(effective_mac enp1s0 0)" 02:00:00:00:00:99
	run_ok lxc-sriov pin
	vf_has enp1s0 0 "$MAC1"
	retry_until 10 is_home enp1s0 0
}

@test "a number of VFs that differs is told, never changed" {
	local before
	start centos1
	before=$(host_snapshot)
	sed -i '/pf enp1s0\]/,/numvfs/ s/numvfs = 3/numvfs = 2/' "$INI"
	run_status 1 lxc-sriov pin
	same "$stderr" "lxc-sriov: pf enp1s0: it has 3 VFs, and numvfs = 2 in $INI:2; left as it is, since changing the number destroys them all; vf 0 is container centos1's"
	unchanged "$before"

	sed -i 's/numvfs = 2/numvfs = 4/' "$INI"
	printf '[other]\npf = enp1s0\nvf = 3\nmac = 02:00:00:00:01:03\n' >>"$INI"
	run_status 1 lxc-sriov pin
	contains "$stderr" "pf enp1s0: it has 3 VFs, and numvfs = 4"
	contains "$stderr" "other: vf 3 of enp1s0: there is no such VF; the PF has 3"
	unchanged "$before"

	sed -i 's/numvfs = 4/numvfs = 8/' "$INI"
	run_status 1 lxc-sriov pin
	contains "$stderr" "pf enp1s0: numvfs = 8 in $INI:2, but it offers 7; lower numvfs"
	unchanged "$before"
}

@test "a VF that was unbound by hand gets its driver and its MAC" {
	unbind enp1s0 0
	set_autoprobe enp1s0 0
	run_ok lxc-sriov pin
	vf_has enp1s0 0 "$MAC1"
	same "$(autoprobe enp1s0)" 0
	# one without a section is somebody else's business
	set_autoprobe enp1s0 1
	unbind enp1s0 1
	run_ok lxc-sriov pin
	absent "$(pf_sysfs enp1s0)/virtfn1/driver"
	vf_pci enp1s0 1 >/sys/bus/pci/drivers_probe
}

@test "a VF without its driver module: pin loads it" {
	rmmod igbvf
	run_ok lxc-sriov pin
	vf_has enp1s0 0 "$MAC1"
	vf_has enp2s0 0 "$MAC2"
}

@test "a PF is found by its PCI address, whatever it is called" {
	ip link set enp2s0 down
	ip link set enp2s0 name wan0
	ip link set wan0 up
	{
		ini_pair 3 | sed "s/$MAC2/02:00:00:00:02:11/"
	} | use_ini
	# Without pci the altname that udev gave it does not help where there is none.
	ip link property del dev wan0 altname enp2s0 2>/dev/null || :
	run_status 1 lxc-sriov pin enp2s0
	same "$stderr" "lxc-sriov: pf enp2s0: no such network device; is its driver loaded, and the name right?"

	sed -i 's/^\[pf enp2s0\]$/&\npci = 0000:02:00.0/' "$INI"
	run_ok lxc-sriov pin enp2s0
	same "$(admin_mac wan0 0)" 02:00:00:00:02:11
	same "$(effective_mac wan0 0)" 02:00:00:00:02:11
	start centos2
	same "$(mac_inside centos2 eth0)" 02:00:00:00:02:11
	run_ok lxc-sriov list
	matches "$output" "02:00:00:00:02:11 +same +inside +centos2"
	stop centos2
	same "$(vf_netdev wan0 0)" enp2s0v0
	ip link set wan0 down
	ip link set wan0 name enp2s0
}

# cron_runs WHEN: what the installed file has cron do then, as cron would.
cron_runs() {
	local line variables
	mapfile -t variables < <(grep -E '^[A-Z_]+=' /etc/cron.d/lxc-sriov)
	line=$(sed -n "s/^$1 root //p" /etc/cron.d/lxc-sriov)
	[ -n "$line" ] || { cat /etc/cron.d/lxc-sriov >&2; return 1; }
	run_ok env -i PATH=/usr/bin:/bin HOME=/root SHELL=/bin/sh "${variables[@]}" /bin/sh -c "$line"
	same "$(said)" ""
}

@test "without systemd cron pins at boot and from time to time; with it, it leaves that to the units" {
	local when
	for when in @reboot '\*\/10 \* \* \* \*'; do
		destroy_vfs enp2s0
		cron_runs "$when"
		vf_has enp2s0 0 "$MAC2"
		destroy_vfs enp2s0
		mkdir -p /run/systemd/system
		cron_runs "$when"
		rmdir /run/systemd/system
		same "$(numvfs enp2s0)" 0
	done
}
