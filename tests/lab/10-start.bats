#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Containers get the VF and the MAC that the configuration gives them, at each start and after each reload.

load lib/helpers
load lib/sriov

setup_file() {
	begin_file 3
	create centos1
	create centos2
}
teardown_file() { end_file; }
teardown() {
	rm -f /usr/share/lxc/templates/lxc-probe
	for name in Web-01 spare; do
		[ ! -e "$LXC/$name" ] || lxc-destroy -f -n "$name"
	done
	cp "$BATS_FILE_TMPDIR/sriov.ini" "$INI"
	lxc-sriov config --write centos1
	end_test
}

pinned() {
	vf_has enp1s0 0 "$MAC1" && vf_has enp2s0 0 "$MAC2"
}

reload_vf_driver() {
	rmmod igbvf
	modprobe igbvf
	retry_until 30 all_home enp1s0 enp2s0
}

# A template that notes its arguments, then does $1.
fake_template() {
	cat >/usr/share/lxc/templates/lxc-probe <<-END
		#!/bin/sh
		printf '<%s>' "\$@" >$BATS_TEST_TMPDIR/arguments
		mkdir -p "$LXC/spare/rootfs"
		$1
	END
	chmod 755 /usr/share/lxc/templates/lxc-probe
}

@test "pin gives the VFs the MACs of the configuration, on both sides" {
	pinned
	lacks "$(dmesg | grep 'Assigning random MAC')" "$(vf_pci enp1s0 0)"
	lacks "$(dmesg | grep 'Assigning random MAC')" "$(vf_pci enp2s0 0)"
}

@test "two containers start with their MACs and reach each other; stop brings the VFs home" {
	start centos1
	start centos2
	same "$(mac_inside centos1 eth0)" "$MAC1"
	same "$(mac_inside centos2 eth0)" "$MAC2"
	same "$(admin_mac enp1s0 0)" "$MAC1"
	same "$(admin_mac enp2s0 0)" "$MAC2"
	traffic centos1 194.168.1.2
	traffic centos2 194.168.1.1

	run_ok lxc-sriov list
	matches "$output" "0 +$(vf_pci enp1s0 0) +eth0 +$MAC1 +same +inside +centos1"
	matches "$output" "0 +$(vf_pci enp2s0 0) +eth0 +$MAC2 +same +inside +centos2"
	matches "$output" "1 +$(vf_pci enp1s0 1) +enp1s0v1 .* host +-"
	same "$(claims)" "$(printf '%s\n' "$(vf_pci enp1s0 0)" "$(vf_pci enp2s0 0)" | sort)"

	stop centos1
	run_ok lxc-stop -n centos2
	all_home enp1s0 enp2s0
	pinned
	same "$(claims)" ""

	start centos1
	start centos2
	same "$(mac_inside centos1 eth0)" "$MAC1"
	traffic centos1 194.168.1.2
}

@test "the MACs stay after the VF driver was reloaded" {
	reload_vf_driver
	pinned
	start centos1
	same "$(mac_inside centos1 eth0)" "$MAC1"
}

@test "pin gives the MACs back after the PF driver was reloaded" {
	rmmod igbvf igb
	dmesg -C
	modprobe igb
	retry_until 30 test -e /sys/class/net/enp2s0/device/sriov_numvfs
	udevadm settle
	same "$(numvfs enp1s0)" 0

	run_ok lxc-sriov pin
	pinned
	lacks "$(dmesg | grep 'Assigning random MAC')" "$(vf_pci enp1s0 0)"
	lacks "$(dmesg | grep 'Assigning random MAC')" "$(vf_pci enp2s0 0)"
	retry_until 30 all_home enp1s0 enp2s0
	start centos1
	start centos2
	same "$(mac_inside centos1 eth0)" "$MAC1"
	traffic centos1 194.168.1.2
}

@test "a start after the PF driver was reloaded, without pin, says what to do" {
	local before
	destroy_vfs enp2s0
	before=$(host_snapshot)
	start_refused 1 centos2 "centos2: vf 0 of enp2s0: the PF has no VFs; run: lxc-sriov pin enp2s0"
	unchanged "$before"
	run_ok lxc-sriov pin enp2s0
	retry_until 30 all_home enp2s0
	start centos2
}

@test "a start after the VF driver was unbound, or an admin MAC was lost, puts that right" {
	unbind enp1s0 0
	ip link set enp1s0 vf 0 mac 02:00:00:00:00:99
	start centos1
	same "$(admin_mac enp1s0 0)" "$MAC1"
	same "$(mac_inside centos1 eth0)" "$MAC1"
}

@test "a container with two NICs: names, MTU, addresses, routes; afterwards the host's names and MTUs" {
	{
		ini_pfs 3
		cat <<-END
			[centos1]
			pf = enp1s0
			vf = 0
			mac = "$MAC1"
			link = vf-c1
			mtu = 1400
			ipv4 = 194.168.1.1/24 194.168.2.1/24
			ipv4_gateway = 194.168.1.254
			[centos1 1]
			pf = enp2s0
			vf = 1
			mac = ee:2b:1d:e6:f7:aa
			name = lan0
			ipv6 = fd00:1::1/64
			ipv6_gateway = fd00:1::fe
		END
	} | use_ini
	run_ok lxc-sriov pin
	run_ok lxc-sriov config --write centos1
	ip link set enp1s0v0 mtu 1450
	start centos1
	absent /sys/class/net/vf-c1
	same "$(mac_inside centos1 eth0)" "$MAC1"
	same "$(mac_inside centos1 lan0)" ee:2b:1d:e6:f7:aa
	same "$(inside centos1 cat /proc/net/dev | grep -cE 'eth|lan')" 2
	same "$(inside centos1 ip -j link show eth0 | jq '.[0].mtu')" 1400
	same "$(inside centos1 ip -j link show lan0 | jq '.[0].mtu')" 1500
	same "$(inside centos1 ip -o -4 address show dev eth0 | awk '{ print $4 }' | xargs)" "194.168.1.1/24 194.168.2.1/24"
	contains "$(inside centos1 ip -o -6 address show dev lan0)" "fd00:1::1/64"
	contains "$(inside centos1 ip route)" "default via 194.168.1.254 dev eth0"
	contains "$(inside centos1 ip -6 route)" "default via fd00:1::fe dev lan0"

	stop centos1
	all_home enp1s0 enp2s0
	same "$(mtu enp1s0v0)" 1400
	same "$(mtu enp2s0v1)" 1500
	ip link set enp1s0v0 mtu 1500
	cp "$BATS_FILE_TMPDIR/sriov.ini" "$INI"
	run_ok lxc-sriov config --write centos1
}

@test "a container's exact name may differ from its section's" {
	{
		ini_pfs 3
		printf '[web]\npf = enp1s0\nvf = 1\nmac = 02:00:00:00:01:01\ncontainer = Web-01\n'
	} | use_ini
	run_ok lxc-sriov pin
	create Web-01
	start Web-01
	same "$(mac_inside Web-01 eth0)" 02:00:00:00:01:01
	run_ok lxc-sriov list
	matches "$output" "02:00:00:00:01:01 +same +inside +Web-01"
	stop Web-01
	is_home enp1s0 1
}

@test "a container with lxc.hook.version = 1" {
	cp "$LXC/centos1/config" "$BATS_TEST_TMPDIR/config"
	echo "lxc.hook.version = 1" >>"$LXC/centos1/config"
	start centos1
	same "$(mac_inside centos1 eth0)" "$MAC1"
	stop centos1
	cp "$BATS_TEST_TMPDIR/config" "$LXC/centos1/config"
	is_home enp1s0 0
}

rebooted() { [ "$(init_pid centos1)" != "$1" ] && running centos1; }

@test "a reboot, from outside and from inside, keeps VF and MAC" {
	local before monitor
	start centos1
	before=$(init_pid centos1)
	monitor=$(monitor_pid centos1)
	run_ok lxc-stop -r -n centos1
	retry_until 30 rebooted "$before"
	same "$(monitor_pid centos1)" "$monitor"
	retry_until 10 mac_inside centos1 eth0
	same "$(mac_inside centos1 eth0)" "$MAC1"
	same "$(admin_mac enp1s0 0)" "$MAC1"
	same "$(claims)" "$(vf_pci enp1s0 0)"

	before=$(init_pid centos1)
	lxc-attach -n centos1 -- reboot || : # it may end with the container
	retry_until 30 rebooted "$before"
	retry_until 10 mac_inside centos1 eth0
	same "$(mac_inside centos1 eth0)" "$MAC1"
	same "$(claims)" "$(vf_pci enp1s0 0)"
	start centos2
	traffic centos1 194.168.1.2

	stop centos1
	is_home enp1s0 0
}

@test "a shutdown from inside brings the VF home" {
	start centos1
	lxc-attach -n centos1 -- poweroff || :
	retry_until 30 not running centos1
	retry_until 10 is_home enp1s0 0
	retry_until 10 absent "$STATE/$(vf_pci enp1s0 0)"
}

@test "a hwaddr of the default configuration does not keep a container from starting" {
	cat /etc/lxc/default.conf - >"$BATS_TEST_TMPDIR/default.conf" <<-END
		lxc.net.0.type = veth
		lxc.net.0.hwaddr = 00:16:3e:xx:xx:xx
	END
	{
		ini_pfs 3
		printf '[spare]\npf = enp2s0\nvf = 1\nmac = 02:00:00:00:02:01\n'
	} | use_ini
	run_ok lxc-create -t sriov -n spare -f "$BATS_TEST_TMPDIR/default.conf"
	grep -q hwaddr "$LXC/spare/config"
	start spare
	same "$(mac_inside spare eth0)" 02:00:00:00:02:01
}

@test "the template hands other options on, each in one piece" {
	{
		ini_pfs 3
		printf '[spare]\npf = enp2s0\nvf = 1\nmac = 02:00:00:00:02:01\n'
	} | use_ini
	fake_template true
	run_ok lxc-create -t sriov -n spare -- --template probe --flag "a b" '*' -x
	contains "$(<"$BATS_TEST_TMPDIR/arguments")" "<--flag><a b><*><-x>"
	lacks "$(<"$BATS_TEST_TMPDIR/arguments")" "probe"
	grep -q "^lxc.include = $LXC/spare/sriov.conf$" "$LXC/spare/config"
	grep -q "^lxc.net.0.link = enp2s0v1$" "$LXC/spare/sriov.conf"
	lxc-destroy -n spare
	run_ok lxc-create -t sriov -n spare -- --template=/usr/share/lxc/templates/lxc-probe
}

@test "a template that fails leaves nothing behind" {
	local before
	before=$(ls "$LXC")
	{
		ini_pfs 3
		printf '[spare]\npf = enp2s0\nvf = 1\nmac = 02:00:00:00:02:01\n'
	} | use_ini
	fake_template 'echo the disk is full >&2; exit 3'
	run_status 1 lxc-create -t sriov -n spare -- --template probe
	contains "$(said)" "the disk is full"
	same "$(ls "$LXC")" "$before"

	run_status 1 lxc-create -t sriov -n spare -- --template nosuch
	contains "$(said)" "/usr/share/lxc/templates/lxc-nosuch: no such template; there are:"
	contains "$(said)" busybox
	same "$(ls "$LXC")" "$before"
}

@test "a container without a section, or a wrong configuration, is not created" {
	local before
	before=$(ls "$LXC")
	fake_template "touch $BATS_TEST_TMPDIR/ran"
	run_status 1 lxc-create -t sriov -n spare -- --template probe
	contains "$(said)" "there is no section [spare] in $INI; add one such as: [spare] pf = "
	contains "$(said)" "spare is not created"
	same "$(ls "$LXC")" "$before"

	{
		ini_pfs 3
		printf '[spare]\npf = enp2s0\nvf = 3\nmac = 02:00:00:00:02:01\n'
	} | use_ini
	run_status 1 lxc-create -t sriov -n spare -- --template probe
	contains "$(said)" "$INI:7: [spare] vf = 3:"
	same "$(ls "$LXC")" "$before"
	absent "$BATS_TEST_TMPDIR/ran"
}
