# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by build: for the i386 guest whose kernel knows nothing of Xen, our commands, built in an i386 Debian as
# its user would, and the bundle of drivers.

# What the README's build needs; setup.sh has functions of our names, too
# shellcheck disable=SC2154
build_packages=$(. "$here/../setup.sh" && echo $build_packages)

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

# The drivers for the kernel of that guest, into the folder bundle
make_bundle()
{
	local release have

	release=$(ls "$cache/guest-plain/lib/modules")
	# In a shell of its own: its functions have names of ours
	have=$(cache=$cache/modules bash -c '. "$1/../modules/headers.sh" && headers bookworm linux-headers-686 i386' _ "$here") || return
	[[ $have = "$release" ]] || { echo "the headers are of $have, the guest's kernel is $release"; return 1; }
	rm -rf bundle
	"$here/../../drivers/modules/make-bundle" --headers "$cache/modules/headers/$have/usr/src/linux-headers-$have" \
		--output bundle --release 1 "$release" >bundle.log 2>&1 || { tail bundle.log; return 1; }
	say "drivers for $release built"
}
