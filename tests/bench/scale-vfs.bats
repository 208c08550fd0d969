#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# make bench-scale, in the guest: many VFs on one PF, and a start beside many sections. A test fails when what is measured
# does not do its work, never for the time that it takes.

load ../lab/lib/helpers
load ../lab/lib/sriov
load scale

MEASURE=/lab/build/bench/measure
FOLDER=/run/bench
SIM=/sys/bus/netdevsim/devices/netdevsim1
START_ROUNDS=9
DUMMY_GROUP=7
READABLE=200 # VFs that the kernel certainly lists; some 20 more do not fit into a message

setup_file() {
	begin_file 7
	mkdir -p $FOLDER
}
teardown_file() { end_file; }
setup() { cp "$BATS_FILE_TMPDIR/sriov.ini" "$INI"; }
teardown() { [ ! -e $SIM ] || remove_sim; }

# --- many sections ---

# measured_hook FILE TYPE: as LXC calls it, from this shell.
measured_hook() {
	LXC_NAME=centos1 LXC_CONFIG_FILE=$LXC/centos1/config LXC_HOOK_TYPE=$2 LXC_HOOK_SECTION=lxc \
		$MEASURE "$1" lxc-sriov hook centos1 lxc "$2"
}

@test "pre-start beside 10, 100 and 1000 sections" {
	local n round figures=$BATS_TEST_TMPDIR
	create centos1
	for n in 10 100 1000; do
		{ ini_pair 7; printf '[pf other]\nnumvfs = 1000\n'; sections other $((n - 2)) 1; } >$FOLDER/ini.$n
	done
	# In turns, so that whatever else the machine does meets all alike; many, since a start is short. The first round does not
	# count: then the programs come from the disk.
	for ((round = 0; round <= START_ROUNDS; round++)); do
		[ $round != 1 ] || rm "$figures"/{start,stop,check}-*
		for n in 10 100 1000; do
			use_ini <$FOLDER/ini.$n
			measured_hook "$figures/start-$n" pre-start
			same "$(claims)" "$(vf_pci enp1s0 0)"
			measured_hook "$figures/stop-$n" post-stop
			same "$(claims)" ""
			$MEASURE "$figures/check-$n" lxc-sriov check
		done
	done
	for n in 10 100 1000; do
		report sections "pre-start" $n "$figures/start-$n"
		report sections "post-stop" $n "$figures/stop-$n"
		report sections "check" $n "$figures/check-$n"
	done
}

# --- many VFs ---

sim_pf() { netdev_below $SIM; }

add_sim() {
	# It would take minutes over the netdevs, which it has no rule for.
	udevadm control --exit
	mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug
	modprobe psample
	insmod /lab/build/lab/netdevsim-*.ko
	echo "1 1" >/sys/bus/netdevsim/new_device
	echo 1000 >/sys/kernel/debug/netdevsim/netdevsim1/max_vfs
	SIM_PF=$(sim_pf)
	DUMMIES=0
}

remove_sim() {
	local place
	for place in /sys/class/net /sys/bus/pci/devices; do
		! mountpoint -q $place || umount $place
	done
	ip link del group $DUMMY_GROUP || :
	echo 1 >/sys/bus/netdevsim/del_device
	daemon /run/udevd.log /lib/systemd/systemd-udevd
}

# vfs N: the PF has so many, each with a netdev.
vfs() {
	local n
	echo 0 >$SIM/sriov_numvfs
	echo "$1" >$SIM/sriov_numvfs
	for ((n = DUMMIES; n < $1; n++)); do
		echo "link add vf$n group $DUMMY_GROUP type dummy"
	done | ip -batch -
	DUMMIES=$1
	/lab/tests/bench/dress "$SIM_PF" "$1"
}

use_set() {
	{ printf '[pf %s]\nnumvfs = %d\n' "$SIM_PF" "$1"; sections "$SIM_PF" "$1" "$2"; } | use_ini
}

# measured FILE COMMAND...: it goes well; $WARNINGS is how many lines it said meanwhile.
measured() {
	run_ok $MEASURE "$@"
	WARNINGS=$(grep -c . <<<"${stderr-}" || :)
}

# vfs_are N SET: every VF's netdev has its MAC, and in what the kernel lists of the PF it stands too.
vfs_are() {
	local n mac wanted=
	for ((n = 0; n < $1; n++)); do
		mac_of "$2" $n
		wanted+="$n $mac"$'\n'
	done
	same "$(ip -j link | jq -r '.[] | select(.ifname | test("^vf[0-9]+$")) | "\(.ifname[2:]) \(.address)"' | sort -n)" \
		"${wanted%$'\n'}" || return
	[ "$1" -gt $READABLE ] ||
		same "$(ip -j link show "$SIM_PF" | jq -r '.[].vfinfo_list[] | "\(.vf) \(.address)"')" "${wanted%$'\n'}"
}

@test "pin and list of 10, 50, 100, 200 and 1000 VFs of one PF" {
	local n round figures=$BATS_TEST_TMPDIR warnings set=1
	add_sim
	for n in 10 50 100 200 1000; do
		vfs $n
		for ((round = 0; round < ROUNDS; round++)); do
			set=$((3 - set))
			use_set $n $set
			measured "$figures/pin-$n" lxc-sriov pin
			warnings=$WARNINGS
			if [ $n -gt $READABLE ]; then
				same "$WARNINGS" 1
				matches "$stderr" "vf [0-9, to]+ of $SIM_PF: mac was set, and the kernel does not tell it to read it back\$"
				[ $round != 0 ] || echo "# $stderr" >&3
			else
				same "${stderr-}" ""
			fi
			vfs_are $n $set
			measured "$figures/again-$n" lxc-sriov pin
			same "$WARNINGS" 0
			measured "$figures/list-$n" lxc-sriov list
			same "$(grep -c " c[0-9]*\$" <<<"$output")" $n
			measured "$figures/json-$n" lxc-sriov list --json
		done
		report vfs "pin, all differ" $n "$figures/pin-$n" "$warnings"
		report vfs "pin, nothing differs" $n "$figures/again-$n"
		report vfs "list" $n "$figures/list-$n"
		report vfs "list --json" $n "$figures/json-$n"
	done
}
