#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# .ci/run says no when it should: a copy of this tree with a unit test, a test of the program and a lab of our choice in
# place of its own. LXC_SRIOV is build/lxc-sriov, whose build directory the copy starts from.

load helpers

setup() {
	COPY=$BATS_TEST_TMPDIR/copy
	mkdir "$COPY"
	git ls-files -z -co --exclude-standard | xargs -0 cp -a --parents -t "$COPY"
	copy_build
	cd "$COPY" || return
	rm tests/unit/test_*.c tests/bats/*.bats
	unit_test 'assert_int_equal(1 + 1, 2);'
	stub tests/lint 'echo "lint: 1 passed, 0 failed"'
	stub tests/deps :
	# this machine's own release is enough
	sed -i '/^[^#]/d' tests/lab/releases
	stub tests/lab/check 'echo "lab: 1 passed, 0 failed"'
	bats_file ok true
}

# The objects, so that only what differs is compiled.
copy_build() {
	mkdir "$COPY/build"
	cp -a "${LXC_SRIOV%/*}/helper" "${LXC_SRIOV%/*}/lxc-sriov" "$COPY/build/"
	mkdir "$COPY/build/asan"
	cp -a "${LXC_SRIOV%/*}/asan/helper" "${LXC_SRIOV%/*}/asan/helper.a" "${LXC_SRIOV%/*}/asan/lxc-sriov" "$COPY/build/asan/"
}

# stub FILE COMMAND: in the place of one of the tree's scripts
stub() {
	printf '#!/bin/bash\n%s\n' "$2" >"$1"
	chmod 755 "$1"
}
# unit_test STATEMENT: a program with one test
unit_test() {
	cat >tests/unit/test_sum.c <<-END
		#include "unit.h"

		static void test_sum(void **state)
		{
			(void)state;
			$1
		}

		int main(void)
		{
			const struct CMUnitTest tests[] = { cmocka_unit_test(test_sum) };

			return cmocka_run_group_tests(tests, NULL, NULL);
		}
	END
}
# bats_file NAME COMMAND: a file with one test
bats_file() { printf '@test "the one of %s" {\n\t%s\n}\n' "$1" "$2" >"tests/bats/$1.bats"; }

# ci STATUS: runs it as CI does, and not as a part of the make and the bats that run this test.
ci() {
	run --separate-stderr env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root bash .ci/run
	if [ "$status" -ne "$1" ]; then
		sriov_args='' show_streams
		fail ".ci/run: exit status $status, expected $1"
	fi
}
summary_has() { has_line "$1" "${lines[@]}" || { sriov_args='' show_streams; fail "no line: $1"; }; }
matches_a_line() { printf '%s\n' "${lines[@]}" | grep -qE "$1" || { sriov_args='' show_streams; fail "no line matches $1"; }; }

@test "all pass: each tier with its number of tests and its time, and status 0" {
	ci 0
	matches_a_line '^lint +1 passed, 0 failed, [0-9]+ s$'
	matches_a_line '^unit [a-z]+ +2 passed, 0 failed, [0-9]+ s$'
	matches_a_line '^lab +1 passed, 0 failed, [0-9]+ s$'
	summary_has "4 passed, 0 failed"
}

@test "one test fails in each tier in turn: status 2, and its name behind the word failures" {
	bats_file bad false
	ci 2
	summary_has "failed: bad-bats: the one of bad (1)"
	summary_has "4 passed, 1 failed"
	rm tests/bats/bad.bats

	unit_test 'assert_int_equal(1 + 1, 3);'
	ci 2
	summary_has "failed: test_sum: test_sum (1)"
	summary_has "3 passed, 1 failed"
	unit_test 'assert_int_equal(1 + 1, 2);'

	stub tests/lab/check 'echo "failed: 4: not ok 7 the lab"; echo "lab: 5 passed, 1 failed"; exit 1'
	ci 2
	summary_has "failed: 4: not ok 7 the lab"
	summary_has "8 passed, 1 failed"
	stub tests/lab/check 'echo "lab: 5 passed, 0 failed"'

	stub tests/lint 'echo "lint: failed: shellcheck"; echo "lint: 3 passed, 1 failed"; exit 1'
	ci 2
	summary_has "lint: failed: shellcheck"
	summary_has "10 passed, 1 failed"
}

@test "what says that all is well and ends badly, what ends in silence, what crashes, what is skipped: all have failed" {
	stub tests/lab/check 'echo "lab: 5 passed, 0 failed"; exit 1'
	ci 2
	summary_has "8 passed, 1 failed"
	stub tests/lab/check :
	ci 2
	summary_has "3 passed, 1 failed"
	stub tests/lab/check 'echo "lab: 5 passed, 0 failed"'

	bats_file skips 'skip "no reason"'
	ci 2
	matches_a_line '^unit [a-z]+ +2 passed, 1 failed'
	bats_file skips true

	unit_test '__builtin_trap();'
	ci 2
	matches_a_line '^failed: test_sum.*: '
}

@test "what the lab leaves is shown again: where the time went, and what passed at the second try; the count is the last line" {
	stub tests/lab/check '
		echo "passed at the second try: trixie 40-undo.bats: undone" >build/flaky.log
		echo "    not ok 7 undone" >>build/flaky.log
		echo "412 s 31 tests trixie 40-undo.bats" >build/times.log
		echo "lab: 5 passed, 0 failed"'
	ci 0
	summary_has "412 s 31 tests trixie 40-undo.bats"
	summary_has "passed at the second try: trixie 40-undo.bats: undone"
	summary_has "    not ok 7 undone"
	[ "${lines[-1]}" = "8 passed, 0 failed" ]
	# what an earlier run left is not
	stub tests/lab/check 'echo "lab: 5 passed, 0 failed"'
	ci 0
	[[ $output != *"second try"* && $output != *"412 s"* ]]
}
