# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# bash completion of lxc-sriov. It does not run the program: verbs and options were taken from its source when it was
# built (completion.awk), names of PFs and containers are read from the configuration in use.

_lxc_sriov_verbs='@VERBS@'

# _lxc_sriov_names pf|container FILE: what the sections of FILE and of the folder beside it name
_lxc_sriov_names() {
	local what=$1 path=${2/#\~\//"$HOME"/} files=() file first second name=''

	while IFS= read -r file; do
		[[ ! -f $file || ! -r $file ]] || files+=("$file")
	done < <(printf '%s\n' "$path"; compgen -G "${path%.ini}.d/*.ini")
	((${#files[@]})) || return 0
	# Sections come as they are; "container = NAME", which is the section's name then, as "= NAME".
	while read -r first second _; do
		if [[ $first == '=' ]]; then
			name=${name:+$second}
			continue
		fi
		[[ -z $name ]] || printf '%s\n' "$name"
		name=''
		if [[ ${first,,} == pf ]]; then
			[[ $what != pf || -z $second ]] || printf '%s\n' "$second"
		elif [[ $what == container ]]; then
			name=$first
		fi
	done < <(sed -nE -e 's/^[[:blank:]]*\[([^]]*)\][[:space:]]*$/\1/p' \
		-e "s/^[[:blank:]]*container[[:blank:]]*=[[:blank:]]*[\"']?([^\"';#[:space:]]+).*/= \\1/ip" \
		-- "${files[@]}" 2>/dev/null)
	[[ -z $name ]] || printf '%s\n' "$name"
}

# _lxc_sriov_argument KIND WORD CONFIG: what begins with WORD and may stand for KIND in the usage text
_lxc_sriov_argument() {
	local words=() path

	case $1 in
	FILE | PATH)
		[[ $1 == FILE ]] && path=-f || path=-d
		mapfile -t COMPREPLY < <(compgen "$path" -- "$2")
		compopt -o filenames 2>/dev/null || : # not called by readline
		return 0
		;;
	PF) mapfile -t words < <(_lxc_sriov_names pf "$3") ;;
	NAME) mapfile -t words < <(_lxc_sriov_names container "$3") ;;
	VF)
		while IFS= read -r path; do
			path=${path%/device/physfn}
			words+=("${path##*/}")
		done < <(compgen -G '/sys/class/net/*/device/physfn')
		;;
	*[!a-z0-9\|_-]* | '') ;;           # anything
	*) IFS='|' read -ra words <<<"$1" ;; # one of these words
	esac
	_lxc_sriov_choose "$2" "${words[@]}"
}

# _lxc_sriov_choose WORD CHOICE...
_lxc_sriov_choose() {
	local word=$1 choice

	shift
	for choice; do
		[[ $choice != "$word"* || " ${COMPREPLY[*]} " == *" $choice "* ]] || COMPREPLY+=("$choice")
	done
	return 0
}

_lxc_sriov() {
	local IFS=$' \t\n' cur=${COMP_WORDS[COMP_CWORD]} config=@SYSCONFDIR@/lxc/sriov.ini
	local verb='' option='' argument='' ended='' n=0 i word rest verbs=() options=() words=() kinds=()

	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if [[ $argument ]]; then
			[[ $word != '=' ]] || continue # --config=FILE is three words
			[[ $option != -c && $option != --config ]] || config=$word
			argument=''
		elif [[ $word == -- ]]; then
			ended=1
		elif [[ $word == -* && ! $ended ]]; then
			option=$word
			[[ ! $_lxc_sriov_verbs =~ [[:space:]]"$word":([^[:space:]]+) ]] || argument=${BASH_REMATCH[1]}
		elif [[ ! $verb ]]; then
			verb=$word
		else
			n=$((n + 1))
		fi
	done
	if [[ $argument ]]; then
		[[ $cur != '=' ]] || cur=''
		_lxc_sriov_argument "$argument" "$cur" "$config"
		return 0
	fi

	while read -r word rest; do
		[[ $word == '*' ]] || verbs+=("$word")
		[[ $word == '*' || $word == "$verb" ]] || continue
		read -ra words <<<"$rest"
		for word in "${words[@]}"; do
			if [[ $word == -* ]]; then
				options+=("${word%%:*}")
			else
				kinds+=("$word")
			fi
		done
	done <<<"$_lxc_sriov_verbs"

	if [[ $cur == -* && ! $ended ]]; then
		_lxc_sriov_choose "$cur" "${options[@]}"
	elif [[ ! $verb ]]; then
		_lxc_sriov_choose "$cur" "${verbs[@]}"
	elif ((n < ${#kinds[@]})); then
		_lxc_sriov_argument "${kinds[n]%...}" "$cur" "$config"
	elif ((${#kinds[@]})) && [[ ${kinds[-1]} == *... ]]; then
		_lxc_sriov_argument "${kinds[-1]%...}" "$cur" "$config"
	fi
	return 0
}

complete -F _lxc_sriov lxc-sriov
