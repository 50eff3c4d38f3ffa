#!/usr/bin/env bash
# Installs what bfc needs on Debian 12, and nothing that is there already.
#
#   .ci/setup.sh [--check] WHAT…     WHAT: build engine test s3 format fuzz
#
# --check only says what is missing (exit 1). BFC_LIBCHDB stands in for the engine, BFC_S3RVER for the S3 server
# of the tests. Everything that npm fetches goes to ${XDG_CACHE_HOME:-~/.cache}/bfc, once.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache="${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/bfc"

# The version is the program's own (it looks for the engine under it); the hash belongs to that version.
engine_package=@chdb/lib-linux-x64-gnu
engine_version=$(sed -n 's/^#define ENGINE_VERSION "\(.*\)"$/\1/p' "$here/runtime/engine_config.h")
engine_sha512=5cff7b98caa7739b59a4a432c11f0dedc2d3b073624e61ebdf4a42e66ce8de35a6ba48ca9f62016bad1cd81fe059435cb858ce3235a8a2b408082a81563e70a7
engine_directory="$cache/engine-$engine_version"
s3_directory="$cache/s3rver-3.7.1"
s3_server="$s3_directory/node_modules/s3rver/bin/s3rver.js"

# package|what proves that it is there, where there is no dpkg: a command, a header, a library, python3:MODULE
packages_build="gcc|gcc libc6-dev|stdio.h make|make flex|flex bison|bison
	libjansson-dev|jansson.h nettle-dev|nettle/sha2.h uthash-dev|uthash.h
	libcurl4-openssl-dev|curl/curl.h libcurl4|libcurl.so.4 ca-certificates|/etc/ssl/certs"
packages_test="libcmocka-dev|cmocka.h python3|python3 python3-jsonschema|python3:jsonschema curl|curl"
packages_npm="nodejs|node npm|npm"
packages_format="clang-format-14|clang-format-14"
packages_fuzz="clang|clang libclang-rt-14-dev|clang"

check_only=
asked=()
missing=()
said=

say() { printf 'setup: %s\n' "$*" >&2; }

# OS_RELEASE is for the tests.
is_debian_12() {
	[ -r "${OS_RELEASE:-/etc/os-release}" ] || return 1
	(. "${OS_RELEASE:-/etc/os-release}" && [ "${ID:-}" = debian ] && [ "${VERSION_ID:-}" = 12 ])
}

# --- Debian packages -----------------------------------------------------------------------

have_package() {
	[ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

have_proof() {
	case $1 in
	/*) [ -e "$1" ] ;;
	python3:*) python3 -c "import ${1#*:}" >/dev/null 2>&1 ;;
	*.h) echo "#include <$1>" | gcc -E -x c - >/dev/null 2>&1 ;;
	*.so.*) ldconfig -p 2>/dev/null | grep -q "$1" || /sbin/ldconfig -p 2>/dev/null | grep -q "$1" ;;
	*) command -v "$1" >/dev/null 2>&1 ;;
	esac
}

want_packages() {
	local entry package proof
	for entry in $1; do
		package=${entry%%|*} proof=${entry##*|}
		if is_debian_12; then
			# A command from elsewhere (a newer gcc, a node of one's own) is as good.
			have_package "$package" && continue
			case $proof in *.h | *.so.* | /*) ;; *) have_proof "$proof" && continue ;; esac
		else
			have_proof "$proof" && continue
		fi
		missing+=("$package")
	done
}

want_npm() {
	command -v npm >/dev/null 2>&1 || want_packages "$packages_npm"
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null 2>&1; then
		sudo "$@"
	else
		return 127
	fi
}

install_packages() {
	[ ${#missing[@]} -gt 0 ] || return 0
	if [ -n "$check_only" ]; then
		say "missing packages: ${missing[*]}"
		said=1
		return 0
	fi
	if ! is_debian_12; then
		say "missing (as Debian names the packages): ${missing[*]}"
		say "this script installs packages on Debian 12 alone; install them and run the same command again"
		exit 1
	fi
	say "installing ${missing[*]}"
	if ! { as_root apt-get update -q &&
		as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
			"${missing[@]}"; } >&2; then
		say "cannot install: ${missing[*]}"
		say "without network or root: have them installed (apt-get install ${missing[*]}), then run the same command again"
		exit 1
	fi
}

# --- what npm brings -----------------------------------------------------------------------

# Retries are few: without network the answer has to come soon.
npm_quiet() {
	npm --no-audit --no-fund --no-update-notifier --loglevel=error --fetch-retries=1 \
		--fetch-retry-mintimeout=1000 "$@"
}

# Its reason, without where its log is.
npm_said() { grep -v -e 'complete log' -e '_logs/' -e '^$' "$1" | head -n 4 >&2; }

how_to_supply_engine() {
	say "the ClickHouse engine ($engine_package $engine_version, npm) is missing: $1"
	say "supply it with BFC_LIBCHDB=/path/to/libchdb.so, or as $engine_directory/libchdb.so;"
	say "bfc needs none with --target http://host:8123/ of a running server"
	said=1
	[ -n "$check_only" ] || exit 1
}

fetch_engine() {
	local work tarball sum
	work=$(mktemp -d "$cache/fetch.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	say "fetching the ClickHouse engine $engine_version (about 180 MB, once)"
	(cd "$work" && npm_quiet pack "$engine_package@$engine_version") >"$work/out" 2>"$work/err" || {
		npm_said "$work/err"
		how_to_supply_engine "npm could not fetch it"
	}
	tarball=$(ls "$work"/*.tgz)
	sum=$(sha512sum "$tarball" | cut -d' ' -f1)
	[ "$sum" = "$engine_sha512" ] ||
		how_to_supply_engine "what npm fetched has another hash (sha512 $sum)"
	tar -xzf "$tarball" -C "$work" package/libchdb.so
	chmod 0755 "$work/package"
	[ -e "$engine_directory/libchdb.so" ] || { rm -rf "$engine_directory" && mv -T "$work/package" "$engine_directory"; }
	rm -rf "$work"
	trap - EXIT
}

want_engine() {
	if [ -n "${BFC_LIBCHDB:-}" ]; then
		[ -r "$BFC_LIBCHDB" ] || how_to_supply_engine "BFC_LIBCHDB names '$BFC_LIBCHDB', which can't be read"
		return 0
	fi
	[ -r "$engine_directory/libchdb.so" ] && return 0
	[ "$(uname -sm)" = "Linux x86_64" ] || {
		how_to_supply_engine "npm has it for Linux on x86_64 alone, this is $(uname -sm)"
		return 0
	}
	if [ -n "$check_only" ]; then
		how_to_supply_engine "not in $engine_directory"
		return 0
	fi
	mkdir -p "$cache"
	fetch_engine
}

how_to_supply_s3() {
	say "the tests' S3 server (s3rver 3.7.1, npm) is missing: $1"
	say "supply it with BFC_S3RVER=/path/to/s3rver.js; 'make check' without it: SKIP_S3=1"
	said=1
	[ -n "$check_only" ] || exit 1
}

want_s3() {
	local work
	[ -z "${SKIP_S3:-}" ] || return 0
	[ -z "${BFC_S3RVER:-}" ] || return 0
	[ -r "$s3_server" ] && return 0
	if [ -n "$check_only" ]; then
		how_to_supply_s3 "not in $s3_directory"
		return 0
	fi
	mkdir -p "$cache"
	work=$(mktemp -d "$cache/fetch.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	cp "$here/tests/lib/s3/package.json" "$here/tests/lib/s3/package-lock.json" "$work/"
	say "fetching the tests' S3 server (about 14 MB, once)"
	(cd "$work" && npm_quiet ci --ignore-scripts) >"$work/out" 2>"$work/err" || {
		npm_said "$work/err"
		how_to_supply_s3 "npm could not fetch it"
	}
	chmod 0755 "$work"
	[ -e "$s3_directory/node_modules" ] || { rm -rf "$s3_directory" && mv -T "$work" "$s3_directory"; }
	rm -rf "$work"
	trap - EXIT
}

# --- main ----------------------------------------------------------------------------------

for word in "$@"; do
	case $word in
	--check) check_only=1 ;;
	build | engine | test | s3 | format | fuzz) asked+=("$word") ;;
	*)
		say "unknown word '$word' (build engine test s3 format fuzz, --check)"
		exit 2
		;;
	esac
done
for word in "${asked[@]}"; do
	case $word in
	build) want_packages "$packages_build" ;;
	test) want_packages "$packages_test" ;;
	format) want_packages "$packages_format" ;;
	fuzz) want_packages "$packages_fuzz" ;;
	engine) [ -n "${BFC_LIBCHDB:-}" ] || [ -r "$engine_directory/libchdb.so" ] || want_npm ;;
	s3)
		[ -n "${SKIP_S3:-}" ] || want_packages "nodejs|node"
		[ -n "${SKIP_S3:-}${BFC_S3RVER:-}" ] || [ -r "$s3_server" ] || want_npm
		;;
	esac
done
install_packages
for word in "${asked[@]}"; do
	case $word in
	engine) want_engine ;;
	s3) want_s3 ;;
	esac
done
[ -z "$said" ]
