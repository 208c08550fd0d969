#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# make bench-scale, in a guest with 16 PFs: from no VFs to 112, with their MACs on both sides, and none of them ever random.

load ../lab/lib/helpers
load ../lab/lib/sriov
load scale

MEASURE=/lab/build/bench/measure
PFS=16
VFS=7

pfs() {
	local pf
	for pf in /sys/class/net/*/device/sriov_totalvfs; do
		pf=${pf%/device/*}
		echo "${pf##*/}"
	done | sort -V
}

@test "pin of 112 VFs of 16 PFs" {
	local pf vf mac round pfs set=0 figures=$BATS_TEST_TMPDIR
	read -d '' -ra pfs < <(pfs) || :
	same ${#pfs[@]} $PFS
	for pf in "${pfs[@]}"; do
		printf '[pf %s]\nnumvfs = %d\n' "$pf" $VFS
		sections "$pf" $VFS 1 $((VFS * set++))
	done | use_ini
	dmesg --clear
	run_ok $MEASURE "$figures/pin" lxc-sriov pin
	same "${stderr-}" ""
	report pfs "pin, from no VFs" $((PFS * VFS)) "$figures/pin"

	for ((set = 0; set < PFS; set++)); do
		for ((vf = 0; vf < VFS; vf++)); do
			mac_of 1 $((VFS * set + vf))
			vf_has "${pfs[set]}" $vf "$mac"
		done
	done
	lacks "$(dmesg)" "random MAC"
	run_ok lxc-sriov list
	lacks "$output" "!"
	for ((round = 0; round < ROUNDS; round++)); do
		run_ok $MEASURE "$figures/again" lxc-sriov pin
		run_ok $MEASURE "$figures/list" lxc-sriov list
	done
	report pfs "pin, nothing differs" $((PFS * VFS)) "$figures/again"
	report pfs "list" $((PFS * VFS)) "$figures/list"
}
