# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by build: an x86_64 kernel of Debian's source without Xen, our drivers for it, and the back end that lies.

make_kernel_source()
{
	mkdir -p debs/source
	(cd debs/source && apt-get -qq download linux-source-6.1 2>/dev/null) ||
		{ echo 'linux-source-6.1 cannot be fetched'; return 1; }
	rm -rf source
	mkdir source
	dpkg-deb --fsys-tarfile debs/source/linux-source-6.1_*.deb |
		tar -xO ./usr/src/linux-source-6.1.tar.xz | tar -xJ -C source --strip-components=1
}

# The kernel in the folder NAME, with what CONFIG-FILEs say on top of tinyconfig
make_kernel_without_xen() # NAME CONFIG-FILE...
{
	local name=$1 tree=$cache/source

	shift
	rm -rf "$name" "$name-build"
	mkdir -p "$name" "$name-build"
	{
		make -s -C "$tree" O="$cache/$name-build" tinyconfig &&
			cat "$@" >>"$name-build/.config" &&
			make -s -C "$tree" O="$cache/$name-build" olddefconfig &&
			is_configured "$name-build/.config" "$@" &&
			make -s -j2 -C "$tree" O="$cache/$name-build" bzImage modules &&
			make -s -C "$tree" O="$cache/$name-build" INSTALL_MOD_PATH="$cache/$name" modules_install
	} >"$name.log" 2>&1 || { tail "$name.log"; return 1; }
	cp "$name-build/arch/x86/boot/bzImage" "$name/vmlinuz"
}

# Does a configuration have all that was asked for? Of what is asked for twice, the last.
is_configured() # CONFIG ASKED...
{
	local config=$1 line

	shift
	while read -r line; do
		case $line in
		CONFIG_*=n) ! grep -q "^${line%=n}=" "$config" ;;
		CONFIG_*) grep -qxF "$line" "$config" ;;
		esac || { echo "not to be had: $line"; return 1; }
	done < <(cat "$@" | tac | awk -F= '!seen[$1]++')
}

# What every bare guest with a kernel that was built here has: busybox, its drivers of emulated devices and ours
make_bare() # NAME
{
	local release dir=$1/bare

	release=$(ls "$1/lib/modules")
	make_drivers "$release" "$cache/$1-build" "$1/bundle"
	rm -rf "$dir"
	# shellcheck disable=SC2086 # a list
	copy_modules "$dir" "$1" $bare_modules
	cp "$1/bundle/lib/modules/$release/extra/xenpv/1/"*.ko "$dir/modules/"
	install -D -t "$dir/bin" dom0/rig/busybox
	install "$here/bare/init" "$dir/init"
}

make_hostile()
{
	local lib

	fetch hostile libxen-dev
	rm -rf libxen
	unpack libxen debs/hostile/libxen*.deb
	lib=libxen/usr/lib/x86_64-linux-gnu
	gcc -std=gnu17 -D_GNU_SOURCE -D__XEN_TOOLS__ -O2 -Wall -Wextra -Werror -Ilibxen/usr/include -o hostile \
		"$here"/hostile/*.c -L$lib -l:libxenstore.a -l:libxengnttab.a -l:libxenevtchn.a -l:libxentoolcore.a \
		-l:libxentoollog.a -lpthread
}
