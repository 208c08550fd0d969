#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# tests/lab/suite counts, and tries again in CI: with a "run" that boots nothing and prints what a guest would have.

# shellcheck disable=SC2030,SC2031 # each test has its own of what run sets
load helpers

setup() {
	COPY=$BATS_TEST_TMPDIR/copy
	mkdir -p "$COPY/tests/lab/lib" "$COPY/build"
	cp tests/lab/suite tests/lab/releases "$COPY/tests/lab/"
	cp tests/lab/lib/release.bash "$COPY/tests/lab/lib/"
	cd "$COPY/tests/lab" || return
	# each boot prints the next of these, and ends with the status that is its last line
	cat >run <<-'END'
		#!/bin/bash
		cd "$(dirname "$0")" || exit
		boots=$(($(cat boots 2>/dev/null || echo 0) + 1))
		echo $boots >boots
		echo "$*" >>asked
		head -n -1 "tap$boots"
		exit "$(tail -n 1 "tap$boots")"
	END
	chmod 755 run
	bats_file 10-a one two
	bats_file 20-b three
}

bats_file() {
	local name=$1 test
	shift
	for test; do
		printf '@test "%s" {\n\ttrue\n}\n' "$test"
	done >"$name.bats"
}

# boot N STATUS: standard input is what that boot prints
boot() { { cat; echo "$2"; } >"tap$1"; }

all_pass() { printf '1..3\nok 1 one in 3ms\nok 2 two in 4ms\nok 3 three in 2500ms\n'; }

# suite CI STATUS LAST-LINE: the files are looked at as a whole, once
suite() {
	run --separate-stderr env CI="$1" ./suite --release trixie 10-a.bats 20-b.bats
	[ "$status ${lines[-1]}" = "$2 $3" ] || { sriov_args='' show_streams; fail "status $status, last line ${lines[-1]}"; }
}
boots() { [ "$(<boots)" = "$1" ] || fail "$(<boots) boots, should be $1"; }
told() { [[ $output == *"$1"* ]] || fail "not told: $1 in $output"; }

@test "all pass: one boot, and the seconds of each file" {
	all_pass | boot 1 0
	suite true 0 "3 passed, 0 failed, 0 skipped"
	boots 1
	told "time:     2 s   1 tests trixie 20-b.bats"
	[ ! -e ../../build/flaky.log ]
}

@test "outside CI nothing is tried again" {
	printf '1..3\nok 1 one\nnot ok 2 two\n# why\nok 3 three\n' | boot 1 1
	suite '' 1 "2 passed, 1 failed, 0 skipped"
	boots 1
}

@test "in CI the file of a test that failed runs once more; what passes then has passed, and is told with what it had said" {
	printf '1..3\nok 1 one\nnot ok 2 two in 5ms\n# why\nok 3 three\n' | boot 1 1
	printf '1..2\nok 1 one in 3ms\nok 2 two in 3ms\n' | boot 2 0
	suite true 0 "3 passed, 0 failed, 0 skipped"
	boots 2
	told "passed at the second try: trixie 10-a.bats: two"
	told "    # why"
	[[ $(tail -n 1 asked) == *10-a.bats* && $(tail -n 1 asked) != *20-b.bats* ]]
	grep -qx "passed at the second try: trixie 10-a.bats: two" ../../build/flaky.log
	grep -qx "    # why" ../../build/flaky.log
}

@test "what fails again has failed; what had passed and fails then has failed, too" {
	printf '1..3\nnot ok 1 one\nok 2 two\nok 3 three\n' | boot 1 1
	printf '1..2\nok 1 one\nnot ok 2 two\n' | boot 2 1
	suite true 1 "2 passed, 1 failed, 0 skipped"
	printf '1..3\nnot ok 1 one\nok 2 two\nok 3 three\n' | boot 3 1
	printf '1..2\nnot ok 1 one\nok 2 two\n' | boot 4 1
	suite true 1 "2 passed, 1 failed, 0 skipped"
	boots 4
}

@test "a guest that died: what is missing runs once more, in its files" {
	printf '1..3\nok 1 one\nok 2 two\n' | boot 1 125
	printf '1..1\nok 1 three\n' | boot 2 0
	suite true 0 "3 passed, 0 failed, 0 skipped"
	told "passed at the second try: trixie 20-b.bats: three"
	told "1 tests did not run"
	rm -f boots
	: | boot 1 124
	: | boot 2 124
	suite true 1 "0 passed, 3 failed, 0 skipped"
	boots 2
}

@test "a plan of other tests than there are, an end that is not that of its tests, a skip in CI: all have failed" {
	printf '1..2\nok 1 one\nok 2 two\n' | boot 1 0
	suite '' 1 "0 passed, 3 failed, 0 skipped"
	all_pass | boot 2 1
	suite '' 1 "3 passed, 1 failed, 0 skipped"
	printf '1..3\nok 1 one # skip why\nok 2 two\nok 3 three\n' | boot 3 0
	suite true 1 "2 passed, 0 failed, 1 skipped"
	boots 3
}

@test "in CI the second try must have the same tests, and does not undo a skip" {
	printf '1..3\nnot ok 1 one\nok 2 two\nok 3 three\n' | boot 1 1
	printf '1..3\nok 1 one\nok 2 two\nok 3 more\n' | boot 2 0
	suite true 1 "1 passed, 2 failed, 0 skipped"
	rm -f boots
	printf '1..3\nnot ok 1 one\nok 2 two # skip\nok 3 three\n' | boot 1 1
	printf '1..2\nok 1 one\nok 2 two\n' | boot 2 0
	suite true 1 "2 passed, 0 failed, 1 skipped"
}

@test "a test that had failed before QEMU did has failed" {
	sed -i 's/^head/echo "lab: iotlb_to_section: Assertion" >\&2\n&/' run
	printf '1..3\nnot ok 1 one\nok 2 two\n' | boot 1 125
	suite '' 1 "1 passed, 2 failed, 0 skipped"
	boots 1
}

@test "QEMU's own failure is no test's: everything once more, also outside CI" {
	: | boot 1 125
	sed -i 's/^head/[ -e tap3 ] || echo "lab: iotlb_to_section: Assertion" >\&2\n&/' run
	all_pass | boot 2 0
	suite '' 0 "3 passed, 0 failed, 0 skipped"
	boots 2
}

@test "what fails after a file's last test has failed, also if another file runs again" {
	printf '1..3\nok 1 one\nok 2 two\nnot ok 3 teardown_file failed\n# left\nok 3 three\n' | boot 1 1
	suite '' 1 "2 passed, 1 failed, 0 skipped"
	printf '1..3\nok 1 one\nok 2 two\nnot ok 3 teardown_file failed\n# left\nnot ok 3 three\n' | boot 2 1
	printf '1..3\nok 1 one\nok 2 two\nnot ok 3 teardown_file failed\n# left\nok 3 three\n' | boot 3 1
	suite true 1 "2 passed, 1 failed, 0 skipped"
	[[ $(tail -n 1 asked) == *10-a.bats*20-b.bats* ]]
	rm -f boots
	all_pass | boot 2 0
	printf '1..2\nok 1 one\nok 2 two\n' | boot 2 0
	suite true 0 "3 passed, 0 failed, 0 skipped"
	told "passed at the second try: trixie 10-a.bats: two"
	told "    # left"
}

cases() { [ "$(grep -c '^passed at the second try' ../../build/flaky.log)" = "$1" ] || fail "$(<../../build/flaky.log)"; }

@test "all that a guest that died did not come to is one case, and so are failures right after one another in a file" {
	printf '1..3\n' | boot 1 125
	printf '1..3\nok 1 one\nok 2 two\nok 3 three\n' | boot 2 0
	# shellcheck disable=SC2016 # for run
	sed -i 's/^head/[ $boots != 1 ] || echo "lab: the guest ended" >\&2\n&/' run
	suite true 0 "3 passed, 0 failed, 0 skipped"
	cases 1
	told "and right after it: trixie 20-b.bats: three"
	told "    lab: the guest ended"
	rm -f boots ../../build/flaky.log
	printf '1..3\nnot ok 1 one\nnot ok 2 two\nnot ok 3 three\n' | boot 1 1
	suite true 0 "3 passed, 0 failed, 0 skipped"
	cases 2
	told "and right after it: trixie 10-a.bats: two"
}

# sanitized STATUS-AND-LAST-LINE: with the sanitizers' file in place of 20-b
sanitized() {
	run --separate-stderr env CI=true ./suite --release trixie 10-a.bats sanitizers.bats
	[ "$status ${lines[-1]}" = "$1" ] || { sriov_args='' show_streams; fail "not: $1"; }
}

@test "what the sanitizers said stands; they are asked again of what runs again" {
	mv 20-b.bats sanitizers.bats
	printf '1..3\nnot ok 1 one\nok 2 two\nnot ok 3 three\n' | boot 1 1
	sanitized "1 1 passed, 2 failed, 0 skipped"
	boots 1
	printf '1..3\nnot ok 1 one\nok 2 two\nok 3 three\n' | boot 2 1
	all_pass | boot 3 0
	sanitized "0 3 passed, 0 failed, 0 skipped"
	[[ $(tail -n 1 asked) == *10-a.bats*sanitizers.bats* ]]
	printf '1..3\nok 1 one\nok 2 two\n' | boot 4 125
	all_pass | boot 5 0
	sanitized "0 3 passed, 0 failed, 0 skipped"
	[[ $(tail -n 1 asked) == *10-a.bats*sanitizers.bats* ]]
	boots 5
}

# --- check ---

# A copy with this table, where a suite passes, and boots is a file that the test writes.
check_copy() {
	cp -a "$BATS_TEST_DIRNAME/../tally" ../
	cp -a "$BATS_TEST_DIRNAME/../lab/check" .
	printf '#!/bin/bash\necho "time:    77 s   5 tests trixie 40-c.bats"\necho "5 passed, 0 failed, 0 skipped"\n' >suite
	printf '#!/bin/bash\n' | tee image accel >chroot
	chmod 755 suite image accel chroot
	rm ./*.bats
	: >40-c.bats
	echo "trixie 13 check 4 boots" >releases
}
check() {
	run --separate-stderr env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root CI="$1" ./check
	[ "$status ${lines[-1]}" = "$2" ] || { sriov_args='' show_streams; fail "not: $2"; }
}
# once WORD: a command that fails the first time
once() { printf 'mkdir %q/%s 2>/dev/null && { echo "it is %s"; false; }; true' "$COPY" "$1" "$1"; }
boots_is() { local each; for each; do printf '@test "%s" {\n\t%s\n}\n' "${each%%:*}" "${each#*:}"; done >boots.bats; }

@test "check: where the time went; boots, whose tests build on each other, once more in CI, as one case" {
	check_copy
	boots_is "first:true" "second:$(once cut)" "third:$(once cut3)"
	echo "passed at the second try: long ago" >../../build/flaky.log
	check '' "1 lab: 6 passed, 2 failed"
	told "failed: trixie/boots: failed: trixie-boots: second (2)"
	[ ! -e ../../build/flaky.log ]
	rm -r "$COPY"/cut*
	check true "0 lab: 8 passed, 0 failed"
	cases 1
	told "and right after it: trixie trixie-boots: third (3)"
	grep -q '^ *77 s   5 tests trixie 40-c.bats$' ../../build/times.log
	[ "$(grep -c 'boots.bats$' ../../build/times.log)" = 1 ]
	grep -q ' trixie/boots, with its boots$' ../../build/times.log
	check true "0 lab: 8 passed, 0 failed"
	[ ! -e ../../build/flaky.log ]
	boots_is "first:false"
	check true "1 lab: 5 passed, 1 failed"
}

@test "check: more than three that passed at the second try are a failure" {
	check_copy
	boots_is "first:true"
	# shellcheck disable=SC2016 # for suite
	printf 'for i in 1 2 3; do echo "passed at the second try: trixie 40-c.bats: $i"; done >>build/flaky.log\n' >>suite
	echo 'echo "5 passed, 0 failed, 0 skipped"' >>suite
	check true "0 lab: 6 passed, 0 failed"
	printf 'echo "passed at the second try: trixie 40-c.bats: 4" >>build/flaky.log\necho "5 passed, 0 failed, 0 skipped"\n' >>suite
	check true "1 lab: 6 passed, 1 failed"
	told "failed: more than 3"
}

@test "make bench says which of its parts passed its limit of time, and which did not begin" {
	local bench=$COPY/tests/bench
	cp -a "$BATS_TEST_DIRNAME/../bench" "$bench"
	printf '@test "%s" {\n\ttrue\n}\n' first second third fourth >"$bench/peers.bats"
	cat >suite <<-END
		#!/bin/bash
		echo "\$BATS_TEST_TIMEOUT \$*"
		cat "$COPY/tap"
		exit 1
	END
	printf '1..4\nok 1 first in 3ms\nnot ok 2 second in 300004ms # timeout after 300s\n' >"$COPY/tap"
	run --separate-stderr "$bench/run"
	[ "$status" = 1 ]
	told "300 --timeout "
	[ "$(grep '^bench: ' <<<"$output")" = "bench: limit of 300 s passed: second
bench: limit of 300 s passed, or the guest ended: third
bench: not begun: fourth" ]
}
