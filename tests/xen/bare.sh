# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by run: guests that are nothing but a kernel without Xen, our drivers and busybox, and what the host
# does while they run.

# An initramfs of KERNEL, a folder of the cache, that runs SCRIPT of bare/
bare_initrd() # KERNEL SCRIPT
{
	local dir=$logs/bare

	rm -rf "$dir"
	cp -a "$cache/$1/bare" "$dir"
	{ printf '%s\n' "${settings[@]}"; cat "$here/bare/$2"; } >"$dir/todo"
	(cd "$dir" && find . | cpio -o -H newc --quiet -R 0:0 | gzip -1)
}

# Started, not waited for. settings are lines for the script.
bare_start() # NAME KERNEL SCRIPT
{
	local name=$1

	bare_initrd "$2" "$3" >"$share/$name.initrd"
	cp "$cache/$2/vmlinuz" "$share/$name.vmlinuz"
	in_dom0 300 "cp /share/$name.vmlinuz /share/$name.initrd /run/" && [[ $answer = 0 ]] ||
		echo "# $name: nothing to boot: $printed"
	rm "$share/$name.vmlinuz" "$share/$name.initrd"
	echo "console=ttyS0,115200 quiet $arguments" >"$share/$name.cmdline"
	configuration "$name" '' >"$share/$name.cfg"
	start "$name"
}

# Run commands in dom0; what they print is in $printed
in_dom0() # SECONDS COMMANDS
{
	local status=0

	echo "$2" >"$share/do.sh"
	ask "$1" run 'do' || status=1
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

# As again, with nothing left of the attempt before
bare_again() # NAME WHY
{
	again "$1" "$2"
	in_dom0 60 "xl destroy $1"
}

# Started until its kernel is heard, and waited for until it is ready
bare_boot() # NAME KERNEL SCRIPT SECONDS MARK
{
	for _ in 1 2 3; do
		bare_start "$1" "$2" "$3"
		bare_ready "$1" "$4" "$5" && return
		! spoke "$1" || return 1
		bare_again "$1" silent
	done
	return 1
}

# A restored guest's console begins anew: what it has shown so far is kept. The end of its last line may be on its way.
bare_keep() # NAME
{
	{ tr -d '\r\0' <"$share/$1.serial"; echo; } >>"$logs/$1.kept"
}

bare_end() # NAME SECONDS
{
	local status=0

	wait_for "$2" is_marked "$1" end || status=1
	in_dom0 60 "xl destroy $1"
	forget "$1"
	{ cat "$logs/$1.kept" 2>/dev/null; tr -d '\r\0' <"$share/$1.serial"; } >"$logs/$1.log"
	return $status
}

# What the guest said of something
told() # NAME WORD
{
	sed -n "s/^rig: $2: //p" "$logs/$1.log"
}

# --- our drivers at work: reloaded, plugged, squeezed, saved, restored -----------------------------
plug="xl block-attach NAME vdev=xvdf,access=rw,backendtype=qdisk,target=/dev/vdb &&
	xl network-attach NAME mac=00:16:3e:00:00:09 bridge=xenbr0 script=/rig/vif"
unplug='xl block-detach NAME xvdf && xl network-detach NAME 2'
# What comes goes back. nc leaves when its input ends, so it gets one that does not.
back='mkfifo /run/never; sleep 3000 >/run/never & timeout 1000 nc -l -p 5001 </run/never >/run/got
	kill %1; timeout 1000 nc -l -p 5002 </run/got; rm /run/got /run/never'
saved='xl save NAME /run/saved && xl restore /run/saved; s=$?; rm -f /run/saved; [ $s = 0 ]'

# step NAME SECONDS MARK SECONDS COMMANDS: what dom0 does when the guest is ready for it
step()
{
	bare_ready "$1" "$2" "$3" || { tap 1 "$1: ready for $3"; return 1; }
	in_dom0 "$4" "${5//NAME/$1}" && [[ $answer = 0 ]]
	tap $? "$1: $3" "$printed"
}

pair_is_same()
{
	local a b

	read -r a b <<<"$1"
	[[ -n $a && $a = "$b" ]]
}

# The emulation now and then delivers an interrupt a second time, at once, where the guest has them switched off. No
# driver can do that, and no kernel survives it: the registers of what was interrupted, in the trace, tell.
is_wrecked() # NAME
{
	local flags

	for flags in $(tr -d '\r\0' <"$share/$1.serial" | awk '/ asm_(common_interrupt|sysvec_)/ { entry = 1 }
		entry && $(NF - 1) == "EFLAGS:" { print $NF; entry = 0 }'); do
		((16#$flags & 0x200)) || return 0
	done
	return 1
}

# Started, and through its load of disk and network, in which nearly all of its interrupts are
loaded() # NAME KERNEL
{
	for _ in 1 2 3; do
		bare_boot "$1" "$2" drivers 600 net && in_dom0 2100 "$back" && [[ $answer = 0 ]] && ! is_wrecked "$1" &&
			bare_ready "$1" 1200 plug && return
		is_wrecked "$1" || return
		bare_again "$1" 'interrupted with interrupts off'
	done
	return 1
}

# What it writes and sends is in units of 4 MB; the guest's part is bare/drivers.
drivers_run() # NAME KERNEL DISK-UNITS NET-UNITS
{
	local name=$1 disk_units=$3 net_units=$4 i written

	host_defaults
	disks+=('vdev=xvde,access=rw,backendtype=qdisk,target=/dev/vdf')
	# Two CPUs on one: a wake-up or a timer that the emulation loses is made up for by the next tick
	arguments="$without_xen_arguments nohz=off highres=off" vcpus=2 memory=512
	[[ $2 != *-debug ]] || arguments+=' page_poison=1' # a back end that writes where it may not any more
	tsc=default # its clock stands still while it is saved, as anywhere but in this rig
	settings=("DISK=$disk_units" "NET=$net_units")
	loaded "$name" "$2"
	tap $? "$name: load" "$printed"
	step "$name" 10 plug 60 "$plug"
	step "$name" 400 unplug 60 "$unplug"
	step "$name" 400 down 60 'xl mem-set NAME 400'
	step "$name" 400 up 60 'xl mem-set NAME 512'
	bare_ready "$name" 400 save && bare_keep "$name"
	step "$name" 10 save 300 "$saved"
	bare_end "$name" 600
	tap $? "$name: to its end" "$(tail -n 20 "$logs/$name.log")"
	ok "$name: $((disk_units * 4)) MB written are read back" pair_is_same "$(told "$name" disk)"
	ok "$name: $((net_units * 4)) MB there and back over vif meanwhile" pair_is_same "$(told "$name" network)"
	is "$(told "$name" nic)" vif "$name: by our driver"
	written="left 0, disks 3, $(told "$name" head), reached"
	for i in 1 2 3; do
		ok "$name: reload $i" grep -qxE 'left 0, disks 3, [0-9a-f]{32}, reached' <<<"$(told "$name" "reload $i")"
		is "$(told "$name" "reload $i")" "$written" "$name: the data that were written"
	done
	is "$(told "$name" plugged)" '2, 1, 1048576 bytes' "$name: a disk and a NIC plugged in"
	is "$(told "$name" unplugged)" '0, 0' "$name: and out"
	ok "$name: the balloon gives memory" awk -F, '{ exit !(NF == 2 && $2 > 0 && $1 - $2 >= 90000) }' <<<"$(told "$name" balloon)"
	is "$(told "$name" 'balloon again')" "$(told "$name" balloon | cut -d, -f1)" "$name: and takes it back"
	is "$(told "$name" restored)" 1 "$name: restored"
	is "$(told "$name" 'failed writes')" 0 "$name: having written meanwhile"
	is "$(told "$name" 'disk after it')" same "$name: its disk is the same"
	is "$(told "$name" 'network after it')" reached "$name: its network works"
	is "$(told "$name" complaints)" 0 "$name: the kernel complains of nothing"
}
