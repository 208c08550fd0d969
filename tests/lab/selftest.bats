#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The lab's own promises, from outside: bats tests/lab/selftest.bats

load lib/helpers

setup() {
	cd "$BATS_TEST_DIRNAME" || return
	export BATS_TEST_TIMEOUT=300
}

# --- each boot shows several things at once: a boot takes ten seconds, and this file should be short ---

@test "exit status and arguments pass through, as many PFs as asked for, output whole also from a daemon and /dev/stderr" {
	run_status 7 ./run --pfs 3 bash -c "
		printf '<%s>\\n' \"\$@\"
		ls -d /sys/class/net/enp* | wc -l
		sleep 1000 &
		echo one >/dev/stderr
		seq 1 100000
		echo two >/dev/stderr
		exit 7" _ "a b" "\$HOME" ""
	[ "$(head -n 5 <<<"$output")" = $'<a b>\n<$HOME>\n<>\n3\none' ]
	[ "$(wc -l <<<"$output")" = 100006 ]
	[ "$(tail -n 1 <<<"$output")" = two ]
	run_status 2 ./run --pfs 17 true
	stderr_has "--pfs: 0 to 16"
}

@test "shell text as root with no input; two runs at once, and neither is seen by the other or by the next" {
	local image before
	local text='id -u | tr 0 r; pwd; read -r x; echo $?; type -p modprobe >/dev/null && touch /marker; sleep 3; ls /marker'
	image=$(./image)
	before=$(stat -c %Y "$image/root.img")
	./run --pfs 0 "$text" >"$BATS_TEST_TMPDIR/other" 2>&1 3>&- &
	run_ok ./run --pfs 0 "$text"
	wait $!
	[ "$output" = $'r\n/\n1\n/marker' ]
	[ "$(stat -c %Y "$image/root.img")" = "$before" ]
}

# qemu_of RUNNER: prints the directory of its run, once its QEMU is there.
qemu_of() { pgrep -P "$1" -f -a qemu-system | grep -o 'run\.[^/]*' | head -n 1 | grep .; }
no_qemu_of() { ! pgrep -f "qemu-system.*$1/"; }

@test "output streams while the command runs; one that is silent for too long is shown where it stands" {
	local out=$BATS_TEST_TMPDIR/out err=$BATS_TEST_TMPDIR/err runner status=0
	# what the runs before made is not there; the second word comes once the first was heard
	./run --pfs 0 --silence 20 'ls /marker 2>/dev/null; echo one; until [ -e /host/heard ]; do sleep 0.1; done
		echo two; sleep 12; echo three; sleep 12; echo four; sleep 1000' >"$out" 2>"$err" 3>&- &
	runner=$!
	retry_until 60 grep -q one "$out"
	: >"../../build/lab/$(qemu_of "$runner")/share/heard"
	wait "$runner" || status=$?
	[ "$status" = 124 ]
	[ "$(<"$out")" = $'one\ntwo\nthree\nfour' ]
	# shellcheck disable=SC2034 # for stderr_has
	stderr=$(<"$err")
	stderr_has "the guest's CPUs:"
	stderr_has RIP=
	stderr_has "Show Blocked State"
	stderr_has "the command said nothing for 20 s"
}

@test "systemd as init: the command runs once the boot is over" {
	run_status 3 ./run --pfs 1 --systemd 'systemctl is-active multi-user.target; cat /proc/1/comm; ls /sys/class/net/enp1s0/device/sriov_numvfs; exit 3'
	[ "$output" = $'active\nsystemd\n/sys/class/net/enp1s0/device/sriov_numvfs' ]
}

@test "a guest that powers off early is a failure" {
	# another process takes what is printed out of the guest
	run_status 125 ./run --pfs 0 'echo before; until grep -q before /host/output; do :; done; echo o >/proc/sysrq-trigger; sleep 1000'
	[ "$output" = before ]
	stderr_has "the guest ended before the command did"
}

@test "a command that hangs meets the deadline, and a boot that does its own" {
	run_status 124 ./run --pfs 0 --timeout 60 'echo before; sleep 1000'
	[ "$output" = before ]
	stderr_has "the command did not end within 60 s"
	run_status 124 ./run --pfs 0 --boot-timeout 1 true
	stderr_has "did not start the command within 1 s"
}

@test "nothing is left behind, even by a run that is killed" {
	local dir runner
	./run --pfs 0 'sleep 1000' >/dev/null 2>&1 3>&- &
	runner=$!
	retry_until 60 qemu_of "$runner"
	dir=$(qemu_of "$runner")
	kill -KILL "$runner"
	retry_until 10 no_qemu_of "$dir"
	rm -rf ../../build/lab/"${dir:?}"
}

@test "the shell takes commands from a pipe" {
	# shell has no deadline of its own, and bats' ends what it started itself, not what that started
	run_ok timeout 250 ./shell --pfs 0 < <(echo "echo seven-\$((3+4))")
	output_has "seven-7"
	run_status 125 ./shell --pfs 0 --boot-timeout 1 </dev/null
	stderr_has "the guest did not start its shell within 1 s"
}

# TEST: bats would take the real word for a test of this file. How suite counts without a guest: tests/bats/suite.bats.
@test "suite counts passes, failures and skips; a kernel panic is a failure that shows the console" {
	local file=$BATS_TEST_DIRNAME/selftest.tmp.bats
	sed 's/^TEST/@test/' >"$file" <<-'END'
		TEST "passes" { true; }
		TEST "skips" { skip; }
		TEST "fails" { false; }
		TEST "panics" { until grep -q fails /host/output; do :; done; echo c >/proc/sysrq-trigger; sleep 1000; }
		TEST "never runs" { true; }
	END
	CI='' run_status 1 ./suite --pfs 0 "$file"
	[ "$(tail -n 1 <<<"$output")" = "1 passed, 3 failed, 1 skipped" ]
	stderr_has "Kernel panic"
	stderr_has "the guest ended before the command did"
}

teardown_file() { rm -f "$BATS_TEST_DIRNAME/selftest.tmp.bats"; }
