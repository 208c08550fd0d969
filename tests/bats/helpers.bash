# SPDX-License-Identifier: LGPL-2.1-or-later
# What the bats files share. LXC_SRIOV is the program's path.

bats_require_minimum_version 1.5.0

: "${LXC_SRIOV:?is the path of the program to test}"

# What bats's run leaves.
status='' output='' stderr=''
lines=() stderr_lines=()

fail() {
	printf '%s\n' "$@" >&2
	return 1
}

show_streams() {
	printf 'lxc-sriov %s\nstatus: %s\n--- stdout\n%s\n--- stderr\n%s\n---\n' "$sriov_args" "$status" "$output" \
		"$stderr" >&2
}

# run_sriov STATUS ARGS...: runs the program, which must exit with STATUS; leaves $status, $output, $stderr
# and the arrays of their lines, $lines and $stderr_lines. It is called by its bare name, as users do.
run_sriov() {
	run_sriov_with env "$@"
}

# run_sriov_with COMMAND STATUS ARGS...: the same, started by COMMAND.
run_sriov_with() {
	local command=$1 expected=$2
	shift 2
	sriov_args=$*
	# shellcheck disable=SC2016 # for the inner shell
	run --separate-stderr "$command" timeout 60 bash -c 'exec -a lxc-sriov "$0" "$@"' "$LXC_SRIOV" "$@"
	if [ "$status" -ne "$expected" ]; then
		show_streams
		fail "exit status $status, expected $expected"
	fi
}

as_nobody() {
	setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

assert_no_output() {
	[ -z "$output" ] || { show_streams; fail "something on standard output"; }
}

assert_no_stderr() {
	[ -z "$stderr" ] || { show_streams; fail "something on standard error"; }
}

has_line() {
	local wanted=$1 line
	shift
	for line; do
		[ "$line" != "$wanted" ] || return 0
	done
	return 1
}

# One whole line of it, as it stands.
assert_stderr_line() {
	has_line "$1" "${stderr_lines[@]}" || { show_streams; fail "no such line on standard error: $1"; }
}

assert_output_line() {
	has_line "$1" "${lines[@]}" || { show_streams; fail "no such line on standard output: $1"; }
}

assert_output() {
	[ "$output" = "$1" ] || { show_streams; fail "expected on standard output: $1"; }
}

# assert_stderr LINE...: these lines, in this order, and nothing else.
assert_stderr() {
	local expected
	printf -v expected '%s\n' "$@"
	[ "$stderr" = "${expected%$'\n'}" ] || { show_streams; fail "expected on standard error:" "$@"; }
}

# A usage or configuration error: only these messages, nothing on standard output.
# refuses "MESSAGE" ... -- ARGS...
refuses() {
	local messages=()
	while [ "$1" != -- ]; do
		messages+=("lxc-sriov: $1")
		shift
	done
	shift
	run_sriov 2 "$@"
	assert_no_output
	assert_stderr "${messages[@]}"
}

# All is well, and nothing is said.
accepts() {
	run_sriov 0 "$@"
	assert_no_output
	assert_no_stderr
}

# write FILE: makes a file of root's that nobody else may write, from standard input.
write() {
	rm -f -- "$1"
	cat >"$1"
	chmod 644 -- "$1"
}

# host FILE MAC: the configuration of a host with one PF, one container and this MAC in line 6.
host() {
	write "$1" <<-EOF
		[pf enp4s0f0]
		numvfs = 2
		[web]
		pf = enp4s0f0
		vf = 0
		mac = $2
	EOF
}
