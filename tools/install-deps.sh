#!/bin/sh
# install-deps.sh [build] [test] [figures] - installs the Debian packages that are missing.
# Does nothing when all are there, and only says what is missing when it can't install.
set -u

# gcc is needed at run time too: the embedded switch compiles P4 programs with it.
build='build-essential coinor-libcbc-dev meson ninja-build pkg-config libedit-dev libexpat1-dev libjansson-dev libpcap-dev libbpf-dev libpopt-dev python3'
test='libcmocka-dev clang libclang-rt-14-dev mandoc'
figures='gnuplot-nox'
test_optional='tshark iproute2 nftables ethtool bpftool' # the tests that want it are skipped without it

is_installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing() {
	for package; do
		is_installed "$package" || printf ' %s' "$package"
	done
}

install() {
	if [ "$(id -u)" = 0 ]; then root=; else root='sudo -n'; fi
	$root env DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -q --no-install-recommends "$@"
}

needed= optional=
for group in "${@:-build}"; do
	case $group in
	build) needed="$needed $build" ;;
	test) needed="$needed $test" optional="$optional $test_optional" ;;
	figures) needed="$needed $figures" ;;
	*) echo "usage: install-deps.sh [build] [test] [figures]" >&2; exit 2 ;;
	esac
done

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
	echo "not a Debian system; these packages (or yours like them) are needed:$needed" >&2
	exit 0
fi
# shellcheck disable=SC2086 # words are wanted
lacking=$(missing $needed) wished=$(missing $optional)
[ -n "$lacking$wished" ] || exit 0
if [ "$(id -u)" != 0 ] && ! sudo -n true 2>/dev/null; then
	[ -n "$lacking" ] || exit 0
	echo "please install as root: apt-get install$lacking" >&2
	exit 1
fi
# shellcheck disable=SC2086
if [ -n "$lacking" ] && ! install $lacking; then
	echo "could not install:$lacking" >&2
	exit 1
fi
# shellcheck disable=SC2086
[ -z "$wished" ] || install $wished || echo "going on without:$wished" >&2
exit 0
