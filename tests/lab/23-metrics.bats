#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# metrics: what Prometheus takes, counters that are the VFs' own wherever these are, and files that are whole.

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
	local pf
	if ip netns list | grep -q lab; then
		ip netns delete lab
		retry_until 20 has_netdev enp1s0 1
	fi
	for pf in enp1s0 enp2s0; do # a VF without a section is not pin's to bind
		[ ! -e "$(pf_sysfs $pf)/virtfn1" ] || [ -e "$(pf_sysfs $pf)/virtfn1/driver" ] || vf_pci $pf 1 >/sys/bus/pci/drivers_probe
	done
	umount "$BATS_TEST_TMPDIR/full" 2>/dev/null || :
	end_test
}

PROMTOOL=/lab/build/lab/promtool

# metric NAME PF VF: its value in the last output.
metric() { sed -nE "s/^lxc_sriov_$1\\{pf=\"$2\",vf=\"$3\",.*\\} ([0-9]+)\$/\\1/p" <<<"$output"; }

# What is told, without the numbers.
series() { sed 's/ [0-9]*$//'; }

inside_counter() { lxc-attach -n "$1" -- cat "/sys/class/net/eth0/statistics/$2"; }

# between LEAST VALUE MOST
between() {
	if [ -z "$2" ] || [ "$2" -lt "$1" ] || [ "$2" -gt "$3" ]; then
		printf 'is: %s, and not from %s to %s\n' "$2" "$1" "$3" >&2
		return 1
	fi
}

# one_block: each metric is announced once, before its samples, and they stand together.
one_block() {
	awk '/^# HELP / { help = $3; next }
		/^# TYPE / { if ($3 != help || seen[$3]++) exit 1; now = $3; next }
		/^#/ || NF == 0 { exit 1 }
		{ name = $1; sub(/\{.*/, "", name); if (name != now) exit 1 }' <<<"$output"
}

@test "promtool finds nothing wrong, with containers running, VFs without a netdev, and odd names" {
	[ -x "$PROMTOOL" ] || skip "no promtool: run tests/deps lab"
	start centos1
	unbind enp2s0 1
	ip netns add lab
	ip link set enp1s0v1 netns lab
	ip -n lab link set enp1s0v1 name $'a\e"\\n\xff'
	run_ok lxc-sriov metrics
	same "$stderr" ""
	one_block
	echo "$output" >"$BATS_TEST_TMPDIR/metrics"
	run_ok "$PROMTOOL" check metrics <"$BATS_TEST_TMPDIR/metrics"
	same "$(said)" ""
	contains "$(<"$BATS_TEST_TMPDIR/metrics")" $'netdev="a\e\\"\\\\n\xef\xbf\xbd"'
	# which does find what is wrong
	sed 's/_bytes_total/_bytes/' "$BATS_TEST_TMPDIR/metrics" >"$BATS_TEST_TMPDIR/broken"
	run_status 3 "$PROMTOOL" check metrics <"$BATS_TEST_TMPDIR/broken"
}

@test "what is said of each PF and VF" {
	start centos1
	run_ok lxc-sriov metrics
	output_has "lxc_sriov_vf_info{pf=\"enp1s0\",vf=\"0\",mac=\"$MAC1\",container=\"centos1\",pci=\"0000:01:10.0\",driver=\"igbvf\",netdev=\"eth0\"} 1"
	output_has "lxc_sriov_vf_up{pf=\"enp1s0\",vf=\"0\",mac=\"$MAC1\",container=\"centos1\"} 1"
	output_has "lxc_sriov_vf_up{pf=\"enp2s0\",vf=\"0\",mac=\"$MAC2\",container=\"centos2\"} 0"
	same "$(metric vf_as_configured enp1s0 0)$(metric vf_as_configured enp1s0 1)" 1
	output_has 'lxc_sriov_pf_numvfs{pf="enp1s0"} 2'
	output_has 'lxc_sriov_pf_totalvfs{pf="enp2s0"} 7'
	output_has 'lxc_sriov_pf_info{pf="enp1s0",pci="0000:01:00.0",driver="igb"} 1'
	same "$(grep -c '^lxc_sriov_vf_info{' <<<"$output")" 4
	same "$(grep -c '^lxc_sriov_vf_receive_packets_total{' <<<"$output")" 4
	same "$(metric vf_max_tx_rate_bytes_per_second enp1s0 0)" 0

	ip link set enp1s0 vf 0 max_tx_rate 50
	ip link set enp1s0 vf 0 mac 02:00:00:00:00:99
	unbind enp1s0 1
	run_ok lxc-sriov metrics
	same "$(metric vf_max_tx_rate_bytes_per_second enp1s0 0)" 6250000
	same "$(metric vf_as_configured enp1s0 0)" 0
	same "$(grep -c '^lxc_sriov_vf_info{' <<<"$output")" 4
	# not a 0, which would be taken for one
	same "$(metric vf_receive_packets_total enp1s0 1)$(metric vf_up enp1s0 1)" ""
	ip link set enp1s0 vf 0 max_tx_rate 0
}

@test "counters are the netdev's, inside a container and at home: they never go back" {
	local least most packets
	start centos1
	start centos2
	traffic centos1 194.168.1.2
	run_ok lxc-attach -n centos1 -- ping -c 20 -i 0.1 -s 1000 194.168.1.2
	for name in tx_bytes:transmit_bytes tx_packets:transmit_packets rx_bytes:receive_bytes rx_packets:receive_packets \
		multicast:receive_multicast rx_dropped:receive_dropped; do
		least=$(inside_counter centos1 "${name%:*}")
		run_ok lxc-sriov metrics
		most=$(inside_counter centos1 "${name%:*}")
		between "$least" "$(metric "vf_${name#*:}_total" enp1s0 0)" "$most"
	done
	packets=$(metric vf_transmit_packets_total enp1s0 0)
	between 20 "$packets" 10000
	between 20000 "$(metric vf_transmit_bytes_total enp1s0 0)" 10000000
	stop centos1
	run_ok lxc-sriov metrics
	between "$packets" "$(metric vf_transmit_packets_total enp1s0 0)" 10000
	# igb's PF counts nothing for its VFs (it says 0 of everything): that is no counter
	lacks "$output" pf_vf_
	same "$(ip -s -j link show enp1s0 | jq -c '.[0].vfinfo_list[0].stats.rx.packets')" 0
	output_has 'lxc_sriov_pf_unread_vfs{pf="enp1s0"} 0'
}

@test "--output: the file is there as a whole, for others to read, and nothing beside it" {
	local folder=$BATS_TEST_TMPDIR/collector
	mkdir "$folder"
	(umask 077 && run_ok lxc-sriov metrics --output "$folder/lxc-sriov.prom")
	same "$(ls -A "$folder")" lxc-sriov.prom
	same "$(stat -c '%a %U' "$folder/lxc-sriov.prom")" "644 root"
	run_ok lxc-sriov metrics
	same "$(grep -c '^lxc_sriov_vf_info{' "$folder/lxc-sriov.prom")" 4
	diff <(series <"$folder/lxc-sriov.prom") <(series <<<"$output")
	# what a collector looks for is never half there
	run_ok strace -f -e trace=openat,rename,renameat,renameat2,write -o "$BATS_TEST_TMPDIR/trace" \
		lxc-sriov metrics -o "$folder/lxc-sriov.prom"
	run_status 1 grep -E 'openat\(.*[/"]lxc-sriov.prom"' "$BATS_TEST_TMPDIR/trace"
	grep -qE 'renameat.*"\.lxc-sriov\.prom\.[0-9]+", .*"lxc-sriov\.prom"\) = 0' "$BATS_TEST_TMPDIR/trace"
	# relative to where one is
	(cd "$folder" && run_ok lxc-sriov metrics -o here.prom && test -s here.prom)
}

@test "--output that fails: said, and the old file is as it was" {
	local full=$BATS_TEST_TMPDIR/full
	run_status 1 lxc-sriov metrics --output "$BATS_TEST_TMPDIR/nowhere/x.prom"
	same "$(said)" "lxc-sriov: metrics: write $BATS_TEST_TMPDIR/nowhere/x.prom: No such file or directory; is its folder there?"
	absent "$BATS_TEST_TMPDIR/nowhere"

	mkdir "$full"
	mount -t tmpfs -o size=8k tmpfs "$full"
	echo old >"$full/x.prom"
	run_status 1 lxc-sriov metrics --output "$full/x.prom"
	same "$(said)" "lxc-sriov: metrics: write $full/x.prom: No space left on device"
	same "$(ls -A "$full") $(<"$full/x.prom")" "x.prom old"

	ln -s x.prom "$full/link"
	run_status 1 lxc-sriov metrics --output "$full/link"
	stderr_has "write $full/link: Operation not supported; it is no plain file, and would be replaced"
	same "$(readlink "$full/link")" x.prom
	run_status 2 lxc-sriov metrics enp1s0
	same "$(said)" "lxc-sriov: metrics: it takes no arguments; see lxc-sriov --help"
	run_status 2 lxc-sriov list --output "$full/x"
}

@test "a host without VFs, or without a configuration" {
	rm "$INI"
	run_ok lxc-sriov metrics
	same "$stderr" ""
	output_has 'vf="0",mac="'"$MAC1"'",container=""} '
	lacks "$output" vf_as_configured
	destroy_vfs enp1s0 enp2s0
	run_ok lxc-sriov metrics
	same "$stderr" ""
	one_block
	output_has 'lxc_sriov_pf_numvfs{pf="enp1s0"} 0'
	lacks "$output" lxc_sriov_vf_
}
