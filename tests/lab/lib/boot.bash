# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What run and shell share: one QEMU per directory $run_dir, never left behind.

lab_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
repo=${lab_dir%/tests/lab}
build=$repo/build/lab
# shellcheck source-path=SCRIPTDIR source=release.bash
. "$lab_dir/lib/release.bash"
root_ports_max=14 # the firmware hangs with 15
pfs_max=16        # those above are had as cards with two ports

say() { printf 'lab: %s\n' "$*" >&2; }
# 125: the lab itself failed, whatever the command would have said.
die() { say "$*"; exit 125; }

check_pfs() {
	case $1 in
	[0-9] | 1[0-9]) [ "$1" -le $pfs_max ] && return ;;
	esac
	say "--pfs: 0 to $pfs_max, not '$1'"
	exit 2
}

# take_release NAME: as --release has it.
take_release() {
	use_release "$1" || { say "--release: $(releases | paste -sd ' '), not '$1'"; exit 2; }
}

# Sets image, accel, run_dir and share.
prepare() {
	[ -n "${release:-}" ] || use_release || { say "LAB_RELEASE: $(releases | paste -sd ' '), not '$LAB_RELEASE'"; exit 2; }
	image=$("$lab_dir/image" "$release") || die "no guest image"
	accel=$("$lab_dir/accel" "$image") || die "no QEMU that works: run tests/deps lab"
	mkdir -p "$build"
	sweep
	run_dir=$(mktemp -d "$build/run.XXXXXX")
	exec 8>"$run_dir/lock"
	flock 8
	share=$run_dir/share
	mkdir "$share"
	cp "$lab_dir/guest/init" "$lab_dir/guest/command" "$share/"
	qemu_pid=
	trap clean_up EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
	[ "${bare:-no}" = yes ] || stage
}

# Directories of runs that were killed outright.
sweep() {
	local dir
	find "$build" -maxdepth 1 -name 'run.??????' -mmin +5 | while read -r dir; do
		flock -n "$dir" true 2>/dev/null && flock -n "$dir/lock" rm -rf "$dir" || :
	done
}

clean_up() {
	local status=$?
	trap - EXIT
	trap '' HUP INT TERM
	stop_qemu
	[ -z "${keep_console:-}" ] || cp "$run_dir/console" "$keep_console" || :
	rm -rf "$run_dir"
	exit "$status"
}

stop_qemu() {
	[ -n "$qemu_pid" ] || return 0
	kill -KILL "$qemu_pid" 2>/dev/null || :
	wait "$qemu_pid" 2>/dev/null || :
	qemu_pid=
}

# `make install` into a tar file that the guest unpacks over its root, with LAB_HELPER as lxc-sriov.
stage() {
	mkdir "$run_dir/stage"
	flock "$build/make.lock" "$lab_dir/chroot" "$release" make -s install lab-parts BUILD="$lab_build" DESTDIR="$run_dir/stage" \
		${LAB_HELPER:+HELPER="$LAB_HELPER"} >"$run_dir/make.log" 2>&1 8>&- || {
		tail -n 40 "$run_dir/make.log" >&2
		die "make install failed"
	}
	tar -C "$run_dir/stage" --owner=0 --group=0 --numeric-owner -cf "$share/stage.tar" .
	rm -rf "$run_dir/stage"
}

# use_disk FILE: the guest writes there, over the image as it is; the share tells it that it must shut down.
use_disk() {
	local below
	if [ ! -e "$1" ]; then
		"$lab_dir/qemu" --img create -q -f qcow2 -b "$image/root.img" -F raw -- "$1" || die "cannot make the disk $1"
	fi
	below=$("$lab_dir/qemu" --img info -- "$1" | sed -nE 's/^backing file: (.*)$/\1/p')
	[ "$below" = "$image/root.img" ] || die "$1 is not a disk of this image: make it anew"
	drive="file=${1//,/,,},format=qcow2"
	: >"$share/disk"
}

# Sets the array qemu. The caller adds -serial. $1: number of PFs, $2: more kernel parameters.
qemu_command() {
	local n card bus=pcie.0 place=('')
	qemu=("$lab_dir/qemu" -M q35 -m "${LAB_MEMORY:-2048}" -smp "${LAB_SMP:-2}" -nodefaults -vga none
		-display none -no-reboot -kernel "$image/vmlinux" -initrd "$image/initrd.img"
		-append "console=ttyS0 quiet panic=-1 mitigations=off nokaslr audit=0 tsc=reliable no_timer_check cryptomgr.notests init_on_alloc=0 $2"
		-drive "${drive:-file=$image/root.img,format=raw,snapshot=on},if=none,id=root" -device virtio-blk-pci,drive=root,bus=pcie.0
		-virtfs "local,path=$share,mount_tag=host,security_model=none"
		-virtfs "local,path=$repo,mount_tag=lab,security_model=none,readonly=on,multidevs=remap")
	truncate -s 64M "$run_dir/nvme.img"
	qemu+=(-drive "file=$run_dir/nvme.img,if=none,id=disk,format=raw" -device nvme,serial=lab,drive=disk,bus=pcie.0)
	read -ra accel_words <<<"$accel"
	qemu+=("${accel_words[@]}")
	if [ "${numa:-no}" = yes ]; then
		for n in 0 1; do
			qemu+=(-object "memory-backend-ram,id=m$n,size=$((${LAB_MEMORY:-2048} / 2))M" -numa "node,nodeid=$n,cpus=$n,memdev=m$n")
		done
		qemu+=(-device "pxb-pcie,id=far,bus=pcie.0,bus_nr=128,numa_node=1")
	fi
	# On the root complex itself igb's VFs are dead: each card has a root port. With ARI a port names the next one.
	[ "$1" -le $root_ports_max ] || place=(,addr=0.0,multifunction=on,x-pcie-ari-nextfn-1=on ,addr=0.1)
	for ((n = 0; n < $1; n++)); do
		card=$((n / ${#place[@]} + 1))
		[ $((n % ${#place[@]})) != 0 ] || qemu+=(-device "pcie-root-port,id=rp$card,slot=$card,chassis=$card,bus=$bus")
		qemu+=(-netdev "hubport,id=h$n,hubid=0"
			-device "igb,netdev=h$n,bus=rp$card,mac=$(printf '52:54:00:00:01:%02x' $((n + 1)))${place[n % ${#place[@]}]}")
		[ "${numa:-no}" = no ] || bus=far
	done
}

# QEMU dies with this shell, even if that is killed outright. TMPDIR: the snapshot.
# <&0: else bash gives a background process /dev/null.
start_qemu() {
	TMPDIR=$run_dir setpriv --pdeathsig KILL -- "${qemu[@]}" "$@" <&0 8>&- &
	qemu_pid=$!
}
