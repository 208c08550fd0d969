# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What the parts of make bench-scale share. Each figure is a line "# scale: JSON" for tests/bench/scale.

ROUNDS=3

# mac_of SET NUMBER: a MAC for each of 16 million, in $mac: a process for each would take the emulated host minutes.
mac_of() { printf -v mac '02:%02x:00:%02x:%02x:%02x' "$1" $(($2 >> 16)) $(($2 >> 8 & 255)) $(($2 & 255)); }

# sections PF COUNT SET [FIRST]: of as many containers, a VF each from 0 on; the first is cFIRST.
sections() {
	local n mac first=${4:-0}
	for ((n = 0; n < $2; n++)); do
		mac_of "$3" $((first + n))
		printf '[c%d]\npf = %s\nvf = %d\nmac = %s\nname = eth0\nipv4 = 10.0.%d.%d/16\n' $((first + n)) "$1" $n "$mac" \
			$((n >> 8)) $((n & 255))
	done
}

# report PART WHAT N FILE [LINES]: FILE is measure's; LINES: how many warnings there were.
report() {
	jq -Rnc --arg part "$1" --arg what "$2" --argjson n "$3" --argjson warnings "${5:-0}" \
		'[inputs | split(" ") | map(tonumber)] | { $part, $what, $n, ms: map(.[0]), cpu_ms: map(.[1]), kib: map(.[2]), $warnings }' <"$4" |
		sed 's/^/# scale: /' >&"${FIGURES:-3}"
}
