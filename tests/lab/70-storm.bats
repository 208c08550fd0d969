#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Much at once, and much in a row: many containers, races for one VF, kills, hostile containers. udev's rule is active.

load lib/helpers
load lib/sriov
stderr='' # set by run_status

setup_file() {
	begin_file 7
	create centos1
	create centos2
	storm_create
}
teardown_file() { end_file; }

teardown() {
	local name
	: >"$BATS_TEST_TMPDIR/over"
	exec 9>&-
	[ ! -e "$BATS_TEST_TMPDIR/holder" ] || kill "$(<"$BATS_TEST_TMPDIR/holder")" 2>/dev/null || :
	for name in "$BATS_FILE_TMPDIR"/[ab]/centos1; do
		[ ! -e "$name" ] || lxc-destroy -f -P "${name%/*}" -n centos1
	done
	stop_all
	cp "$BATS_FILE_TMPDIR/sriov.ini" "$INI"
	lxc-sriov config --write centos2
	[ "${BATS_TEST_COMPLETED:-}" = 1 ] || retry_until 10 lxc-sriov reclaim --force
	end_test
}

# Nothing of any start is left: the pair's VFs are home, pinned and unclaimed.
pair_home() {
	is_home enp1s0 0 && is_home enp2s0 0 && same "$(claims)" "" &&
		vf_has enp1s0 0 "$MAC1" && vf_has enp2s0 0 "$MAC2"
}

pair_right() { same "$(mac_inside centos1 eth0)" "$MAC1" && same "$(mac_inside centos2 eth0)" "$MAC2"; }

stop_pair() {
	stop centos1
	stop centos2
	retry_until 20 pair_home
}

# As lxc-sriov's messages of this priority stand in syslog, after so many lines.
told() { tail -n +$(($1 + 1)) "$SYSLOG" | grep -E "daemon\.($2) lxc-sriov" || :; }

# --- 14 containers at once ---

STORM_LAST=13 STORM_ROUNDS=2

storm_pf() { echo "enp$(($1 / 7 + 1))s0"; }
# VF 0 of each PF has the MAC that it has in the pair's configuration: pin need not change it between the tests.
storm_mac() {
	case $1 in
	0) echo "$MAC1" ;;
	7) echo "$MAC2" ;;
	*) printf '02:00:00:00:07:%02x' "$1" ;;
	esac
}

storm_ini() {
	local n
	ini_pfs 7
	for ((n = 0; n <= STORM_LAST; n++)); do
		printf '[c%d]\npf = %s\nvf = %d\nmac = %s\nipv4 = 10.7.0.%d/24\n' \
			$n "$(storm_pf $n)" $((n % 7)) "$(storm_mac $n)" $((n + 1))
	done
}

# One by the template, the others copies of it.
storm_create() {
	local n
	storm_ini | use_ini
	run_ok lxc-sriov pin
	create c0
	for ((n = 1; n <= STORM_LAST; n++)); do
		cp -a "$LXC/c0" "$LXC/c$n"
		sed -i "s|$LXC/c0/|$LXC/c$n/|; s|^lxc.uts.name = c0$|lxc.uts.name = c$n|" "$LXC/c$n/config"
		run_ok lxc-sriov config --write c$n
	done
	cp "$BATS_FILE_TMPDIR/sriov.ini" "$INI"
}

# note WORD...: a line of what happened, for storm_count and for whoever reads of a failure.
note() { echo "$*" >>"$BATS_TEST_TMPDIR/storm"; }
storm_count() { grep -c "^$1 " "$BATS_TEST_TMPDIR/storm" || :; }
storm_over() {
	local n
	for ((n = 0; n <= STORM_LAST; n++)); do
		[ -e "$BATS_TEST_TMPDIR/done.$n" ] || return
	done
}

# storm_container N: starts and stops it, and looks at its NIC each time.
storm_container() {
	local name=c$1 round seen said
	for ((round = 1; round <= STORM_ROUNDS; round++)); do
		[ ! -e "$BATS_TEST_TMPDIR/over" ] || break
		said=$(lxc-start -n "$name" 2>&1) || { note failed "$name" in round $round: "$said"; continue; }
		note started "$name"
		seen=$(lxc-attach -n "$name" -- sh -c 'cat /sys/class/net/eth0/address; ip -4 -o addr show dev eth0' 2>&1)
		[[ $seen == "$(storm_mac "$1")"$'\n'*" 10.7.0.$(($1 + 1))/24 "* ]] || note wrong "$name" in round $round: "$seen"
		said=$(lxc-stop -k -n "$name" 2>&1) || note unstopped "$name" in round $round: "$said"
	done
	: >"$BATS_TEST_TMPDIR/done.$1"
}

# storm_verb VERB: it is done, and has nothing to say on standard error.
storm_verb() {
	local said status=0
	said=$(lxc-sriov "$1" 2>&1 >"$BATS_TEST_TMPDIR/$1.output") || status=$?
	[ "$status$said" = 0 ] || note bad "$1: status $status: $said"
	note "$1" "$status"
}

storm_beside() {
	local turn
	for ((turn = 1; ; turn++)); do
		[ ! -e "$BATS_TEST_TMPDIR/over" ] || break
		storm_verb pin
		[ $((turn % 2)) != 0 ] || storm_verb reattach
		[ $((turn % 3)) != 0 ] || storm_verb list
	done
	: >"$BATS_TEST_TMPDIR/pinned"
}

storm_tell() {
	echo "# storm: $(storm_count started) starts, $(storm_count failed) failed, $(storm_count wrong) wrong NICs," \
		"$(storm_count pin) pins, $(storm_count reattach) reattaches, $(storm_count list) lists; $((SECONDS - began)) s" >&3
}

storm_vfs_home() {
	local n
	all_home enp1s0 enp2s0 && same "$(claims)" "" || return
	for ((n = 0; n <= STORM_LAST; n++)); do
		vf_has "$(storm_pf $n)" $((n % 7)) "$(storm_mac $n)" || return
	done
}

# Several tests, for the sake of their deadlines.
storm() {
	local n lines tries began
	storm_ini | use_ini
	run_ok lxc-sriov pin
	retry_until 30 storm_vfs_home
	lines=$(wc -l <"$SYSLOG")
	: >"$BATS_TEST_TMPDIR/storm"
	began=$SECONDS
	storm_beside 3>&- &
	for ((n = 0; n <= STORM_LAST; n++)); do
		storm_container $n 3>&- &
	done
	for ((tries = 0; tries < 8; tries++)); do
		retry_until 20 storm_over 2>/dev/null && break
		storm_tell
	done
	: >"$BATS_TEST_TMPDIR/over"
	retry_until 20 test -e "$BATS_TEST_TMPDIR/pinned"
	storm_tell
	same "$(grep -E '^(failed|wrong|unstopped|bad) ' "$BATS_TEST_TMPDIR/storm")" ""
	same "$(storm_count started)" $(((STORM_LAST + 1) * STORM_ROUNDS))
	[ "$(storm_count pin)" -ge 3 ]
	retry_until 30 storm_vfs_home
	same "$(told "$lines" 'err|warn')" ""
}

@test "14 containers on 14 VFs start and stop, while pin, reattach and list run beside them: 28 starts" { storm; }
@test "the same: 28 more, 56 so far" { storm; }
@test "the same: 28 more, 84 so far" { storm; }
@test "the same: 28 more, 112 so far" { storm; }

# --- races for one VF ---

# at_once COMMAND...: COMMAND with each of the arguments a and b, both started at the same moment; their statuses are
# in $statuses.
at_once() {
	local one two first=0 second=0
	exec 9>"$BATS_TEST_TMPDIR/gate"
	flock -x 9
	{ exec 9>&-; flock -s "$BATS_TEST_TMPDIR/gate" true; "$@" a; } 3>&- &
	one=$!
	{ exec 9>&-; flock -s "$BATS_TEST_TMPDIR/gate" true; "$@" b; } 3>&- &
	two=$!
	exec 9>&-
	wait $one || first=$?
	wait $two || second=$?
	statuses=$first$second
}

start_namesake() { lxc-start -P "$BATS_FILE_TMPDIR/$1" -n centos1 -l DEBUG -o "$BATS_TEST_TMPDIR/$1.log"; }

@test "two namesakes in two lxcpaths want one VF at the same moment: one has it, the other hears who" {
	local round lines winner loser won=' '
	for loser in a b; do
		mkdir -p "$BATS_FILE_TMPDIR/$loser"
		run_ok lxc-create -P "$BATS_FILE_TMPDIR/$loser" -t sriov -n centos1
	done
	for round in {1..5}; do
		lines=$(wc -l <"$SYSLOG")
		rm -f "$BATS_TEST_TMPDIR"/?.log
		at_once start_namesake
		matches "$statuses" '^(01|10)$'
		winner=a loser=b
		[ "$statuses" = 01 ] || winner=b loser=a
		won+="$winner "
		same "$(lxc-attach -P "$BATS_FILE_TMPDIR/$winner" -n centos1 -- cat /sys/class/net/eth0/address)" "$MAC1"
		refusal_in "$BATS_TEST_TMPDIR/$loser.log" "$lines" 3 \
			"centos1: vf 0 of enp1s0: held by running container centos1 ($BATS_FILE_TMPDIR/$winner/centos1/config); stop that one first"
		same "$(lxc-info -P "$BATS_FILE_TMPDIR/$loser" -n centos1 -sH)" STOPPED
		retry_until 10 not pgrep -f "^\[lxc monitor\] $BATS_FILE_TMPDIR/$loser centos1"
		same "$(claims)" "$(vf_pci enp1s0 0)"
		contains "$(<"$STATE/$(claims)")" "config $BATS_FILE_TMPDIR/$winner/centos1/config"
		same "$(told "$lines" err | wc -l)" 1
		run_ok lxc-stop -k -P "$BATS_FILE_TMPDIR/$winner" -n centos1
		retry_until 20 pair_home
	done
	echo "# winners:$won" >&3
}

# Its pre-start has read the configuration, and waits for the lock.
queues() {
	local pid
	for pid in $(pgrep -f "lxc-sriov hook -- $1 lxc pre-start"); do
		[ -z "$(find "/proc/$pid/fd" -lname "$STATE/lock" 2>/dev/null)" ] || return 0
	done
	return 1
}

start_logged() { lxc-start -n "$1" -l DEBUG -o "$BATS_TEST_TMPDIR/$1.log"; }

@test "two names want one VF, since the configuration changed between their starts: the same" {
	local round lines one two first second status winner loser won=' '
	{
		ini_pfs 7
		printf '[centos2]\npf = enp1s0\nvf = 0\nmac = %s\nipv4 = 194.168.1.2/24\n' "$MAC1"
	} >"$BATS_TEST_TMPDIR/centos2.ini"
	cp "$BATS_FILE_TMPDIR/sriov.ini" "$BATS_TEST_TMPDIR/centos1.ini"
	cp "$BATS_TEST_TMPDIR/centos2.ini" "$INI"
	run_ok lxc-sriov config --write centos2
	for round in {1..6}; do
		one=centos1 two=centos2
		[ $((round % 2)) = 0 ] || one=centos2 two=centos1
		lines=$(wc -l <"$SYSLOG")
		rm -f "$BATS_TEST_TMPDIR"/centos?.log
		exec 9>"$STATE/lock"
		flock -x 9
		cp "$BATS_TEST_TMPDIR/$one.ini" "$INI"
		start_logged $one 3>&- 9>&- &
		first=$!
		retry_until 20 queues $one
		cp "$BATS_TEST_TMPDIR/$two.ini" "$INI"
		start_logged $two 3>&- 9>&- &
		second=$!
		retry_until 20 queues $two
		exec 9>&-
		status=0
		wait $first || status=$?
		winner=$one loser=$two
		[ $status = 0 ] || winner=$two loser=$one
		wait $second || status+=$?
		matches "$status" '^(01|1)$'
		won+="$winner "
		same "$(mac_inside $winner eth0)" "$MAC1"
		refusal_in "$BATS_TEST_TMPDIR/$loser.log" "$lines" 3 \
			"$loser: vf 0 of enp1s0: held by running container $winner; stop that one first"
		same "$(lxc-info -n $loser -sH)" STOPPED
		same "$(claims)" "$(vf_pci enp1s0 0)"
		contains "$(<"$STATE/$(claims)")" "container $winner"
		same "$(told "$lines" err | wc -l)" 1
		stop $winner
		retry_until 20 pair_home
	done
	echo "# winners:$won" >&3
}

# --- LXC's monitor is killed ---

kill_monitors() {
	local name pids=()
	for name; do
		pids+=("$(monitor_pid "$name")")
	done
	kill -KILL "${pids[@]}"
}

# On the host under whatever name.
both_here() { [ -n "$(vf_netdev enp1s0 0)" ] && [ -n "$(vf_netdev enp2s0 0)" ]; }

a_of_pair() { if [ "$1" = a ]; then lxc-start -n centos1; else lxc-start -n centos2; fi; }

start_pair() {
	if [ "$1" = parallel ]; then
		at_once a_of_pair
		same "$statuses" 00
	else
		start centos1
		start centos2
	fi
}

@test "both monitors are killed, ten times: started again at once, after waiting, after reclaim, both in parallel" {
	local round how began=$SECONDS
	for round in {1..10}; do
		how=serial
		[ $((round % 2)) = 0 ] || how=parallel
		start_pair $how
		pair_right
		kill_monitors centos1 centos2
		# by turns: nothing, wait, reclaim after waiting, reclaim at once
		case $((round % 5)) in
		1 | 2) ;;
		3) retry_until 20 both_here ;;
		4)
			retry_until 20 both_here
			run_ok lxc-sriov reclaim
			retry_until 20 pair_home
			;;
		0) run_ok lxc-sriov reclaim ;;
		esac
		start_pair $how
		pair_right
		stop_pair
		echo "# round $round after $((SECONDS - began)) s" >&3
	done
}

# --- a hostile container ---

holds_nested() { nested=$(pgrep -P "$1" -x sleep); }

# nest NAME [NIC]: a process of the container, $nested, takes eth0 to a network namespace of its own, as NIC.
nest() {
	lxc-attach -n "$1" -- unshare -n sleep 1000 3>&- &
	retry_until 10 holds_nested $!
	inside "$1" ip link set eth0 netns "$nested" name "${2:-eth0}"
	nsenter -n -t "$nested" ip link set "${2:-eth0}" up
	not inside "$1" ip link show eth0
}

home_and_right() {
	retry_until 20 is_home enp1s0 0
	retry_until 20 same_claims ""
	vf_has enp1s0 0 "$MAC1"
	start centos1
	same "$(mac_inside centos1 eth0)" "$MAC1"
}

same_claims() { same "$(claims)" "$1"; }

# As it is called there; the last is another VF's name on the host.
NESTED_NAMES="dev7 physAbCdEf enp2s0v0"

@test "a NIC in a namespace of the container's own, under whatever name: home after a stop, and there for the next start" {
	local name
	start centos1
	for name in $NESTED_NAMES; do
		nest centos1 "$name"
		stop centos1
		home_and_right
		# without a look in between
		nest centos1 "$name"
		stop centos1
		start centos1
		same "$(mac_inside centos1 eth0)" "$MAC1"
	done
	stop centos1
	retry_until 20 pair_home
}

@test "the same, and the monitor is killed: the next start has it, or reclaim brings it home" {
	local name
	start centos1
	for name in $NESTED_NAMES; do
		nest centos1 "$name"
		kill_monitors centos1
		start centos1
		same "$(mac_inside centos1 eth0)" "$MAC1"
		nest centos1 "$name"
		kill_monitors centos1
		retry_until 30 not running centos1
		run_ok lxc-sriov reclaim
		same "$stderr" ""
		home_and_right
	done
	stop centos1
	retry_until 20 pair_home
}

@test "the VF driver is reloaded while the NIC is in such a namespace: the container has it back where it was" {
	local pci
	pci=$(vf_pci enp1s0 0)
	start centos1
	nest centos1 dev7
	echo "$pci" >/sys/bus/pci/drivers/igbvf/unbind
	echo "$pci" >/sys/bus/pci/drivers/igbvf/bind
	retry_until 15 mac_inside centos1 eth0
	same "$(mac_inside centos1 eth0)" "$MAC1"
	retry_until 10 has_address
	not nsenter -n -t "$nested" ip link show dev7
	stop centos1
	home_and_right
}

has_address() { contains "$(inside centos1 ip -4 addr show dev eth0)" "inet 194.168.1.1/24"; }

# The nested namespace outlives the container, by a process of the host: $holder.
hold_nested() {
	nsenter -n -t "$nested" sleep 1000 3>&- &
	holder=$!
	echo $holder >"$BATS_TEST_TMPDIR/holder"
	retry_until 10 test "/proc/$holder/ns/net" -ef "/proc/$nested/ns/net"
}

gone() { not test -e "/proc/$1"; }

@test "such a namespace that a process of the host keeps open: a stop fetches the NIC from it" {
	start centos1
	nest centos1 dev7
	hold_nested
	stop centos1
	home_and_right
	stop centos1
	retry_until 20 pair_home
}

@test "such a namespace that a process of the host keeps open, and the monitor is killed: reclaim tells the process, the next start takes it" {
	start centos1
	nest centos1 dev7
	hold_nested
	kill_monitors centos1
	retry_until 30 gone "$nested"
	run_status 1 lxc-sriov reclaim
	same "$stderr" "lxc-sriov: vf 0 of enp1s0: it is dev7 in the network namespace of process $holder; to take it from there: lxc-sriov reclaim --force"
	run_ok lxc-sriov pin
	same "$stderr" ""
	# the container whose it is takes it, as its post-stop would have done
	start centos1
	same "$(mac_inside centos1 eth0)" "$MAC1"
	kill "$holder"

	nest centos1 dev7
	hold_nested
	kill_monitors centos1
	retry_until 30 gone "$nested"
	run_ok lxc-sriov reclaim --force
	home_and_right
	stop centos1
	retry_until 20 pair_home
}

# --- after a reattach ---

@test "stopped and started at once after a reattach, five times" {
	local round pci
	pci=$(vf_pci enp1s0 0)
	start centos1
	for round in {1..5}; do
		echo "$pci" >/sys/bus/pci/drivers/igbvf/unbind
		echo "$pci" >/sys/bus/pci/drivers/igbvf/bind
		retry_until 15 has_address
		run_ok lxc-stop -k -n centos1
		run_ok lxc-start -n centos1
		same "$(mac_inside centos1 eth0)" "$MAC1"
	done
	stop centos1
	retry_until 20 pair_home
}
