# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# A back end in dom0 that lies, two minutes for each kind of device: the guest stays up. The guest's part is
# bare/hostile, dom0's hostile/.

host_defaults
arguments="$without_xen_arguments log_buf_len=4M"
settings=()
cp "$cache/hostile" "$share/"
seed=${XEN_SEED:-$RANDOM}
bare_boot hostile without-xen hostile 300 hostile
tap $? 'hostile: boots'
for kind in 'vbd 51872' 'vif 9'; do
	in_dom0 300 "/share/hostile ${kind% *} \$(xl domid hostile) ${kind#* } 120 $seed" && [[ $answer = 0 ]]
	tap $? "hostile: ${kind% *}, two minutes, from seed $seed on" "$(tail -n 3 <<<"$printed")"
	tail -n 1 <<<"$printed" | sed 's/^/# /'
	cp "$share/do.out" "$logs/hostile-${kind% *}.rounds"
done
in_dom0 60 'xl sysrq hostile h'
bare_end hostile 300
tap $? 'hostile: the guest stays up' "$(tail -n 20 "$logs/hostile.log")"
for device in vbd-51872 vif-9; do
	ok "hostile: lies of $device's back end are found out" test "$(told hostile "lies found out, $device")" -gt 0
done
ok "hostile: a barrier that is always an error is done without" test "$(told hostile 'flushes given up')" -gt 0
is "$(told hostile 'other devices')" 'reached, 1048576 bytes' 'hostile: its other devices work'
is "$(told hostile complaints)" 0 'hostile: the kernel complains of nothing'

# The host restarts a guest, and turns one off: reason 1, reason 0
for how in reboot:1 shutdown:0; do
	bare_boot "${how%:*}" without-xen wait 300 "${how%:*}"
	tap $? "${how%:*}: boots"
	in_dom0 60 "xl ${how%:*} ${how%:*}"
	wait_for 240 ended "${how%:*}"
	forget "${how%:*}"
	is "$(cat "$share/${how%:*}.done" 2>/dev/null)" "${how#*:}" "xl ${how%:*}"
done
