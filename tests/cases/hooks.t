#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Drivers from a bundle, and the next kernel: the scripts that the guest runs after it installed one.
# They give it drivers where a bundle fits, say plainly where none does, and never fail.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

old=2.6.18-53.el5PAE
new=2.6.18-53.1.4.el5PAE
g=$work/g
post=$g/etc/kernel/postinst.d/xenpv
plugin=$g/etc/kernel/install.d/95-xenpv.install

# A guest whose kernels are followed by scripts, changed with the bundle for its kernel
installed_guest()
{
	guest rhel5.1-i686-PAE g && mkdir -p "$g/etc/kernel/postinst.d" "$g/usr/bin" &&
		cp "$g/boot/initrd-$old.img" "$work/initrd" && : >"$g/usr/bin/kernel-install" || return
	listing "$g" >"$work/start"
	rm -rf "$work/bundle" && "$tests/trees/mkbundle" "$old" i686 "$work/bundle" &&
		exits 0 xenpv-install --root "$g" --host 5.1/i686 --bundle "$work/bundle"
}

# What the package of a kernel without drivers leaves, its mkinitrd run
add_kernel()
{
	local d=$g/lib/modules

	cp -a "$d/$old" "$d/$new" && rm -rf "$d/$new/extra" && cp "$g/boot/vmlinuz-$old" "$g/boot/vmlinuz-$new" &&
		sed -i "s/$old/$new/g; /xen-[a-z-]*\.ko/d" "$d/$new"/modules.* &&
		cp "$work/initrd" "$g/boot/initrd-$new.img"
}

remove_kernel()
{
	rm -rf "$g/lib/modules/$new" "$g/boot/"*"-$new"*
}

# xenpv-install as the guest has it, with the bundle that came with it
with_xenpv() # BUNDLE
{
	mkdir -p "$work/path" && printf '#!/bin/sh\nexec %s --root %s --host 5.1/i686 --bundle %s "$@"\n' \
		"$commands/xenpv-install" "$g" "$1" >"$work/path/xenpv-install" && chmod 755 "$work/path/xenpv-install"
}

hook() # FILE ARGUMENT...
{
	PATH=$work/path:/usr/bin:/bin "$@" >"$work/out" 2>"$work/err" ||
		{ echo "status $?"; cat "$work/err"; return 1; }
}

silent()
{
	cat "$work/out" "$work/err"
	[[ ! -s $work/out && ! -s $work/err ]]
}

said() # WORD...
{
	local word

	for word in "$@"; do
		grep -qF -- "$word" "$work/err" || { echo "no $word"; cat "$work/err"; return 1; }
	done
}

image_has_driver()
{
	gzip -dc "$g/boot/initrd-$new.img" | cpio -it --quiet | grep -qx 'lib/xen-vbd\.ko'
}

has_drivers_now()
{
	[[ $(find "$g/lib/modules/$new/extra" -name 'xen-*.ko' 2>/dev/null | wc -l) = 4 ]] && image_has_driver
}

has_none_now()
{
	[[ -d $g/lib/modules/$new && -z $(find "$g/lib/modules/$new" -name 'xen-*.ko') ]] && fails image_has_driver
}

ok 'installed from a bundle' installed_guest
ok 'both scripts are there' test -x "$post" -a -x "$plugin"
ok 'and their folder is as packages make it' test "$(stat -c %a "$g/etc/kernel/install.d")" = 755
ok 'a second install finds nothing to do' exits 0 xenpv-install --root "$g" --host 5.1/i686 --bundle "$work/bundle"
ok 'and says so' grep -q '^Nothing to do' "$work/out"
for shell in bash dash; do
	ok "$shell takes them" "$shell" -n "$post"
done
if command -v shellcheck >/dev/null; then
	ok 'shellcheck too' shellcheck -s sh "$post"
else
	skip 'shellcheck too' 'shellcheck is not installed'
fi

ok 'a later kernel' add_kernel
ok 'xenpv-install is not in the guest: no failure' hook "$post" "$new" "/boot/vmlinuz-$new"
ok 'but a word' said "$new" 'is not installed here'
mkdir -p "$work/other" && "$tests/trees/mkbundle" 2.6.18-8.el5PAE i686 "$work/other" --break-crc printk >/dev/null || exit
with_xenpv "$work/other"
ok 'no bundle fits: no failure' hook "$post" "$new" "/boot/vmlinuz-$new"
ok 'but plain words' said "kernel $new got no PV drivers" 'no bundle fits'
ok 'the same through kernel-install' hook "$plugin" add "$new" /boot/x "/boot/vmlinuz-$new"
ok '… the same words' said "kernel $new got no PV drivers" 'no bundle fits'
ok 'its image is as mkinitrd made it' cmp "$work/initrd" "$g/boot/initrd-$new.img"
with_xenpv "$work/nowhere"
ok 'a bundle that is not there: no failure' hook "$post" "$new" "/boot/vmlinuz-$new"
ok 'but it is named' said 'xenpv-install failed (3)' "$work/nowhere"

"$tests/trees/mkbundle" "$new" i686 "$work/fits" >/dev/null || exit
with_xenpv "$work/fits"
for arguments in 'remove' "remove $new" ''; do
	# shellcheck disable=SC2086 # words
	ok "kernel-install '$arguments': nothing" hook "$plugin" $arguments
	ok '… and not a word' silent
done
ok '… nor a driver' has_none_now
ok 'no release: nothing' hook "$post"
ok 'a bundle that fits' hook "$post" "$new" "/boot/vmlinuz-$new"
ok '… and not a word' silent
ok 'the kernel and its image have the drivers' has_drivers_now
ok 'once more, by kernel-install' hook "$plugin" add "$new" /boot/x "/boot/vmlinuz-$new"
ok '… and not a word' silent
ok 'uninstalled' exits 0 xenpv-install --root "$g" --uninstall
ok 'the later image is as mkinitrd made it' cmp "$work/initrd" "$g/boot/initrd-$new.img"
remove_kernel
ok 'the scripts are gone' fails test -e "$post" -o -e "$plugin" -o -e "$g/etc/kernel/install.d"

ok 'through kernel-install alone' installed_guest
ok 'a later kernel' add_kernel
ok 'a bundle that fits' hook "$plugin" add "$new" /boot/x "/boot/vmlinuz-$new"
ok 'the kernel and its image have the drivers' has_drivers_now

# A package's script, for all guests that have the package
packaged=$g/usr/lib/kernel/install.d/95-xenpv.install
with_packaged()
{
	guest rhel5.1-i686-PAE g && install -D "$tests/../installer/kernel-hook" "$packaged" &&
		mkdir -p "$g/usr/bin" && : >"$g/usr/bin/kernel-install"
}
with_xenpv "$work/nowhere"
ok "a package's script" with_packaged
ok 'a guest that was never changed: nothing' hook "$packaged" add "$new" /boot/x "/boot/vmlinuz-$new"
ok '… and not a word' silent
ok 'installed from a bundle' exits 0 xenpv-install --root "$g" --host 5.1/i686 --bundle "$work/bundle"
ok "no script beside the package's" fails test -e "$plugin"
with_xenpv "$work/fits"
ok 'a later kernel' add_kernel
ok 'a bundle that fits' hook "$packaged" add "$new" /boot/x "/boot/vmlinuz-$new"
ok 'the kernel and its image have the drivers' has_drivers_now

ok 'no later kernel' installed_guest
ok 'uninstalled' exits 0 xenpv-install --root "$g" --uninstall
ok 'as at the start' unchanged "$work/start" "$g"
finish
