#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# bash completion: what is offered where. LXC_SRIOV_COMPLETION is the path of the script.

load helpers
stderr='' # set by run

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	write host.ini <<-'EOT'
		; a host
		[pf enp4s0f0]
		numvfs = 2
		[PF enp4s0f1]
		numvfs = 2

		[centos1]
		pf = enp4s0f0
		[centos1 1]
		pf = enp4s0f1
		[db]
		Container = "DB-1" ; its exact name
		;[nobody]
	EOT
	mkdir host.d
	printf '[ centos2 ]\n' >host.d/1.ini
	printf '[hidden]\n' >host.d/.2.ini
	printf '[other]\n' >host.d/other.txt
}

teardown() {
	[ -z "${world:-}" ] || rm -rf "$world"
}

# offered WORD...: runs the completion of the last of WORD..., the others before it; leaves $output, a word a line.
# Under options of the shell that people have set.
offered() {
	# shellcheck disable=SC2016 # for the inner shell
	run --separate-stderr timeout 60 bash -euc 'shopt -s failglob
		source "$1"; shift
		COMP_WORDS=(lxc-sriov "$@") COMP_CWORD=$#
		_lxc_sriov lxc-sriov "${!#}" "${@:$#-1:1}"
		printf "%s\n" "${COMPREPLY[@]}"' bash "${LXC_SRIOV_COMPLETION:?}" "$@"
	[ "$status$stderr" = 0 ] || fail "lxc-sriov $*: the completion failed: $status" "$stderr"
}

# offers "CHOICE ..." [WORD...]: these, and no others, in any order.
offers() {
	local expected
	expected=$(tr -s ' ' '\n' <<<"$1" | sort)
	shift
	offered "$@"
	output=$(sort <<<"$output")
	[ "$output" = "$expected" ] || fail "lxc-sriov $*: offered:" "$output" "--- expected:" "$expected"
}

# Names of verbs in the usage text, and what follows one there.
verbs() { sed -nE 's/^  ([a-z]+) .*/\1/p' <<<"$usage"; }
line_of() { grep -E "^  $1 " <<<"$usage"; }
read_usage() {
	run_sriov 0 --help
	usage=$output
	[[ $(verbs | xargs) == *check*pin*config*hook* ]]
}

@test "verbs" {
	offers check ch
	offers "reattach reclaim" re
	offers "pin" -v -c host.ini p
	offers "" nonsense ""
	offers "" ./
}

@test "options of a verb, and those of every verb" {
	offers "-c --config -v --verbose -h --help --version" -
	offers "--dry-run" pin --d
	offers "--recreate" pin --dry-run --r
	offers "--lxcpath" config --l
	offers "podman" watch p
	offers "" check --d
	offers "" list --json -- -
}

@test "PFs of the configuration in use" {
	offers "enp4s0f0 enp4s0f1" -c host.ini pin ""
	offers "enp4s0f0 enp4s0f1" pin --dry-run -c host.ini enp4
	offers "enp4s0f1" --config = host.ini list enp4s0f0 enp4s0f1
	offers "" -c absent.ini pin ""
	offers "" -c /dev/zero pin ""
	offers "" -c . pin ""
}

@test "containers of the configuration in use, by their exact names, once each" {
	local tilde='~'
	offers "centos1 centos2 DB-1" -c host.ini config ""
	offers "centos1 centos2" config --write -c host.ini cent
	offers "centos1" config -P /x -c host.ini -- centos1
	offers "" -c host.ini config centos1 ""
	HOME=$PWD offers "DB-1" -c "$tilde/host.ini" config D
}

@test "files and folders" {
	mkdir folder "two words"
	offers "host.ini host.d" check ho
	offers "host.ini host.d" check absent.ini ho
	offers "host.ini host.d" -c ho
	offers "host.ini host.d" --config = ho
	offers "folder" config -P fo
	offers "host.d" config --lxcpath = ho
	offered check two
	assert_output "two words"
}

@test "a VF is a network device that has a PF" {
	local vf
	offered owner ""
	for vf in $output; do
		[ -e "/sys/class/net/$vf/device/physfn" ]
	done
	offers "" owner eth0 ""
}

@test "verbs without arguments" {
	offers "" -c host.ini reattach ""
	offers "" -c host.ini reclaim ""
}

@test "bash knows whose completion it is" {
	# shellcheck disable=SC2016 # for the inner shell
	run -0 bash -c 'source "$1"; complete -p lxc-sriov' bash "${LXC_SRIOV_COMPLETION:?}"
	[ "$output" = "complete -F _lxc_sriov lxc-sriov" ]
}

# --- it says what the program says ---

@test "every verb of the usage text is offered, and no other" {
	local usage
	read_usage
	offers "$(verbs)" ""
}

# What stands for --KEY.
nic_options() { sed -nE 's/^\tNIC_OPTION\("([a-z0-9-]+)".*/--\1/p' "$BATS_TEST_DIRNAME/../../helper/main.c"; }

@test "every option of the usage text is offered where it says, and no other" {
	local usage verb common own
	read_usage
	common=$(sed -nE 's/^  (-.,|   ) (--[a-z-]+).*/\1 \2/p' <<<"$usage" | tr -d ,)
	for verb in $(verbs); do
		own=$(line_of "$verb" | grep -oE '\[-[^] ]+' | tr -d '[' || true)
		if grep -qx -- --KEY <<<"$own"; then
			own=$(grep -vx -- --KEY <<<"$own"; nic_options)
		fi
		if grep -qx -- -P <<<"$own"; then
			own+=" --lxcpath"
		fi
		offers "$(grep -v -e --lxcpath <<<"$common") $own" "$verb" -
	done
}

@test "the program takes the options that are offered for a verb, and refuses those of other verbs" {
	local usage verb option options all
	read_usage
	world=$(mktemp -d /tmp/lxc-sriov-bats.XXXXXX)
	chmod 755 "$world"
	cp "$LXC_SRIOV" "$world/program"
	LXC_SRIOV=$world/program
	cd "$world" || return
	all=$(for verb in $(verbs); do offered "$verb" --; echo "$output"; done | sort -u)
	all=$(grep -vxE -e '--(help|version|config)' <<<"$all")
	# one of them is like the others
	all=$(grep -vxF -e "$(nic_options | grep -v -e --vlan-qos)" <<<"$all"; echo --name)
	for verb in $(verbs); do
		offered "$verb" --
		options=$output
		for option in $all; do
			# As nobody: a verb that acts on the host refuses next.
			run --separate-stderr as_nobody timeout 60 "$LXC_SRIOV" -c absent.ini "$verb" "$option" x
			if grep -qx -e "$option" <<<"$options"; then
				[[ $stderr != *"option"* ]] || fail "$verb $option: offered, but not taken: $stderr"
			else
				[[ $stderr == *"an option that this verb does not take"* ]] ||
					fail "$verb $option: not offered, and yet: $stderr"
			fi
		done
	done
}
