#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# tests/lab/suite counts, and tries again in CI: with a "run" that boots nothing and prints what a guest would have.

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

@test "QEMU's own failure is no test's: everything once more, also outside CI" {
	: | boot 1 125
	sed -i 's/^head/[ -e tap3 ] || echo "lab: iotlb_to_section: Assertion" >\&2\n&/' run
	all_pass | boot 2 0
	suite '' 0 "3 passed, 0 failed, 0 skipped"
	boots 2
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
