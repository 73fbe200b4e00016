#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A boot loader reads its disk without the journal: what an install and an uninstall change for it is in its place,
# by syncfs(), before the next is changed, and a configuration is never seen without the images that it takes.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

g=$work/g
copy=$work/copy

# shellcheck disable=SC2317 # called by lib.sh
at_exit()
{
	for dir in "$copy" "$g/boot"; do
		! mountpoint -q "$dir" || umount "$dir"
	done
}

# The order of a run in letters: s a file system is settled, i an image put in its place, c a configuration
order() # OPTION...
{
	strace -f -qq -o "$work/trace" -e trace='/^(rename|renameat|renameat2|syncfs|sync)$' \
		"$commands/xenpv-install" --root "$g" "$@" >"$work/out" 2>&1 || return
	awk '/[0-9] +(syncfs|sync)\(/ { printf "s"; next }
		!/ = 0$/ { next }
		{ n = split($0, quoted, "\""); to = quoted[n - 1] }
		to ~ /xenpv/ || to == "modprobe.conf" { next }
		to ~ /^initr(d|amfs)/ { printf "i" }
		to ~ /^(grub\.c.*|grubenv|.*\.conf)$/ { printf "c" }' "$work/trace"
}

in_order() # NAME REGEX OPTION...
{
	local got

	got=$(order "${@:3}")
	tap "$([[ $got =~ $2 ]] && echo 0 || echo 1)" "$1" "got: $got"$'\n'"wanted: $2"$'\n'"$(cat "$work/out")"
}

# Names and sums of what a boot loader is told of in a /boot
boot_of() # FOLDER
{
	(cd "$1" && find . -type f ! -name '.*' ! -name '*.xenpv-orig' -exec sha256sum {} + | sort -k 2)
}

# What the disk has now for one who knows nothing of its journal
in_place() # NAME OPTIONS
{
	cp --sparse=always "$work/image" "$work/copied"
	ok "$1: the disk can be read" mount -o "loop,ro,$2" "$work/copied" "$copy"
	boot_of "$copy" >"$work/seen"
	umount "$copy"
	boot_of "$g/boot" >"$work/wanted"
	ok "$1: it is in its place" diff "$work/wanted" "$work/seen"
}

if strace -o /dev/null true 2>/dev/null; then
	for tree in debian12-amd64 rhel8.8-x86_64 rhel6.10-i686; do
		rm -rf "$g"
		"$tests/trees/mkmodern" "$tree" "$g" || exit
		in_order "$tree: install: images, then what names them" '^s+i+s+c+s+$' --host 5.1/x86_64
		in_order "$tree: uninstall: the other way round" '^s+c+s+i+s+$' --uninstall
	done
	# Killed when the images have been renamed and are not in their place: a recovery cannot know that
	{
		strace -f -o /dev/null -e trace=syncfs -e inject=syncfs:signal=SIGKILL:when=2 \
			"$commands/xenpv-install" --root "$g" --host 5.1/x86_64 >"$work/out"
	} 2>/dev/null
	in_order 'recovery of a run that was killed between the two' '^s+c+s+$' --recover
else
	skip 'the order of what a boot loader reads' 'strace may not trace here'
fi

mkdir "$copy"
while read -r type size options; do
	rm -rf "$g" "$work/image"
	truncate -s "$size" "$work/image" && "mkfs.$type" -q "$work/image" &&
		"$tests/trees/mkmodern" debian12-amd64 "$g" && cp -a "$g/boot" "$work/boot" || exit
	if ! mount -o loop "$work/image" "$g/boot" 2>/dev/null; then
		skip "$type" 'mounting is refused here, or the kernel has none of it'
		continue
	fi
	cp -a "$work/boot/." "$g/boot" && rm -r "${work:?}/boot" || exit
	ok "$type: install" exits 0 xenpv-install --root "$g" --host 5.1/x86_64
	in_place "$type: install" "$options"
	ok "$type: uninstall" exits 0 xenpv-install --root "$g" --uninstall
	in_place "$type: uninstall" "$options"
	umount "$g/boot"
done <<-EOT
	ext4 128M noload
	xfs  320M norecovery,nouuid
EOT
finish
