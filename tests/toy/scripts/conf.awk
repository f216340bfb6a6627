# What the toy has for `conf`; the engine must resolve to the same. It knows `depends on` one symbol, defaults, and the values of the file `given`.
function quoted(text) { return type[name] == "string" ? "\"" text "\"" : text }
BEGIN {
	while (given != "" && (getline line < given) > 0) {
		if (match(line, /^CONFIG_[A-Z0-9_]+=/)) {
			key = substr(line, 8, RLENGTH - 8)
			wanted[key] = substr(line, RLENGTH + 1)
		} else if (match(line, /^# CONFIG_[A-Z0-9_]+ is not set$/)) {
			split(line, words, " ")
			wanted[substr(words[2], 8)] = "n"
		}
	}
}
/^config / { order[++count] = $2; current = $2 }
/^\t(bool|tristate|string|int)/ { type[current] = $1; prompt[current] = NF > 1 }
/^\tdef_bool/ { type[current] = "bool"; initial[current] = $2 }
/^\tdefault/ { initial[current] = $2; gsub(/"/, "", initial[current]) }
/^\tdepends on/ { needs[current] = $3 }
END {
	title = "Toy/" ENVIRON["ARCH"] " " ENVIRON["KERNELVERSION"] " Kernel Configuration"
	print "#\n# Automatically generated file; DO NOT EDIT.\n# " title "\n#"
	for (i = 1; i <= count; i++) {
		name = order[i]
		if (needs[name] != "" && value[needs[name]] != "y") continue
		if (prompt[name] && name in wanted) value[name] = wanted[name]
		else if (prompt[name] && mode == "allnoconfig" && type[name] ~ /bool|tristate/) value[name] = "n"
		else value[name] = quoted(initial[name])
		if (type[name] ~ /bool|tristate/ && value[name] !~ /^[ym]$/) print "# CONFIG_" name " is not set"
		else print "CONFIG_" name "=" value[name]
	}
}
