#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The Debian package on a host that has nothing else of this tree: make deb, then
# tests/lab/suite --bare --systemd tests/lab/package.bats
# The tests are the life of one host: each goes on from the one before.

load lib/helpers
load lib/sriov

stderr='' # set by run_status

DEBS=("/lab/${LAB_BUILD:-build}"/deb/lxc-sriov_*.deb)
UNITS=(lxc-sriov.service lxc-sriov-pin.timer lxc-sriov-metrics.timer lxc-sriov-docker.service)

setup_file() {
	unit_files >"$BATS_FILE_TMPDIR/units"
	files >"$BATS_FILE_TMPDIR/files"
}

setup() {
	follow_tests_only
	export DEBIAN_FRONTEND=noninteractive
}

# The lists of apt's sources are not in the guest, and it has no network.
apt() { run_ok apt-get -y -o Dpkg::Options::=--force-confold "$@"; }

# Every file of the host but those of apt, dpkg and systemd about all packages and units, and what is said of a run.
files() {
	find / -xdev \( -path /tmp -o -path /var/tmp -o -path /var/log -o -path /var/cache -o -path /var/lib/apt -o \
		-path /var/lib/systemd/catalog -o -path /var/lib/systemd/timers -o -path '/var/lib/dpkg/*-old' \) -prune -o -print | sort
}
unit_files() { systemctl list-unit-files --no-legend --no-pager | sort; }
states() {
	local unit
	for unit in "${UNITS[@]}"; do
		echo "$(systemctl is-enabled "$unit" || :) $(systemctl is-active "$unit" || :)"
	done
}
# version: what dpkg says is installed
version() { dpkg-query -W -f '${db:Status-Status} ${Version}' lxc-sriov; }

# newer FILE: makes the package of a version more there, with a default configuration that differs.
newer() {
	local tree=$BATS_TEST_TMPDIR/newer
	dpkg-deb -R "${DEBS[0]}" "$tree"
	sed -i 's/^Version: .*/&+1/' "$tree/DEBIAN/control"
	echo '; a line more' >>"$tree/etc/lxc/sriov.ini"
	dpkg-deb -b "$tree" "$1" >/dev/null
}

@test "apt installs it; VFs that are there stay as they are, now and after a pin with the configuration as it comes" {
	local before
	[ ${#DEBS[@]} = 1 ]
	run_status 127 lxc-sriov --help
	echo 2 >"$(pf_sysfs enp1s0)/sriov_numvfs"
	retry_until 30 all_home enp1s0
	udevadm settle
	before=$(host_snapshot)
	apt install "${DEBS[0]}"
	unchanged "$before"
	same "$(states)" $'enabled inactive\nenabled inactive\ndisabled inactive\ndisabled inactive'
	run_ok lxc-sriov check
	run_ok systemctl start lxc-sriov.service
	run_ok lxc-sriov pin
	unchanged "$before"
	destroy_vfs enp1s0
}

@test "its own tests for autopkgtest pass" {
	run_ok /lab/debian/tests/smoke
	run_ok /lab/debian/tests/vf
	same "$(numvfs enp1s0)" 0
}

@test "a container gets its VF and its MAC, gets it back after a reload of the driver, and returns it" {
	ini_pair 2 | use_ini
	# the driver is for the unit to load, and not for udev
	mkdir -p /run/udev/rules.d
	ln -s /dev/null /run/udev/rules.d/80-drivers.rules
	udevadm control --reload
	rmmod igbvf
	systemctl restart lxc-sriov.service
	systemctl start lxc-sriov-pin.timer
	rm /run/udev/rules.d/80-drivers.rules
	udevadm control --reload
	retry_until 30 all_home enp1s0 enp2s0
	vf_has enp1s0 0 "$MAC1"
	vf_has enp2s0 0 "$MAC2"
	create centos1
	create centos2
	start centos1
	start centos2
	same "$(mac_inside centos1 eth0)" "$MAC1"
	same "$(admin_mac enp1s0 0)" "$MAC1"
	traffic centos1 194.168.1.2
	rmmod igbvf
	modprobe igbvf
	retry_until 60 mac_inside centos1 eth0
	same "$(mac_inside centos1 eth0)" "$MAC1"
	traffic centos1 194.168.1.2
	stop centos2
	retry_until 30 is_home enp2s0 0
	vf_has enp2s0 0 "$MAC2"
}

@test "an upgrade leaves a running container its VF, and the administrator what he decided" {
	local before index deb=$BATS_TEST_TMPDIR/newer.deb
	newer "$deb"
	systemctl disable lxc-sriov-pin.timer
	systemctl enable --now lxc-sriov-docker.service
	before=$(host_snapshot)
	index=$(lxc-attach -n centos1 -- cat /sys/class/net/eth0/ifindex)
	# the VF that is to be pinned with it is not
	printf '[pf enp1s0]\nnumvfs = 2\n[centos1]\npf = enp1s0\nvf = 0\nmac = %s\nipv4 = 194.168.1.1/24\n[centos3]\npf = enp1s0\nvf = 1\nmac = %s\n' \
		"$MAC1" 02:00:00:00:00:03 | use_ini
	apt install "$deb"
	matches "$(version)" '^installed .*\+1$'
	unchanged "$before"
	same "$(lxc-attach -n centos1 -- cat /sys/class/net/eth0/ifindex)" "$index"
	contains "$(<"$INI")" '[centos3]'
	same "$(states)" $'enabled active\ndisabled active\ndisabled inactive\nenabled active'
	run_ok lxc-sriov pin
	same "$(admin_mac enp1s0 1)" 02:00:00:00:00:03
	traffic centos1 194.168.1.1
}

@test "removed, it leaves the configuration; nothing of it runs, and the container runs on" {
	local file init
	init=$(init_pid centos1)
	apt remove lxc-sriov
	contains "$output$stderr" /var/lib/lxc/centos1/sriov.conf
	matches "$(version)" '^config-files '
	same "$(systemctl is-active "${UNITS[@]}" || :)" $'inactive\ninactive\ninactive\ninactive'
	run_status 1 pgrep -a lxc-sriov
	test -e "/proc/$init/root/bin"
	contains "$(<"$INI")" '[centos3]'
	# without systemd cron runs this
	sed -n 's/^\*\/10 \* \* \* \* root //p' /etc/cron.d/lxc-sriov >"$BATS_TEST_TMPDIR/cron"
	grep -q 'pin' "$BATS_TEST_TMPDIR/cron"
	sed -i 's|/run/systemd/system|/nonexistent|' "$BATS_TEST_TMPDIR/cron"
	file=$(sed -n 's/^LXC_SRIOV=//p' /etc/cron.d/lxc-sriov)
	run_ok env LXC_SRIOV="$file" sh "$BATS_TEST_TMPDIR/cron"
	same "$(said)" ""
}

@test "installed again, it knows whose the VF is; the container stops, and after the purge there is no file more than before" {
	apt install "${DEBS[0]}"
	contains "$(lxc-sriov list)" centos1
	stop centos1
	retry_until 30 is_home enp1s0 0
	lxc-destroy -n centos1
	lxc-destroy -n centos2
	destroy_vfs enp1s0 enp2s0
	udevadm settle
	apt purge lxc-sriov
	absent "$STATE"
	diff "$BATS_FILE_TMPDIR/files" <(files)
	diff "$BATS_FILE_TMPDIR/units" <(unit_files)
	same "$(systemctl list-units --failed --no-legend --plain)" ""
}
