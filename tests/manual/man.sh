#!/bin/sh
# Manual pages: no complaint of mandoc's, every option of the command's --help is described, and
# nothing is described that the command does not have. Usage: man.sh PACKETSCOPE PAGE...
program=$1 count=0 failed=0; shift
command -v mandoc >/dev/null || { echo "1..0 # SKIP mandoc is not installed"; exit 0; }

result() { # WHAT COMPLAINTS
	count=$((count + 1))
	if [ -z "$2" ]; then
		echo "ok $count - $1"
	else
		echo "$2" | sed 's/^/# /'
		echo "not ok $count - $1"
		failed=1
	fi
}

# Long options in a list of options: they begin their lines.
options() {
	grep -oE -e '^ +(-[a-zA-Z], )?--[a-z][a-z-]+' | grep -oE -e '--[a-z-]+' | grep -vE -e '^--(help|usage)$' | sort -u
}

# What one list has and the other lacks.
only_in() { # LIST OTHER WHAT
	for option in $1; do
		case " $(echo "$2" | tr '\n' ' ') " in *" $option "*) ;; *) echo "$option $3" ;; esac
	done
}

for page; do
	name=$(basename "$page" .1)
	result "$name: mandoc has no complaints" "$(mandoc -T lint -W warning "$page" 2>&1)"
	case $name in
	packetscope-*)
		help=$("$program" "${name#packetscope-}" --help 2>&1 | options)
		man=$(mandoc -T ascii "$page" | sed 's/.\x08//g' |
			sed '/^EXAMPLES/,/^[A-Z]*$/d; /^DESCRIPTION/,/options are/d' | options)
		result "$name: the options of --help are described" "$(only_in "$help" "$man" 'is missing')"
		result "$name: its options exist" "$(only_in "$man" "$help" 'is not in --help')"
		;;
	esac
done
echo "1..$count"
exit $failed
