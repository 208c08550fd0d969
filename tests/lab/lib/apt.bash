# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Packages from the machine's own Debian mirror, through a throw-away apt set-up in $apt_dir: the machine's sources and
# lists stay as they are.

# apt_begin DIR [SUITE...]: DIR is there and empty.
apt_begin() {
	apt_dir=$1
	shift
	mkdir -p "$apt_dir/lists/partial" "$apt_dir/cache/archives/partial"
	# _apt, the user that downloads, must be able to enter
	chmod 755 "$apt_dir" "$apt_dir/cache" "$apt_dir/cache/archives"
	"$(dirname "${BASH_SOURCE[0]}")/../mirror" "$@" >"$apt_dir/sources.list"
	apt update >"$apt_dir/log" 2>&1 || { tail -n 20 "$apt_dir/log" >&2; return 1; }
}

apt() {
	DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -qq -y \
		-o Dir::Etc::SourceList="$apt_dir/sources.list" -o Dir::Etc::SourceParts=- \
		-o Dir::State::Lists="$apt_dir/lists" \
		-o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
		-o Dir::Cache::archives="$apt_dir/cache/archives" \
		-o APT::Update::Post-Invoke::= -o APT::Update::Post-Invoke-Success::= \
		-o APT::Get::List-Cleanup=0 -o Acquire::Retries=3 -o Acquire::Languages=none \
		-o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
		-o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@"
}

# apt_unpack FOLDER PACKAGE[=VERSION]...: their files below FOLDER, nothing installed.
apt_unpack() {
	local folder=$1 downloads=$apt_dir/downloads deb
	shift
	mkdir -p "$folder" "$downloads"
	chown _apt "$downloads"
	(cd "$downloads" && apt download "$@") >"$apt_dir/log" 2>&1 || { tail -n 20 "$apt_dir/log" >&2; return 1; }
	for deb in "$downloads"/*.deb; do
		dpkg-deb -x "$deb" "$folder"
	done
	rm -r "$downloads"
}
