#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The verb config: what it prints of a container besides its NICs, and for Proxmox VE.

load helpers
stderr='' # set by run_sriov

setup() {
	umask 022
	cd "$BATS_TEST_TMPDIR" || return
	host sriov.ini d6:d6:d6:54:f9:f8
	if [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ] || [[ $(pkg-config --modversion lxc) =~ ^[7-9]|^[1-9][0-9] ]]; then
		CGROUP=lxc.cgroup2 MEMORY=lxc.cgroup2.memory.max
	else
		CGROUP=lxc.cgroup MEMORY=lxc.cgroup.memory.limit_in_bytes
	fi
	HOOK="lxc.hook.autodev = /usr/share/lxc/hooks/lxc-sriov"
}

# says MESSAGE -- KEY...: config fails over these further lines of [web], prints nothing, and says only this.
says() {
	local message=$1
	shift 2
	host sriov.ini d6:d6:d6:54:f9:f8
	printf '%s\n' "$@" >>sriov.ini
	run_sriov 1 -c sriov.ini config web
	assert_no_output
	assert_stderr "lxc-sriov: sriov.ini:7: [web] $message"
}

# The container 101 with two NICs and all that a container may have.
container_101() {
	write sriov.ini <<-'EOF'
		[pf enp4s0f0]
		numvfs = 2
		[101]
		pf = enp4s0f0
		vf = 0
		mac = 02:00:00:00:00:01
		ipv4 = 194.168.1.1/24
		ipv4_gateway = 194.168.1.254
		cpus = 0
		memory = 64M
		devices = /dev/null /dev/zero
		[101 1]
		pf = enp4s0f0
		vf = 1
		mac = 02:00:00:00:00:02
	EOF
}

@test "cpus, memory and devices are lines of their own, and a container without them has none" {
	run_sriov 0 -c sriov.ini config web
	[[ $output != *cgroup* && $output != *autodev* ]]
	container_101
	run_sriov 0 -c sriov.ini config 101
	assert_no_stderr
	assert_output_line "$CGROUP.cpuset.cpus = 0"
	assert_output_line "$MEMORY = 67108864"
	assert_output_line "$CGROUP.devices.allow = /dev/null rwm"
	assert_output_line "$CGROUP.devices.allow = /dev/zero rwm"
	assert_output_line "$HOOK"
	[ "$(grep -c autodev <<<"$output")" = 1 ]
}

@test "CPUs that the host does not have" {
	local possible next
	possible=$(cat /sys/devices/system/cpu/possible)
	next=$((${possible##*[-,]} + 1))
	says "cpus = 0,$next: the host has no CPU $next; it has $possible" -- "cpus = 0,$next"
	says "cpus = 0,8191: the host has no CPU 8191; it has $possible" -- "cpus = 8191,0"
}

@test "cpus = local needs the PF" {
	says "cpus = local: pf enp4s0f0: No such device; is its driver loaded, and the name right?" -- "cpus = local"
}

@test "more memory than the host has is told" {
	printf 'memory = 8388607T\n' >>sriov.ini
	run_sriov 0 -c sriov.ini config web
	assert_output_line "$MEMORY = 9223370937343148032"
	[[ $stderr == "lxc-sriov: sriov.ini:7: [web] memory = 9223370937343148032: the host has "*", so this limits nothing" ]]
}

@test "devices that are none" {
	says "devices = /dev/lxc-sriov-absent: No such file or directory" -- "devices = /dev/null /dev/lxc-sriov-absent"
	says "devices = /dev/shm: it is neither a block nor a character device" -- "devices = /dev/shm"
	says "devices = /dev/stdin/x: Not a directory" -- "devices = /dev/stdin/x"
}

@test "one device under two names" {
	printf 'devices = /dev/null /dev/fd/9\n' >>sriov.ini
	run_sriov_with with_null_as_9 1 -c sriov.ini config web
	assert_no_output
	assert_stderr "lxc-sriov: sriov.ini:7: [web] devices = /dev/fd/9: it is the same device as /dev/null"
}

with_null_as_9() { "$@" 9</dev/null; }

@test "a container's name may be a number" {
	container_101
	run_sriov 0 -c sriov.ini config 101
	assert_output_line "lxc.net.0.link = enp4s0f0v0"
	assert_output_line "lxc.net.1.link = enp4s0f0v1"
	run_sriov 2 -c sriov.ini config 10
	assert_no_output
}

@test "--format proxmox is the same in the syntax of /etc/pve/lxc/ID.conf, raw lines only" {
	local line
	container_101
	run_sriov 0 -c sriov.ini config 101
	grep -v -e '^#' -e '^$' <<<"$output" >lxc
	run_sriov 0 -c sriov.ini config --format lxc 101
	grep -v -e '^#' -e '^$' <<<"$output" | diff lxc -

	run_sriov 0 -c sriov.ini config --format proxmox 101
	assert_no_stderr
	assert_output_line "lxc.include: /usr/share/lxc/config/sriov.conf"
	assert_output_line "lxc.net.0:"
	assert_output_line "lxc.net.0.type: phys"
	assert_output_line "lxc.net.0.ipv4.gateway: 194.168.1.254"
	assert_output_line "lxc.net.1.link: enp4s0f0v1"
	# the expression of pve-container's parse_pct_config(), and the keys that its is_valid_lxc_conf_key() takes
	for line in "${lines[@]}"; do
		[[ $line =~ ^(lxc\.[a-z0-9_.-]+):\ *(.*)$ ]] || fail "not a raw line: $line"
		[[ ${BASH_REMATCH[1]} =~ ^lxc\.(net\..*|cgroup2?\..*|include|hook\.autodev)$ ]] || fail "not a key: $line"
	done
	# as it writes them for LXC
	sed -E 's/^([^:]*):/\1 =/' <<<"$output" | diff lxc -
}

@test "--format proxmox has no start-host, and says so where a limit takes it" {
	container_101
	printf 'max_tx_rate = 50\nshape = tc\n' >>sriov.ini
	run_sriov 0 -c sriov.ini config --format proxmox 101
	[[ $stderr == *"shape = tc and auto take the hook start-host, which Proxmox VE drops"* ]] || fail "$stderr"
	[[ $output != *start-host* ]] || fail "$output"
}

@test "the name of a container, one, and where there is one" {
	refuses "config: it takes the name of one container; see lxc-sriov --help" -- config
	refuses "config: it takes the name of one container; see lxc-sriov --help" -- config web db
	refuses "config: a/b is not a container name; see lxc-sriov --help" -- config a/b
	container_101
	run_sriov 1 -c sriov.ini -P "$PWD" config --write 101
	[[ $stderr == *"101: $PWD/101/sriov.conf: No such file or directory; is there such a container?"* ]] || fail "$stderr"
}

@test "--format of something else, or with --write" {
	refuses "config: --format pve: there are lxc and proxmox; see lxc-sriov --help" -- -c sriov.ini config --format pve web
	refuses "config: --format : there are lxc and proxmox; see lxc-sriov --help" -- -c sriov.ini config --format= web
	refuses "config: --write is for LXC's own files; put what --format proxmox prints into /etc/pve/lxc/web.conf; see lxc-sriov --help" \
		-- -c sriov.ini config --format proxmox --write web
	refuses "check: an option that this verb does not take; see lxc-sriov --help" -- check --format lxc sriov.ini
}
