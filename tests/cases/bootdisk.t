#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# --boot-disk=pv: where a kernel can take over the disk that GRUB reads through the BIOS, and where not.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

kernel_lines()
{
	grep '^[[:space:]]*kernel ' "$work/g/boot/grub/grub.conf"
}

guest rhel5.3-x86_64 g || exit
listing "$work/g" >"$work/start"
with=(--root "$work/g" --host 5.1/x86_64)
ok 'by default the boot disk stays' exits 0 xenpv-install "${with[@]}" --dry-run
ok '… and gets no argument' fails grep -q noprobe "$work/out"
ok '5.3: check' exits 0 xenpv-check --json "${with[@]}" --boot-disk=pv
ok '… says that it switches' json_is 'status("boot-disk")' pass
ok '… and no name changes' json_is 'status("device-names")' pass
ok '5.3: install' exits 0 xenpv-install "${with[@]}" --boot-disk=pv
ok '… the argument is in each entry' [ "$(kernel_lines | wc -l)" = "$(kernel_lines | grep -c ' ide0=noprobe$')" ]
ok '… fstab is as it was' grep -q '^/dev/hdb1 ' "$work/g/etc/fstab"
listing "$work/g" >"$work/after"
ok '… a second time' exits 0 xenpv-install "${with[@]}" --boot-disk=pv
ok '… without the option' exits 0 xenpv-install "${with[@]}"
ok '… nothing changed' unchanged "$work/after" "$work/g"
ok '… check knows it without the option' exits 0 xenpv-check --json "${with[@]}"
ok '… the boot disk switches' json_is 'status("boot-disk")' pass
ok '… uninstall' exits 0 xenpv-install --root "$work/g" --uninstall
ok '… as at the start' unchanged "$work/start" "$work/g"

# An entry that boots with another image, or none, would not find its root
guest rhel5.3-x86_64 g || exit
sed -n '/^title/,$p' "$work/g/boot/grub/grub.conf" | sed 's/^title.*/title rescue/; /initrd/d' >"$work/entry"
cat "$work/entry" >>"$work/g/boot/grub/grub.conf"
ok 'an entry without initrd: install' exits 0 xenpv-install "${with[@]}" --boot-disk=pv
ok '… that entry gets no argument' [ "$(kernel_lines | grep -c ' ide0=noprobe$')" = 1 ]
ok '… and is named' grep -q 'the entry "rescue" is left as it is' "$work/out"

# A CD-ROM on the same IDE channel
guest rhel5.3-x86_64 g && sed -i '/^\/dev\/hdb/d' "$work/g/etc/fstab" && echo '/dev/hdb /mnt/cdrom iso9660 ro,noauto 0 0' >>"$work/g/etc/fstab"
ok 'a CD-ROM beside it: check' exits 0 xenpv-check --json "${with[@]}" --boot-disk=pv
ok '… warns that it goes' json_is 'status("boot-disk")' warn
ok '… with what to do' json_is '"give the CD-ROM as hdc or hdd" in text("boot-disk")' True

for t in rhel4.8-x86_64-smp rhel5.1-x86_64-kmod; do
	guest "$t" g || exit
	listing "$work/g" >"$work/start"
	ok "$t: refused" exits 1 xenpv-install "${with[@]}" --boot-disk=pv
	ok "$t: unchanged" unchanged "$work/start" "$work/g"
done
"$tests/trees/mkmodern" rhel7.9-x86_64 "$work/g7" || exit
ok 'later guests switch anyway' exits 0 xenpv-install --root "$work/g7" --host 5.1/x86_64 --boot-disk=pv
ok 'another word is refused' exits 2 xenpv-install --root "$work/g7" --boot-disk=maybe
finish
