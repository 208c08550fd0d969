# SPDX-License-Identifier: LGPL-2.1-or-later
#
# awk -f completion.awk helper/main.c conf/lxc-sriov.bash: puts the verbs and options of the first in place of @VERBS@
# in the second. One line a verb: its options, then its arguments in order, with ... behind one that may be repeated;
# OPTION:ARGUMENT where an option has one. The line of "*" has the options of every verb.

# rest of a synopsis, such as "[--write] [-P PATH] NAME"
function synopsis(text, word, n, i, inside, option, line) {
	gsub(/\[/, " [ ", text)
	gsub(/\]/, " ] ", text)
	n = split(text, word, " ")
	for (i = 1; i <= n; i++)
		if (word[i] == "[" || word[i] == "]") {
			option = ""
		} else if (word[i] ~ /^-/) {
			option = word[i]
			line = line " " option
			named[option] = 1
		} else if (option != "") {
			argument[option] = word[i]
			option = ""
		} else {
			line = line " " word[i]
		}
	return line
}

# an option with its long name and its argument
function spelled(option, line) {
	line = option (option in argument ? ":" argument[option] : "")
	return option in long ? line " " long[option] (option in argument ? ":" argument[option] : "") : line
}

# a NIC's key, which attach takes as an option
FNR == NR && split($0, part, "\"") == 3 && part[1] ~ /NIC_OPTION\($/ {
	keys = keys " --" part[2] ":" (part[2] == "pf" ? "PF" : part[2] == "name" ? "IFNAME" : "VALUE")
}
/^static const struct verb verbs/ { table = 1 }
/^static enum status usage/ { usage = 1 }
/^}/ { table = usage = 0 }
FNR == NR && table && split($0, part, "\"") > 4 {
	verb[++verbs] = part[2]
	takes[verbs] = synopsis(part[4])
}
# "  -P, --lxcpath PATH where ...": the usage text has the options with their other names
FNR == NR && usage && match($0, /" ?(\\n)? +(-[A-Za-z], |    )--[a-z-]+( [A-Z]+)?/) {
	n = split(substr($0, RSTART + 1, RLENGTH - 1), word, /[ ,]+|\\n/)
	first = ""
	for (i = 1; i <= n; i++)
		if (word[i] ~ /^--/ && first != "")
			long[first] = word[i]
		else if (word[i] ~ /^-/)
			options[++count] = first = word[i]
		else if (word[i] != "")
			argument[first] = word[i]
}

FNR == NR { next }
/@VERBS@/ {
	text = "*"
	for (i = 1; i <= count; i++)
		if (!(options[i] in named))
			text = text " " spelled(options[i])
	for (i = 1; i <= verbs; i++) {
		text = text "\n" verb[i]
		n = split(takes[i], word, " ")
		for (k = 1; k <= n; k++)
			text = text (word[k] == "--KEY" ? keys : " " (word[k] ~ /^-/ ? spelled(word[k]) : word[k]))
	}
	sub(/@VERBS@/, text)
}
{ print }
