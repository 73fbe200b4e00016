# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by build: for the i386 guest whose kernel knows nothing of Xen, our commands and the bundle of drivers.

# The libraries that the README's build needs, and the compiler's own; setup.sh has functions of our names, too
# shellcheck disable=SC2154
i386_packages="$(. "$here/../setup.sh" && grep -oE '[^[:space:]]+-dev\b' <<<"$build_packages") libgcc-$(gcc -dumpversion)-dev"

# Those, in a folder. The machine's compiler compiles for i386 as well, and nothing of i386 is run.
make_builder()
{
	local debs=$cache/modules/apt/bookworm/i386 file target

	rm -rf builder "$debs"
	mkdir -p "$debs/partial"
	(
		cache=$cache/modules
		# shellcheck source-path=SCRIPTDIR source=../modules/headers.sh
		. "$here/../modules/headers.sh"
		# shellcheck disable=SC2086 # a list
		know_suite bookworm && with_suite bookworm apt-get install -y --download-only --no-install-recommends \
			-o APT::Architecture=i386 -o APT::Architectures=i386 -o Dir::Cache::archives="$debs" $i386_packages
	) >builder.log 2>&1 || { tail builder.log; return 1; }
	unpack builder "$debs"/*.deb
	# Links from the root would lead to the machine's
	find builder -type l -lname '/*' -printf '%p %l\n' | while read -r file target; do
		ln -sfn "$cache/builder$target" "$file"
	done
}

# Into the folder commands-i386. What was compiled before is kept where its source is the same.
build_commands()
{
	local root=$cache/builder

	rm -rf commands-source.new commands-i386
	make -s -C "$bin" distdir distdir="$cache/commands-source.new" >builder.log 2>&1 || { tail builder.log; return 1; }
	rm -rf commands-source
	mv commands-source.new commands-source
	mkdir -p commands-build
	(
		cd commands-build
		export PKG_CONFIG_SYSROOT_DIR=$root PKG_CONFIG_PATH='' \
			PKG_CONFIG_LIBDIR=$root/usr/lib/i386-linux-gnu/pkgconfig:$root/usr/share/pkgconfig
		[[ -e Makefile ]] || ../commands-source/configure -q --host=i686-linux-gnu --disable-host \
			CC="gcc -m32 --sysroot=$root -B$root/usr/lib/gcc/i686-linux-gnu/$(gcc -dumpversion)"
		make -s -j2
		make -s install DESTDIR="$cache/commands-i386"
	) >builder.log 2>&1 || { tail builder.log; return 1; }
	say 'commands for i386 built'
}

# --- a Debian for i386 on a machine whose kernel runs no program of it ------------------------------------
runs_i386()
{
	printf '.globl _start\n_start: mov $1, %%eax\nxor %%ebx, %%ebx\nint $0x80\n' | as --32 -o i386.o - &&
		ld -m elf_i386 -o i386-program i386.o && ./i386-program 2>/dev/null
}

make_emulator()
{
	fetch emulator qemu-user-static
	rm -rf emulator
	unpack emulator debs/emulator/qemu-user-static_*.deb
}

# QEMU does, slowly, as long as the rig is built: from then on its file is not asked for (F)
emulate_i386()
{
	runs_i386 && return
	part emulator qemu-user-static make_emulator
	mkdir -p binfmt
	mount -t binfmt_misc none binfmt
	trap forget_i386 EXIT
	printf '%s' ':xenpv-rig-i386:M::\x7fELF\x01\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x03\x00:' \
		'\xff\xff\xff\xff\xff\xfe\xfe\xfc\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:' \
		"$cache/emulator/usr/bin/qemu-i386-static:F" >binfmt/register
}

forget_i386()
{
	[[ ! -e $cache/binfmt/xenpv-rig-i386 ]] || echo -1 >"$cache/binfmt/xenpv-rig-i386"
	umount "$cache/binfmt"
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
