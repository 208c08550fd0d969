#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# watch: containers of Docker get their VFs at each start, and who died gives his back, by itself.

load lib/helpers
load lib/sriov
load lib/targets
load lib/docker

WATCH_LOG=/tmp/watch.log

setup_file() { begin_docker_file; }
teardown_file() { end_docker_file; }

setup() {
	follow_tests_only
	WATCH_PID=''
	docker_run docker01
	docker_run docker02
}
teardown() {
	[ "${BATS_TEST_COMPLETED:-}" = 1 ] || { cat "$WATCH_LOG"; tail -n 5 "$DOCKERD_LOG"; }
	[ -z "$WATCH_PID" ] || stop_watch
	docker_answers || start_dockerd
	docker rm -f docker01 docker02 >/dev/null 2>&1 || :
	detach_all
	end_test
}

start_watch() {
	: >"$WATCH_LOG"
	lxc-sriov watch docker >>"$WATCH_LOG" 2>&1 3>&- &
	WATCH_PID=$!
	retry_until 20 grep -q 'watch: following' "$WATCH_LOG"
}
# It ends when told to, cleanly.
stop_watch() {
	local status=0
	kill -TERM "$WATCH_PID"
	wait "$WATCH_PID" || status=$?
	WATCH_PID=''
	same "$status" 0
}

lines_of() { grep -c "$1" "$WATCH_LOG" || :; }
complained() { same "$(lines_of 'run: lxc-sriov check')" "$1"; }
quiet() { same "$(grep -v 'watch: following' "$WATCH_LOG" || :)" ""; }
claimed() { same "$(claims)" "$*"; }

# Seconds since the epoch: of the container's last start, as Docker has it, and of a file's last change.
started_at() { date -d "$(docker inspect -f '{{.State.StartedAt}}' "$1")" +%s.%N; }
changed() { stat -c %.9Y "$1"; }

# within LIMIT WHAT FROM TO: prints how long it took, and how long it may take where nothing else runs.
within() {
	local took limit
	limit=$(patient "$1")
	took=$(jq -n "$4 - $3")
	printf '# %s: %.2f s of %d\n' "$2" "$took" "$1" >&3
	jq -en "$took < $limit" >/dev/null || {
		echo "$2: $took s, and should be less than $limit" >&2
		return 1
	}
}

# The link in /run/netns is the last thing that attach makes.
attached_within() { within "$1" "$3: from its start to its VF" "$(started_at "$2")" "$(changed "/run/netns/$2")"; }
# died_at NAME SINCE: when Docker told of its first death since then.
died_at() {
	docker events --since "$2" --until "$(date +%s.%N)" --filter "container=$1" --filter event=die --format '{{.TimeNano}}' |
		head -n 1 | sed -E 's/.{9}$/.&/'
}
# A record's end is the last thing of a detach.
home_within() { within "$1" "$4: from its death to the VF at home" "$(died_at "$2" "$3")" "$(changed "$STATE")"; }

both_have() { docker01_has_eth1 && docker02_has_eth1; }

@test "watch started after the containers gives them their VFs, and leaves them when it ends" {
	start_watch
	retry_until 30 both_have
	stop_watch
	both_have
	# anew: nothing to do
	start_watch
	both_have
	stop_watch
	quiet
}

@test "a container that starts has its VF, also once it is started again, and a killed one's VF is home" {
	local from
	start_watch
	retry_until 30 both_have
	docker restart -t 0 docker01 >/dev/null
	retry_until 30 docker01_has_eth1
	attached_within 2 docker01 "docker restart"
	docker02_has_eth1

	from=$(date +%s.%N)
	docker kill docker01 >/dev/null
	retry_until 30 is_home enp1s0 0
	retry_until 30 claimed 0000:02:10.0
	home_within 2 docker01 "$from" "docker kill"
	absent /run/netns/docker01
	vf_has enp1s0 0 "$MAC1"

	docker start docker01 >/dev/null
	retry_until 30 docker01_has_eth1
	attached_within 2 docker01 "docker start"
	quiet
}

@test "docker rm -f: the VF is home" {
	local from
	start_watch
	retry_until 30 both_have
	from=$(date +%s.%N)
	docker rm -f docker02 >/dev/null
	retry_until 30 is_home enp2s0 0
	absent /run/netns/docker02
	retry_until 30 claimed 0000:01:10.0
	home_within 2 docker02 "$from" "docker rm -f"
	vf_has enp2s0 0 "$MAC2"
	quiet
}

@test "dockerd is restarted: one line when it is lost, one when it is back, and the containers have their VFs" {
	docker update --restart always docker01 >/dev/null
	start_watch
	retry_until 30 both_have
	stop_dockerd
	retry_until 60 claimed
	retry_until 30 all_home enp1s0 enp2s0
	same "$(lines_of 'trying again')" 1
	start_dockerd
	retry_until 60 docker01_has_eth1
	attached_within 60 docker01 "dockerd's start"
	same "$(lines_of 'watch: following')" 2
	same "$(lines_of 'trying again')" 1
	same "$(wc -l <"$WATCH_LOG")" 3
}

@test "ten restarts one after the other" {
	start_watch
	retry_until 30 both_have
	for _ in {1..10}; do
		docker restart -t 0 docker01 >/dev/null
	done
	retry_until 60 docker01_has_eth1
	attached_within 2 docker01 "the last of ten restarts"
	docker02_has_eth1
	same "$(claims)" $'0000:01:10.0\n0000:02:10.0'
	quiet
}

@test "watch is killed, and what happened meanwhile is made up for when it is started anew" {
	start_watch
	retry_until 30 both_have
	kill -KILL "$WATCH_PID"
	wait "$WATCH_PID" || :
	docker kill docker02 >/dev/null
	docker restart -t 0 docker01 >/dev/null
	start_watch
	retry_until 30 docker01_has_eth1
	retry_until 30 is_home enp2s0 0
	same "$(claims)" 0000:01:10.0
	quiet
}

@test "it reads the configuration at each event, and goes on after a broken one" {
	start_watch
	retry_until 30 both_have
	echo nonsense >>"$INI"
	docker kill docker01 >/dev/null
	retry_until 30 is_home enp1s0 0
	retry_until 10 complained 1
	docker start docker01 >/dev/null
	retry_until 30 complained 2
	lacks_eth1 docker01
	cp "$BATS_FILE_TMPDIR/sriov.ini" "$INI"
	docker restart -t 0 docker01 >/dev/null
	retry_until 30 docker01_has_eth1
	kill -0 "$WATCH_PID"
}

@test "watch waits for a daemon that is not there, and ends at once when told to" {
	stop_dockerd
	: >"$WATCH_LOG"
	lxc-sriov watch docker >>"$WATCH_LOG" 2>&1 3>&- &
	WATCH_PID=$!
	retry_until 10 grep -q 'docker.sock.*trying again' "$WATCH_LOG"
	stop_watch
	same "$(wc -l <"$WATCH_LOG")" 1
	start_dockerd
}

@test "its command line" {
	run_status 2 lxc-sriov watch
	stderr_has "watch: it takes one word: docker or podman"
	run_status 2 lxc-sriov watch lxc
	stderr_has "watch: lxc: not docker or podman"
	run_status 2 lxc-sriov watch docker podman
}
