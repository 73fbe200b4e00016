# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# From emulated to PV and back, in a live guest.

# Before: the guest's own configuration keeps the emulated devices, its initramfs has no Xen driver
host_defaults
boots before 'xenpv-check' 'xenpv-verify' "$MANIFEST" 'watched xenpv-install --verify-at-boot' "${record[@]}"
is_ready before
is "$(status_of before 'watched xenpv-install --verify-at-boot')" 0 'xenpv-install'
ok 'it was seen to write' test -n "$(writing_at before)"
manifest=$(output_of before "$MANIFEST")
ok 'the files that it changes are known' grep -qE '^[0-9a-f]{64}  boot/vmlinuz' <<<"$manifest"

# After: the same guest, rebooted; nothing was changed on the host
boots after "${switched[@]}" "${record[@]}"
is "$(grep -c xen_emul_unplug "$share/after.args")" 0 'the arguments no longer keep the emulated devices'
is_switched after
