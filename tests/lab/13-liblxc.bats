#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Each call of liblxc fails in turn. A fake of it does that (failing-liblxc.c), in front of the real one: nothing that a test
# could do to a container makes these calls fail.
# shellcheck disable=SC2030,SC2031 # a test is a subshell, and calls what reads its variables

load lib/helpers
load lib/sriov
load lib/targets
load lib/inject

status='' stderr='' output='' BEFORE=''

# A path with one container: each of its items is a call or two.
setup() {
	follow_tests_only
	ONE=$BATS_TEST_TMPDIR/lxc
	mkdir "$ONE"
	cp -a "$LXC/centos1" "$ONE/"
}
setup_file() {
	begin_file 2
	create centos1
	create centos2
	LXC_REAL=$(ldconfig -p | awk '$1 == "liblxc.so.1" { print $NF; exit }')
	export LXC_REAL LXC_CALLS=$BATS_FILE_TMPDIR/calls
}
teardown_file() { end_file; }
teardown() {
	rule_back
	cp "$BATS_FILE_TMPDIR/sriov.ini" "$INI"
	lxc-sriov config --write centos1
	end_test
}

# fail_at N CMD...: the Nth call of liblxc that CMD makes fails. Sets status, output and stderr. False when there are fewer.
fail_at() {
	local n=$1
	shift
	status=0
	: >"$LXC_CALLS"
	# in a process of its own, which is over when a post-stop comes, as LXC's monitor is
	(
		LD_LIBRARY_PATH=/lab/$LAB_BUILD/lab/failing LXC_FAIL_AT=$n "$@" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&-
		exit
	) || status=$?
	output=$(<"$BATS_TEST_TMPDIR/out")
	stderr=$(<"$BATS_TEST_TMPDIR/err")
	# shellcheck disable=SC2034 # where tells it
	outcome="status $status: $stderr"
	grep -q ' failed$' "$LXC_CALLS"
}

# each_call MINIMUM VERIFY CMD...: VERIFY after each failure.
each_call() {
	local minimum=$1 verify=$2
	local -i n=1 refused=0
	shift 2
	while fail_at $n "$@"; do
		[ "$status" = 0 ] || refused+=1
		"$verify" || where "$(grep ' failed$' "$LXC_CALLS")" "$n"
		n+=1
	done
	same "$status" 0
	"$verify"
	echo "# $BATS_TEST_DESCRIPTION: failed at $((n - 1)) calls, refused at $refused" >&3
	[ $((n - 1)) -ge "$minimum" ]
}

# Either all is well, or this start was refused with a word and nothing is left of it.
ended() {
	reading_is_told && { [ "$status" != 0 ] || run_ok hook centos1 post-stop; } && unchanged "$BEFORE"
}

@test "pre-start, with limits and a shape" {
	sed -i '/^\[centos2\]/,$d' "$INI"
	printf 'cpus = 0\nmemory = 64M\nshape = tc\nmax_tx_rate = 50\n' >>"$INI"
	run_ok lxc-sriov config --write centos1
	BEFORE=$(host_snapshot)
	each_call 8 ended env LXC_NAME=centos1 LXC_CONFIG_FILE="$LXC/centos1/config" lxc-sriov hook centos1 lxc pre-start
}

detached() {
	reading_is_told && run_ok lxc-sriov detach lxc:centos2 && like "$BEFORE"
}

@test "attach to a container that runs" {
	start centos2
	BEFORE=$(host_like)
	each_call 3 detached lxc-sriov attach lxc:centos2 --pf enp2s0 --vf 1 --mac "$(admin_mac enp2s0 1)" --name eth5
}

# Printed as a whole, or not at all.
drafted() {
	reading_is_told && { [ "$status" != 0 ] || lxc-sriov check "$BATS_TEST_TMPDIR/out"; }
}

@test "init" {
	each_call 5 drafted lxc-sriov init -P "$ONE"
}

# What it cannot read is a finding, and never one of another kind.
examined() {
	case $status in
	0 | 1) same "$stderr" "" && jq -e '.findings' <<<"$output" >/dev/null ;;
	*) return 1 ;;
	esac
}

@test "doctor" {
	each_call 5 examined lxc-sriov doctor --json -P "$ONE"
}

whole() {
	reading_is_told && run_ok lxc-sriov config centos1 && diff <(echo "$output") "$LXC/centos1/sriov.conf"
}

@test "config --write" {
	each_call 1 whole lxc-sriov config --write centos1
}

# The NIC comes back whatever becomes of the command, which is told.
with_nic() {
	same "$(vf_netdev enp2s0 0)" "" && same "$(mac_inside centos2 eth0)" "$MAC2" && failure_is_told || return
	[ "$status" = 0 ] || same "$stderr" \
		"lxc-sriov: centos2: start \"touch /tmp/reattached\" (reattach_exec) in it: $1; start it with: lxc-attach -n centos2"
}

@test "reattach, with a command to run in the container" {
	local root
	local -i n
	printf 'reattach_exec = touch /tmp/reattached\n' >>"$INI"
	run_ok lxc-sriov config --write centos2
	start centos2
	root=/proc/$(init_pid centos2)/root
	rule_away
	for ((n = 1; ; n++)); do
		rm -f "$root/tmp/reattached"
		unbind enp2s0 0
		vf_pci enp2s0 0 >/sys/bus/pci/drivers/igbvf/bind
		retry_until 10 has_netdev enp2s0 0
		fail_at $n lxc-sriov reattach || break
		with_nic "$(grep -q '^attach' "$LXC_CALLS" && echo Input/output error || echo Invalid argument)"
	done
	same "$status" 0
	with_nic ""
	retry_until 10 test -e "$root/tmp/reattached"
	echo "# $BATS_TEST_DESCRIPTION: failed at $((n - 1)) calls" >&3
	[ $((n - 1)) -ge 2 ]
}
