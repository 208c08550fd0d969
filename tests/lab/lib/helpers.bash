# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# For bats files: load lib/helpers

bats_require_minimum_version 1.5.0

# Before each command of each function bats notes the stack, which was a quarter of all that a guest did. With this it does so
# before those of tests, setup and teardown only: a failure is told with their line, and with what the function below says.
follow_tests_only() {
	local name
	for name in setup_file setup teardown teardown_file "${BATS_TEST_NAME:-}"; do
		! declare -F "$name" >/dev/null || declare -ft "$name"
	done
	set +T
}
# In place of bats' own, which takes 9 ms of a guest's time for each command: without what only systems other than this one
# need, and with the one line that is told.
bats_debug_trap() {
	[[ $1 == "$BATS_ROOT"/lib* || -n ${BATS_INTERRUPTED-}${BATS_TIMED_OUT-} ]] ||
		BATS_DEBUG_LASTLAST_STACK_TRACE=("${BATS_DEBUG_LAST_STACK_TRACE[@]}") \
		BATS_DEBUG_LAST_LINENO=("${BASH_LINENO[@]}") BATS_DEBUG_LAST_SOURCE=("${BASH_SOURCE[@]}") \
		BATS_DEBUG_LAST_STACK_TRACE=("${BASH_LINENO[0]} ${FUNCNAME[1]} ${BASH_SOURCE[1]}")
}
# A file with a setup of its own calls it there.
setup() { follow_tests_only; }

# run_status N CMD...: runs CMD, sets $output, $stderr and $status, fails unless the status is N.
run_status() {
	local expected=$1 errors=$BATS_TEST_TMPDIR/run_status.stderr
	shift
	status=0
	output=$("$@" 2>"$errors" 3>&-) || status=$?
	stderr=$(<"$errors")
	[ "$status" -eq "$expected" ] || {
		printf '$ %s\nexit status %s, expected %s\n--- stdout\n%s\n--- stderr\n%s\n---\n' \
			"$*" "$status" "$expected" "$output" "$stderr" >&2
		return 1
	}
}

run_ok() { run_status 0 "$@"; }

# output_has TEXT, stderr_has TEXT: about the last run_status or run_ok.
output_has() { has stdout "$output" "$1"; }
stderr_has() { has stderr "$stderr" "$1"; }

has() {
	[[ $2 == *"$3"* ]] || {
		printf 'not in %s: %s\n--- %s\n%s\n---\n' "$1" "$3" "$1" "$2" >&2
		return 1
	}
}

# patient SECONDS: how long to wait for what takes less than that where nothing else runs. A machine that many share is as
# much slower; who waits for something loses no time by it.
patient() { echo $(($1 * ${LAB_PATIENCE:-3})); }

# retry_until SECONDS CMD...: runs CMD again and again until it succeeds; shows the last try if it never does. SECONDS: see patient.
retry_until() {
	local seconds deadline last=$BATS_TEST_TMPDIR/retry_until.last
	seconds=$(patient "$1")
	shift
	deadline=$((SECONDS + seconds))
	until "$@" >"$last" 2>&1 3>&-; do
		if [ "$SECONDS" -ge "$deadline" ]; then
			printf 'not within %s s: %s\n--- last try\n%s\n---\n' "$seconds" "$*" "$(<"$last")" >&2
			return 1
		fi
		sleep 0.1
	done
}

# gives TEXT CMD...: CMD prints it, for retry_until, whose arguments are expanded once.
gives() {
	local text=$1
	shift
	has output "$("$@")" "$text"
}

# daemon LOG COMMAND...: in the background, with none of bats' descriptors: bats waits until every copy of them is closed,
# and what a daemon starts may outlive it (a containerd-shim did, of a dockerd that was ended right after docker rm -f).
daemon() {
	local log=$1 fd
	shift
	(
		for fd in /proc/self/fd/*; do
			fd=${fd##*/}
			[ "$fd" -le 2 ] || eval "exec $fd>&-"
		done
		exec setsid "$@"
	) </dev/null >>"$log" 2>&1 &
}
