#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What survives a boot and a power cut, from outside: bats tests/lab/boots.bats
# The tests are the life of one machine with three containers: each goes on with the disk of the one before.

load lib/helpers

setup() {
	cd "$BATS_TEST_DIRNAME" || return
	export BATS_TEST_TIMEOUT=1500
	DISK=$BATS_FILE_TMPDIR/disk
	MACS=$BATS_FILE_TMPDIR/macs
	# the deadlines are for a busy host
	MACHINE=(./run --disk "$DISK" --systemd --boot-timeout 600 --timeout 1200 /lab/tests/lab/guest/boots)
}

teardown() {
	[ -z "${runner:-}" ] || kill "$runner" 2>/dev/null || :
}

# boot STEP...: with systemd, and these steps of guest/boots once it is up.
boot() { run_ok "${MACHINE[@]}" "$@"; }

note() { echo "# $*" >&3; }

# power_cut STEP...: QEMU is killed at the moment that the last step tells.
power_cut() {
	local out=$BATS_TEST_TMPDIR/out status=0
	"${MACHINE[@]}" "$@" >"$out" 2>"$out.err" 3>&- &
	runner=$!
	retry_until 430 finished_or_due "$runner" "$out"
	pkill -KILL -P "$runner" qemu || :
	wait "$runner" || status=$?
	if [ "$status" != 125 ] || ! grep -q '^NOW: .*lxc-' "$out" || ! grep -q 'the guest ended before' "$out.err"; then
		printf 'exit status %s, expected 125\n' "$status"
		cat "$out" "$out.err"
		return 1
	fi >&2
	note "cut during: $(sed -n 's/^NOW: //p' "$out")"
	note "last: $(tail -n 3 "$out" | paste -sd ';')"
	output=$(<"$out")
}
finished_or_due() { grep -q '^NOW' "$2" || ! kill -0 "$1"; }

@test "a disk that is kept, without systemd: a clean shutdown, and what was written is there" {
	local disk=$BATS_TEST_TMPDIR/disk
	run_status 3 ./run --pfs 0 --disk "$disk" 'echo kept >/root/x; sleep 1000 & exit 3'
	run_ok ./run --pfs 0 --disk "$disk" 'cat /root/x; dmesg | grep -c "EXT4-fs.*recovery" || :'
	diff <(printf 'kept\n0\n') <(echo "$output")
}

@test "first boot: configuration, units enabled, three containers" {
	boot prepare
}

@test "second boot, alone: all as configured; the VF driver reloaded under systemd's udevd; the timers' units" {
	boot alone macs reload units
	grep '^MAC' <<<"$output" >"$MACS"
	[ "$(wc -l <"$MACS")" = 3 ] || { cat "$MACS" >&2; return 1; }
}

@test "third boot: the same MACs; a power cut in the middle of pins" {
	power_cut alone macs busy_pinning
	diff "$MACS" <(grep '^MAC' <<<"$output")
}

@test "after that cut all is as configured; another in the middle of starts" {
	power_cut alone whole macs busy_starting
	diff "$MACS" <(grep '^MAC' <<<"$output")
}

@test "after that one too; and Docker's containers have theirs by the unit" {
	boot alone whole macs docker_unit
	diff "$MACS" <(grep '^MAC' <<<"$output")
}
