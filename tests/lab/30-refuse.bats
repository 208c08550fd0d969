#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Bad input: what is refused, by which status and in which words, and that nothing was done before.

load lib/helpers
load lib/sriov
stderr='' # set by run_status

setup_file() {
	begin_file 3
	create centos1
	create centos2
	cp -a "$LXC/centos1/config" "$BATS_FILE_TMPDIR/centos1.config"
	cp -a "$LXC/centos2/sriov.conf" "$BATS_FILE_TMPDIR/centos2.sriov.conf"
}
teardown_file() { end_file; }

teardown() {
	local pci
	if [ -n "${holder:-}" ]; then
		kill "$holder" || :
		wait "$holder" 2>/dev/null || :
		retry_until 20 test -e /sys/class/net/enp1s0v0
	fi
	if ip netns list | grep -q lab; then
		ip -n lab link set enp1s0v0 netns 1 || :
		ip netns delete lab
	fi
	pci=$(vf_pci enp1s0 0)
	if [ "$(<"/sys/bus/pci/devices/$pci/driver_override")" != "(null)" ]; then
		echo >"/sys/bus/pci/devices/$pci/driver_override"
		unbind enp1s0 0 2>/dev/null || :
		echo "$pci" >/sys/bus/pci/drivers_probe
		retry_until 20 test -e /sys/class/net/enp1s0v0
	fi
	chown -R root:root "$INI"
	chmod 644 "$INI"
	cp -a "$BATS_FILE_TMPDIR/centos1.config" "$LXC/centos1/config"
	cp -a "$BATS_FILE_TMPDIR/centos2.sriov.conf" "$LXC/centos2/sriov.conf"
	end_test
}

# refused PART...: check, pin and the hook refuse the configuration, in the same words.
refused() {
	local part words
	run_status 2 lxc-sriov check
	words=$stderr
	for part; do
		contains "$words" "lxc-sriov: $part"
	done
	run_status 2 lxc-sriov pin
	same "$stderr" "$words"
	run_status 2 hook centos1 pre-start
	same "$stderr" "$words"
	same "$output" ""
}

# wrong OFFSET MESSAGE LINE...: a section [c3], [c4] ... of these lines behind the pair's. All that is wrong is told
# at once: refused "${wrongs[@]}" looks for each MESSAGE, in which % is the section and OFFSET counts from its line.
wrong() {
	local offset=$1 message=$2
	local -i at
	shift 2
	[ ${#wrongs[@]} -gt 0 ] || ini_pair 3 | use_ini
	at=$(($(wc -l <"$INI") + 1))
	printf '%s\n' "[c$((${#wrongs[@]} + 3))]" "$@" >>"$INI"
	wrongs+=("$INI:$((at + offset)): ${message/\%/c$((${#wrongs[@]} + 3))}")
}

PF_VF=("pf = enp1s0" "vf = 1")
SPARE="mac = 02:00:00:00:00:03"

@test "keys and sections: unknown, repeated, missing, empty" {
	local before
	run_ok lxc-sriov check
	same "$(said)" ""
	before=$(host_snapshot)
	wrongs=()
	wrong 4 "[%] colour = red: unknown key" "${PF_VF[@]}" "$SPARE" "colour = red"
	wrong 4 "[%] numvfs = 2: unknown key" "${PF_VF[@]}" "$SPARE" "numvfs = 2"
	wrong 4 "[%] vf = 2: the key stands in line 27 already" "${PF_VF[@]}" "$SPARE" "vf = 2"
	wrong 0 "[%] mac: the key is missing" "${PF_VF[@]}"
	wrong 0 "[%] vf: the key is missing" "pf = enp1s0" "$SPARE"
	wrong 0 "[%] pf: the key is missing" "vf = 1" "$SPARE"
	wrong 2 "[%] vf = : is empty" "pf = enp1s0" "vf =" "$SPARE"
	wrong 4 "[pf enp1s0]: the section stands in line 1 already" "${PF_VF[@]}" "$SPARE" "[pf enp1s0]" "numvfs = 3"
	wrong 4 "[CentOS1]: the section stands in line 5 already" "${PF_VF[@]}" "$SPARE" "[CentOS1]"
	wrong 4 "[one two three]: unknown section" "${PF_VF[@]}" "$SPARE" "[one two three]"
	wrong 4 "[pf]: the PF's name is missing" "${PF_VF[@]}" "$SPARE" "[pf]"
	wrong 4 "[pf enp3s0] numvfs: the key is missing" "${PF_VF[@]}" "$SPARE" "[pf enp3s0]"
	wrong 5 "[pf enp4s0] vf = 1: unknown key" "${PF_VF[@]}" "$SPARE" "[pf enp4s0]" "vf = 1"
	wrong 4 "neither a section, nor" "${PF_VF[@]}" "$SPARE" "rubbish"
	refused "${wrongs[@]}"
	unchanged "$before"
}

@test "values: junk behind them, out of range, of another kind" {
	local before
	before=$(host_snapshot)
	wrongs=()
	wrong 2 "[%] vf = 1x: is not a decimal number" "pf = enp1s0" "vf = 1x" "$SPARE"
	wrong 2 "[%] vf = 010: has a leading zero" "pf = enp1s0" "vf = 010" "$SPARE"
	wrong 2 "[%] vf = -1: is not a decimal number" "pf = enp1s0" "vf = -1" "$SPARE"
	wrong 2 "[%] vf = 0x1: has a leading zero" "pf = enp1s0" "vf = 0x1" "$SPARE"
	wrong 1 "[%] pf = an-overlong-name1: is longer than 15 characters" "pf = an-overlong-name1" "vf = 1" "$SPARE"
	wrong 1 "[%] pf = a/b: is not an interface name" "pf = a/b" "vf = 1" "$SPARE"
	wrong 4 "[%] name = ..: is not an interface name" "${PF_VF[@]}" "$SPARE" "name = .."
	wrong 4 "[%] mtu = 67: is out of range" "${PF_VF[@]}" "$SPARE" "mtu = 67"
	wrong 4 "[%] mtu = 1500 bytes: is not a decimal number" "${PF_VF[@]}" "$SPARE" "mtu = 1500 bytes"
	wrong 4 "[%] ipv4 = 10.0.0.1: has no prefix length" "${PF_VF[@]}" "$SPARE" "ipv4 = 10.0.0.1"
	wrong 4 "[%] ipv4 = 10.0.0.1/33: has a prefix length" "${PF_VF[@]}" "$SPARE" "ipv4 = 10.0.0.1/33"
	wrong 4 "[%] ipv6 = 10.0.0.1/24: is not an IPv6 address" "${PF_VF[@]}" "$SPARE" "ipv6 = 10.0.0.1/24"
	wrong 4 "[%] ipv4_gateway = 10.0.0.1: LXC takes a gateway only beside an address" "${PF_VF[@]}" "$SPARE" "ipv4_gateway = 10.0.0.1"
	wrong 4 "[%] container = a/b: is not a container name" "${PF_VF[@]}" "$SPARE" "container = a/b"
	wrong 5 "[pf enp3s0] numvfs = 0: is out of range" "${PF_VF[@]}" "$SPARE" "[pf enp3s0]" "numvfs = 0"
	wrong 6 "[pf enp4s0] pci = 01:00.0: is not a PCI address" "${PF_VF[@]}" "$SPARE" "[pf enp4s0]" "numvfs = 1" "pci = 01:00.0"
	refused "${wrongs[@]}"
	unchanged "$before"
}

@test "MACs: multicast, zero, broadcast, no MAC, given twice" {
	local before
	before=$(host_snapshot)
	wrongs=()
	wrong 3 "[%] mac = 01:00:5e:00:00:01: is a multicast address" "${PF_VF[@]}" "mac = 01:00:5e:00:00:01"
	wrong 3 "[%] mac = 00:00:00:00:00:00: is the zero address" "${PF_VF[@]}" "mac = 00:00:00:00:00:00"
	wrong 3 "[%] mac = ff:ff:ff:ff:ff:ff: is the broadcast address" "${PF_VF[@]}" "mac = ff:ff:ff:ff:ff:ff"
	wrong 3 "[%] mac = 02:00:00:00:00: is not a MAC address" "${PF_VF[@]}" "mac = 02:00:00:00:00"
	wrong 3 "[%] mac = 02:00:00:00:00:03:04: is not a MAC address" "${PF_VF[@]}" "mac = 02:00:00:00:00:03:04"
	wrong 3 "[%] mac = $MAC1: given to [centos1] in $INI:8 already" "${PF_VF[@]}" "mac = ${MAC1^^}"
	refused "${wrongs[@]}"
	unchanged "$before"
}

@test "VFs: too high, given twice, of a PF without a section, names given twice" {
	local before
	before=$(host_snapshot)
	wrongs=()
	wrong 4 "[%] link = enp1s0v0: given to [centos1]" "${PF_VF[@]}" "$SPARE" "link = enp1s0v0"
	wrong 2 "[%] vf = 3: [pf enp1s0] in $INI:1 has numvfs = 3, so the last VF is 2" "pf = enp1s0" "vf = 3" "$SPARE"
	wrong 2 "[%] vf = 0: this VF is given to [centos1] in $INI:7 already" "pf = enp1s0" "vf = 0" "$SPARE"
	wrong 1 "[%] pf = enp9s0: there is no section [pf enp9s0]" "pf = enp9s0" "vf = 0" "$SPARE"
	wrong 4 "[%] link = enp2s0: that is the name of a PF" "${PF_VF[@]}" "$SPARE" "link = enp2s0"
	wrong 8 "[centos1 1] name = eth0: the container's interface of that name is given by [centos1]" "${PF_VF[@]}" "$SPARE" \
		"[centos1 1]" "pf = enp2s0" "vf = 1" "mac = 02:00:00:00:00:04" "name = eth0"
	refused "${wrongs[@]}"
	unchanged "$before"
}

@test "all that is wrong is told at once" {
	local before
	before=$(host_snapshot)
	{ ini_pair 3; printf '[c3]\npf = enp9s0\nvf = x\nmac = %s\ncolour = red\n' "$MAC2"; } | use_ini
	refused "$INI:16: [c3] pf = enp9s0:" "$INI:17: [c3] vf = x:" "$INI:18: [c3] mac = $MAC2:" "$INI:19: [c3] colour = red:"
	same "$(wc -l <<<"$stderr")" 4
	start_refused 2 centos1 "[c3] colour = red: unknown key"
	unchanged "$before"
}

@test "the same rules hold across the files of sriov.d" {
	local before
	before=$(host_snapshot)
	mkdir -p "$DROP_INS"
	printf '[c3]\npf = enp1s0\nvf = 0\n%s\n' "$SPARE" >"$DROP_INS/50-c3.ini"
	refused "$DROP_INS/50-c3.ini:3: [c3] vf = 0: this VF is given to [centos1] in $INI:7 already"
	unchanged "$before"
	sed -i 's/vf = 0/vf = 1/' "$DROP_INS/50-c3.ini"
	run_ok lxc-sriov check
}

@test "files that others than root own or can write are not acted on" {
	local before
	before=$(host_snapshot)
	chown 65534 "$INI"
	refused "$INI: owned by user 65534, not by root; run: chown root $INI"
	chown root "$INI"
	chmod g+w "$INI"
	refused "$INI: writable by others than root; run: chmod go-w $INI"
	start_refused 2 centos1 "writable by others than root"
	chmod 644 "$INI"
	mkdir -p "$DROP_INS"
	chmod o+w "$DROP_INS"
	refused "$DROP_INS: writable by others than root"
	rm -r "$DROP_INS"
	rm "$INI"
	refused "$INI: No such file or directory"
	unchanged "$before"
}

# distrusted: pin and the hook refuse the folder of records, and say why.
distrusted() {
	run_status 1 lxc-sriov pin
	matches "$stderr" "^lxc-sriov: pin: $STATE: [A-Z][a-z ]+; it must be a folder that only root can write\$"
	run_status 1 hook centos1 pre-start
	matches "$stderr" "^lxc-sriov: hook: $STATE: [A-Z][a-z ]+; it must be a folder that only root can write\$"
}

@test "records where others than root could have written are not acted on" {
	local before place
	before=$(host_snapshot)
	mkdir -p "$STATE"
	chmod g+w "$STATE"
	distrusted
	start_refused 1 centos1 "it must be a folder that only root can write"
	run_status 1 lxc-sriov list
	chmod 700 "$STATE"
	chown 65534 "$STATE"
	distrusted
	rm -r "$STATE"
	# a link to a folder that would do, and what is no folder
	place=$BATS_TEST_TMPDIR/elsewhere
	mkdir -m 700 "$place"
	ln -s "$place" "$STATE"
	distrusted
	same "$(ls -A "$place")" ""
	rm "$STATE"
	mkfifo "$STATE"
	distrusted
	rm "$STATE"
	unchanged "$before"
}

@test "not root" {
	local before verb
	before=$(host_snapshot)
	for verb in pin list; do
		run_status 1 setpriv --reuid 65534 --regid 65534 --clear-groups lxc-sriov $verb
		same "$(said)" "lxc-sriov: $verb: it acts on the host's network devices; run it as root"
	done
	run_status 1 setpriv --reuid 65534 --regid 65534 --clear-groups \
		env LXC_NAME=centos1 LXC_CONFIG_FILE="$LXC/centos1/config" lxc-sriov hook centos1 lxc pre-start
	contains "$stderr" "hook: it acts on the host's network devices; run it as root"
	run_ok setpriv --reuid 65534 --regid 65534 --clear-groups lxc-sriov check "$INI"
	unchanged "$before"
}

# The pair's configuration with another PF for centos1.
ini_with_pf() { ini_pair 3 | sed -e "s/^\[pf enp1s0\]/[pf $1]/" -e "s/^pf = enp1s0/pf = $1\nlink = enp1s0v0/"; }

@test "a PF that is not there, or has no SR-IOV" {
	local before pf
	before=$(host_snapshot)
	ini_with_pf enp9s0 | use_ini
	run_status 1 lxc-sriov pin
	same "$stderr" "lxc-sriov: pf enp9s0: no such network device; is its driver loaded, and the name right?"
	start_refused 1 centos1 "pf enp9s0: no such network device"
	unchanged "$before"

	for pf in lo lxcbr0; do
		ini_with_pf $pf | use_ini
		run_status 1 lxc-sriov pin
		contains "$stderr" "lxc-sriov: pf $pf: it offers no VFs (sriov_totalvfs is absent or 0)"
		start_refused 1 centos1 "pf $pf: it offers no VFs"
		unchanged "$before"
	done
	# The other PF was pinned all the same.
	sed -i "s/$MAC2/02:00:00:00:02:11/" "$INI"
	run_status 1 lxc-sriov pin
	vf_has enp2s0 0 02:00:00:00:02:11
	ini_pair 3 | use_ini
	run_ok lxc-sriov pin

	ini_pair 3 | sed '1a pci = 0000:09:00.0' | use_ini
	run_status 1 lxc-sriov pin enp1s0
	contains "$stderr" "pf enp1s0: no network device at PCI address 0000:09:00.0; is its driver loaded?"
}

@test "a VF that the host does not have" {
	local before
	{ ini_pair 4; } | sed '0,/^vf = 0/ s//vf = 3\nlink = enp1s0v0/' | use_ini
	before=$(host_snapshot)
	start_refused 1 centos1 "centos1: vf 3 of enp1s0: there is no such VF; the PF has 3"
	unchanged "$before"
}

# centos2 is given the VF that centos1 runs with.
ini_stolen() {
	ini_pfs 3
	printf '[centos1]\npf = enp1s0\nvf = 1\nmac = 02:00:00:00:00:03\n'
	printf '[centos2]\npf = enp1s0\nvf = 0\nmac = %s\n' "$MAC1"
}

@test "a VF that another running container has: status 3 and its name" {
	local before claim
	start centos1
	ini_stolen | use_ini
	run_ok lxc-sriov config --write centos2
	before=$(host_snapshot)
	start_refused 3 centos2 "centos2: vf 0 of enp1s0: held by running container centos1; stop that one first"
	unchanged "$before"
	run_status 3 hook centos2 pre-start
	same "$stderr" "lxc-sriov: centos2: vf 0 of enp1s0: held by running container centos1; stop that one first"
	unchanged "$before"

	# also where the record was lost
	claim=$STATE/$(vf_pci enp1s0 0)
	mv "$claim" "$BATS_TEST_TMPDIR/claim"
	before=$(host_snapshot)
	run_status 3 hook centos2 pre-start
	contains "$stderr" "held by running container centos1"
	unchanged "$before"
	mv "$BATS_TEST_TMPDIR/claim" "$claim"

	same "$(mac_inside centos1 eth0)" "$MAC1"
	stop centos1
	is_home enp1s0 0
	start centos2
	same "$(mac_inside centos2 eth0)" "$MAC1"
}

has_other_netns() { [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }

@test "a VF in the network namespace of a process, or in a named one" {
	local before
	unshare -n sleep 1000 3>&- &
	holder=$!
	retry_until 10 has_other_netns "$holder"
	ip link set enp1s0v0 netns "$holder"
	before=$(host_snapshot)
	start_refused 1 centos1 "centos1: vf 0 of enp1s0: it is enp1s0v0 in the network namespace of process $holder"
	unchanged "$before"
	nsenter -n -t "$holder" ip link set enp1s0v0 netns 1

	ip netns add lab
	ip link set enp1s0v0 netns lab
	before=$(host_snapshot)
	start_refused 1 centos1 "centos1: vf 0 of enp1s0: it is enp1s0v0 in the network namespace /run/netns/lab, which is no container of ours; delete that or move the VF out"
	unchanged "$before"
	run_ok lxc-sriov list
	contains "$output" "netns lab"
	ip -n lab link set enp1s0v0 netns 1
}

@test "a VF that another driver has, or that no driver takes" {
	local before pci
	pci=$(vf_pci enp1s0 0)
	modprobe pci-stub
	unbind enp1s0 0
	echo pci-stub >"/sys/bus/pci/devices/$pci/driver_override"
	echo "$pci" >/sys/bus/pci/drivers_probe
	same "$(vf_driver enp1s0 0)" pci-stub
	before=$(host_snapshot)
	start_refused 1 centos1 "centos1: vf 0 of enp1s0: driver pci-stub makes no network device of it; unbind that first"
	unchanged "$before"
	# its owner's business, and the MAC is right: nothing to do
	run_ok lxc-sriov pin
	same "$stderr" "lxc-sriov: centos1: vf 0 of enp1s0: driver pci-stub makes no network device of it"
	unchanged "$before"

	unbind enp1s0 0
	echo none >"/sys/bus/pci/devices/$pci/driver_override"
	before=$(host_snapshot)
	start_refused 1 centos1 "centos1: vf 0 of enp1s0: bind its driver: No such device; no driver took it; install and load the VF's driver"
	unchanged "$before"
	run_status 1 lxc-sriov pin
	same "$stderr" "lxc-sriov: centos1: vf 0 of enp1s0: bind its driver: No such device; no driver took it; install and load the VF's driver"
	unchanged "$before"
}

@test "a container without a section does not start" {
	local before
	before=$(host_snapshot)
	ini_pair 3 | sed '/\[centos1\]/,/ipv4/d' | use_ini
	run_ok lxc-sriov check
	start_refused 2 centos1 "there is no section [centos1] in $INI; add one such as: [centos1] pf = "
	unchanged "$before"
}

# disagrees LINE MESSAGE: LINE at the end of the container's configuration keeps it from starting.
disagrees() {
	cp -a "$BATS_FILE_TMPDIR/centos1.config" "$LXC/centos1/config"
	echo "$1" >>"$LXC/centos1/config"
	start_refused 2 centos1 "centos1: $LXC/centos1/config: $2; run: lxc-sriov config --write centos1"
}

@test "a container whose own configuration says something else does not start" {
	local before
	before=$(host_snapshot)
	disagrees "lxc.net.0.link = enp1s0v1" 'lxc.net.0.link is "enp1s0v1" and should be enp1s0v0'
	disagrees "lxc.net.0.type = veth" 'lxc.net.0.type is "veth" and should be phys'
	disagrees "lxc.net.0.hwaddr = 02:00:00:00:00:77" 'lxc.net.0.hwaddr is "02:00:00:00:00:77" and should be unset'
	# the same MAC is LXC's to try, and the driver's to refuse
	cp -a "$BATS_FILE_TMPDIR/centos1.config" "$LXC/centos1/config"
	echo "lxc.net.0.hwaddr = $MAC1" >>"$LXC/centos1/config"
	run_ok hook centos1 pre-start
	contains "$stderr" "lxc.net.0.hwaddr: the VF has it already; take it out"
	run_ok hook centos1 post-stop
	# a NIC that the section has and the container's configuration has not
	cp -a "$BATS_FILE_TMPDIR/centos1.config" "$LXC/centos1/config"
	{ ini_pair 3; printf '[centos1 1]\npf = enp2s0\nvf = 1\n%s\n' "$SPARE"; } | use_ini
	start_refused 2 centos1 "lxc.net.1.type is \"\" and should be phys"
	unchanged "$before"
}

@test "hook: outside LXC, or for what it is not made for" {
	local before
	before=$(host_snapshot)
	run_status 2 lxc-sriov hook
	contains "$stderr" "hook: LXC calls this, not a person"
	run_status 2 lxc-sriov hook centos1 lxc pre-start
	contains "$stderr" "hook: LXC calls this, not a person"
	run_status 2 env LXC_NAME=../centos1 LXC_CONFIG_FILE="$LXC/centos1/config" lxc-sriov hook ../centos1 lxc pre-start
	contains "$stderr" "LXC_NAME = ../centos1: is not a container name"
	run_status 2 hook centos1 start-host
	contains "$stderr" "LXC calls this, not a person: LXC_PID is not set"
	run_status 2 hook centos1 stop
	contains "$stderr" "lxc stop: set it as lxc.hook.pre-start, autodev, start-host and post-stop only"
	run_status 2 env LXC_NAME=centos1 LXC_CONFIG_FILE=/nonexistent lxc-sriov hook centos1 lxc pre-start
	contains "$stderr" "centos1: /nonexistent: liblxc cannot read it"
	run_status 2 env LXC_NAME=centos1 LXC_CONFIG_FILE=config lxc-sriov hook centos1 lxc pre-start
	contains "$stderr" "LXC_CONFIG_FILE = config: not an absolute path"
	unchanged "$before"

	echo "lxc.hook.mount = /usr/share/lxc/hooks/lxc-sriov" >>"$LXC/centos1/config"
	start_refused 2 centos1 "lxc mount: set it as lxc.hook.pre-start, autodev, start-host and post-stop only"
	retry_until 10 is_home enp1s0 0
	retry_until 10 absent "$STATE/$(vf_pci enp1s0 0)"
	unchanged "$before"
}

@test "usage: unknown verbs, options and arguments" {
	local before verb
	before=$(host_snapshot)
	run_status 2 lxc-sriov frobnicate
	contains "$stderr" "frobnicate: no such verb; see lxc-sriov --help"
	run_status 2 lxc-sriov pin --write
	contains "$stderr" "an option that this verb does not take"
	run_status 2 lxc-sriov
	contains "$stderr" "usage: lxc-sriov"
	for verb in reattach reclaim; do
		run_status 2 lxc-sriov $verb centos1
		contains "$stderr" "$verb: it takes no arguments; see lxc-sriov --help"
	done
	run_status 2 lxc-sriov detach centos1
	contains "$stderr" "detach: centos1: "
	unchanged "$before"
}
