# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by build: packages into folders, the hypervisor and dom0.

say()
{
	printf '# [%4d s] %s\n' "$SECONDS" "$*"
}

# part NAME INPUTS COMMAND...: run COMMAND unless NAME was made from the same INPUTS
part()
{
	local name=$1 sum

	sum=$(sha256sum <<<"$2")
	shift 2
	[[ ! -e $cache/$name.made || $(cat "$cache/$name.made") != "$sum" ]] || return 0
	rm -f "$cache/$name.made"
	"$@"
	echo "$sum" >"$cache/$name.made"
	say "$name made"
}

# Packages and what they depend on, into FOLDER: as for a machine on which nothing is installed
fetch() # FOLDER PACKAGE...
{
	local dir=$cache/debs/$1

	shift
	mkdir -p "$dir/partial"
	: >"$cache/debs/no-status"
	apt-cache show "$1" >/dev/null 2>&1 || apt-get update -qq
	apt-get -y -qq -o Dir::State::status="$cache/debs/no-status" -o Dir::Cache::pkgcache= \
		-o Dir::Cache::srcpkgcache= -o Debug::NoLocking=1 -o APT::Install-Recommends=0 \
		-o Dir::Cache::archives="$dir" install --download-only "$@" >/dev/null
}

make_machine()
{
	# shellcheck disable=SC2086 # lists
	fetch machine $machine_packages
	rm -rf machine
	unpack machine debs/machine/*.deb
}

make_kernel()
{
	local release

	# shellcheck disable=SC2086
	fetch dom0 $dom0_packages
	rm -rf kernel
	unpack kernel debs/dom0/linux-image-6*_amd64.deb debs/dom0/xen-hypervisor-*.deb
	release=$(ls kernel/lib/modules)
	depmod -b kernel "$release"
	cp "kernel/boot/vmlinuz-$release" vmlinuz
	gzip -dc kernel/boot/xen-4.17-amd64.gz >xen
}

# The modules of KERNEL, a tree, and theirs, with the order to load them in
copy_modules() # TREE KERNEL MODULE...
{
	local dir=$1 kernel=$2 release m file

	shift 2
	release=$(ls "$kernel/lib/modules")
	mkdir -p "$dir/modules"
	for m; do
		modprobe -d "$kernel" -S "$release" --show-depends "$m"
	done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++' | while read -r file; do
		cp "$file" "$dir/modules/"
		basename "$file" >>"$dir/modules/order"
	done
}

pack() # TREE: as a cpio archive on standard output
{
	(cd "$1" && find . | cpio -o -H newc --quiet -R 0:0)
}

# An option ROM's bytes sum up to 0
make_rom() # FILE
{
	local sum

	# shellcheck source-path=SCRIPTDIR source=dom0/addresses
	. "$here/dom0/addresses"
	as --32 --defsym PARAMS="$PARAMS" --defsym KERNEL="$KERNEL" -o rom.o "$here/dom0/boot.S"
	ld -m elf_i386 -Ttext 0 --oformat binary -o "$1" rom.o
	sum=$(od -An -v -tu1 "$1" | awk '{ for (i = 1; i <= NF; i++) s += $i } END { printf "%02x", (256 - s % 256) % 256 }')
	printf "\\x$sum" | dd of="$1" bs=1 seek=511 conv=notrunc status=none
}

make_dom0()
{
	local files

	rm -rf dom0
	readarray -t files < <(printf '%s\n' debs/dom0/*.deb | grep -vE "/($dom0_skip)")
	unpack dom0 "${files[@]}"
	rm -rf dom0/usr/share/{doc,man,locale,zoneinfo,lintian,info,i18n,bash-completion} \
		dom0/usr/lib/python3* dom0/usr/lib/x86_64-linux-gnu/{gconv,gstreamer-1.0,perl*} dom0/var/run
	mkdir -p dom0/{proc,sys,dev,tmp,run,root,mnt,host,share,rig,var/lib/xen,var/lib/xenstored,var/log/xen}
	ln -s /run dom0/var/run
	cp dom0/bin/busybox dom0/rig/busybox
	# shellcheck disable=SC2086
	copy_modules dom0 kernel $dom0_modules
	install -m 755 "$here/dom0/init" dom0/init
	install -m 755 "$here/dom0/agent" "$here/dom0/vif" "$here/dom0/addresses" dom0/rig/
	make_rom dom0/usr/share/qemu/linuxboot.bin
	echo 'root:x:0:0:root:/root:/bin/bash' >dom0/etc/passwd
	echo 'root:x:0:' >dom0/etc/group
	ldconfig -r dom0
	pack dom0 >dom0.cpio
}

# What dom0 has under /host: programs of a host that is not all in memory
make_host_tree()
{
	# shellcheck disable=SC2086
	fetch host $host_packages
	rm -rf host
	unpack host debs/host/*.deb
	mkdir -p host/{proc,sys,dev,tmp,run,share,etc,var}
	# Of libvirt's drivers Xen's alone; it must know the processor, and the emulated one has no VME
	find host/usr/lib/x86_64-linux-gnu/libvirt -name '*.so' ! -name libvirt_driver_libxl.so -delete
	sed -i '/name=.vme./d' host/usr/share/libvirt/cpu_map/x86_486.xml
}

# The static commands of the folder $STATIC, or made here, on a data disk
make_static_disk()
{
	local from=${STATIC:-$bin/static}

	[[ -n ${STATIC:-} ]] || make -s -C "$bin" static >static.log 2>&1 || { tail static.log; return 1; }
	rm -rf static
	mkdir static
	cp -r data/marker "$from"/{x86_64,i686} static
	disk_with static.disk 33 -L data -d static
	say 'disk of the static commands made'
}

# Our drivers for a kernel, as a bundle
make_drivers() # RELEASE HEADERS OUTPUT
{
	rm -rf "$3"
	"$here/../../drivers/modules/make-bundle" --headers "$2" --output "$3" --release 1 "$1" >bundle.log 2>&1 ||
		{ tail bundle.log; return 1; }
}
