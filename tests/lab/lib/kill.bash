# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# For bats files that kill the program at each call that changes something: load lib/kill, after lib/sriov. Each test says
# what is killed, and who calls it: program=(lxc-sriov pin) caller=()
# shellcheck disable=SC2154

CALLS=write,pwrite64,sendmsg,sendto,renameat,unlinkat,mkdir,openat,ftruncate,clone,clone3,vfork,wait4,exit_group

# changes TRACE: "CALL N WHAT" for each call that changed something, the Nth CALL of all; the one that the program
# was killed at ends in " = ?". Not those that were refused, nor what libraries write to memory or lock. The lock file
# has nothing to be lost: with $lock_too alone. strace does not know RTM_GETLINK (18) in what is sent in another
# namespace. What a build for make coverage counts is no change.
changes() {
	awk -v lock="${lock_too-}" '
		{ call = $0; sub(/\(.*/, "", call); n = ++count[call] }
		call !~ /^[a-z0-9]+$/ || call == "exit_group" || / = -1 / { next }
		call ~ /write/ && /^[a-z0-9]+\(([12]<|[0-9]+<(\/memfd:|pipe:|socket:|\/dev\/))/ { next }
		call ~ /^send/ && (!/AF_NETLINK/ || /type=(RTM_GET|0x12 )/ || /iov_base=".*\\0\\0\\0\\22\\0/) { next }
		call == "openat" && (!/O_CREAT/ || /"\/run\/lxc\//) { next }
		/<[^>]*\.gcda>|\.gcda"|"\/dev\/null"/ { next }
		!lock && /\/run\/lxc-sriov(\/lock>|>, "lock")/ { next }
		{ print call, n, $0 }' "$1"
}

# carried_out: how many changes there were before the program ended or was killed.
carried_out() { changes "$BATS_TEST_TMPDIR/trace" | grep -vc ' = ?$'; }

# stopped_at CALL N: $program as $caller calls it, killed at its Nth CALL; 0: not at all.
# Without --seccomp-bpf, with which strace 6.1 sends no signal.
stopped_at() {
	local inject=()
	[ "$2" = 0 ] || inject=(-e "inject=$1:signal=KILL:when=$2")
	udevadm settle
	status=0
	{
		"${caller[@]}" strace -y -s 400 -o "$BATS_TEST_TMPDIR/trace" -e "trace=$CALLS" "${inject[@]}" \
			"${program[@]}" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- || status=$?
	} 2>/dev/null # bash's "Killed"
}

# at_each MINIMUM PREPARE VERIFY [PATTERN]: PREPARE, kill the program, VERIFY: for each change, or those that match
# PATTERN, which must be MINIMUM or more.
# The signal comes before the call is carried out: so these are all states from "before the first change" to "before
# the last one"; and exit_group is where all are done.
# Calls that change nothing may be more or fewer another time: then it is the same change that counts, not the number.
at_each() {
	local minimum=$1 prepare=$2 verify=$3 pattern=${4:-.} call n what
	local -i points=0 change=-1 had tries step low high
	"$prepare"
	stopped_at none 0
	[ "$status" = 0 ] || { cat "$BATS_TEST_TMPDIR/out" >&2; return 1; }
	{ changes "$BATS_TEST_TMPDIR/trace"; echo "exit_group 1 exit_group(0)"; } >"$BATS_TEST_TMPDIR/points"
	"$verify"
	while read -r call n what <&4; do
		change+=1
		[[ $what =~ $pattern ]] || continue
		for ((tries = 1, had = -1, low = 0, high = 0, step = 1; had != change; tries++)); do
			if [ "$tries" -gt 14 ] || [ "$n" -lt 1 ]; then
				echo "no such point any more: $call $n"
				return 1
			fi
			"$prepare"
			stopped_at "$call" "$n"
			had=$(carried_out || :)
			[ "$status" = 137 ] || had=$((change + 1))
			echo "killed at $call $n after $had changes, should be $change: ${what:0:250}"
			"$verify"
			# between one that was too early and one that was too late, or further on
			if [ $had -lt $change ]; then low=$n; else high=$n; fi
			if [ $low -gt 0 ] && [ $((high - low)) -gt 1 ]; then
				n=$(((low + high) / 2))
				continue
			fi
			[ $low = 0 ] || [ $high = 0 ] || low=0 high=0 step=1
			n=$((n + (had < change ? step : -step)))
			step+=step
		done
		points+=1
	done 4<"$BATS_TEST_TMPDIR/points"
	echo "# $BATS_TEST_DESCRIPTION: killed at $points points" >&3
	[ "$points" -ge "$minimum" ]
}
