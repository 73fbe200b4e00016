# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2016,SC2154
# Sourced by compile, packages.t and xen/i386.sh: the headers of Debian's kernels, fetched by the machine's apt with a
# state of its own (other suites and another architecture than the machine's), and unpacked in $cache; nothing is
# installed.

# shellcheck source-path=SCRIPTDIR source=../debian.sh
. "$(dirname "${BASH_SOURCE[0]}")/../debian.sh"

# What sources.list says of a suite; $apt_types: "deb", or "deb deb-src"
sources() # SUITE
{
	local key=/usr/share/keyrings/debian-archive-keyring.gpg mirror security type

	mirror=$(debian_mirror) || { echo "$mirror" >&2; return 1; }
	security=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Codename: $1-security" |
		head -n 1)
	for type in ${apt_types:-deb}; do
		echo "$type [arch=amd64,i386 signed-by=$key] $mirror $1 main"
		# Of i386 not every mirror of the security archive has complete lists
		[[ -z $security ]] || echo "$type [arch=amd64 signed-by=$key] $security $1-security main"
	done
}

# An apt program that knows one suite and no installed package
with_suite() # SUITE PROGRAM ARGUMENT...
{
	local dir=$cache/apt/$1

	"$2" -qq -o Dir::State="$dir" -o Dir::State::status="$dir/status" -o Dir::State::lists="$dir/lists" \
		-o Dir::Cache="$dir/cache" -o Dir::Etc::sourcelist="$dir/sources.list" -o Dir::Etc::sourceparts=- \
		-o APT::Architecture=amd64 -o APT::Architectures=amd64,i386 -o APT::Sandbox::User=root \
		-o Acquire::Languages=none "${@:3}"
}

# Lists of packages that are a day old will do
know_suite() # SUITE
{
	local dir=$cache/apt/$1

	[[ -z $(find "$dir/known" -mtime -1 2>/dev/null) ]] || return 0
	mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
	: >"$dir/status"
	sources "$1" >"$dir/sources.list" && with_suite "$1" apt-get update && : >"$dir/known"
}

# The first package, without its architecture, that PACKAGE depends on and that matches a regular expression
depends() # SUITE PACKAGE REGEX
{
	with_suite "$1" apt-cache depends --important "$2" | sed -n 's/^ *|\?Depends: *<\?\([^:>]*\).*/\1/p' |
		grep -E -m 1 "$3"
}

# Packages' files into $cache/debs
download() # SUITE PACKAGE...
{
	mkdir -p "$cache/debs" && (cd "$cache/debs" && with_suite "$1" apt-get download "${@:2}")
}

# The newest of them that are there
newest() # PACKAGE...
{
	local package

	for package; do
		printf '%s\n' "$cache/debs/$package"_*.deb | sort -V | tail -n 1
	done
}

# The headers that META depends on, with Kbuild's programs for this machine, in $cache/headers/RELEASE; prints
# RELEASE. What is there already is kept.
headers() # SUITE META ARCHITECTURE
{
	local package common kbuild tree

	know_suite "$1" && package=$(depends "$1" "$2:$3" '^linux-headers-.*-(amd64|686)$') &&
		common=$(depends "$1" "$package:$3" '^linux-headers-.*-common$') &&
		kbuild=$(depends "$1" "$package:$3" '^linux-kbuild-') || return
	tree=$cache/headers/${package#linux-headers-}
	if [[ ! -d $tree ]]; then
		rm -rf "$tree.new"
		# shellcheck disable=SC2046 # no name of a package has a blank
		download "$1" "$package:$3" "$common" "$kbuild:amd64" &&
			unpack "$tree.new" $(newest "$package" "$common" "$kbuild") && mv "$tree.new" "$tree" || return
	fi
	basename "$tree"
}

# The program sparse, in $cache/sparse
sparse()
{
	[[ ! -d $cache/sparse ]] || return 0
	rm -rf "$cache/sparse.new"
	know_suite bookworm && download bookworm sparse && unpack "$cache/sparse.new" "$(newest sparse)" &&
		mv "$cache/sparse.new" "$cache/sparse"
}
