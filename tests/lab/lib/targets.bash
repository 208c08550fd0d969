# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# For bats files that attach VFs to what is no container: load lib/targets, after lib/sriov.

BLUE=/run/netns/blue
MAC3=02:00:00:00:00:13
MAC4=02:00:00:00:00:14

lives_elsewhere() { [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }

# begin_process: a process in a network namespace of its own; sets $process.
begin_process() {
	unshare -n sleep 1000 3>&- &
	process=$!
	retry_until 10 lives_elsewhere "$process"
}

end_process() {
	[ -z "${process-}" ] || kill -9 "$process" 2>/dev/null || :
	[ -z "${process-}" ] || wait "$process" 2>/dev/null || :
	process=''
}

# What both files start with: a process, and the namespace blue.
begin_targets() {
	begin_process
	ip netns add blue
}

# in_process CMD...: in its network; in_blue CMD...: in that of the namespace blue.
in_process() { nsenter -n -t "$process" -- "$@"; }
in_blue() { nsenter "--net=$BLUE" -- "$@"; }

# The host but for the numbers and order of network devices: a driver that was bound anew has made another one. A record that a
# killed attach did not get to rename is none.
host_like() { host_snapshot | sed -E -e 's/^[0-9]+: //' -e '/^\.[0-9a-f:.]+: /,$d' | sort; }
like() { diff <(echo "$1") <(host_like) >&2; }

# addresses COMMAND...: those that COMMAND ip shows, once they do not change by themselves: with a carrier a link gets its own,
# which is tentative for a second or two.
addresses_are_final() { ! "$@" ip addr | grep -E 'NO-CARRIER|tentative'; }
addresses() { retry_until 60 addresses_are_final "$@" && "$@" ip -d addr; }

# VF 1 of each PF; nobody's in the configuration.
give_process() { lxc-sriov attach "pid:$process" --pf enp1s0 --vf 1 --mac "$MAC3" --name eth1 --ipv4 10.9.0.1/24 "$@"; }
give_blue() { lxc-sriov attach netns:"$BLUE" --pf enp2s0 --vf 1 --mac "$MAC4" --name eth1 --ipv4 10.9.0.2/24 "$@"; }

# refused STATUS MESSAGE COMMAND...: nothing is changed, and the message is the whole of standard error.
refused() {
	local want=$1 message=$2 before names
	shift 2
	before=$(host_snapshot) names=$(echo /run/netns/*)
	run_status "$want" "$@"
	same "$stderr" "lxc-sriov: $message" && same "$output" "" && unchanged "$before" && same "$(echo /run/netns/*)" "$names"
}

no_announcer() { ! pgrep -x lxc-sriov; }

# For the end of teardown, before end_test.
end_targets() {
	[ -z "${process-}" ] || lxc-sriov detach "pid:$process" || :
	end_process
	[ ! -e "$BLUE" ] || lxc-sriov detach netns:"$BLUE" || :
	ip netns delete blue 2>/dev/null || :
	lxc-sriov reclaim || :
}
