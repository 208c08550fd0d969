#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# make bench: lxc-sriov beside what people use instead, in turns, in one guest. A test fails when one of them does not do
# its work, never for the time that it takes. Each figure is a line "# bench: JSON" for tests/bench/run.

load ../lab/lib/helpers
load ../lab/lib/sriov

ROUNDS=7
VFS=7
FOLDER=/run/bench

setup_file() {
	begin_file $VFS
	mkdir -p $FOLDER
	create centos1
	create centos2
}
teardown_file() { end_file; }
teardown() {
	local n
	ip netns del blue 2>/dev/null || :
	for n in $(seq 0 $((VFS - 1))); do
		give_back enp1s0 "$n"
		give_back enp2s0 "$n"
	done
	end_test
}

# --- figures ---

# milliseconds COMMAND...: how long it took.
milliseconds() {
	local from=$EPOCHREALTIME
	"$@" >&2 || return
	from=$((${EPOCHREALTIME/./} - ${from/./}))
	echo "$((from / 1000)).$(printf %03d $((from % 1000)))"
}

# in_turns WAY...: runs each ROUNDS times, one after the other; $BATS_TEST_TMPDIR/WAY has the milliseconds. Before each,
# before_WAY, where there is one, and after each after_WAY, which are not counted.
in_turns() {
	local round way
	for ((round = 0; round < ROUNDS; round++)); do
		for way; do
			! declare -F "before_$way" >/dev/null || "before_$way"
			milliseconds "$way" >>"$BATS_TEST_TMPDIR/$way" || return
			! declare -F "after_$way" >/dev/null || "after_$way"
		done
	done
}

# report WHAT OURS [PEER LIMIT]...: the figures of one comparison. LIMIT: what the ratio is to be, or "-".
report() {
	local what=$1 ours=$2 peers='[]' name
	shift 2
	while [ $# -gt 0 ]; do
		peers=$(jq -c --arg name "$1" --arg limit "$2" --slurpfile ms "$BATS_TEST_TMPDIR/$1" \
			'. + [{ $name, ms: $ms, limit: ($limit | tonumber? // null) }]' <<<"$peers")
		shift 2
	done
	name=$(jq -nc --arg what "$what" --arg name "$ours" --slurpfile ms "$BATS_TEST_TMPDIR/$ours" --argjson peers "$peers" \
		'{ $what, ours: { $name, ms: $ms }, $peers }')
	printf '# bench: %s\n' "$name" >&3
}

# --- pin ---

mac_of() { printf '02:00:00:00:%02x:%02x' "$1" "$2"; } # SET NUMBER

# ini_all SET: every VF, with MACs of that set.
ini_all() {
	local n
	ini_pfs $VFS
	for ((n = 0; n < 2 * VFS; n++)); do
		printf '[c%d]\npf = enp%ds0\nvf = %d\nmac = %s\n' $n $((n / VFS + 1)) $((n % VFS)) "$(mac_of "$1" $n)"
	done
}

# use_set: the other set of MACs, for each way in its own form.
use_set() {
	local n pf
	SET=$((3 - ${SET:-1}))
	ini_all $SET | use_ini
	for ((n = 0; n < 2 * VFS; n++)); do
		echo "link set enp$((n / VFS + 1))s0 vf $((n % VFS)) mac $(mac_of $SET $n)"
	done >$FOLDER/lines
	for pf in enp1s0 enp2s0; do
		grep " $pf " $FOLDER/lines >$FOLDER/batch.$pf
	done
}

# Without a driver that makes a netdev there is the admin MAC only: the same work for all.
hold_back() {
	modprobe pci-stub
	for pf in enp1s0 enp2s0; do
		for n in $(seq 0 $((VFS - 1))); do
			echo pci-stub >"$(pf_sysfs $pf)/virtfn$n/driver_override"
			unbind $pf "$n"
			vf_pci $pf "$n" >/sys/bus/pci/drivers_probe
		done
	done
}
give_back() {
	[ "$(vf_driver "$1" "$2")" = pci-stub ] || return 0
	echo >"$(pf_sysfs "$1")/virtfn$2/driver_override"
	unbind "$1" "$2"
	vf_pci "$1" "$2" >/sys/bus/pci/drivers_probe
}

set_is_there() {
	local n
	for ((n = 0; n < 2 * VFS; n++)); do
		same "$(admin_mac enp$((n / VFS + 1))s0 $((n % VFS)))" "$(mac_of $SET $n)" || return
	done
}

pin() { lxc-sriov pin; }
# As the CERN document has it: a shell and an ip for each VF.
cern() {
	python3 - <<-'END'
		import subprocess
		children = [subprocess.Popen("ip " + line, shell=True) for line in open("/run/bench/lines")]
		raise SystemExit(max(child.wait() for child in children))
	END
}
loop() {
	local line
	while read -ra line; do
		ip "${line[@]}" || return
	done <$FOLDER/lines
}
batch() { ip -batch $FOLDER/batch.enp1s0 && ip -batch $FOLDER/batch.enp2s0; }
show() { ip link show dev enp1s0 && ip link show dev enp2s0; }

before_pin() { use_set; }
before_cern() { use_set; }
before_loop() { use_set; }
before_batch() { use_set; }
after_pin() { set_is_there; }
after_cern() { set_is_there; }
after_loop() { set_is_there; }
after_batch() { set_is_there; }

@test "pin of 14 VFs of 2 PFs whose MACs all differ" {
	hold_back
	in_turns pin cern loop batch
	report "pin, 14 MACs differ" pin cern 0.1 loop - batch 0.8
}

pin_again() { lxc-sriov pin; }

@test "pin when nothing differs" {
	ini_all 1 | use_ini
	lxc-sriov pin
	in_turns pin_again show
	report "pin, nothing differs" pin_again show 1.5
	strace -f -o $FOLDER/trace -e trace=sendmsg,sendto,write,openat lxc-sriov pin
	lacks "$(<$FOLDER/trace)" RTM_SETLINK
	lacks "$(grep O_WRONLY $FOLDER/trace || :)" /sys/
}

# --- starts ---

# One file each, so that all three read the same: LXC's own lines, the NIC, and hooks or none.
variants() {
	local folder=$LXC/centos1 plain=$FOLDER/no_hooks
	lxc-sriov config --write centos1
	{
		grep -v "$folder/sriov.conf" "$folder/config"
		printf 'lxc.net.0.type = empty\nlxc.net.0.type = phys\nlxc.net.0.link = enp1s0v0\nlxc.net.0.name = eth0\n'
		printf 'lxc.net.0.flags = up\nlxc.net.0.ipv4.address = 194.168.1.1/24\n'
	} >"$plain"
	{ cat "$plain"; printf 'lxc.hook.%s = /bin/true\n' pre-start post-stop; } >$FOLDER/true_hooks
	{ cat "$plain"; printf 'lxc.hook.%s = /usr/share/lxc/hooks/lxc-sriov\n' pre-start post-stop; } >$FOLDER/our_hooks
}

started() { lxc-start -n centos1 -f "$FOLDER/$1" && running centos1; }
our_hooks() { started our_hooks; }
true_hooks() { started true_hooks; }
no_hooks() { started no_hooks; }
ended() {
	same "$(mac_inside centos1 eth0)" "$MAC1" || return
	lxc-stop -k -n centos1
	retry_until 30 is_home enp1s0 0
	udevadm settle
}
after_our_hooks() { ended; }
after_true_hooks() { ended; }
after_no_hooks() { ended; }

@test "lxc-start to RUNNING" {
	variants
	in_turns our_hooks true_hooks no_hooks
	report "lxc-start to RUNNING" our_hooks true_hooks 1.1 no_hooks 1.25
}

# --- attach ---

attach() {
	lxc-sriov attach netns:/run/netns/blue --pf enp1s0 --vf 1 --mac "$(effective_mac enp1s0 1)" --name eth1 \
		--ipv4 194.168.1.9/24
}
# pipework's steps in its order, a process each.
pipework() {
	ip link set enp1s0v1 up
	ip link set enp1s0v1 netns blue
	ip netns exec blue ip link set enp1s0v1 name eth1
	ip netns exec blue ip addr add 194.168.1.9/24 dev eth1
	ip netns exec blue ip link set eth1 up
	ip netns exec blue arping -c 1 -A -I eth1 194.168.1.9 || :
}
blue_has_it() { contains "$(ip -n blue addr show dev eth1)" "inet 194.168.1.9/24"; }
after_attach() {
	blue_has_it
	lxc-sriov detach netns:/run/netns/blue
	retry_until 10 is_home enp1s0 1
	udevadm settle
}
after_pipework() {
	blue_has_it
	ip -n blue link set eth1 down
	ip -n blue link set eth1 name enp1s0v1
	ip -n blue link set enp1s0v1 netns 1
	retry_until 10 is_home enp1s0 1
	udevadm settle
}

@test "attach of a VF to a network namespace" {
	ip netns add blue
	in_turns attach pipework
	report "attach" attach pipework 0.34
}

# --- the driver, and the boot ---

reload() {
	modprobe igbvf
	until nsenter -n -t "$INIT" -- ping -c 1 -W 1 194.168.1.2 >/dev/null 2>&1; do :; done
}
before_reload() { rmmod igbvf; }

@test "from modprobe igbvf to ping in a container" {
	start centos1
	start centos2
	traffic centos1 194.168.1.2
	INIT=$(init_pid centos1)
	ROUNDS=3 in_turns reload
	report "modprobe igbvf to ping in a container" reload
}

all_there() {
	local n
	for ((n = 0; n < 2 * VFS; n++)); do
		vf_has enp$((n / VFS + 1))s0 $((n % VFS)) "$(mac_of 1 $n)" || return
	done
}

boot_pin() { lxc-sriov pin; }
# Numbers first, then MACs, then the drivers anew, as guides on the net have it.
boot_rebind() {
	local pf n
	for pf in enp1s0 enp2s0; do
		echo $VFS >"$(pf_sysfs $pf)/sriov_numvfs"
	done
	for pf in enp1s0 enp2s0; do
		for ((n = 0; n < VFS; n++)); do
			until compgen -G "/sys/class/net/$pf/device/virtfn$n/net/*" >/dev/null; do :; done
		done
		ip -batch $FOLDER/batch.$pf
		for ((n = 0; n < VFS; n++)); do
			unbind $pf $n
			vf_pci $pf $n >/sys/bus/pci/drivers/igbvf/bind
		done
	done
}
before_boot_pin() {
	udevadm settle
	destroy_vfs enp1s0 enp2s0
	udevadm settle
}
before_boot_rebind() { before_boot_pin; }
after_boot_pin() { all_there; }
after_boot_rebind() { retry_until 10 all_there; }

@test "from no VFs to 14 with their MACs" {
	SET=2
	use_set
	ROUNDS=3 in_turns boot_pin boot_rebind
	report "no VFs to 14 with their MACs" boot_pin boot_rebind 0.5
}
