# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by build: x86_64 kernels of Debian's source, our drivers for those without Xen, the back end that lies,
# and what measures.

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
make_own_kernel() # NAME CONFIG-FILE...
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

# What every bare guest with a kernel that was built here has: busybox, its drivers of emulated devices, and ours
# unless the kernel has its own
make_bare() # NAME
{
	local release dir=$1/bare

	release=$(ls "$1/lib/modules")
	rm -rf "$dir"
	# shellcheck disable=SC2086 # a list
	copy_modules "$dir" "$1" $bare_modules
	if ! grep -qx CONFIG_XEN=y "$1-build/.config"; then
		make_drivers "$release" "$cache/$1-build" "$1/bundle"
		cp "$1/bundle/lib/modules/$release/extra/xenpv/1/"*.ko "$dir/modules/"
	fi
	install -D -t "$dir/bin" dom0/rig/busybox load
	install "$here/bare/init" "$dir/init"
}

make_libxen()
{
	fetch hostile libxen-dev
	rm -rf libxen
	unpack libxen debs/hostile/libxen*.deb
}

# Programs for dom0 and for bare guests
make_programs()
{
	local compile=(gcc -std=gnu17 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror)
	local libs=(-Llibxen/usr/lib/x86_64-linux-gnu)
	local xen=("${compile[@]}" -D__XEN_TOOLS__ -Ilibxen/usr/include)

	"${xen[@]}" -o hostile "$here"/hostile/*.c "${libs[@]}" -l:libxenstore.a -l:libxengnttab.a -l:libxenevtchn.a \
		-l:libxentoolcore.a -l:libxentoollog.a -lpthread
	"${xen[@]}" -o meter "$here/bench/meter.c" "${libs[@]}" -l:libxenctrl.a -l:libxencall.a -l:libxenforeignmemory.a \
		-l:libxendevicemodel.a -l:libxentoolcore.a -l:libxentoollog.a
	"${compile[@]}" -static -o load "$here/bench/load.c"
}
