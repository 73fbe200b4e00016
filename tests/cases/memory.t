#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What SECURITY.md says of memory: guests whose files are as large as they may be, and say the same thing
# as often as they can. Each is read, or refused with one sentence, within the bound.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

bound=$((512 * 1024)) # KiB
g=$work/g
release=2.6.18-128.el5
modules=lib/modules

# bounded STATUS WORDS: xenpv-check ends so, says that, and had less memory than the bound
bounded()
{
	local peak

	peak=$(python3 -c 'import os, sys
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(pid, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_maxrss)' \
		"$commands/xenpv-check" --root "$g" 2>"$work/err" | tee "$work/out" | tail -n 1)
	echo "exit and KiB: $peak"
	cat "$work/err"
	[[ ${peak% *} = "$1" ]] && ((${peak#* } < bound)) || return
	grep -qF -- "$2" "$work/err" "$work/out" && (($(wc -l <"$work/err") <= 1))
}

fresh()
{
	guest rhel5.3-x86_64 g
}

# times BYTES TEXT: as many of it as go there
times()
{
	yes "$2" | head -c "$1"
}

# So many kernels have the file
kernels_with() # FILE NUMBER
{
	local i

	for ((i = 0; i < $2; i++)); do
		mkdir -p "$g/$modules/3.$i/kernel"
		ln "$1" "$g/$modules/3.$i/${1##*/}"
	done
}

fresh
times 16777216 '' >"$g/$modules/$release/modules.builtin"
ok 'modules.builtin of 16 million lines' bounded 3 'modules.builtin: more than'

fresh
times 16777215 'a.ko:' >"$work/modules.dep"
times 16777215 'a.ko' >"$work/modules.builtin"
kernels_with "$work/modules.dep" 3
kernels_with "$work/modules.builtin" 3
ok 'indexes of 16 MB' bounded 3 'more than'

fresh
seq -f 'kernel/%06.0f.ko:' 60000 >"$work/modules.dep"
seq -f "%06.0f$(printf %0100d 0).ko" 60000 >"$work/modules.builtin"
kernels_with "$work/modules.dep" 40
kernels_with "$work/modules.builtin" 40
ok 'forty kernels of 60,000 modules' bounded 3 'of the kernels in /lib/modules and /boot'

fresh
times 16000000 'alias a b' >"$work/a.conf"
for i in {1..20}; do
	ln "$work/a.conf" "$g/etc/modprobe.d/$i.conf"
done
ok 'a configuration of 20 times 16 MB' bounded 3 'modprobe.d'

fresh
seq -f 'alias a%.0f b' 200000 >"$work/b.conf"
for i in {1..20}; do
	ln "$work/b.conf" "$g/etc/modprobe.d/$i.conf"
done
ok 'one of 20 times 200,000 lines' bounded 3 "modprobe's configuration"

# image NUMBER LENGTH MODE NAME: that many folders or files with names of that length
image()
{
	python3 - "$@" <<-'EOF' | gzip -9
		import sys
		number, length, mode, name = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3], 8), sys.argv[4]
		def entry(name, mode):
		    head = b"070701" + b"".join(b"%08X" % n for n in (1, mode, 0, 0, 1, 0, 0, 0, 0, 0, 0, len(name) + 1, 0)) + name + b"\0"
		    return head + bytes(-len(head) % 4)
		for i in range(number):
		    full = name % i
		    sys.stdout.buffer.write(entry(full.replace("@", "d" * (length - len(full) + 1)).encode(), mode))
		sys.stdout.buffer.write(entry(b"TRAILER!!!", 0))
	EOF
}

fresh
image 60000 4000 040755 'lib/modules/K/@/%d' >"$g/boot/initrd-$release.img"
ok 'an image of 60,000 folders with names of 4 KB' bounded 3 'initrd-2.6.18-128.el5.img'
image 60000 4000 0100644 'lib/modules/K@%d/modules.x' >"$g/boot/initrd-$release.img"
ok '… of as many indexes' bounded 3 'initrd-2.6.18-128.el5.img'

fresh
rm -rf "$g"/var/lib/rpm/*
rpm --dbpath "$work/db" --define '_db_backend sqlite' --initdb && sqlite3 "$work/db/rpmdb.sqlite" \
	'PRAGMA journal_mode = OFF; INSERT INTO Packages VALUES (1, zeroblob(620000000))' >/dev/null &&
	cp "$work/db/rpmdb.sqlite" "$g/var/lib/rpm/" || exit
ok 'a package of 620 MB in the rpm database' bounded 3 'var/lib/rpm/rpmdb.sqlite'
rm -rf "$work/db"

fresh
image 15000 900 0100644 'lib/@%d.ko' >"$work/image"
for i in {1..40}; do
	mkdir -p "$g/$modules/3.$i/kernel"
	ln "$work/image" "$g/boot/initrd-3.$i.img"
	ln -f "$g/boot/vmlinuz-$release" "$g/boot/vmlinuz-3.$i"
done
ok 'forty images of 15,000 modules' bounded 3 'of the kernels in /lib/modules and /boot'
finish
