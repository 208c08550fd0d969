# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# For bats files that make calls of the program fail: load lib/inject, after lib/sriov.

# inject CALL ERROR N CMD...: CMD's Nth CALL fails. Sets status and stderr, counts in points.
inject() {
	local call=$1 error=$2 n=$3
	shift 3
	status=0
	strace -f --seccomp-bpf -o "$BATS_TEST_TMPDIR/trace" -e "trace=$call" -e "inject=$call:error=$error:when=$n" \
		"$@" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- || status=$?
	stderr=$(<"$BATS_TEST_TMPDIR/err")
	outcome="status $status: $stderr"
	# a run may have been done with fewer calls than the traced one
	! grep -q INJECTED "$BATS_TEST_TMPDIR/trace" || points+=1
}

# A failure is told, each in one line; or the work is done all the same.
failure_is_told() {
	if [ "$status" = 0 ]; then
		same "$stderr" "" || matches "$stderr" "^lxc-sriov: .*\$"
		return
	fi
	same "$status" 1 || { echo "$stderr" >&2; return 1; }
	[ -n "$stderr" ] || { echo "no message" >&2; return 1; }
	same "$(grep -vc '^lxc-sriov: ' <<<"$stderr")" 0
}

# Of what is read a configuration is a part, which has a status of its own. liblxc says a word itself.
reading_is_told() {
	[ "$status" != 2 ] || status=1
	stderr=$(grep -v '^Failed to load config for ' <<<"$stderr") || :
	failure_is_told
}

where() { echo "at $1 $2: $outcome" >&2; return 1; }

# trace_all CMD...: notes the calls among which spots then chooses.
trace_all() {
	run_ok strace -f --seccomp-bpf -y -o "$BATS_TEST_TMPDIR/all" -e trace=write,sendmsg,renameat,unlinkat "$@"
}

# spots CALL: which ones to make fail; not what libraries write to memory of theirs, nor what make coverage counts.
spots() { grep " $1(" "$BATS_TEST_TMPDIR/all" | awk '!/memfd:|\.gcda>/ { print NR }'; }

# The same of messages, only those that change something, and the next each.
message_spots() { grep " sendmsg(" "$BATS_TEST_TMPDIR/all" | awk '/RTM_SETLINK/ { print NR; print NR + 1 }'; }
