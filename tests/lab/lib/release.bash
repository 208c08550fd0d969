# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Which release of Debian a guest is of, and where the program for it is built. The caller has set: lab_dir.

# shellcheck source=/dev/null
host_release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")

releases() { awk '!/^#/ { print $1 }' "$lab_dir/releases"; }

# use_release RELEASE: sets release, and lab_build, the build folder below the repository: this machine's own where it is of
# that release. Without an argument: LAB_RELEASE, or else this machine's, or else the first of the table.
use_release() {
	release=${1:-${LAB_RELEASE:-$host_release}}
	if ! releases | grep -qx "$release"; then
		[ -z "${1:-${LAB_RELEASE:-}}" ] || return
		release=$(releases | sed -n 1p)
	fi
	lab_build=build
	[ "$release" = "$host_release" ] || lab_build=build/$release
}
