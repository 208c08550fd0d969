# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# For the bats files that test lxc-sriov itself: load lib/helpers, then load lib/sriov

INI=/etc/lxc/sriov.ini
DROP_INS=/etc/lxc/sriov.d
STATE=/run/lxc-sriov
LXC=/var/lib/lxc
SYSLOG=/var/log/syslog-lab
MAC1=d6:d6:d6:54:f9:f8
MAC2=7a:e7:81:9c:43:38

# --- assertions: true, or what differs on standard error ---

same() {
	[ "$1" = "$2" ] || {
		printf 'is:        %s\nshould be: %s\n' "$1" "$2" >&2
		return 1
	}
}

contains() {
	[[ $1 == *"$2"* ]] || {
		printf 'in:     %s\nabsent: %s\n' "$1" "$2" >&2
		return 1
	}
}

lacks() {
	[[ $1 != *"$2"* ]] || {
		printf 'in:         %s\nunexpected: %s\n' "$1" "$2" >&2
		return 1
	}
}

matches() {
	[[ $1 =~ $2 ]] || {
		printf 'is:       %s\nno match: %s\n' "$1" "$2" >&2
		return 1
	}
}

absent() {
	[ ! -e "$1" ] || {
		printf 'exists: %s\n' "$1" >&2
		return 1
	}
}

# For retry_until, which cannot take a negation.
not() { ! "$@"; }

# All that the last run_status showed.
said() { echo "${output-}${stderr-}"; }

# --- the host ---

# Each program that is started takes the emulated host some 30 ms: where the shell can do it itself, it does.
pf_sysfs() { echo "/sys/class/net/$1/device"; }
link_target() {
	local target
	target=$(readlink "$1") && echo "${target##*/}"
}
vf_pci() { link_target "/sys/class/net/$1/device/virtfn$2"; }
vf_driver() { link_target "/sys/class/net/$1/device/virtfn$2/driver"; }
# Nothing where it has none here.
vf_netdev() { netdev_below "/sys/class/net/$1/device/virtfn$2"; }
netdev_below() {
	local netdev
	for netdev in "$1"/net/*; do
		[ ! -e "$netdev" ] || echo "${netdev##*/}"
	done
}
has_netdev() { [ -n "$(vf_netdev "$1" "$2")" ]; }
unbind() { vf_pci "$1" "$2" >"/sys/class/net/$1/device/virtfn$2/driver/unbind"; }
numvfs() { echo "$(<"/sys/class/net/$1/device/sriov_numvfs")"; }
autoprobe() { echo "$(<"/sys/class/net/$1/device/sriov_drivers_autoprobe")"; }
set_autoprobe() { echo "$2" >"/sys/class/net/$1/device/sriov_drivers_autoprobe"; }
ifindex() { echo "$(<"/sys/class/net/$1/ifindex")"; }
mtu() { echo "$(<"/sys/class/net/$1/mtu")"; }
# udev may be giving it its name just now.
effective_mac() {
	for _ in 1 2 3; do
		cat "/sys/class/net/$1/device/virtfn$2"/net/*/address 2>/dev/null && return
	done
	return 1
}
# altnames NETDEV: one a line.
altnames() { ip -j link show "$1" | jq -r '.[0].altnames // [] | sort | .[]'; }
admin_mac() { ip link show "$1" | sed -n "s/^ *vf $2 *link\/ether \([^ ]*\) .*/\1/p"; }

# vf_has PF VF MAC: both sides say so.
vf_has() {
	same "admin $(admin_mac "$1" "$2"), effective $(effective_mac "$1" "$2")" "admin $3, effective $3"
}

claims() { find "$STATE" -mindepth 1 ! -name lock -printf '%f\n' 2>/dev/null | sort; }

# destroy_vfs PF...: as after a boot: none.
destroy_vfs() {
	local pf
	for pf; do
		[ "$(numvfs "$pf")" = 0 ] || echo 0 >"$(pf_sysfs "$pf")/sriov_numvfs"
		rm -f "$STATE/creating-$(basename "$(readlink "$(pf_sysfs "$pf")")")"
	done
}

# Whatever nobody but root could see changed: links with their VFs, SR-IOV attributes, drivers, records.
# Carrier comes and goes by itself, systemd 257 gives each MAC's name as an altname when it next looks, a bridge counts its seconds, whether a queue is attached follows from up, and what a veth's
# other end is called from who asks.
host_snapshot() {
	local pf record
	ip -d -o link | sed -E -e 's/NO-CARRIER,//' -e 's/,LOWER_UP//' -e 's/\\ +altname enx[0-9a-f]{12}//g' -e 's/ (qdisc|state|qlen|link-netns|link-netnsid) [^ ]+//g' \
		-e 's/ minmtu [^\\]*//' -e 's/\\ +(bridge|bridge_slave|dummy|veth|vlan|macvlan) [^\\]*//g'
	for pf in /sys/class/net/*/device/sriov_numvfs; do
		pf=${pf%/sriov_numvfs}
		echo "$pf $(<"$pf/sriov_numvfs") $(<"$pf/sriov_drivers_autoprobe")"
		stat -c %N "$pf"/virtfn* "$pf"/virtfn*/driver 2>/dev/null || : # no VFs, or no driver
	done
	for record in $(claims); do
		echo "$record: $(<"$STATE/$record")"
	done
}

# unchanged SNAPSHOT: the host is still as it was then.
unchanged() { diff <(echo "$1") <(host_snapshot) >&2; }

# Every VF of these PFs is here under udev's name.
all_home() {
	local pf vf
	for pf; do
		for vf in "/sys/class/net/$pf/device"/virtfn*; do
			[ -e "$vf" ] || continue
			[ -e "$vf/net/${pf}v${vf##*virtfn}" ] || { ip -br link; return 1; }
		done
	done
}

is_home() { same "$(vf_netdev "$1" "$2")" "${1}v$2"; }

# partition add|del DISK NUMBER [START LENGTH]: tells the kernel of one, in sectors; util-linux 2.40 has no program for it.
partition() {
	python3 - "$@" <<-'END'
		import array, fcntl, os, struct, sys
		op, disk, number, *rest = sys.argv[1:]
		start, length = (512 * int(n) for n in rest or (0, 0))
		part = array.array("B", struct.pack("qqi64s64s4x", start, length, int(number), b"", b""))
		fcntl.ioctl(os.open(disk, os.O_RDONLY), 0x1269, struct.pack("iiiP", 1 if op == "add" else 2, 0, len(part), part.buffer_info()[0]))
	END
}

# --- configuration ---

# ini_pfs NUMVFS: the sections of both PFs; the caller adds the others.
ini_pfs() { printf '[pf %s]\nnumvfs = %s\n' enp1s0 "$1" enp2s0 "$1"; }

# The two containers that all files use, on VF 0 of each PF.
ini_pair() {
	ini_pfs "$1"
	cat <<-END
		[centos1]
		pf = enp1s0
		vf = 0
		mac = $MAC1
		ipv4 = 194.168.1.1/24
		[centos2]
		pf = enp2s0
		vf = 0
		mac = $MAC2
		ipv4 = 194.168.1.2/24
	END
}

# use_ini: makes standard input the configuration.
use_ini() { cat >"$INI"; }

# library_with_version VERSION: liblxc as it is, but that it gives itself for this one; the caller has LD_LIBRARY_PATH lead to
# $BATS_TEST_TMPDIR. Zeros make it as long as the real one is, which a file of offsets needs.
library_with_version() {
	local version=$1 real
	real=$(lxc-start --version)
	while [ "${#version}" -lt "${#real}" ]; do version+=0; done
	sed "s/${real//./\\.}/$version/g" "$(ldconfig -p | awk '$1 == "liblxc.so.1" { print $NF; exit }')" \
		>"$BATS_TEST_TMPDIR/liblxc.so.1"
}

# --- containers ---

# create NAME [TEMPLATE OPTIONS]: by the template, from the INI.
create() {
	local name=$1
	shift
	run_ok lxc-create -t sriov -n "$name" -- "$@"
	sed -i '/udhcpc/d' "$LXC/$name/rootfs/etc/init.d/rcS" 2>/dev/null || :
}

running() { [ "$(lxc-info -n "$1" -sH)" = RUNNING ]; }
init_pid() { lxc-info -n "$1" -pH; }
monitor_pid() { awk '{ print $4 }' "/proc/$(init_pid "$1")/stat"; }
start() { run_ok lxc-start -n "$1"; }
stop() { run_ok lxc-stop -k -n "$1"; }
# Of the host's programs in the container's network.
inside() {
	local name=$1
	shift
	nsenter -n -t "$(init_pid "$name")" -- "$@"
}
mac_inside() { lxc-attach -n "$1" -- cat "/sys/class/net/$2/address"; }
# traffic NAME ADDRESS: a VF that was just made has no link for 10 s and more.
traffic() { retry_until 60 lxc-attach -n "$1" -- ping -c 1 -W 1 "$2"; }

# refusal_in LOG LINES STATUS PART...: so a start ended, with LOG for LXC's own and after that many LINES of syslog.
refusal_in() {
	local log=$1 lines=$2 want=$3 part
	shift 3
	grep -q "exited with status $want\$" "$log" || { cat "$log" >&2; return 1; }
	for part; do
		# LXC's log has it in the pieces in which it was read
		contains "$(sed 's/^lxc-start .* produced output: //' "$log" | tr -d '\n')" "$part" || return
		contains "$(tail -n +$((lines + 1)) "$SYSLOG")" "$part" || return
	done
}

# start_refused STATUS NAME PART...: the start fails since our hook ends with STATUS, after a message that has the PARTs.
start_refused() {
	local want=$1 name=$2 log=$BATS_TEST_TMPDIR/lxc.log
	local -i before
	shift 2
	before=$(wc -l <"$SYSLOG")
	rm -f "$log"
	run_status 1 lxc-start -n "$name" -l DEBUG -o "$log"
	running "$name" && return 1
	refusal_in "$log" "$before" "$want" "$@"
}

# hook NAME TYPE: as LXC calls it, from this shell.
hook() {
	env LXC_NAME="$1" LXC_CONFIG_FILE="$LXC/$1/config" LXC_HOOK_TYPE="$2" LXC_HOOK_SECTION=lxc \
		lxc-sriov hook "$1" lxc "$2"
}

# udev's own calls of lxc-sriov are kept away until rule_back, which a teardown may call anyway.
# Of udevd's reload alone a worker with the old rules came in 3 of 300 times.
RULE=/usr/lib/udev/rules.d/90-lxc-sriov.rules
rule_away() {
	mv "$RULE" "$RULE.off"
	restart_udevd
}
rule_back() {
	[ -e "$RULE.off" ] || return 0
	mv "$RULE.off" "$RULE"
	restart_udevd
}
restart_udevd() {
	udevadm settle
	udevadm control --exit
	start_udevd </dev/null >/dev/null 2>&1
}
# Without any of bats' descriptors, for whose end bats would wait.
start_udevd() (
	for fd in /proc/self/fd/*; do
		[ "${fd##*/}" -le 2 ] || eval "exec ${fd##*/}>&-"
	done
	exec /lib/systemd/systemd-udevd --daemon
)

# --- around each file and each test ---

# begin_file NUMVFS: VFs as the pair's configuration says.
begin_file() {
	follow_tests_only
	cp -a "$INI" "$BATS_FILE_TMPDIR/sriov.ini.installed"
	ini_pair "$1" | tee "$BATS_FILE_TMPDIR/sriov.ini" >"$INI"
	rm -rf "$DROP_INS"
	for pf in enp1s0 enp2s0; do
		[ "$(numvfs $pf)" = "$1" ] || destroy_vfs $pf
	done
	dmesg --clear
	lxc-sriov pin
	retry_until 30 all_home enp1s0 enp2s0
	udevadm settle
}

end_file() {
	local name
	for name in "$LXC"/*/; do
		[ ! -e "$name" ] || lxc-destroy -f -n "$(basename "$name")" >/dev/null
	done
	destroy_vfs enp1s0 enp2s0
	cp -a "$BATS_FILE_TMPDIR/sriov.ini.installed" "$INI"
}

# There is a control group for a monitor of NAME's, with -1 and so on where that of one that was killed was still there; freezer:
# of version 1.
monitored() {
	local group
	for group in /sys/fs/cgroup/{,freezer/}"lxc.monitor.$1"{,-[0-9]*}; do
		[ ! -e "$group" ] || return 0
	done
	return 1
}

stop_all() {
	local name
	for name in "$LXC"/*/; do
		name=$(basename "$name")
		! monitored "$name" || lxc-stop -k -n "$name" 2>/dev/null || :
	done
}

# What a test that failed leaves to be read.
what_it_was() {
	local name
	grep lxc-sriov "$SYSLOG" | tail -n 10
	dmesg | tail -n 20
	ip -s link
	for name in "$LXC"/*/; do
		lxc-attach -n "$(basename "$name")" -- ip -s link 2>/dev/null || :
	done
}

# For the end of each teardown: puts back what a test may have changed, by force where it failed. A test that passed
# left no claim behind.
end_test() {
	local pf vf name left
	[ "${BATS_TEST_COMPLETED:-}" = 1 ] || what_it_was
	stop_all
	cp "$BATS_FILE_TMPDIR/sriov.ini" "$INI"
	rm -rf "$DROP_INS"
	left=$(claims)
	[ -z "$left" ] || find "$STATE" -mindepth 1 ! -name lock -delete
	for pf in enp1s0 enp2s0; do
		for vf in "/sys/class/net/$pf/device"/virtfn*; do
			name=$(netdev_below "$vf")
			[ -z "$name" ] || [ "$name" = "${pf}v${vf##*virtfn}" ] || {
				ip link set "$name" down
				ip link property del dev "$name" altname "${pf}v${vf##*virtfn}" 2>/dev/null || :
				ip link set "$name" name "${pf}v${vf##*virtfn}" || :
			}
		done
	done
	lxc-sriov pin
	retry_until 30 all_home enp1s0 enp2s0
	udevadm settle
	# the last word: bats looks at nothing else of a teardown
	same "$left" ""
}
