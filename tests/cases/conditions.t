#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What an administrator meets: a file system that is read-only or full, a /boot that is not mounted,
# immutable files, a file that changes meanwhile, two runs at once, a package manager at work. Each is
# refused with one sentence that names it, and nothing changes.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

disk=$work/disk
g=$work/g
with=(--host 5.1/x86_64)

# shellcheck disable=SC2317 # called by lib.sh
at_exit()
{
	! mountpoint -q "$disk/boot" || umount "$disk/boot"
	! mountpoint -q "$disk" || umount "$disk"
}

# One sentence on stderr, or for a requirement the report, with each word; and no file is other
refused() # STATUS NAME TREE WORDS OPTION...
{
	local word

	listing "$3" >"$work/before"
	ok "$2: exit $1" exits "$1" xenpv-install --root "$3" "${@:5}"
	for word in $4; do
		ok "$2: says $word" grep -qF -- "$word" "$work/err" "$work/out"
	done
	ok "$2: in one line" test "$(wc -l <"$work/err")" -le 1
	ok "$2: nothing changes" unchanged "$work/before" "$3"
}

installs() # NAME TREE
{
	ok "$1: install" exits 0 xenpv-install --root "$2" "${with[@]}"
	ok "$1: uninstall" exits 0 xenpv-install --root "$2" --uninstall
	ok "$1: as at the start" unchanged "$work/start" "$2"
}

# --- a disk of its own --------------------------------------------------------------------
mkdir "$disk"
truncate -s 128M "$work/image" "$work/boot-image" && mkfs.ext4 -q "$work/image" && mkfs.ext4 -q "$work/boot-image" || exit
if mount -o loop "$work/image" "$disk" 2>/dev/null; then
	guest rhel5.3-x86_64 g && cp -a "$g/." "$disk/" || exit
	listing "$disk" >"$work/start"
	mount -o remount,ro "$disk"
	refused 3 'read-only' "$disk" 'read-only' "${with[@]}" --force boot-space
	refused 3 'read-only, dry run' "$disk" 'read-only planned' "${with[@]}" --force boot-space --dry-run
	mount -o remount,rw "$disk"

	refused 1 'a /boot that is not mounted' "$disk" '/boot fstab mount' "${with[@]}"
	mount -o loop "$work/boot-image" "$disk/boot" && cp -a "$g/boot/." "$disk/boot" || exit
	listing "$disk" >"$work/start"
	installs 'a /boot that is mounted' "$disk"

	for f in boot/initrd-2.6.18-128.el5.img boot etc/modprobe.conf etc etc/rc.d/rc3.d var/lib; do
		for flag in i a; do
			chattr "+$flag" "$disk/$f"
			refused 3 "chattr +$flag /$f" "$disk" "/$f" "${with[@]}"
			refused 3 "chattr +$flag /$f, dry run" "$disk" "/$f chattr" "${with[@]}" --dry-run
			chattr "-$flag" "$disk/$f"
		done
	done
	ok 'installed' exits 0 xenpv-install --root "$disk" "${with[@]}"
	for f in boot/initrd-2.6.18-128.el5.img{,.xenpv-orig} etc/modprobe.conf boot etc/rc.d/rc3.d var/lib/xenpv/journal; do
		chattr +i "$disk/$f"
		refused 3 "uninstall, chattr +i /$f" "$disk" "/$f" --uninstall
		chattr -i "$disk/$f"
	done
	mount -o remount,ro "$disk/boot"
	refused 3 'uninstall, a read-only /boot' "$disk" '/boot read-only' --uninstall
	mount -o remount,rw "$disk/boot"
	umount "$disk/boot"
	refused 3 'uninstall, a /boot that is not mounted' "$disk" '/boot mount' --uninstall
	refused 3 'the same, dry' "$disk" '/boot mount' --uninstall --dry-run
	mount -o loop "$work/boot-image" "$disk/boot"
	ok 'uninstall' exits 0 xenpv-install --root "$disk" --uninstall
	ok 'as at the start' unchanged "$work/start" "$disk"

	ok 'an install that is interrupted' interrupted 1 "$disk" "${with[@]}"
	umount "$disk/boot"
	refused 3 'recovery, a /boot that is not mounted' "$disk" '/boot mount' --recover
	mount -o loop "$work/boot-image" "$disk/boot"
	ok 'recovery with it' exits 0 xenpv-install --root "$disk" --recover
	ok 'uninstall' exits 0 xenpv-install --root "$disk" --uninstall
	ok 'as at the start' unchanged "$work/start" "$disk"

	# What is to be left beside a changed file needs a place there
	ok 'installed' exits 0 xenpv-install --root "$disk" "${with[@]}"
	echo '# by another hand' >>"$disk/etc/modprobe.conf"
	chattr +i "$disk/etc"
	refused 3 'uninstall, a changed file in an immutable folder' "$disk" '/etc chattr' --uninstall
	chattr -i "$disk/etc"
	ok 'uninstall' exits 0 xenpv-install --root "$disk" --uninstall
	ok '… the original is beside it' mv "$disk/etc/modprobe.conf.xenpv.orig" "$disk/etc/modprobe.conf"

	fallocate -l 1T "$disk/filler" 2>/dev/null
	dd if=/dev/zero of="$disk/filler" bs=64k 2>/dev/null
	refused 1 'a full disk' "$disk" 'lib-space' "${with[@]}"
	refused 3 'a full disk, forced' "$disk" 'KiB free' "${with[@]}" --force lib-space
	refused 3 'a full disk, forced, dry run' "$disk" 'KiB free' "${with[@]}" --force lib-space --dry-run
	rm "$disk/filler"
	umount "$disk/boot" "$disk"
else
	skip 'read-only, unmounted, immutable, full' 'mounting is refused here'
fi

# --- somebody else ------------------------------------------------------------------------
guest rhel5.3-x86_64 g || exit
listing "$g" >"$work/start"

# during COMMAND...: an install that stands still once it has its lock, while COMMAND runs; its exit
# status in $first, what it says in $work/first
during()
{
	local pid i

	: >"$work/stopped"
	strace -f -o "$work/stopped" -e trace=flock -e inject=flock:signal=SIGSTOP:when=1 \
		"$commands/xenpv-install" --root "$g" "${with[@]}" >"$work/first" 2>&1 &
	pid=$!
	for ((i = 0; i < 600; i++)); do
		! grep -q 'stopped by SIGSTOP' "$work/stopped" || break
		sleep 0.1
	done
	"$@"
	pkill -CONT -P "$pid" xenpv-install
	first=0
	wait "$pid" || first=$?
}

if strace -o /dev/null true 2>/dev/null; then
	during run xenpv-install --root "$g" "${with[@]}"
	ok 'two installs at once: one is refused' test "$status" = 3
	ok '… since the other one runs' grep -q 'another run of xenpv-install' "$work/err"
	ok '… which works' test "$first" = 0
	ok 'uninstall' exits 0 xenpv-install --root "$g" --uninstall
	ok 'as at the start' unchanged "$work/start" "$g"

	cp -a "$g/etc/modprobe.conf" "$work/modprobe.conf"
	# shellcheck disable=SC2016 # sed's
	during sed -i '$ a # by another hand' "$g/etc/modprobe.conf"
	ok 'a file that changes meanwhile: exit 3' test "$first" = 3
	ok '… says so' grep -q '/etc/modprobe.conf: was changed' "$work/first"
	ok '… and stays as it is now' test "$(tail -n 1 "$g/etc/modprobe.conf")" = '# by another hand'
	cp -a "$work/modprobe.conf" "$g/etc/"
	ok '… nothing else changes' unchanged "$work/start" "$g"
else
	skip 'two installs at once, a file that changes meanwhile' 'strace may not trace here'
fi

# A package manager: it holds a lock of fcntl() while it runs a command
cat >"$work/rpm" <<'END'
#!/usr/bin/env python3
import fcntl, subprocess, sys
lock = open(sys.argv[1], "w")
fcntl.lockf(lock, fcntl.LOCK_EX)
sys.exit(subprocess.call(sys.argv[2:]))
END
chmod +x "$work/rpm"
# The lock is held from here on, by the process $holder
hold()
{
	local i

	rm -f "$work/ready"
	# shellcheck disable=SC2016 # sh's
	"$work/rpm" "$g/$lock" sh -c 'echo $PPID >"$0"; exec sleep 600' "$work/ready" &
	for ((i = 0; i < 600; i++)); do
		[[ ! -s $work/ready ]] || break
		sleep 0.1
	done
	holder=$(<"$work/ready") || exit
}

let_go()
{
	pkill -P "$holder" sleep
	wait
}

for lock in var/lock/rpm/transaction var/lib/rpm/.rpm.lock var/lib/dpkg/lock-frontend var/lib/dpkg/lock; do
	mkdir -p "$g/${lock%/*}" && : >"$g/$lock" && hold
	refused 3 "/$lock is held" "$g" "/$lock $holder" "${with[@]}"
	ok "/$lock is held: a dry run" exits 0 xenpv-install --root "$g" "${with[@]}" --dry-run
	let_go
	ok "/$lock is held by who runs us" "$work/rpm" "$g/$lock" "$commands/xenpv-install" --quiet --root "$g" "${with[@]}"
	hold
	refused 3 "/$lock is held: uninstall" "$g" "/$lock $holder" --uninstall
	let_go
	ok "/$lock is free: uninstall" exits 0 xenpv-install --root "$g" --uninstall
done
finish
