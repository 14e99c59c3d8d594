#!/bin/sh
# The runner of examples must notice what differs. Usage: self-test.sh RUN.PY
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
run=$1 count=0 failed=0

# WHAT EXPECTED-STATUS; the document comes from standard input
document() {
	cat >"$dir/doc.md"
	"$run" /bin/true "$dir" "$dir/doc.md" >"$dir/out"
	status=$?
	count=$((count + 1))
	if [ $status = "$2" ]; then
		echo "ok $count - $1"
	else
		sed 's/^/# /' "$dir/out"
		echo "not ok $count - $1"
		failed=1
	fi
}

document 'the same text passes' 0 <<'END'
```console
$ echo one
one
```
END
document 'another text fails' 1 <<'END'
```console
$ echo one
two
```
END
document 'a missing line fails' 1 <<'END'
```console
$ echo one
one
two
```
END
document 'one line too many fails' 1 <<'END'
```console
$ printf 'one\ntwo\n'
one
```
END
document 'an elision ends where the next line fits' 1 <<'END'
```console
$ printf 'one\ntwo\nthree\n'
one
...
two
```
END
document 'a document without examples fails' 1 <<'END'
nothing
END
cat >"$dir/doc.md" <<'END'
```console
$ echo one
two
$ echo three
...
four
```
END
UPDATE=1 "$run" /bin/true "$dir" "$dir/doc.md" >"$dir/out"
count=$((count + 1))
if [ "$(sed -n '3p;5p;6p' "$dir/doc.md" | tr '\n' ' ')" = 'one ... four ' ]; then
	echo "ok $count - UPDATE=1 takes what was printed, but for elisions"
else
	sed 's/^/# /' "$dir/doc.md"
	echo "not ok $count - UPDATE=1 takes what was printed, but for elisions"
	failed=1
fi
echo "1..$count"
exit $failed
