#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# list: the table and its marks, the JSON and its schema, and names that others chose.

load lib/helpers
load lib/sriov
stderr='' # set by run_status

setup_file() {
	begin_file 3
	create centos1
}
teardown_file() { end_file; }

teardown() {
	local vf
	[ -z "${holder:-}" ] || kill "$holder" 2>/dev/null || :
	if ip netns list | grep -q lab; then
		ip netns delete lab # the kernel brings home what is in it
		retry_until 20 has_netdev enp1s0 1
	fi
	rmdir /sys/fs/cgroup/lxc.payload.* 2>/dev/null || :
	[ "$(numvfs enp1s0)" = 3 ] || destroy_vfs enp1s0
	vf=$(pf_sysfs enp1s0)/virtfn2
	if [ -e "$vf/driver_override" ] && [ "$(<"$vf/driver_override")" != "(null)" ]; then
		echo >"$vf/driver_override"
		unbind enp1s0 2
	fi
	[ ! -e "$vf" ] || [ -e "$vf/driver" ] || vf_pci enp1s0 2 >/sys/bus/pci/drivers_probe
	for vf in 0 1 2; do # nobody resets attributes otherwise
		ip link set enp1s0 vf $vf vlan 0 spoofchk on trust off max_tx_rate 0 2>/dev/null || :
	done
	ip link set enp1s0v1 mtu 1500 2>/dev/null || :
	end_test
}

# check_json FILTER: of the last output; in the filter, bad is what is wrong with its input.
check_json() {
	jq -r -L /lab/tests/lab/lib --slurpfile schema /lab/doc/list.schema.json \
		"include \"schema\"; def bad: wrong(\$schema[0]); $1" <<<"$output"
}

# valid: the last output is as the schema says.
valid() {
	iconv -f UTF-8 -t UTF-8 <<<"$output" >/dev/null
	same "$(check_json bad)" ""
}

# told PF VF FILTER: of the last output.
told() { jq -c ".pfs[] | select(.pf == \"$1\") | .vfs[$2] | $3" <<<"$output"; }

# vf_lines VF: its line in the last output and what is indented below it; of the first PF.
vf_lines() { awk -v vf="$1" 'NF == 0 { exit } $1 ~ /^[0-9]+$/ { on = $1 == vf } on' <<<"$output"; }

# fits: as printed for a terminal.
fits() {
	run_status 1 grep -nE '.{101}| $' <<<"$1"
}

@test "the table: as wide as it needs to be, whose each VF is, and no marks on a host that is pinned" {
	start centos1
	run_ok lxc-sriov list
	same "$stderr" ""
	matches "${output%%$'\n'*}" '^enp1s0  0000:01:00\.0  igb  up(, no carrier)?  3 of 7 VFs, igbvf$'
	output_has "
  VF  PCI           NETDEV    ADMIN MAC          EFFECTIVE MAC"
	matches "$(vf_lines 0)" "^   0  0000:01:10\.0  eth0      $MAC1  same +inside  centos1\$"
	matches "$(vf_lines 1)" "^   1  0000:01:10\.2  enp1s0v1  .*  host    -\$"
	lacks "$output" "!"
	matches "$output" "   0  0000:02:10\.0  enp2s0v0  $MAC2  same +host   centos2"
	fits "$output"
	run_ok lxc-sriov list enp2s0
	lacks "$output" enp1s0
	run_status 1 lxc-sriov list lxcbr0
	same "$(said)" "lxc-sriov: pf lxcbr0: no such network device, or it offers no VFs; see: lxc-sriov list"

	run_ok lxc-sriov list --json
	valid
	same "$(jq -c '[.version, .config]' <<<"$output")" "[1,\"$INI\"]"
	same "$(told enp1s0 0 '[.place, .netdev, .container, .claimed_by, .netns_container, .carrier != null]')" \
		'["away","eth0","centos1","centos1","centos1",true]'
	same "$(told enp1s0 0 .netns_pid)" "$(init_pid centos1)"
	# The check of that is no rubber stamp: each of these is found.
	same "$(check_json '[del(.pfs[0].vfs[1].trust), del(.pfs), (.pfs[0].vfs[1].more = 1), (.pfs[0].up = "yes"),
		(.version = 2), (.pfs[1].vfs[0].admin_mac = "02-00"), (.pfs[0].vfs[0].place = "here"), (.pfs[0].numvfs = 1.5),
		(.pfs[0].differs = ["down"]), (.pfs[0].vfs[0].vf = -1)] | map([bad] == []) | any')" false
}

@test "where a VF is: no driver, another driver's, a process's, a named namespace's, another container's" {
	local pci
	ip netns add lab
	ip link set enp1s0v1 netns lab
	unshare -n sleep 1000 3>&- &
	holder=$!
	retry_until 10 not test /proc/self/ns/net -ef "/proc/$holder/ns/net"
	ip link set enp1s0v2 netns "$holder"
	run_ok lxc-sriov list enp1s0
	matches "$(vf_lines 1)" ' enp1s0v1 .* netns lab +-$'
	matches "$(vf_lines 2)" " enp1s0v2 .* process $holder +-\$"
	fits "$output"
	kill "$holder"
	retry_until 20 is_home enp1s0 2

	pci=$(vf_pci enp1s0 2)
	unbind enp1s0 2
	run_ok lxc-sriov list enp1s0
	matches "$(vf_lines 2)" ' - .* - +no driver +-$'
	modprobe pci-stub
	echo pci-stub >"/sys/bus/pci/devices/$pci/driver_override"
	echo "$pci" >/sys/bus/pci/drivers_probe
	run_ok lxc-sriov list enp1s0
	matches "$(vf_lines 2)" ' - .* - +pci-stub +-$'
	contains "$output" "3 of 7 VFs, igbvf"
	run_ok lxc-sriov list --json
	valid
	same "$(told enp1s0 2 '[.place, .driver, .netdev, .effective_mac, .up]')" '["no-netdev","pci-stub",null,null,null]'
	same "$(told enp1s0 1 '[.place, .netdev, .netns, .netns_pid, .netns_container]')" \
		'["away","enp1s0v1","/run/netns/lab",null,null]'

	# the configuration gives centos1's VF to another while it runs
	start centos1
	sed -i 's/^\[centos1\]/[db]/' "$INI"
	run_ok lxc-sriov list enp1s0
	matches "$(vf_lines 0)" ' centos1 +db$'
	run_ok lxc-sriov list --json
	valid
	same "$(told enp1s0 0 '[.container, .claimed_by, .netns_container]')" '["db","centos1","centos1"]'
}

@test "attributes that are set, by whomever, stand below their VF" {
	ip link set enp1s0 vf 1 vlan 5 qos 2
	ip link set enp1s0 vf 1 trust on
	ip link set enp1s0 vf 1 spoofchk off
	ip link set enp1s0 vf 1 max_tx_rate 30
	ip link set enp1s0v1 mtu 1400
	run_ok lxc-sriov list enp1s0
	same "$(vf_lines 1 | tail -n +2)" "      vlan 5, vlan_qos 2, spoofchk no, trust yes, max_tx_rate 30, mtu 1400"
	same "$(vf_lines 0 | wc -l) $(vf_lines 2 | wc -l)" "1 1"
	lacks "$output" "!"
	fits "$output"
	run_ok lxc-sriov list --json
	valid
	same "$(told enp1s0 1 '[.vlan, .vlan_qos, .vlan_proto, .spoofchk, .trust, .min_tx_rate, .max_tx_rate, .link_state, .rss_query, .mtu]')" \
		'[5,2,"802.1Q",false,true,0,30,"auto",null,1400]'
	same "$(told enp1s0 0 '[.vlan, .vlan_qos, .vlan_proto, .spoofchk, .trust, .max_tx_rate]')" '[0,0,null,true,false,0]'

	# as with a card that starts without it: said once
	for vf in 0 1 2; do ip link set enp1s0 vf $vf spoofchk off; done
	run_ok lxc-sriov list enp1s0
	matches "${output%%$'\n'*}" '3 of 7 VFs, igbvf, spoofchk no$'
	same "$(grep -c spoofchk <<<"$output")" 1
}

@test "what pin would change is marked, and no mark is left when it has" {
	{
		ini_pair 3
		printf '%s\n' '[db]' 'pf = enp1s0' 'vf = 1' 'mac = 02:00:00:00:01:01' 'vlan = 100' 'trust = yes' 'mtu = 1400' \
			'[dns]' 'pf = enp1s0' 'vf = 2' 'mac = 02:00:00:00:01:02'
	} | use_ini
	ip link set enp1s0 vf 0 mac 02:00:00:00:00:99
	unbind enp1s0 2
	run_ok lxc-sriov list enp1s0
	matches "$(vf_lines 0)" " 02:00:00:00:00:99!  $MAC1 +host"
	matches "$(vf_lines 1 | head -n 1)" " ..:..:..:..:..:..!  (same|..:..:..:..:..:..)! +host .* db\$"
	same "$(vf_lines 1 | tail -n +2 | head -n 1)" "      vlan 0!, trust no!, mtu 1500!"
	matches "$(vf_lines 2)" " no driver! +dns$"
	same "${output##*$'\n'}" "! is not as in $INI; what would be done: lxc-sriov pin --dry-run"
	fits "$output"
	run_ok lxc-sriov list --json
	valid
	same "$(told enp1s0 0 .differs)" '["mac"]'
	same "$(told enp1s0 1 .differs)" '["vlan","mac","trust","effective_mac","mtu"]'
	same "$(told enp1s0 2 .differs)" '["mac","driver"]'
	# the words are those of pin
	run_ok lxc-sriov pin --dry-run
	output_has "vf 1 of enp1s0: set vlan 100"
	output_has "vf 2 of enp1s0: bind its driver"

	run_ok lxc-sriov pin
	run_ok lxc-sriov list --json
	same "$(jq -c '[.. | .differs? // empty] | add' <<<"$output")" "[]"
	run_ok lxc-sriov list
	lacks "$output" "!"
	same "$(vf_lines 1 | tail -n +2)" "      vlan 100, trust yes, mtu 1400"

	# a limit of 0 that is configured is one that is told
	sed -i 's/^trust = yes/&\nmax_tx_rate = 0/' "$INI"
	run_ok lxc-sriov list
	lacks "$output" "!"
	same "$(vf_lines 1 | tail -n +2)" "      vlan 100, trust yes, max_tx_rate 0, mtu 1400"
	run_ok lxc-sriov pin --dry-run
	same "$(said)" ""
}

@test "marks where pin waits or may do nothing: a container that runs with another MAC, a number of VFs, a PF that is down" {
	start centos1
	sed -i -e "s/$MAC1/02:00:00:00:01:11/" -e 's/numvfs = 3/numvfs = 4/' "$INI"
	ip link set enp2s0 down
	run_ok lxc-sriov list
	matches "$(vf_lines 0)" " eth0 .* $MAC1!  same! +inside +centos1"
	contains "$output" "3 of 7 VFs, igbvf, numvfs 4 configured!"
	contains "$output" "enp2s0  0000:02:00.0  igb  down!  3 of 7 VFs"
	run_ok lxc-sriov list --json
	valid
	same "$(jq -c '.pfs[] | [.pf, .up, .numvfs, .configured_numvfs, .differs]' <<<"$output" | xargs)" \
		"[enp1s0,true,3,4,[numvfs]] [enp2s0,false,3,4,[up,numvfs]]"
	ip link set enp2s0 up
}

@test "without a configuration, or with one that has errors: no containers, no marks, and a word about errors" {
	echo rubbish >"$INI"
	run_ok lxc-sriov list --json
	same "$stderr" "lxc-sriov: $INI: it has errors, so that its containers are not shown; run: lxc-sriov check"
	valid
	same "$(jq -c '[.config, .pfs[].configured_numvfs, .pfs[].vfs[].container] | unique' <<<"$output")" "[null]"
	rm "$INI"
	ip link set enp1s0 vf 0 mac 02:00:00:00:00:99
	run_ok lxc-sriov list enp1s0
	same "$stderr" ""
	lacks "$output" "!"
	destroy_vfs enp1s0
	run_ok lxc-sriov list enp1s0
	same "$(wc -l <<<"$output")" 1
	matches "$output" ' 0 of 7 VFs$'
	run_ok lxc-sriov list --json
	valid
}

@test "names that a container's root chose are printed without what drives a terminal" {
	local evil=$'lxc.payload.e\e[2J\xff'
	ip netns add lab
	ip link set enp1s0v1 netns lab
	ip -n lab link set enp1s0v1 name $'a\e[31m"\\\x9b\xff'
	mkdir "/sys/fs/cgroup/$evil"
	ip netns exec lab sleep 1000 3>&- &
	holder=$!
	echo "$holder" >"/sys/fs/cgroup/$evil/cgroup.procs"
	retry_until 10 test /run/netns/lab -ef "/proc/$holder/ns/net"
	run_ok lxc-sriov list enp1s0
	contains "$output" '  a?[31m"\??  '
	contains "$(vf_lines 1)" ' inside  e?[2J?'
	run_status 1 env LC_ALL=C grep -nP '[^\x20-\x7e\n]' <<<"$output"
	run_ok lxc-sriov list --json
	valid
	same "$(told enp1s0 1 .netdev)" '"a\u001b[31m\"\\��"'
	kill "$holder"
	wait "$holder" 2>/dev/null || :
	rmdir "/sys/fs/cgroup/$evil"
}
