#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What cannot be read: each question to sysfs, to the kernel by netlink, to the records and the configuration fails in turn.
# What fails to change something: 40-undo.bats.

# shellcheck disable=SC2030,SC2031 # a test is a subshell, and calls what reads its variables
load lib/helpers
load lib/sriov
load lib/targets
load lib/inject

status='' stderr='' # set by run_status and inject

READS=openat,getdents64,readlink,socket,bind,getsockname,recvmsg,flock,setns,faccessat2

setup_file() {
	begin_file 2
	create centos1
	ip netns add lab
	# so that attach finds its MAC there, and need not bind the driver anew each time
	ip link set enp1s0 vf 1 mac "$MAC3"
	unbind enp1s0 1
	vf_pci enp1s0 1 >/sys/bus/pci/drivers_probe
	retry_until 20 is_home enp1s0 1
}
teardown_file() {
	ip netns delete lab
	destroy_vfs enp1s0
	end_file
}
teardown() {
	lxc-sriov detach netns:/run/netns/lab
	hook centos1 post-stop
	lxc-sriov pin
	end_test
}

error_of() {
	case $1 in
	socket | openat) echo EMFILE ;;
	recvmsg | bind | getsockname) echo ENOBUFS ;;
	flock) echo ENOLCK ;;
	setns) echo EPERM ;;
	*) echo EIO ;;
	esac
}

# reads TRACE: "CALL N WHAT" for each call that reads of the host, the Nth CALL of all; of those that are the same in every
# word the first and the last. Not what the loader of programs opens, nor the sanitizers.
reads() {
	awk '
		{ sub(/^[0-9]+ +/, ""); call = $0; sub(/\(.*/, "", call); n = ++count[call] }
		call !~ /^[a-z0-9]+$/ || / = -1 / { next }
		call == "openat" && !/"(\/sys\/|\/proc\/|\/run\/|\/etc\/lxc|\/var\/lib\/lxc)|sriov|<\/run\// { next }
		/"\/proc\/self\/(status|maps|task|cmdline|environ|exe)/ { next }
		{
			what = $0
			sub(/ = .*/, "", what)
			if (call == "recvmsg" || call == "bind" || call == "getsockname")
				what = call
			if (!(what in first))
				first[what] = call " " n " " what
			else
				last[what] = call " " n " " what
		}
		END {
			for (what in first)
				print first[what]
			for (what in last)
				print last[what]
		}' "$1" | sort -k 1,1 -k 2,2n
}

# each_read MINIMUM PREPARE VERIFY CMD...
each_read() {
	local minimum=$1 prepare=$2 verify=$3 call n what
	local -i points=0 refused=0
	shift 3
	"$prepare"
	run_ok strace -f --seccomp-bpf -y -o "$BATS_TEST_TMPDIR/all" -e trace=$READS "$@"
	"$verify"
	reads "$BATS_TEST_TMPDIR/all" >"$BATS_TEST_TMPDIR/points"
	while read -r call n what <&4; do
		"$prepare"
		inject "$call" "$(error_of "$call")" "$n" "$@"
		[ "$status" = 0 ] || refused+=1
		{ reading_is_told && "$verify"; } || where "$call" "$n ${what:0:150}"
	done 4<"$BATS_TEST_TMPDIR/points"
	echo "# $BATS_TEST_DESCRIPTION: failed at $points points, refused at $refused" >&3
	[ "$points" -ge "$minimum" ]
	[ "$refused" -gt 0 ]
}

nothing() { :; }

# --- pin ---

spoil() { ip link set enp1s0 vf 0 mac 02:00:00:00:00:99; }
pinned() {
	run_ok lxc-sriov pin
	same "$stderr" "" && vf_has enp1s0 0 "$MAC1" && same "$(claims)" "" && all_home enp1s0 enp2s0
}

@test "pin" {
	each_read 20 spoil pinned lxc-sriov pin enp1s0
}

# --- a start and its end ---

# A start that was refused left nothing; one that was not is ended.
ended() {
	{ [ "$status" != 0 ] || run_ok hook centos1 post-stop; } && unchanged "$BEFORE"
}

@test "pre-start" {
	BEFORE=$(host_snapshot)
	each_read 20 nothing ended env LXC_NAME=centos1 LXC_CONFIG_FILE="$LXC/centos1/config" lxc-sriov hook centos1 lxc pre-start
}

begun() { run_ok hook centos1 pre-start; }
# Whatever it could not do is done by the next start and its end.
next_works() {
	run_ok hook centos1 pre-start && run_ok hook centos1 post-stop && unchanged "$BEFORE"
}

@test "post-stop" {
	BEFORE=$(host_snapshot)
	each_read 15 begun next_works env LXC_NAME=centos1 LXC_CONFIG_FILE="$LXC/centos1/config" lxc-sriov hook centos1 lxc post-stop
}

# --- attach and detach ---

detached() {
	run_ok lxc-sriov detach netns:/run/netns/lab && like "$BEFORE"
}

@test "attach" {
	BEFORE=$(host_like)
	each_read 20 nothing detached lxc-sriov attach netns:/run/netns/lab --pf enp1s0 --vf 1 --mac "$MAC3"
}

attached() { run_ok lxc-sriov attach netns:/run/netns/lab --pf enp1s0 --vf 1 --mac "$MAC3"; }

@test "detach" {
	BEFORE=$(host_like)
	each_read 20 attached detached lxc-sriov detach netns:/run/netns/lab
}
