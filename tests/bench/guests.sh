# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # work, srcdir: of run; scratch, date: for rpmdb.sh
# Sourced by run: what is measured on.

# shellcheck source=tests/trees/rpmdb.sh
. "$srcdir/tests/trees/rpmdb.sh"

die()
{
	echo "$*" >&2
	exit 1
}

# The packages of this machine, their names, versions and file lists, as lines for write_spec: but for
# those with more than a hundred files, of which rpmbuild would make millions of system calls.
machine_packages()
{
	local name version

	dpkg-query -W -f '${db:Status-Abbrev}|${binary:Package}|${Version}\n' |
		sed -n 's/^ii *|\([a-z0-9.+-]*\(:[a-z0-9]*\)\?\)|\([0-9]*:\)\?\([^|]*\)$/\1 \4/p' |
		while read -r name version; do
			printf '%s %s 1 -' "${name%:*}" "${version//-/_}"
			grep -E '^/(etc|usr|lib|boot|opt)/[A-Za-z0-9._/@+,=:-]*$' "/var/lib/dpkg/info/$name.list" |
				while read -r file; do
					[[ ! -f $file || -L $file ]] || printf ' %s' "$file"
				done
			echo
		done | awk 'NF > 4 && NF <= 104 && !seen[$1]++'
}

# A database of many packages in the place of a guest's: its own packages, and those of this machine. It is
# made once, for it takes minutes.
large_rpmdb() # TREE CACHE
{
	local scratch=$work/rpms date='2007-11-07 10:15:00' db=$work/rpms/db

	if [[ ! -f $2/Packages ]]; then
		rm -rf "$scratch" && mkdir -p "$scratch" "$db" "$2.new"
		rpmdb --dbpath "$1/var/lib/rpm" --exportdb >"$scratch/own" 2>/dev/null &&
			rpmdb --dbpath "$db" --importdb <"$scratch/own" 2>/dev/null || return
		machine_packages | build_rpms x86_64 || return
		find "$scratch/rpm/RPMS" -name '*.rpm' -print0 |
			xargs -0 rpm --dbpath "$db" --justdb --nodeps --noscripts --ignorearch --ignoreos \
				--nosignature --replacefiles -i || return
		load_bdb "$db/rpmdb.sqlite" "$2.new" && mv "$2.new" "$2" && rm -rf "$scratch"
	fi
	cp "$2"/* "$1/var/lib/rpm/"
}

# "1042 packages, 5 MB of Berkeley DB"
packages() # DBPATH
{
	echo "$(rpm --dbpath "$1" -qa 2>/dev/null | wc -l) packages, $(rpm --dbpath "$1" -qal 2>/dev/null | wc -l) files," \
		"$(du -m "$1/Packages" | cut -f 1) MB of Berkeley DB"
}

# A nash image of that size unpacked, filled with this machine's own programs
nash_image() # MIB FILE
{
	local dir=$work/image have=0 want=$(($1 * 1024)) f

	mkdir -p "$dir/lib" "$dir/bin"
	printf '#!/bin/nash\nmount -t proc /proc /proc\necho "Loading scsi_mod.ko module"\ninsmod /lib/scsi_mod.ko\nmkblkdevs\nmkrootdev -t ext3 /dev/hda2\n' >"$dir/init"
	: >"$dir/lib/scsi_mod.ko"
	while ((have < want)); do
		for f in /usr/bin/* /usr/lib/x86_64-linux-gnu/*.so.*; do
			[[ -f $f && ! -L $f ]] || continue
			cp "$f" "$dir/bin/${have}-${f##*/}"
			have=$((have + ($(stat -c %s "$f") + 1023) / 1024))
			((have < want)) || break
		done
	done
	(cd "$dir" && find . | cpio -o -H newc --quiet | gzip -9n) >"$2"
	rm -rf "$dir"
}

# A Debian 12 whose kernel has that many modules more
modern_modules() # TREE N
{
	local release dir n of

	"$srcdir/tests/trees/mkmodern" debian12-amd64 "$1"
	release=$(ls "$1/usr/lib/modules")
	dir=$1/usr/lib/modules/$release/kernel
	of=$(find "$dir" -name '8139cp.ko')
	mkdir "$dir/more"
	for ((n = 0; n < $2; n++)); do
		cp "$of" "$dir/more/more$n.ko"
	done
	depmod -b "$1/usr" "$release" 2>/dev/null
}

# A Debian 12 with that many kernels, each with its modules and its image. Their releases are of one length,
# so that a release may be replaced by another in any of their files.
modern_kernels() # TREE N
{
	local n of=6.1.0-18-amd64 to f image=$work/image.cpio

	"$srcdir/tests/trees/mkmodern" debian12-amd64 "$1"
	# Behind the microcode is the part that zstd has packed
	f=$(LC_ALL=C grep -aob $'\x28\xb5\x2f\xfd' "$1/boot/initrd.img-$of" | head -n 1 | cut -d : -f 1)
	tail -c "+$((f + 1))" "$1/boot/initrd.img-$of" | zstd -qdc >"$image"
	for ((n = 1; n < $2; n++)); do
		to=6.1.0-$((n + 20))-amd64
		cp -a "$1/usr/lib/modules/$of" "$1/usr/lib/modules/$to"
		grep -rlZ "$of" "$1/usr/lib/modules/$to" | xargs -0r sed -i "s/$of/$to/g"
		for f in vmlinuz config; do
			sed "s/$of/$to/g" "$1/boot/$f-$of" >"$1/boot/$f-$to"
		done
		sed "s/$of/$to/g" "$image" | zstd -q >"$1/boot/initrd.img-$to"
	done
}
