#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A kernel beside the distribution's own, such as Oracle's UEK on 5: nothing is said of it that is true of
# the others alone.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

own=2.6.18-128.el5 uek=2.6.39-400.17.1.el5uek
guest rhel5.3-x86_64 g && cd "$work/g" && cp -a lib/modules/{"$own","$uek"} &&
	rm -r "lib/modules/$uek/kernel/drivers/xenpv_hvm" && mkdir -p "lib/modules/$uek/kernel/drivers/block" &&
	touch "lib/modules/$uek/kernel/drivers/block/xen-blkfront.ko" && cp -a boot/vmlinuz-{"$own","$uek"} &&
	cp -a boot/initrd-{"$own","$uek"}.img || exit
sed -n '/^title/,$p' boot/grub/grub.conf | sed "s/$own/$uek/g" >>boot/grub/grub.conf
cd "$OLDPWD" || exit
listing "$work/g" >"$work/start"
listing "$work/g/lib/modules/$uek" >"$work/modules"
with=(--root "$work/g" --host 5.3/x86_64)
ok 'not the default one: check' exits 0 xenpv-check --json "${with[@]}"
ok '… warns of it' json_is "status('kernel-variant', '$uek')" warn
ok '… does not know its drivers' json_is "status('drivers', '$uek')" warn
ok '… says so' json_has 'text("drivers")' 'no kernel of RHEL 5' 'which drivers it has of its own is not known'
ok '… judges the other one as ever' json_is "status('kernel-variant', '$own') + status('drivers', '$own')" passpass
ok '… and the disks' json_has 'text("boot-disk")' 'hda stays emulated' 'hdb can switch'
ok '… install' exits 0 xenpv-install "${with[@]}"
ok '… leaves its image' cmp -s "$work/g/boot/initrd-$uek.img" "$work/g/boot/initrd-$own.img.xenpv-orig"
ok '… and its modules' unchanged "$work/modules" "$work/g/lib/modules/$uek"
ok '… verify' exits 0 xenpv-verify --json --root "$work/g"
ok '… knows nothing of it' json_is "status('modules-installed', '$uek')" unknown
ok '… uninstall' exits 0 xenpv-install --root "$work/g" --uninstall
ok '… as at the start' unchanged "$work/start" "$work/g"

sed -i 's/^default=.*/default=1/' "$work/g/boot/grub/grub.conf"
listing "$work/g" >"$work/start"
ok 'the default one: check' exits 1 xenpv-check --json "${with[@]}"
ok '… fails' json_is "status('kernel-variant', '$uek') + status('drivers', '$uek')" failfail
ok '… says what is wrong' json_has 'text("kernel-variant")' 'no kernel of RHEL 5' 'boot a supported kernel by default'
ok '… asks for no package' json_is 'status("packages")' skip
ok '… does not know the disks' json_is 'status("boot-disk") + status("device-names")' unknownunknown
ok '… nor says what they are called' json_is '"xvde" in text("device-names")' False
ok '… install' exits 1 xenpv-install "${with[@]}"
ok '… changes nothing' unchanged "$work/start" "$work/g"
ok '… verify' exits 1 xenpv-verify --json --root "$work/g"
ok '… says why' json_has 'text("modules-installed")' 'which drivers it has of its own is not known' 'boot a supported kernel'
ok '… nothing of aliases or of its image' json_is "status('module-config') + status('initrd-drivers', '$uek')" nonenone
ok '… without it: check' exits 0 xenpv-check --json "${with[@]}" --kernel "$own"
ok '… passes' json_is 'status("kernel-variant") + status("drivers")' passpass

# One that somebody has built drivers for: it can be changed, and is called what it is
"$tests/trees/mkbundle" "$uek" x86_64 "$work/bundle" >/dev/null || exit
ok 'with a bundle for it: check' exits 0 xenpv-check --json "${with[@]}" --bundle "$work/bundle"
ok '… warns' json_is "status('kernel-variant', '$uek')" warn
ok '… says why' json_has 'text("kernel-variant")' 'no kernel of RHEL 5' 'make sure that its drivers were built for it'
finish
