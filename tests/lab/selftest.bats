#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The lab's own promises, from outside: bats tests/lab/selftest.bats

load lib/helpers

setup() {
	cd "$BATS_TEST_DIRNAME" || return
	export BATS_TEST_TIMEOUT=300
}

@test "exit status and arguments pass through" {
	run_status 7 ./run --pfs 0 bash -c "printf '<%s>\\n' \"\$@\"; exit 7" _ "a b" "\$HOME" ""
	[ "$output" = $'<a b>\n<$HOME>\n<>' ]
}

@test "a single argument is shell text, and runs as root with no input" {
	run_ok ./run --pfs 0 'id -u | tr 0 r; pwd; read -r x; echo $?; type -p modprobe >/dev/null'
	[ "$output" = $'r\n/\n1' ]
}

@test "output arrives whole, also with a daemon left behind and /dev/stderr reopened" {
	run_ok ./run --pfs 0 'sleep 1000 & echo one >/dev/stderr; seq 1 100000; echo two >/dev/stderr'
	[ "$(sed -n 1p <<<"$output")" = one ]
	[ "$(wc -l <<<"$output")" = 100002 ]
	[ "$(tail -n 1 <<<"$output")" = two ]
}

@test "output streams while the command runs" {
	./run --pfs 0 --timeout 60 'echo first; sleep 1000' >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	local runner=$!
	retry_until 60 grep -q first "$BATS_TEST_TMPDIR/out"
	kill "$runner"
	wait "$runner" || [ $? -eq 143 ]
}

@test "PFs: as many as asked for" {
	run_ok ./run --pfs 3 'ls -d /sys/class/net/enp*'
	[ "$(wc -l <<<"$output")" = 3 ]
	run_status 2 ./run --pfs 17 true
	stderr_has "--pfs: 0 to 16"
}

@test "systemd as init: the command runs once the boot is over" {
	run_status 3 ./run --pfs 1 --systemd 'systemctl is-active multi-user.target; cat /proc/1/comm; ls /sys/class/net/enp1s0/device/sriov_numvfs; exit 3'
	[ "$output" = $'active\nsystemd\n/sys/class/net/enp1s0/device/sriov_numvfs' ]
}

@test "a kernel panic is a failure that shows the console" {
	# another process takes what is printed out of the guest
	run_status 125 ./run --pfs 0 'echo before; until grep -q before /host/output; do :; done; echo c >/proc/sysrq-trigger; sleep 1000'
	[ "$output" = before ]
	stderr_has "Kernel panic"
	stderr_has "the guest ended before the command did"
}

@test "a guest that powers off early is a failure" {
	run_status 125 ./run --pfs 0 'echo o >/proc/sysrq-trigger; sleep 1000'
	stderr_has "the guest ended before the command did"
}

@test "a command that hangs meets the deadline" {
	run_status 124 ./run --pfs 0 --timeout 45 'echo before; sleep 1000'
	[ "$output" = before ]
	stderr_has "the command did not end within 45 s"
}

@test "a command that is silent for too long is shown where it stands" {
	run_status 124 ./run --pfs 0 --silence 5 'echo one; sleep 3; echo two; sleep 3; echo three; sleep 1000'
	[ "$output" = $'one\ntwo\nthree' ]
	stderr_has "the guest's CPUs:"
	stderr_has RIP=
	stderr_has "Show Blocked State"
	stderr_has "the command said nothing for 5 s"
}

@test "a boot that hangs meets its own deadline" {
	run_status 124 ./run --pfs 0 --boot-timeout 1 true
	stderr_has "did not start the command within 1 s"
}

@test "two runs at once, and the image stays as it was" {
	local image before
	image=$(./image)
	before=$(stat -c %Y "$image/root.img")
	./run --pfs 0 'touch /marker; sleep 3; ls /marker' >"$BATS_TEST_TMPDIR/other" 2>&1 3>&- &
	run_ok ./run --pfs 0 'touch /marker; sleep 3; ls /marker'
	wait $!
	run_status 2 ./run --pfs 0 'ls /marker'
	[ "$(stat -c %Y "$image/root.img")" = "$before" ]
}

no_qemu_of() { ! pgrep -f "qemu-system.*$1/"; }

@test "nothing is left behind, even by a run that is killed" {
	local dir runner
	./run --pfs 0 'sleep 1000' >/dev/null 2>&1 3>&- &
	runner=$!
	retry_until 60 pgrep -P "$runner" qemu
	dir=$(pgrep -P "$runner" -a qemu | grep -o 'run\.[^/]*' | head -n 1)
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

# TEST: bats would take the real word for a test of this file.
@test "suite counts passes, failures and skips" {
	local file=$BATS_TEST_DIRNAME/selftest.tmp.bats
	sed 's/^TEST/@test/' >"$file" <<-END
		TEST "passes" { true; }
		TEST "skips" { skip; }
		TEST "fails" { false; }
	END
	CI='' run_status 1 ./suite --pfs 0 "$file"
	[ "$(tail -n 1 <<<"$output")" = "1 passed, 1 failed, 1 skipped" ]
	sed -i '/fails/d' "$file"
	CI='' run_ok ./suite --pfs 0 "$file"
	CI=true run_status 1 ./suite --pfs 0 "$file"
	[ "$(tail -n 1 <<<"$output")" = "1 passed, 0 failed, 1 skipped" ]
	sed 's/^TEST/@test/' >"$file" <<-END
		TEST "passes" { true; }
		TEST "panics" { echo c >/proc/sysrq-trigger; sleep 1000; }
		TEST "never runs" { true; }
	END
	CI='' run_status 1 ./suite --pfs 0 "$file"
	[ "$(tail -n 1 <<<"$output")" = "1 passed, 2 failed, 0 skipped" ]
}

teardown_file() { rm -f "$BATS_TEST_DIRNAME/selftest.tmp.bats"; }
