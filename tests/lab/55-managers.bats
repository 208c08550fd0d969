#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# NetworkManager and systemd-networkd leave the VFs of containers alone, and have the others.

load lib/helpers
load lib/sriov
stderr='' # set by run_status

setup_file() { begin_file 2; }
teardown_file() { end_file; }

teardown() {
	local name
	for name in NetworkManager systemd-networkd dbus-daemon; do
		killall -q -w "$name" || :
	done
	rm -f /run/systemd/network/50-lab.network /run/udev/rules.d/91-lab.rules
	cp "$BATS_FILE_TMPDIR/sriov.ini" "$INI"
	udevadm trigger --settle --subsystem-match=net # the marks are again what that says
	end_test
}

# What udev's parser does not take: each begins with file and line. (udevadm verify came with systemd 254.)
complaints() { udevadm test --action=add /sys/class/net/lo 2>&1 | grep -E '^/[^ ]*/9[01]-[a-z-]+\.rules:[0-9]+ ' || :; }
mark() { udevadm info -q property "/sys/class/net/$1" | sed -n "s/^$2=//p"; }

@test "owner: by name and by PCI address; nobody's, no such device" {
	local want
	want=$(printf 'LXC_SRIOV_%s\n' CONTAINER=centos1 NIC=0 MAC="$MAC1")
	run_ok lxc-sriov owner enp1s0v0
	same "$output" "$want"
	run_ok lxc-sriov owner "$(vf_pci enp1s0 0)"
	same "$output" "$want"
	run_status 1 lxc-sriov owner enp1s0v1
	same "$(said)" ""
	run_status 1 lxc-sriov owner enp1s0
	same "$(said)" ""
	run_status 1 lxc-sriov owner nothing0
	contains "$stderr" "nothing0: no such network device on PCI here"
	run_status 1 lxc-sriov owner 0000:7f:1f.7
	contains "$stderr" "0000:7f:1f.7: no such"
	run_status 1 lxc-sriov owner ../../class/net/enp1s0
	run_status 2 lxc-sriov owner
	run_status 2 lxc-sriov owner enp1s0v0 enp1s0v1
}

@test "udev takes every line of the rules" {
	same "$(complaints)" ""
	mkdir -p /run/udev/rules.d
	echo 'ACTION=="add", NO_SUCH_KEY="1"' >/run/udev/rules.d/91-lab.rules
	contains "$(complaints)" "/91-lab.rules:1 "
}

@test "a VF is marked when it appears, also under another name, and only that one" {
	same "$(mark enp1s0v0 NM_UNMANAGED)" 1
	same "$(mark enp1s0v0 LXC_SRIOV_CONTAINER)" centos1
	same "$(mark enp1s0v1 NM_UNMANAGED)" ""
	same "$(mark enp1s0v1 LXC_SRIOV_CONTAINER)" ""
	same "$(mark enp1s0 NM_UNMANAGED)" ""
	ip link set enp1s0v0 name other0
	udevadm settle
	retry_until 10 gives lxc-sriov mark other0 ID_NET_MANAGED_BY
	# after a change of the configuration, when udev looks again
	printf '[centos3]\npf = enp1s0\nvf = 1\nmac = 02:00:00:00:00:31\n' >>"$INI"
	run_ok udevadm trigger --settle --subsystem-match=net
	same "$(mark enp1s0v1 LXC_SRIOV_CONTAINER)" centos3
	ip link property del dev other0 altname enp1s0v0 2>/dev/null || : # systemd 257 gives none
	ip link set other0 name enp1s0v0
}

nm_state() { nmcli -t -f DEVICE,STATE device | sed -n "s/^$1://p"; }
nm_wants() { [[ $(nm_state "$1") =~ ^(disconnected|unavailable|connect) ]]; }

@test "NetworkManager: a container's VF is unmanaged, before, after, and when its driver is loaded anew" {
	create centos1
	mkdir -p /run/dbus
	dbus-daemon --system --fork --nopidfile
	NetworkManager 3>&-
	retry_until 30 nm_wants enp1s0v1
	retry_until 10 gives unmanaged nm_state enp1s0v0
	start centos1
	stop centos1
	is_home enp1s0 0
	unbind enp1s0 0
	unbind enp1s0 1
	vf_pci enp1s0 0 >/sys/bus/pci/drivers_probe
	vf_pci enp1s0 1 >/sys/bus/pci/drivers_probe
	retry_until 10 is_home enp1s0 0
	retry_until 30 nm_wants enp1s0v1
	same "$(nm_state enp1s0v0)" unmanaged
	lacks "$(ip link show enp1s0v0)" ",UP"
	vf_has enp1s0 0 "$MAC1"
}

networkd_state() { sed -n 's/^ADMIN_STATE=//p' "/run/systemd/netif/links/$(ifindex "$1")"; }

@test "systemd-networkd with a network for all: a container's VF is unmanaged" {
	mkdir -p /run/systemd/network /run/dbus
	install -d -o systemd-network /run/systemd/netif /run/systemd/netif/links
	printf '[Match]\nName=enp*\n[Network]\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n' >/run/systemd/network/50-lab.network
	dbus-daemon --system --fork --nopidfile
	daemon /run/networkd.log /lib/systemd/systemd-networkd
	retry_until 30 grep -q '^ADMIN_STATE=config' "/run/systemd/netif/links/$(ifindex enp1s0v1)"
	same "$(networkd_state enp1s0v0)" unmanaged
	lacks "$(ip link show enp1s0v0)" ",UP"
	contains "$(ip link show enp1s0v1)" ",UP"
}
