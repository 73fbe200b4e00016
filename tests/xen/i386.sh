# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by build: for the i386 guest whose kernel knows nothing of Xen, our commands, built in an i386 Debian as
# its user would, and the bundle of drivers.

# What the README's build needs; setup.sh has functions of our names, too
# shellcheck disable=SC2154
build_packages=$(. "$here/../setup.sh" && echo $build_packages)

make_builder()
{
	deb=$cache/builder
	new_debian i386 builder.log
	# shellcheck disable=SC2086 # a list
	inside_with_kernel_files builder.log sh -c "apt-get update -qq &&
		apt-get install -y -qq --no-install-recommends $(echo $build_packages) && apt-get clean"
}

# Into the folder commands-i386. What was compiled before is kept where its source is the same.
build_commands()
{
	deb=$cache/builder
	rm -rf "$deb/src.new" commands-i386
	make -s -C "$bin" distdir distdir="$deb/src.new" >builder.log 2>&1 || { tail builder.log; return 1; }
	rm -rf "$deb/src"
	mv "$deb/src.new" "$deb/src"
	inside_with_kernel_files builder.log sh -c 'mkdir -p /build && cd /build && { [ -e Makefile ] || /src/configure -q; } &&
		make -s -j2 && rm -rf /out && make -s install DESTDIR=/out'
	cp -a "$deb/out" commands-i386
	say 'commands for i386 built'
}

# Where the headers of its kernel are: fetched, if need be
plain_headers()
(
	cache=$cache/modules
	# shellcheck source-path=SCRIPTDIR source=../modules/headers.sh
	. "$here/../modules/headers.sh"
	release=$(headers bookworm linux-headers-686 i386) && echo "$cache/headers/$release/usr/src/linux-headers-$release"
)

# The drivers for the kernel of that guest, into the folder bundle. Headers of another one are refused.
make_bundle()
{
	local release tree

	release=$(ls "$cache/guest-plain/lib/modules")
	tree=$(plain_headers)
	make_drivers "$release" "$tree" bundle
	say "drivers for $release built"
}
