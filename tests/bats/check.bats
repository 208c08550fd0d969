#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# The verb check, and how the command line is read. It needs root, for files of other owners, and no SR-IOV.

load helpers

setup() {
	umask 022
	[ "$(id -u)" -eq 0 ] || fail "this needs root: it gives files to other users"
	cd "$BATS_TEST_TMPDIR" || return
	host sriov.ini d6:d6:d6:54:f9:f8
}

teardown() {
	[ -z "${world:-}" ] || rm -rf "$world"
}

# The whole of root's rights but that of reading everything.
without_override() {
	setpriv --bounding-set=-dac_override,-dac_read_search --inh-caps=-dac_override,-dac_read_search "$@"
}

# The usage text, one line for each verb, on one of the streams.
assert_usage_in() {
	local text=${!1} verb
	[[ $text == *"usage: lxc-sriov "*" VERB [ARGUMENTS]"* ]] || { show_streams; fail "no usage line"; }
	for verb in check pin init list metrics config hook; do
		[[ $text == *$'\n'"  $verb "* ]] || { show_streams; fail "the usage text has no verb $verb"; }
	done
}

# --- command line ---

@test "--help prints every verb and the exit statuses" {
	local option
	for option in --help -h; do
		run_sriov 0 "$option"
		assert_no_stderr
		assert_usage_in output
		assert_output_line "Exit status: 0 done, 1 an operation failed, 2 usage or configuration error,"
		assert_output_line "3 the VF is held by another running container. See lxc-sriov(8)."
	done
}

@test "--help behind a verb does not run the verb" {
	run_sriov 0 -c absent.ini check --help
	assert_no_stderr
	assert_usage_in output
}

@test "--version" {
	run_sriov 0 --version
	assert_no_stderr
	assert_output "lxc-sriov ${LXC_SRIOV_VERSION:?}"
}

@test "no verb" {
	run_sriov 2
	assert_no_output
	assert_usage_in stderr
}

@test "options, but no verb" {
	run_sriov 2 -c sriov.ini -v
	assert_no_output
	assert_usage_in stderr
}

@test "an unknown verb" {
	refuses "frobnicate: no such verb; see lxc-sriov --help" -- frobnicate
	refuses ": no such verb; see lxc-sriov --help" -- ""
	refuses "chec: no such verb; see lxc-sriov --help" -- chec
	refuses "CHECK: no such verb; see lxc-sriov --help" -- CHECK sriov.ini
	refuses "checks: no such verb; see lxc-sriov --help" -- checks sriov.ini
}

@test "an unknown option" {
	run_sriov 2 --frobnicate check sriov.ini
	assert_no_output
	assert_stderr_line "lxc-sriov: unrecognized option '--frobnicate'"
	assert_usage_in stderr
	run_sriov 2 check -x sriov.ini
	assert_no_output
	assert_stderr_line "lxc-sriov: invalid option -- 'x'"
	assert_usage_in stderr
}

@test "an option without its argument" {
	run_sriov 2 check -c
	assert_no_output
	assert_stderr_line "lxc-sriov: option requires an argument -- 'c'"
	run_sriov 2 check --config
	assert_no_output
	assert_stderr_line "lxc-sriov: option '--config' requires an argument"
}

@test "an option with an argument that it does not have" {
	run_sriov 2 --verbose=yes check sriov.ini
	assert_no_output
	assert_stderr_line "lxc-sriov: option '--verbose' doesn't allow an argument"
}

@test "an option that the verb does not take" {
	local option
	for option in --dry-run --json --write; do
		refuses "check: an option that this verb does not take; see lxc-sriov --help" -- check "$option" sriov.ini
		refuses "check: an option that this verb does not take; see lxc-sriov --help" -- "$option" check sriov.ini
		refuses "check: an option that this verb does not take; see lxc-sriov --help" -- check sriov.ini "$option"
	done
}

@test "options stand anywhere, up to --" {
	accepts check sriov.ini -v
	accepts check -v sriov.ini
	cp sriov.ini ./-v
	accepts check -- -v
	refuses "--verbose: No such file or directory" -- check -- --verbose
}

# --- check FILE... ---

@test "check says nothing of a good file" {
	accepts check sriov.ini
	accepts check "$PWD/sriov.ini"
}

@test "check takes the example with every key" {
	write full.ini <<-'EOF'
		; one section per PF
		[pf enp4s0f0]
		numvfs = 8               ; VFs to create at boot
		pci    = 0000:04:00.0
		[PF enp4s0f1]
		numvfs = 1

		[centos1]
		pf   = enp4s0f0
		vf   = 7
		mac  = D6:d6:d6:54:f9:F8
		name = "eth0"
		link = centos1-0
		mtu  = 9000
		ipv4 = 194.168.1.1/24 10.0.0.1/8
		ipv4_gateway = 194.168.1.254
		ipv6 = 2001:db8::1/64
		ipv6_gateway = fe80::1
		container = CentOS-1

		[CENTOS1 1]
		pf  = enp4s0f1
		vf  = 0
		mac = 7a:e7:81:9c:43:38   # another comment
	EOF
	accepts check full.ini
}

@test "check takes an empty file" {
	write empty.ini </dev/null
	accepts check empty.ini
}

@test "check tells every error, with file, line, section, key and value" {
	write bad.ini <<-'EOF'
		[pf enp4s0f0]
		numvfs = 08
		[web]
		pf  = enp4s0f1
		vf  = 1 2
		mac = 01:00:5e:00:00:01
		vlans = 7
		[Web]
		[db]
		mac = d6:d6:d6:54:f9:f8 ; the only key
	EOF
	refuses "bad.ini:8: [Web]: the section stands in line 3 already" \
		"bad.ini:2: [pf enp4s0f0] numvfs = 08: has a leading zero" \
		"bad.ini:5: [web] vf = 1 2: is not a decimal number" \
		"bad.ini:6: [web] mac = 01:00:5e:00:00:01: is a multicast address (the first byte is odd)" \
		"bad.ini:7: [web] vlans = 7: unknown key" \
		"bad.ini:9: [db] pf: the key is missing" \
		"bad.ini:9: [db] vf: the key is missing" \
		"bad.ini:4: [web] pf = enp4s0f1: there is no section [pf enp4s0f1]" \
		-- check bad.ini
}

@test "check does not change the file" {
	cp -p sriov.ini before.ini
	touch -d "2001-02-03 04:05:06" sriov.ini before.ini
	accepts check sriov.ini
	cmp sriov.ini before.ini
	[ "$(stat -c %Y sriov.ini)" = "$(stat -c %Y before.ini)" ]
}

@test "check FILE reads files of any owner" {
	chown 65534:65534 sriov.ini .
	chmod 666 sriov.ini
	chmod 777 .
	accepts check sriov.ini
}

@test "check FILE does not read the folder beside it" {
	mkdir sriov.d
	echo junk >sriov.d/1.ini
	accepts check sriov.ini
}

@test "check FILE does not care for the configuration in use" {
	accepts -c absent.ini check sriov.ini
}

@test "an absent file" {
	refuses "absent.ini: No such file or directory" -- check absent.ini
	refuses ": No such file or directory" -- check ""
	refuses "sriov.ini/x: Not a directory" -- check sriov.ini/x
}

@test "an unreadable file" {
	chmod 000 sriov.ini
	run without_override cat sriov.ini
	[ "$status" -ne 0 ] || fail "root without its capabilities can read everything here"
	run_sriov_with without_override 2 check sriov.ini
	assert_no_output
	assert_stderr "lxc-sriov: sriov.ini: Permission denied"
}

@test "a folder, a device or a FIFO for a file" {
	mkdir folder.ini
	mkfifo fifo.ini
	refuses "folder.ini: cannot be read: Is a directory" -- check folder.ini
	refuses "/dev/null: cannot be read: Operation not supported" -- check /dev/null
	refuses "fifo.ini: cannot be read: Operation not supported" -- check fifo.ini
}

# --- check with several files, each a host ---

@test "several hosts may have the same PFs, VFs and containers" {
	host b.ini d6:d6:d6:54:f9:f9
	host c.ini d6:d6:d6:54:f9:fa
	accepts check sriov.ini b.ini c.ini
}

@test "a MAC stands in one host only" {
	host b.ini d6:d6:d6:54:f9:f9
	host c.ini D6:D6:D6:54:F9:F8
	refuses "sriov.ini:6: [web] mac = d6:d6:d6:54:f9:f8: given to [web] in c.ini:6 already" \
		-- check sriov.ini b.ini c.ini
}

@test "a MAC in three hosts is told of twice" {
	host a.ini d6:d6:d6:54:f9:f8
	host b.ini d6:d6:d6:54:f9:f8
	refuses "b.ini:6: [web] mac = d6:d6:d6:54:f9:f8: given to [web] in a.ini:6 already" \
		"sriov.ini:6: [web] mac = d6:d6:d6:54:f9:f8: given to [web] in b.ini:6 already" \
		-- check b.ini sriov.ini a.ini
}

@test "the errors of several files are told at once" {
	host a.ini 00:00:00:00:00:00
	host c.ini d6:d6:d6:54:f9:f9
	host d.ini d6:d6:d6:54:f9:f9
	refuses "a.ini:6: [web] mac = 00:00:00:00:00:00: is the zero address" \
		"absent.ini: No such file or directory" \
		"d.ini:6: [web] mac = d6:d6:d6:54:f9:f9: given to [web] in c.ini:6 already" \
		-- check a.ini absent.ini sriov.ini c.ini d.ini
}

# 200 hosts of 4 NICs each.
many_hosts() {
	local host nic
	for ((host = 0; host < 200; host++)); do
		printf '[pf enp4s0f0]\nnumvfs = 4\n'
		for nic in 0 1 2 3; do
			printf '[c%d]\npf = enp4s0f0\nvf = %d\nmac = 02:00:00:00:%02x:%02x\n' $nic $nic $host $nic
		done
	done | awk '/^\[pf / { file = sprintf("h%03d.ini", n++) } { print >file }'
}

@test "one MAC among those of 200 hosts stands in two" {
	many_hosts
	accepts check h*.ini
	sed -i 's/02:00:00:00:b7:02/02:00:00:00:09:01/' h183.ini
	refuses "h183.ini:14: [c2] mac = 02:00:00:00:09:01: given to [c1] in h009.ini:10 already" -- check h*.ini
}

# --- check without FILE: the configuration in use ---

@test "check -c FILE says nothing when all is well" {
	accepts check -c sriov.ini
	accepts check --config=sriov.ini
	accepts --config "$PWD/sriov.ini" check
}

@test "the last -c counts" {
	accepts -c absent.ini check -c sriov.ini
}

@test "check -c FILE reads the folder beside it, and rules hold across files" {
	mkdir sriov.d
	host sriov.d/2.ini d6:d6:d6:54:f9:f8
	write sriov.d/1.ini <<-'EOF'
		[db]
		pf  = enp4s0f0
		vf  = 2
		mac = d6:d6:d6:54:f9:f9
	EOF
	refuses "sriov.d/2.ini:1: [pf enp4s0f0]: the PF has a section in sriov.ini:1 already" \
		"sriov.d/1.ini:3: [db] vf = 2: [pf enp4s0f0] in sriov.ini:1 has numvfs = 2, so the last VF is 1" \
		"sriov.d/2.ini:3: [web] container = web: this NIC of the container is given by [web] in sriov.ini:3 already" \
		"sriov.d/2.ini:3: [web] name = eth0: the container's interface of that name is given by [web] in sriov.ini:3 already" \
		"sriov.d/2.ini:6: [web] mac = d6:d6:d6:54:f9:f8: given to [web] in sriov.ini:6 already" \
		"sriov.d/2.ini:5: [web] vf = 0: this VF is given to [web] in sriov.ini:5 already" \
		-- check -c sriov.ini
}

@test "check -c FILE refuses an absent file" {
	refuses "absent.ini: No such file or directory" -- check -c absent.ini
}

@test "check -c FILE refuses a file that is not root's" {
	chown 65534:65534 sriov.ini
	refuses "sriov.ini: owned by user 65534, not by root; run: chown root sriov.ini" -- check -c sriov.ini
	chown 0:65534 sriov.ini
	accepts check -c sriov.ini
}

@test "check -c FILE refuses a file that others may write" {
	local mode
	for mode in 664 646 620 602; do
		chmod "$mode" sriov.ini
		refuses "sriov.ini: writable by others than root; run: chmod go-w sriov.ini" -- check -c sriov.ini
	done
	chmod go-w sriov.ini
	accepts check -c sriov.ini
}

@test "check -c FILE refuses a folder that is not root's, or that others may write" {
	local here
	here=$(pwd -P)
	chown 65534:65534 .
	refuses "$here: owned by user 65534, not by root; run: chown root $here" -- check -c sriov.ini
	chown 0:0 .
	chmod 1777 .
	refuses "$here: writable by others than root; run: chmod go-w $here" -- check -c sriov.ini
	chmod 755 .
	accepts check -c sriov.ini
}

@test "check -c FILE refuses a drop-in file or folder that is not root's alone" {
	mkdir sriov.d
	write sriov.d/1.ini </dev/null
	accepts check -c sriov.ini
	chown 65534 sriov.d/1.ini
	refuses "sriov.d/1.ini: owned by user 65534, not by root; run: chown root sriov.d/1.ini" -- check -c sriov.ini
	chown 0 sriov.d/1.ini
	chmod 777 sriov.d
	refuses "sriov.d: writable by others than root; run: chmod go-w sriov.d" -- check -c sriov.ini
}

# --- who may run what ---

@test "any user may check a file, and none but root acts on the host" {
	local verb
	world=$(mktemp -d /tmp/lxc-sriov-bats.XXXXXX)
	chmod 755 "$world"
	cp "$LXC_SRIOV" "$world/program"
	cp sriov.ini "$world"
	LXC_SRIOV=$world/program
	cd "$world" || return
	run_sriov_with as_nobody 0 check sriov.ini
	assert_no_output
	assert_no_stderr
	for verb in pin list hook; do
		run_sriov_with as_nobody 1 -c sriov.ini "$verb"
		assert_no_output
		assert_stderr "lxc-sriov: $verb: it acts on the host's network devices; run it as root"
	done
}
