# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by build: our commands for an i386 guest, built in an i386 Debian as its user would.

# shellcheck source-path=SCRIPTDIR source=../setup.sh
. "$here/../setup.sh"

make_builder()
{
	local status=0

	deb=$cache/builder
	rm -rf "$deb"
	mkdir -p "$cache/debs/guest"
	debian_base --arch=i386 --cache-dir="$cache/debs/guest" >builder.log || { tail builder.log; return 1; }
	lend_kernel_files
	# shellcheck disable=SC2086 # a list
	inside sh -c "apt-get update -qq && apt-get install -y -qq --no-install-recommends $(echo $build_packages) &&
		apt-get clean" >builder.log 2>&1 || status=$?
	take_kernel_files
	((status == 0)) || tail -n 20 builder.log
	return $status
}

# Into the folder commands-i386. What was compiled before is kept where its source is the same.
build_commands()
{
	local status=0

	deb=$cache/builder
	rm -rf "$deb/src.new" commands-i386
	make -s -C "$bin" distdir distdir="$deb/src.new" >builder.log 2>&1 || { tail builder.log; return 1; }
	rm -rf "$deb/src"
	mv "$deb/src.new" "$deb/src"
	lend_kernel_files
	inside sh -c 'mkdir -p /build && cd /build && { [ -e Makefile ] || /src/configure -q; } &&
		make -s -j2 && rm -rf /out && make -s install DESTDIR=/out' >builder.log 2>&1 || status=$?
	take_kernel_files
	((status == 0)) || { tail -n 20 builder.log; return 1; }
	cp -a "$deb/out" commands-i386
	say 'commands for i386 built'
}
