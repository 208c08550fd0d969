#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# tests/lab/run and a card that lost an interrupt: a copy of it, and a QEMU that boots nothing, but writes on the console and
# into the share what a guest would have.

load helpers

setup() {
	COPY=$BATS_TEST_TMPDIR/copy
	mkdir -p "$COPY/image"
	cp -a --parents tests/lab/{run,releases,lib,guest} "$COPY"
	cd "$COPY" || return
	stub tests/lab/image "echo $COPY/image"
	stub tests/lab/accel 'echo -accel none'
	LINE="igb 0000:01:00.0 enp1s0: NETDEV WATCHDOG: CPU: 0: transmit queue 0 timed out 5000 ms"
}

stub() {
	printf '#!/bin/bash\n%s\n' "$2" >"$1"
	chmod 755 "$1"
}

# guest COMMAND: what the guest does, with say for its console, started, print and ended for its command; boots is their number.
guest() {
	stub tests/lab/qemu "
		for arg; do
			case \$arg in
			file:*) console=\${arg#file:} ;;
			local,path=*,mount_tag=host,*) share=\${arg#local,path=} share=\${share%%,*} ;;
			pipe:*) monitor=\${arg#pipe:} ;;
			esac
		done
		exec 7<>\$monitor.in 8<>\$monitor.out
		say() { printf '%s\n' \"\$1\" >>\$console; }
		started() { : >\$share/started; }
		print() { echo \"\$1\" >>\$share/output; }
		ended() { echo \"\$1\" >\$share/status; sleep 100; }
		echo >>$COPY/boots
		boots=\$(wc -l <$COPY/boots)
		$1"
}

# lab STATUS: runs something in that guest, with seconds in place of a minute
lab() {
	run --separate-stderr env LAB_STUCK_AFTER=2 tests/lab/run --bare --timeout 60 --release trixie true 3>&-
	if [ "$status" -ne "$1" ]; then
		sriov_args='' show_streams
		fail "exit status $status, expected $1"
	fi
}
boots() { [ "$(wc -l <boots)" = "$1" ] || fail "$(wc -l <boots) boots, expected $1"; }

@test "a queue of a PF that does not move while the command is silent: named, and 125" {
	guest "started; print one; while :; do say '$LINE'; sleep 1; done"
	lab 125
	boots 1
	[ "$output" = one ]
	# shellcheck disable=SC2154 # bats's
	has_line "lab: the emulated card lost an interrupt: $LINE" "${stderr_lines[@]}"
}

@test "before the command it is booted again" {
	guest "if [ \$boots = 1 ]; then while :; do say '$LINE'; sleep 1; done; fi; sleep 1; started; print one; sleep 4; ended 7"
	lab 7
	boots 2
	[ "$output" = one ]
	has_line "lab: the emulated card lost an interrupt" "${stderr_lines[@]}"
}

@test "a queue that moves again, a command that says something, another card: nothing of it" {
	guest "started; print one; say '$LINE'; sleep 1; say '$LINE'; sleep 4; ended 0"
	lab 0
	guest "started; for i in 1 2 3 4 5; do print one; say '$LINE'; sleep 1; done; ended 0"
	lab 0
	guest "started; for i in 1 2 3 4 5; do say '${LINE/igb/igbvf}'; sleep 1; done; ended 0"
	lab 0
	boots 3
}
