#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# VFs come home: after a stop, after hostile containers, after LXC was killed, whoever else renames devices.

load lib/helpers
load lib/sriov
stderr='' # set by run_status

setup_file() {
	begin_file 2
	create centos1
	create centos2
}
teardown_file() { end_file; }

teardown() {
	rm -f /etc/udev/rules.d/99-lab-rename.rules
	udevadm control --reload
	[ ! -e "$BATS_TEST_TMPDIR/holder" ] || end_holder
	cp "$BATS_FILE_TMPDIR/sriov.ini" "$INI"
	lxc-sriov config --write centos1
	end_test
}

# LXC's own process for a container is killed: nobody is left to restore anything.
kill_monitor() {
	local name pids=()
	for name; do
		pids+=("$(monitor_pid "$name")")
	done
	kill -KILL "${pids[@]}"
	for name; do
		retry_until 30 not running "$name"
	done
}

# On the host under whatever name.
is_here() { [ -n "$(vf_netdev "$1" "$2")" ]; }

started_right() {
	start "$1"
	same "$(mac_inside "$1" eth0)" "$2"
}

@test "after a stop: name, MTU, down, MAC" {
	start centos1
	stop centos1
	is_home enp1s0 0
	vf_has enp1s0 0 "$MAC1"
	lacks "$(ip link show enp1s0v0)" ",UP"
	# and after each of three more
	for _ in 1 2 3; do
		start centos1
		stop centos1
		is_home enp1s0 0
		same "$(claims)" ""
	done
}

@test "a container that changes all it can of its NIC" {
	local before
	before=$(host_snapshot)
	start centos1
	inside centos1 ip link set eth0 down
	inside centos1 ip link set eth0 name evil0
	inside centos1 ip link set evil0 mtu 1200
	inside centos1 ip link set evil0 promisc on
	inside centos1 ip link set evil0 allmulticast on
	inside centos1 ip link property add dev evil0 altname enp2s0v0x
	# others of the names by which the host knows its own
	inside centos1 ip link add enp1s0v0 type dummy
	inside centos1 ip link add enp2s0v0 address "$MAC2" type dummy
	inside centos1 ip link set enp2s0v0 up
	inside centos1 ip link set evil0 up
	inside centos1 ip link add link evil0 name evil0.5 type vlan id 5
	inside centos1 ip link set evil0.5 up
	# the PF does not allow it
	inside centos1 ip link set evil0 address 02:00:00:00:66:66 && return 1
	stop centos1
	retry_until 10 is_home enp1s0 0
	absent /sys/class/net/evil0.5
	ip link property del dev enp1s0v0 altname enp2s0v0x 2>/dev/null || :
	unchanged "$before"
	started_right centos1 "$MAC1"
}

@test "a container that leaves its NIC down under another name" {
	start centos1
	inside centos1 ip link set eth0 down
	inside centos1 ip link set eth0 name enp2s0v0
	start centos2
	stop centos1
	retry_until 10 is_home enp1s0 0
	stop centos2
	retry_until 10 is_home enp2s0 0
	started_right centos1 "$MAC1"
}

@test "LXC's monitor is killed: the next start works, and its stop brings the first name back" {
	ip link set enp1s0v0 mtu 1450
	start centos1
	kill_monitor centos1
	retry_until 20 is_here enp1s0 0
	# LXC said nothing, so the record is still there
	same "$(claims)" "$(vf_pci enp1s0 0)"
	run_ok lxc-sriov pin
	same "$stderr" ""
	started_right centos1 "$MAC1"
	same "$(admin_mac enp1s0 0)" "$MAC1"
	stop centos1
	is_home enp1s0 0
	same "$(mtu enp1s0v0)" 1450
	ip link set enp1s0v0 mtu 1500
	same "$(claims)" ""
}

@test "LXC's monitor is killed and started again at once, while the VF is still on its way" {
	for _ in 1 2; do
		start centos1
		kill -KILL "$(monitor_pid centos1)"
		retry_until 30 lxc-start -n centos1
		same "$(mac_inside centos1 eth0)" "$MAC1"
	done
	stop centos1
	is_home enp1s0 0
}

@test "two VFs come back at the same time under the same inside name" {
	start centos1
	start centos2
	kill_monitor centos1 centos2
	retry_until 20 is_here enp1s0 0
	retry_until 20 is_here enp2s0 0
	# one has taken eth0, and the kernel named the other
	matches "$(vf_netdev enp1s0 0) $(vf_netdev enp2s0 0)" '^(eth0 dev[0-9]+|dev[0-9]+ eth0)$'
	started_right centos2 "$MAC2"
	started_right centos1 "$MAC1"
	traffic centos1 194.168.1.2
	stop centos1
	stop centos2
	is_home enp1s0 0
	is_home enp2s0 0
}

@test "another container is given the VF of one that was killed" {
	start centos1
	kill_monitor centos1
	retry_until 20 is_here enp1s0 0
	{
		ini_pfs 2
		printf '[centos2]\npf = enp1s0\nvf = 0\nmac = %s\n' "$MAC1"
	} | use_ini
	run_ok lxc-sriov config --write centos2
	started_right centos2 "$MAC1"
	# a post-stop of the dead one changes nothing
	run_ok hook centos1 post-stop
	same "$(mac_inside centos2 eth0)" "$MAC1"
	same "$(grep container "$STATE/$(vf_pci enp1s0 0)")" "container centos2"
	stop centos2
	is_home enp1s0 0
	same "$(claims)" ""
	cp "$BATS_FILE_TMPDIR/sriov.ini" "$INI"
	run_ok lxc-sriov config --write centos2
}

@test "a late post-stop of an older start leaves the newer one alone" {
	local record
	start centos1
	record=$(<"$STATE/$(vf_pci enp1s0 0)")
	run_ok hook centos1 post-stop
	same "$(said)" ""
	same "$(<"$STATE/$(vf_pci enp1s0 0)")" "$record"
	same "$(mac_inside centos1 eth0)" "$MAC1"
	same "$(inside centos1 ip -j link show eth0 | jq -r '.[0].mtu')" 1500
	stop centos1
	is_home enp1s0 0

	# the same between two starts that are both only half there: each in a process of its own
	holder_of pre-start
	record=$(<"$STATE/$(vf_pci enp1s0 0)")
	contains "$record" "holder $(<"$BATS_TEST_TMPDIR/holder") "
	run_ok hook centos1 post-stop
	same "$(<"$STATE/$(vf_pci enp1s0 0)")" "$record"
	end_holder
	run_ok hook centos1 post-stop
	same "$(claims)" ""
}

# A process that calls the hook as LXC's monitor would, and lives on.
holder_of() {
	{
		hook centos1 "$1" && touch "$BATS_TEST_TMPDIR/called"
		while :; do sleep 1; done
	} 3>&- &
	echo $! >"$BATS_TEST_TMPDIR/holder"
	retry_until 20 test -e "$BATS_TEST_TMPDIR/called"
}

end_holder() {
	kill "$(<"$BATS_TEST_TMPDIR/holder")"
	retry_until 10 not kill -0 "$(<"$BATS_TEST_TMPDIR/holder")"
	rm "$BATS_TEST_TMPDIR/holder"
}

@test "post-stop is done whatever the configuration is by then" {
	start centos1
	echo "rubbish" | use_ini
	stop centos1
	is_home enp1s0 0
	same "$(claims)" ""
}

@test "the VF was destroyed under the container: post-stop forgets it" {
	start centos2
	destroy_vfs enp2s0
	run_ok lxc-stop -k -n centos2
	same "$(claims)" ""
	run_ok lxc-sriov pin
	retry_until 30 all_home enp2s0
	started_right centos2 "$MAC2"
}

@test "a udev rule that renames each new VF does no harm" {
	cat >/etc/udev/rules.d/99-lab-rename.rules <<-'END'
		SUBSYSTEM=="net", ACTION=="add", DRIVERS=="igbvf", NAME="site$attr{ifindex}"
	END
	udevadm control --reload
	# a new MAC takes a new netdev; it keeps the name
	sed -i "s/$MAC1/02:00:00:00:01:11/" "$INI"
	run_ok lxc-sriov pin
	udevadm settle
	vf_has enp1s0 0 02:00:00:00:01:11
	is_home enp1s0 0

	# one that has that name only
	unbind enp1s0 0
	vf_pci enp1s0 0 >/sys/bus/pci/drivers_probe
	udevadm settle
	matches "$(vf_netdev enp1s0 0)" '^site[0-9]+$'
	started_right centos1 02:00:00:00:01:11
	stop centos1
	matches "$(vf_netdev enp1s0 0)" '^site[0-9]+$'

	# and one that gets it while the start is at work
	unbind enp1s0 0
	started_right centos1 02:00:00:00:01:11
	stop centos1
}

one_udevd() { same "$(pgrep -c systemd-udevd)" 1; }

# udevd writes its record of a device before it renames it; here it takes its time in between.
slow_udev() {
	local pid
	# workers that wait for more to do end now
	udevadm control --reload
	retry_until 20 one_udevd
	pid=$(pgrep systemd-udevd)
	strace -f -o /dev/null -e trace=sendto -e inject=sendto:delay_enter=500000 -p "$pid" 2>/dev/null 3>&- &
	echo $! >"$BATS_TEST_TMPDIR/holder"
	retry_until 20 grep -q 'TracerPid:.[1-9]' "/proc/$pid/status"
}

@test "udev that is slow to rename a new VF does not take its name away later" {
	ip link set enp1s0v0 name blue0
	sed -i "s/$MAC1/02:00:00:00:01:11/" "$INI"
	slow_udev
	run_ok lxc-sriov pin
	udevadm settle
	same "$(vf_netdev enp1s0 0)" blue0
	vf_has enp1s0 0 02:00:00:00:01:11
}

@test "udev that is slow to rename a new VF does not keep a container from starting" {
	sed -i "s/$MAC1/&\nlink = vf-c1/" "$INI"
	run_ok lxc-sriov config --write centos1
	unbind enp1s0 0
	slow_udev
	started_right centos1 "$MAC1"
	end_holder
	stop centos1
	udevadm settle
	is_home enp1s0 0
}

# messages FILE: how many are in the trace so far.
messages() { [ "$(grep -c 'sendmsg(' "$1")" -ge "$2" ]; }

# As udev does when LXC has brought the VF home under its link name: its event comes whenever udev gets to it.
@test "a home name that becomes an altname of the VF just before it is renamed is no obstacle" {
	local trace=$BATS_TEST_TMPDIR/trace n
	local post_stop=(env LXC_NAME=centos1 LXC_CONFIG_FILE="$LXC/centos1/config" lxc-sriov hook centos1 lxc post-stop)
	sed -i "s/$MAC1/&\nlink = vf-c1/" "$INI"
	run_ok lxc-sriov config --write centos1
	run_ok hook centos1 pre-start
	udevadm settle
	run_ok strace -o "$trace" -s 200 -e trace=sendmsg "${post_stop[@]}"
	n=$(grep 'sendmsg(' "$trace" | grep -nE 'RTM_SETLINK.*IFLA_IFNAME' | cut -d : -f 1)
	run_ok hook centos1 pre-start
	udevadm settle
	# the same messages again, but for those that drop an altname
	ip link property del dev vf-c1 altname enp1s0v0 2>/dev/null || :
	n=$((n - $(grep -c RTM_DELLINKPROP "$trace" || :)))
	rm "$trace"
	strace -o "$trace" -e trace=sendmsg -e "inject=sendmsg:delay_enter=3000000:when=$n" "${post_stop[@]}" 3>&- &
	retry_until 20 messages "$trace" $((n - 1))
	ip link property add dev vf-c1 altname enp1s0v0
	wait $!
	is_home enp1s0 0
	same "$(claims)" ""
}

# has_own_names: of the VF of centos1, what the administrator gave it, and nothing that its container did.
has_own_names() { same "$(altnames enp1s0v0 | grep -E '^lab-' | xargs)" lab-lan; }

@test "altnames that a container gave its NIC are gone, also after a crash, and those of the host are back" {
	local try
	ip link property add dev enp1s0v0 altname lab-lan
	for try in stop reclaim start; do
		start centos1
		inside centos1 ip link property add dev eth0 altname lab-bond0 altname lab-enp9s0
		case $try in
		stop) ;;
		*)
			kill_monitor centos1
			retry_until 20 is_here enp1s0 0
			;;
		esac
		[ $try != reclaim ] || run_ok lxc-sriov reclaim
		[ $try != start ] || start centos1
		[ $try = reclaim ] || stop centos1
		is_home enp1s0 0
		has_own_names
	done
	same "$(claims)" ""
	ip link property del dev enp1s0v0 altname lab-lan
}

@test "altnames equal to the name on the host or inside are no obstacle" {
	sed -i "s/$MAC1/&\nlink = vf-c1/" "$INI"
	run_ok lxc-sriov config --write centos1
	ip link property add dev enp1s0v0 altname vf-c1 altname eth0
	started_right centos1 "$MAC1"
	stop centos1
	is_home enp1s0 0
	# they were in the way of a move only
	same "$(altnames enp1s0v0 | grep -xE 'eth0|vf-c1' | xargs)" "eth0 vf-c1"
	kill_and_restart
	same "$(altnames enp1s0v0 | grep -xE 'eth0|vf-c1' | xargs)" "eth0 vf-c1"
	ip link property del dev enp1s0v0 altname vf-c1 altname eth0
}

# The names that udev gave are altnames of what comes back.
kill_and_restart() {
	start centos1
	inside centos1 ip link property add dev eth0 altname enp1s0v0 2>/dev/null || :
	kill_monitor centos1
	retry_until 20 is_here enp1s0 0
	started_right centos1 "$MAC1"
	stop centos1
	is_home enp1s0 0
}

# --- control groups that a crash has left ---

# The container's VF is listed as inside it, and doctor has nothing to say of it.
is_inside() {
	same "$(lxc-sriov list --json | jq -r '[.pfs[].vfs[].netns_container | strings] | join(" ")')" centos1
	matches "$(lxc-sriov list)" "0000:01:10\.0  eth0 +$MAC1  same +inside  centos1"
	same "$({ lxc-sriov doctor --json || :; } | jq '[.findings[].id | select(. == "vf-foreign")] | length')" 0
}

# In the container's control group and in its network, whatever becomes of its init.
hold_in_group() {
	nsenter -n -t "$1" sleep 1000 3>&- &
	echo $! >"$BATS_TEST_TMPDIR/holder"
	echo $! >"/sys/fs/cgroup/$2/cgroup.procs"
	retry_until 10 test "/proc/$!/ns/net" -ef "/proc/$1/ns/net"
}

# LXC 5 then calls the next one's lxc.payload.centos1-1, or whatever number is free.
@test "the control group of a start that crashed is still there: the next start is of the same container all the same" {
	local pid group
	start centos1
	kill_monitor centos1
	start centos1
	pid=$(init_pid centos1)
	group=$(<"/proc/$pid/cgroup")
	matches "$group" '^0::/lxc\.payload\.centos1-[0-9]+$'
	is_inside

	# it crashes too, and what is left of it has the VF
	hold_in_group "$pid" "${group#0::/}"
	kill_monitor centos1
	retry_until 10 not test -e "/proc/$pid/ns/net"
	started_right centos1 "$MAC1"
	end_holder
	stop centos1

	# lxc-start -F has no title that says which container it is
	start centos1
	kill_monitor centos1
	lxc-start -F -n centos1 </dev/null >/dev/null 2>&1 3>&- &
	retry_until 20 running centos1
	pid=$(init_pid centos1)
	matches "$(<"/proc/$pid/cgroup")" '^0::/lxc\.payload\.centos1-[0-9]+$'
	retry_until 10 mac_inside centos1 eth0
	is_inside
	stop centos1
	retry_until 10 is_home enp1s0 0
	same "$(claims)" ""
}
