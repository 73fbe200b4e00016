# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by run: guests that are nothing but a kernel without Xen, our drivers and busybox, and what the host
# does while they run.

# The kernel and its drivers of emulated devices, in folders that build made
bare_modules='ata_piix sd_mod 8139cp e1000'

# An initramfs of KERNEL, a folder of the cache, that runs SCRIPT of bare/
bare_initrd() # KERNEL SCRIPT
{
	local dir=$logs/bare release file

	release=$(ls "$cache/$1/lib/modules")
	rm -rf "$dir"
	mkdir -p "$dir/bin" "$dir/modules"
	cp "$cache/dom0/rig/busybox" "$dir/bin/"
	cp "$here/bare/init" "$dir/init"
	{ printf '%s\n' "${settings[@]}"; cat "$here/bare/$2"; } >"$dir/todo"
	cp "$cache/$1/drivers/"*.ko "$dir/modules/"
	for file in $bare_modules; do
		modprobe -d "$cache/$1" -S "$release" --show-depends "$file"
	done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++' | while read -r file; do
		cp "$file" "$dir/modules/"
		basename "$file" >>"$dir/order"
	done
	chmod 755 "$dir/init"
	(cd "$dir" && find . | cpio -o -H newc --quiet -R 0:0 | gzip -1)
}

# Started, not waited for. settings are lines for the script.
bare_start() # NAME KERNEL SCRIPT
{
	local name=$1

	rm -f "$share/guest-$name.log" "$share/$name.serial" "$share/$name.done"
	bare_initrd "$2" "$3" >"$share/$name.initrd"
	cp "$cache/$2/vmlinuz" "$share/$name.vmlinuz"
	in_dom0 60 "cp /share/$name.vmlinuz /share/$name.initrd /run/"
	rm "$share/$name.vmlinuz" "$share/$name.initrd"
	echo "console=ttyS0,115200 quiet $arguments" >"$share/$name.cmdline"
	configuration "$name" '' >"$share/$name.cfg"
	echo "create $name" >&"$agent"
}

# Run commands in dom0; what they print is in $printed
in_dom0() # SECONDS COMMANDS
{
	local status=0

	echo "$2" >"$share/do.sh"
	ask "$1" run do || status=1
	printed=$(<"$share/do.out")
	return $status
}

is_marked() # NAME MARK
{
	tr -d '\r\0' 2>/dev/null <"$share/$1.serial" | grep -qx "rig: $2"
}

bare_ready() # NAME SECONDS MARK
{
	wait_for "$2" is_marked "$1" "ready $3"
}

# A restored guest's console begins anew: what it has shown so far is kept
bare_keep() # NAME
{
	tr -d '\r\0' <"$share/$1.serial" >>"$logs/$1.kept"
}

bare_end() # NAME SECONDS
{
	local status=0

	wait_for "$2" is_marked "$1" end || status=1
	in_dom0 60 "xl destroy $1"
	{ cat "$logs/$1.kept" 2>/dev/null; tr -d '\r\0' <"$share/$1.serial"; } >"$logs/$1.log"
	return $status
}

# What the guest said of something
told() # NAME WORD
{
	sed -n "s/^rig: $2: //p" "$logs/$1.log"
}
