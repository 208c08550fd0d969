#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# lxc-sriov-bench: its arguments, and the arithmetic of its reports. The iperf3, ip and LXC of these tests are fakes, which
# answer what a test says; real ones run in tests/lab/35-bench.bats. LXC_SRIOV_BENCH is the program's path.

load helpers

: "${LXC_SRIOV_BENCH:?is the path of the program to test}"

# shellcheck disable=SC2016 # for the fakes' own shell
setup() {
	FAKES=$BATS_TEST_TMPDIR/fakes
	RATES=$BATS_TEST_TMPDIR/rates
	STARTED=$BATS_TEST_TMPDIR/started
	mkdir "$FAKES" "$RATES"
	: >"$STARTED"
	export RATES STARTED
	fake lxc-info 'case $* in *-s*) echo "${STATE-RUNNING}" ;; *) echo $$ ;; esac'
	fake lxc-attach 'while [ "$1" != -- ]; do shift; done; shift; SIDE=container "$@"'
	fake nsenter 'while [ "$1" != -- ]; do shift; done; shift; SIDE=container "$@"'
	fake ip 'case $* in
		*route*) echo "[{\"dev\":\"enp0\"}]" ;;
		*) echo "[{\"mtu\":1500,\"linkinfo\":{\"info_kind\":\"fake\"}}]" ;;
		esac'
	# The next rate (Mbit/s) of this side and direction; one byte more is what a probe gets.
	fake iperf3 'case $* in
		--version) echo "iperf 3.99 (fake)"; exit ;;
		*" -R"*) way=from ;;
		*" -n "*) echo "{\"end\":{}}"; exit ;;
		*) way=to ;;
		esac
		file=$RATES/${SIDE:-host}-$way
		echo "${SIDE:-host} $way $*" >>$STARTED
		rate=$(head -n 1 "$file") && sed -i 1d "$file"
		case $rate in
		[0-9]*) echo "{\"end\":{\"sum_received\":{\"bits_per_second\":${rate}000000}}}" ;;
		*) echo "{\"error\":\"$rate\"}"; exit 1 ;;
		esac'
}

# fake NAME SCRIPT
fake() { printf '#!/bin/sh\n%s\n' "$2" >"$FAKES/$1" && chmod +x "$FAKES/$1"; }

# rates SIDE-DIRECTION RATE...: what the fake iperf3 measures, run by run
rates() { printf '%s\n' "${@:2}" >"$RATES/$1"; }

# run_bench STATUS ARGS...
run_bench() {
	local expected=$1
	shift
	PATH=$FAKES:$PATH run --separate-stderr timeout 60 "$LXC_SRIOV_BENCH" "$@"
	[ "$status" -eq "$expected" ] || fail "exit status $status, expected $expected" "$output" "${stderr-}"
}

net() { run_bench "$1" net --container web --peer 192.0.2.1 "${@:2}"; }

# usage_error MESSAGE ARGS...: this line, and nothing was started
usage_error() {
	local message=$1
	shift
	run_bench 2 "$@"
	assert_no_output
	assert_stderr "lxc-sriov-bench: $message"
	[ ! -s "$STARTED" ]
}

# values EXPRESSION: of the report on standard output, as Python has it
values() { python3 -c 'import json, sys; r = json.load(sys.stdin); print(eval(sys.argv[1]))' "$1" <<<"$output"; }

# of EXPRESSION: of the program, as a module
of() {
	python3 - "$LXC_SRIOV_BENCH" "$1" <<-'EOP'
		import sys
		sys.dont_write_bytecode = True
		from importlib.machinery import SourceFileLoader
		from importlib.util import module_from_spec, spec_from_loader
		loader = SourceFileLoader("bench", sys.argv[1])
		bench = module_from_spec(spec_from_loader("bench", loader))
		sys.modules["bench"] = bench
		loader.exec_module(bench)
		print(eval(sys.argv[2]))
	EOP
}

is() { [ "$1" = "$2" ] || fail "is:        $1" "should be: $2"; }

@test "version and help" {
	run_bench 0 --version
	assert_output "lxc-sriov-bench ${LXC_SRIOV_VERSION:?}"
	run_bench 0 --help
	shopt -s extglob
	[[ ${output//+([[:space:]])/ } == *"4 the container is slower than the tolerance allows"* ]]
	run_bench 0 disk --help
	[[ $output == *"--destroy-data"* ]]
}

@test "wrong arguments: one line, status 2" {
	local web=(net --container web --peer 192.0.2.1)
	usage_error "the following arguments are required: net|disk; see lxc-sriov-bench --help"
	usage_error "the following arguments are required: --container, --peer; see lxc-sriov-bench --help" net
	usage_error "the following arguments are required: --device; see lxc-sriov-bench --help" disk --container web
	usage_error "unrecognized arguments: --dev; see lxc-sriov-bench --help" "${web[@]}" --dev
	usage_error "argument --runs: 0: not a whole number of 1 to 1000; see lxc-sriov-bench --help" "${web[@]}" --runs 0
	usage_error "argument --runs: 3x: not a whole number of 1 to 1000; see lxc-sriov-bench --help" "${web[@]}" --runs 3x
	usage_error "argument --time: 0.5: not a whole number of 1 to 86400; see lxc-sriov-bench --help" "${web[@]}" --time 0.5
	usage_error "argument --tolerance: nan: not a number of 0 to 100000; see lxc-sriov-bench --help" "${web[@]}" --tolerance nan
	usage_error "argument --only: all: no such tests (write-depth, write-size, read-threads, mixed-threads, write-threads, read-size); see lxc-sriov-bench --help" \
		disk --container web --device /dev/null --only all
	usage_error "argument --only: write-size:3: no such test (512, 1024, 2048, 4096, 8192, 16384, 32768, 65536); see lxc-sriov-bench --help" \
		disk --container web --device /dev/null --only read-size,write-size:3
	usage_error "--peer server1: not an IP address (names may differ in the container)" net --container web --peer server1
	usage_error "/absent/x: the report cannot be written there" "${web[@]}" --json /absent/x
	usage_error "/tmp: the report cannot be written there" "${web[@]}" --html /tmp
	fake fio :
	fake lsblk :
	fake blkid :
	usage_error "/dev/null: not a block device" disk --container web --device /dev/null
}

@test "a program that is missing is named with its package" {
	rm "$FAKES/iperf3"
	missing() { run --separate-stderr env PATH="$FAKES" /usr/bin/timeout 60 "$LXC_SRIOV_BENCH" "$@"; }
	missing net --container web --peer 192.0.2.1
	[ "$status" = 1 ]
	assert_stderr "lxc-sriov-bench: iperf3: not found in PATH; apt-get install iperf3"
	missing disk --container web --device /dev/null
	[ "$status" = 1 ]
	assert_stderr "lxc-sriov-bench: fio: not found in PATH; apt-get install fio"
}

@test "a container that does not run: nothing is started" {
	STATE=STOPPED net 1
	assert_stderr "lxc-sriov-bench: web: cannot measure in the container: it is STOPPED; start it: lxc-start -n web"
	[ ! -s "$STARTED" ]
}

@test "not root" {
	# from standard input: nobody need not be able to reach the file
	run --separate-stderr as_nobody /usr/bin/python3 - net --container web --peer 192.0.2.1 <"$LXC_SRIOV_BENCH"
	[ "$status" = 1 ]
	assert_stderr "lxc-sriov-bench: not root: containers' namespaces and devices are root's"
}

@test "median, spread and penalty; a container within the tolerance is fine" {
	rates host-to 900 1000 950
	rates container-to 940 910 931
	rates host-from 500 500 500
	rates container-from 510 505 600
	net 0 --runs 3 --json -
	is "$(values '[t["host"]["bandwidth"]["median"] for t in r["tests"]]')" "[950.0, 500.0]"
	is "$(values '[t["container"]["bandwidth"]["median"] for t in r["tests"]]')" "[931.0, 510.0]"
	is "$(values '[round(t["penalty_percent"]["bandwidth"], 3) for t in r["tests"]]')" "[2.0, -2.0]"
	is "$(values '[round(t["host"]["bandwidth"]["spread_percent"], 2) for t in r["tests"]]')" "[10.53, 0.0]"
	is "$(values '[t["slower"] for t in r["tests"]] + [r["slower"]]')" "[False, False, False]"
	is "$(values 'r["tests"][0]["container"]["bandwidth"]["runs"]')" "[940.0, 910.0, 931.0]"
	# host and container in turn, as long as asked for, after a warm-up
	is "$(cut -d ' ' -f 1,2 "$STARTED" | paste -sd ,)" \
		"host to,container to,host to,container to,host to,container to,host from,container from,host from,container from,host from,container from"
	[[ $(head -n 1 "$STARTED") == *"-c 192.0.2.1 -p 5201 --connect-timeout 5000 -O 3 -t 20" ]]
}

@test "a container that is slower is marked, in text and page, and by the status; the tolerance moves that" {
	local page=$BATS_TEST_TMPDIR/page
	for _ in one two; do
		rates host-to 1000
		rates container-to 949
		rates host-from 1000
		rates container-from 950
		if [ ! -e "$page" ]; then
			net 4 --runs 1 --html "$page"
			[[ $output == *"  to peer      1,000.0      949.0       5.10            0.0        0.0  slower"* ]]
			[[ $output == *"from peer      1,000.0      950.0       5.00            0.0        0.0"$'\n'* ]]
			[[ $output == *"the container is slower by more than 5 % in 1 of 2 tests" ]]
			[ "$(grep -o 'class="container slower"' "$page" | wc -l)" = 1 ]
			# the longest bar has the whole width
			grep -q '<rect class="host" x="90" y="6" width="520.0"' "$page"
			grep -q '<rect class="container slower" x="90" y="19" width="493.5"' "$page"
		else
			# and the page may come in place of the text
			net 0 --runs 1 --tolerance 6 --html -
			[[ $output == "<!DOCTYPE html>"*"as fast as the host, within 6 %, in all 2 tests</strong>"*"</html>" ]]
		fi
	done
	python3 -c 'import sys, xml.dom.minidom as x, re; [x.parseString(s) for s in re.findall("<svg.*?</svg>", sys.stdin.read())]' \
		<"$page"
}

@test "a run that fails ends all, with iperf3's reason and without a report" {
	rates host-to 1000
	rates container-to "the server has terminated"
	net 1 --runs 1 --json "$BATS_TEST_TMPDIR/json" --html "$BATS_TEST_TMPDIR/html"
	assert_no_output
	# shellcheck disable=SC2154 # bats's
	[[ $stderr == "lxc-sriov-bench: container: iperf3 "*": the server has terminated" ]]
	[ ! -e "$BATS_TEST_TMPDIR/json" ] && [ ! -e "$BATS_TEST_TMPDIR/html" ]
}

@test "a server that is not back from the run before is asked again" {
	rates host-to "unable to connect to server: Connection refused" 1000
	rates container-to 1000
	rates host-from 1000
	rates container-from 1000
	net 0 --runs 1 --json -
	is "$(values 'r["tests"][0]["host"]["bandwidth"]["runs"]')" "[1000.0]"
	is "$(wc -l <"$STARTED")" 5
}

# What the fake iperf3 of the next test leaves for it: its number, once it measures.
measures() { [ -s "$STARTED" ]; }
ended() { ! kill -0 "$1" 2>/dev/null; }
within_30_s() {
	local deadline=$((SECONDS + 30))
	until "$@"; do
		[ "$SECONDS" -lt "$deadline" ] || fail "not within 30 s: $*"
		sleep 0.1
	done
}

@test "on a terminal: a line that says what is under way and how long; Ctrl-C ends all, and nothing is written" {
	local keys=$BATS_TEST_TMPDIR/keys screen=$BATS_TEST_TMPDIR/screen out=$BATS_TEST_TMPDIR/out script said status=0
	# shellcheck disable=SC2016 # for the fake's own shell
	fake iperf3 'case $* in
		--version) echo "iperf 3.99 (fake)" ;;
		*" -n "*) echo "{\"end\":{}}" ;;
		*) echo $$ >$STARTED; exec sleep 60 ;;
		esac'
	mkdir "$out"
	mkfifo "$keys"
	PATH=$FAKES:$PATH timeout 120 script -qefc "$LXC_SRIOV_BENCH net --container web --peer 192.0.2.1 --json $out/json" \
		"$screen" <"$keys" >/dev/null 3>&- &
	script=$!
	exec {typed}>"$keys"
	within_30_s measures
	said=$(<"$screen")
	[[ $said == *$'\r\e[K1 of 12: net to peer, host, run 1 of 3; about 5 min left' ]]
	printf '\003' >&"$typed"
	wait $script || status=$?
	is "$status" 130
	within_30_s ended "$(<"$STARTED")"
	said=$(<"$screen")
	[[ $said == *"interrupted; what it had started is ended, and nothing is written"* ]]
	is "$(ls -A "$out")" ""
}

@test "disk's tests are the document's" {
	# each series: pattern, engine, and what values its options have
	run of "'\n'.join(f'{series.name}: ' + ' '.join(
		f'{key}=' + ','.join(map(str, dict.fromkeys(bench.fio_job(series, value, 512)[key] for value in series.values)))
		for key in ('rw', 'ioengine', 'bs', 'numjobs', 'iodepth')) for series in bench.DISK_SERIES)"
	local sizes=512,1024,2048,4096,8192,16384,32768,65536 threads=1,2,4,8,16,32,64,128,256,512
	is "$output" "write-depth: rw=write ioengine=libaio bs=512 numjobs=1 iodepth=1,2,4,8,16,32,64,128,256
write-size: rw=write ioengine=psync bs=$sizes numjobs=1 iodepth=1
read-threads: rw=randread ioengine=psync bs=4096 numjobs=$threads iodepth=1
mixed-threads: rw=randrw ioengine=psync bs=4096 numjobs=$threads iodepth=1
write-threads: rw=randwrite ioengine=psync bs=4096 numjobs=$threads iodepth=1
read-size: rw=randread ioengine=psync bs=$sizes numjobs=512 iodepth=1"
	# on a device with larger blocks
	is "$(of "[bench.fio_job(series, 1, 4096)['bs'] for series in bench.DISK_SERIES if series.vary != 'bs']")" \
		"[4096, 4096, 4096, 4096]"
}

@test "fio's figures: reads and writes together, latency weighted; what CERN's tables made of them" {
	local job='{"read": {"total_ios": 300, "iops": 30.0, "bw_bytes": 3000000, "lat_ns": {"mean": 1000}},
		"write": {"total_ios": 100, "iops": 10.0, "bw_bytes": 1000000, "lat_ns": {"mean": 5000}}}'
	is "$(of "bench.fio_figures({'jobs': [$job]})")" "{'iops': 40.0, 'bandwidth': 4.0, 'latency': 2.0}"
	# 47.90 % less IOPS and 91.94 % more latency are both penalties
	is "$(of "[round(bench.penalty(m, h, c), 2) for m, h, c in
		((bench.IOPS, 10000, 5210), (bench.LATENCY, 100, 191.94), (bench.IOPS, 100, 110), (bench.IOPS, 0, 1))]")" \
		"[47.9, 91.94, -10.0, 0.0]"
	# one figure of three that is worse is enough
	is "$(of "[bench.compare(bench.DISK_METRICS, bench.DISK_SERIES[0], 1, {'host': [dict(iops=100, bandwidth=1, latency=100)],
		'container': [dict(iops=100, bandwidth=1, latency=l)]}, 5)['slower'] for l in (104, 106)]")" "[False, True]"
	run of "bench.fio_figures({'jobs': [{'error': 28}]})"
	[ "$status" != 0 ]
	[[ $output == *"Failure: fio: No space left on device" ]]
	run of "bench.fio_figures({'jobs': [$(sed -E 's/"total_ios": [0-9]+/"total_ios": 0/g' <<<"$job")]})"
	[[ $output == *"nothing was read or written; give it more --time" ]]
}
