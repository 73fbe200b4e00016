# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# From emulated to PV and back, in a live guest.

# Before: the guest's own configuration keeps the emulated devices, its initramfs has no Xen driver
host_defaults
boots before 'xenpv-check' 'xenpv-verify' "$MANIFEST" 'watched xenpv-install --verify-at-boot' "${record[@]}"
is_ready before
is "$(status_of before 'watched xenpv-install --verify-at-boot')" 0 'xenpv-install'
manifest=$(output_of before "$MANIFEST")

# After: the same guest, rebooted; nothing was changed on the host
boots after "${switched[@]}" "${record[@]}"
ok 'the arguments no longer keep the emulated devices' fails grep -q xen_emul_unplug "$share/after.args"
is_switched after
