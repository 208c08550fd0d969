#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# doctor finds what is wrong with VFs, their MACs and the containers that should have them, and its fix mends that.

load lib/helpers
load lib/sriov
load lib/doctor
output='' # set by run_status

setup_file() {
	begin_doctor 3
	cp "$LXC/centos1/config" "$BATS_FILE_TMPDIR/config"
	cp "$LXC/centos1/sriov.conf" "$BATS_FILE_TMPDIR/sriov.conf"
}
teardown_file() { end_file; }

teardown() {
	local name
	for name in NetworkManager systemd-networkd dbus-daemon; do
		killall -q -w "$name" || :
	done
	rm -f /run/systemd/network/50-lab.network
	rule_back
	stop_all
	[ ! -e "$BATS_TEST_TMPDIR/pid" ] || kill "$(<"$BATS_TEST_TMPDIR/pid")" 2>/dev/null || :
	ip netns list | cut -d ' ' -f 1 | xargs -r -n 1 ip netns delete
	ip link del lab0 2>/dev/null || :
	cp "$BATS_FILE_TMPDIR/config" "$LXC/centos1/config"
	cp "$BATS_FILE_TMPDIR/sriov.conf" "$LXC/centos1/sriov.conf"
	rm -f "$LXC/centos1/partial"
	cp "$BATS_FILE_TMPDIR/sriov.ini" "$INI"
	retry_until 20 lxc-sriov reclaim
	[ "${BATS_TEST_COMPLETED:-}" = 1 ] || destroy_vfs enp1s0 # nobody resets attributes otherwise, nor MACs of VFs without section
	end_test
	retry_until 30 has_carrier enp1s0
	retry_until 30 has_carrier enp2s0
}

A="centos1: vf 0 of enp1s0"

@test "a VF without driver" {
	unbind enp1s0 0
	examine 0
	only vf-no-driver
	finds vf-no-driver warning "$A" "it has no driver" "lxc-sriov pin"
	cure vf-no-driver
	retry_until 20 is_home enp1s0 0
	healthy
	unbind enp1s0 1
	healthy
	finds vf-unbound hint "vf 1 of enp1s0" "no driver, and no section"
	cure vf-unbound || eval "echo $(vf_pci enp1s0 1) >/sys/bus/pci/drivers_probe"
}

@test "a VF whose driver makes no network device" {
	local pci
	pci=$(vf_pci enp1s0 0)
	modprobe pci-stub
	unbind enp1s0 0
	echo pci-stub >"/sys/bus/pci/devices/$pci/driver_override"
	echo "$pci" >/sys/bus/pci/drivers_probe
	same "$(vf_driver enp1s0 0)" pci-stub
	examine 1
	only vf-no-netdev
	finds vf-no-netdev error "$A" "driver pci-stub makes no network device of it" "lxc-sriov pin"
	cure vf-no-netdev
	retry_until 20 is_home enp1s0 0
	same "$(vf_driver enp1s0 0)" igbvf
	healthy
}

@test "a running container's VF is unbound, and stays so" {
	start centos1
	unbind enp1s0 0
	examine 1
	only vf-not-back
	finds vf-not-back error "$A" "container centos1 runs without it: it has no network device" "lxc-sriov pin && lxc-sriov reattach"
	cure vf-not-back
	healthy
	same "$(mac_inside centos1 eth0)" "$MAC1"
}

@test "the PF enforces another MAC, or none" {
	ip link set enp1s0 vf 0 mac 02:00:00:00:00:99
	examine 0
	only mac-differs
	finds mac-differs warning "$A" "the PF enforces MAC 02:00:00:00:00:99, and $MAC1 is configured" "lxc-sriov pin"
	cure mac-differs
	healthy
	ip link set enp1s0 vf 0 mac 00:00:00:00:00:00
	examine 0
	only mac-zero
	finds mac-zero warning "$A" "the PF has no MAC for it"
	cure mac-zero
	healthy
	# in use it loses its packets now
	start centos1
	ip link set enp1s0 vf 0 mac 02:00:00:00:00:99
	examine 1
	finds mac-differs error "$A" "02:00:00:00:00:99"
	ip link set enp1s0 vf 0 mac 00:00:00:00:00:00
	examine 1
	finds mac-zero error "$A" "the PF has no MAC for it"
	cure mac-zero
	healthy
}

@test "the VF driver was loaded before the PF had the MAC" {
	rmmod igbvf
	ip link set enp1s0 vf 0 mac 00:00:00:00:00:00
	modprobe igbvf
	retry_until 20 all_home enp1s0 enp2s0
	ip link set enp1s0 vf 0 mac "$MAC1"
	examine 0
	only mac-not-effective
	finds mac-not-effective warning "$A" "and $MAC1 is configured: its driver was loaded before the PF had the MAC" "lxc-sriov pin"
	cure mac-not-effective
	healthy
	vf_has enp1s0 0 "$MAC1"
}

@test "a MAC changed in the configuration while its container runs" {
	start centos1
	sed -i "s/$MAC1/02:00:00:00:01:11/" "$INI"
	examine 0
	only mac-pending
	finds mac-pending warning "$A" "it is in use with MAC $MAC1; mac = 02:00:00:00:01:11 in $INI" "lxc-stop -n centos1 && lxc-start -n centos1"
	stop centos1
	start centos1
	healthy
}

@test "admin and effective MAC of a VF that has no section" {
	ip link set enp1s0 vf 1 mac 02:00:00:00:00:98
	healthy
	finds mac-mismatch hint "vf 1 of enp1s0" "the PF enforces MAC 02:00:00:00:00:98, and its network device enp1s0v1 has"
	ip link set enp1s0v1 up
	examine 0
	only mac-mismatch
	finds mac-mismatch warning "vf 1 of enp1s0" "the PF enforces MAC 02:00:00:00:00:98"
	cure mac-mismatch
	retry_until 20 is_home enp1s0 1
	same "$(effective_mac enp1s0 1)" 02:00:00:00:00:98
	healthy
	destroy_vfs enp1s0
}

@test "one MAC twice" {
	ip link add lab0 type dummy
	ip link set lab0 address "$MAC1"
	examine 1
	only mac-duplicate
	finds mac-duplicate error "$A" "network device lab0 has its MAC $MAC1 too" "ip link set lab0 address"
	ip link set lab0 address 02:00:00:00:00:97
	healthy
	# two VFs, of different PFs, by what the PFs enforce
	ip link set enp2s0 vf 2 mac "$MAC1"
	examine 1
	finds mac-duplicate error "$A" "vf 2 of enp2s0 has its MAC $MAC1 too" "ip link set enp2s0 vf 2 mac ANOTHER"
	ip link set enp2s0 vf 2 mac 00:00:00:00:00:00
	healthy
	# no double: a VLAN on a VF, and a bond, have its MAC
	ip link del lab0
	ip link add link enp1s0v0 name lab0 type vlan id 7
	same "$(cat /sys/class/net/lab0/address)" "$MAC1"
	healthy
}

@test "a VF in the namespace of a process, or of nobody" {
	local pid
	unshare -n sleep 1000 3>&- &
	pid=$!
	echo $pid >"$BATS_TEST_TMPDIR/pid"
	retry_until 5 not test /proc/$pid/ns/net -ef /proc/self/ns/net
	retry_until 5 grep -q sleep /proc/$pid/comm
	ip link set enp1s0v0 netns $pid
	examine 1
	only vf-foreign
	finds vf-foreign error "$A" "it is enp1s0v0 in the network namespace of process $pid (sleep)" "lxc-sriov reclaim --force"
	cure vf-foreign
	healthy
	ip netns add lab
	ip link set enp1s0v0 netns lab
	examine 1
	finds vf-foreign error "$A" "it is enp1s0v0 in the network namespace /run/netns/lab"
	cure vf-foreign
	healthy
	# one of nobody's may be wherever its user likes
	ip link set enp1s0v1 netns lab
	healthy
	ip -n lab link set enp1s0v1 netns 1
}

@test "a VF in a running container that has no record of it" {
	start centos1
	rm "$STATE/$(vf_pci enp1s0 0)"
	examine 1
	only vf-foreign
	finds vf-foreign error "$A" "it is eth0 in running container centos1, which has no claim to it" "lxc-stop -n centos1"
}

@test "a VF in a namespace that only a socket keeps" {
	local pid
	ip netns add lab
	ip link set enp1s0v0 netns lab
	# opened there, by a process that then goes home: socket(AF_INET, SOCK_STREAM), setns
	nsenter --net=/run/netns/lab perl -e 'socket(S, 2, 1, 0) or die; open(H, "<", "/proc/1/ns/net") or die;
		syscall(308, fileno(H), 0) == 0 or die; close(H); sleep 1000' 3>&- &
	pid=$!
	echo $pid >"$BATS_TEST_TMPDIR/pid"
	retry_until 20 grep -q perl /proc/$pid/comm
	retry_until 20 test /proc/$pid/ns/net -ef /proc/1/ns/net
	ip netns delete lab
	examine 0
	only vf-lost
	finds vf-lost warning "$A" "in no namespace that can be found" "lxc-sriov reclaim"
	kill $pid
	cure vf-lost
	healthy
}

@test "a name of transit" {
	ip link set enp1s0v0 name dev7
	udevadm settle # gives it altnames
	examine 0
	only vf-stray
	finds vf-stray warning "$A" "it is called dev7" "lxc-sriov reclaim"
	cure vf-stray
	healthy
	ip link set enp1s0v0 name physAbCdEf
	udevadm settle
	examine 0
	finds vf-stray warning "$A" "it is called physAbCdEf"
}

@test "a record of a start that is over" {
	start centos1
	kill -KILL "$(monitor_pid centos1)"
	retry_until 30 not running centos1
	retry_until 30 has_netdev enp1s0 0
	run_ok lxc-sriov doctor --json
	finds claim-stale warning "vf 0 of enp1s0" "given to container centos1, whose start is over" "lxc-sriov reclaim"
	cure claim-stale
	healthy
}

@test "attributes and MTU" {
	sed -i '/^\[centos1\]/a vlan = 7\ntrust = yes\nmtu = 1400\noptional = link_state\nlink_state = enable' "$INI"
	examine 0
	only attr-differs attr-differs mtu-differs container-stale
	finds attr-differs warning "$A" "vlan 7 is configured, and it is vlan 0" "lxc-sriov pin"
	finds mtu-differs warning "$A" "mtu 1400 is configured, and it is 1500" "lxc-sriov pin"
	finds container-stale warning "container centos1" "sriov.conf is not what the configuration says" "lxc-sriov config --write centos1"
	finds attr-differs hint "$A" "link_state enable is configured, and it is" "take link_state out of $INI"
	cure container-stale
	lxc-sriov pin
	healthy
	destroy_vfs enp1s0
}

@test "what LXC reads of the container" {
	sed -i /sriov.conf/d "$LXC/centos1/config"
	examine 1
	finds container-nic error "container centos1" "lxc.net.0" "lxc.include = $LXC/centos1/sriov.conf"
	finds container-hooks error "container centos1" "lxc.hook.pre-start and lxc.hook.post-stop are not" "lxc.include"
	echo "lxc.include = $LXC/centos1/sriov.conf" >>"$LXC/centos1/config"
	healthy
	echo "lxc.net.0.hwaddr = $MAC1" >>"$LXC/centos1/config"
	examine 1
	only container-hwaddr
	finds container-hwaddr error "container centos1" "lxc.net.0.hwaddr is $MAC1" "take lxc.net.0.hwaddr out of $LXC/centos1/config"
	echo "lxc.net.0.link = enp1s0v7" >>"$LXC/centos1/config"
	examine 1
	finds container-nic error "container centos1" "lxc.net.0.link is \"enp1s0v7\", and should be enp1s0v0"
	cp "$BATS_FILE_TMPDIR/config" "$LXC/centos1/config"
	echo "lxc.hook.post-stop =" >>"$LXC/centos1/config"
	examine 1
	only container-hooks
	finds container-hooks error "container centos1" "lxc.hook.post-stop is not"
}

@test "a container that is not there, cannot be read, or is half made" {
	printf '[centos9]\npf = enp1s0\nvf = 1\nmac = 02:00:00:00:00:09\n' >>"$INI"
	lxc-sriov pin
	examine 0
	only container-missing
	finds container-missing warning "container centos9" "there is no $LXC/centos9/config" "lxc-create -t sriov -n centos9"
	cp "$BATS_FILE_TMPDIR/sriov.ini" "$INI"
	touch "$LXC/centos1/partial"
	examine 0
	finds container-partial warning "container centos1" "there is $LXC/centos1/partial"
	# liblxc would have taken it away
	[ -e "$LXC/centos1/config" ]
	rm "$LXC/centos1/partial"
	echo "lxc.frobnicate = 1" >>"$LXC/centos1/config"
	run_status 1 lxc-sriov doctor --json # liblxc has a word of its own on standard error
	only container-unreadable
	finds container-unreadable error "container centos1" "LXC cannot read" "lxc-info -n centos1"
	# elsewhere
	run_ok lxc-sriov doctor --json -P "$BATS_TEST_TMPDIR"
	finds container-missing warning "container centos1" "there is no $BATS_TEST_TMPDIR/centos1/config"
}

finds_manager() {
	run_ok lxc-sriov doctor --json
	finds vf-managed warning "$A" "$1 manages enp1s0v0, which udev has not marked as a container's" "udevadm trigger"
}

# With the rule in its place again.
cure_both() {
	rule_back
	cure vf-managed
	retry_until 20 finds_nothing_about "$A"
	# networkd of systemd 257 sees the mark of the other by itself
	! has_found vf-managed || cure vf-managed
	retry_until 20 healthy
}

unmark() {
	rule_away
	udevadm trigger --settle --subsystem-match=net
	mkdir -p /run/dbus
	dbus-daemon --system --fork --nopidfile
}

@test "NetworkManager manages a container's VF" {
	unmark
	healthy # nobody looks at the mark
	NetworkManager 3>&-
	retry_until 60 finds_manager NetworkManager
	cure_both
	same "$(nmcli -t -f DEVICE,STATE device | grep -c '^enp[12]s0v0:unmanaged$')" 2
}

@test "systemd-networkd manages a container's VF" {
	mkdir -p /run/systemd/network
	install -d -o systemd-network -g systemd-network /run/systemd/netif /run/systemd/netif/links
	printf '[Match]\nName=enp*\n[Network]\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n' >/run/systemd/network/50-lab.network
	unmark
	daemon /run/networkd.log /lib/systemd/systemd-networkd
	retry_until 60 finds_manager systemd-networkd
	cure_both
	same "$(networkd_state enp1s0v0)" unmanaged
}

networkd_state() { sed -n 's/^ADMIN_STATE=//p' "/run/systemd/netif/links/$(ifindex "$1")"; }
