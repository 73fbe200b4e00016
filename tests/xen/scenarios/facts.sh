# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What a guest sees of Xen, against what the tool stack says of that guest; with Hyper-V's CPUID
# leaves before Xen's, as hosts give them to please Windows.

host_defaults
lines=('viridian = 1')
cat >"$share/store.sh" <<'STORE'
id=$(xl domid facts)
xenstore-ls -f "/local/domain/$id/device" | sed "s|^/local/domain/$id/device/||"
xl info | sed -n 's/^xen_\(major\|minor\|extra\) *: /\1 /p'
STORE

# While the guest runs, the tool stack is asked
asked=0
prepare facts 'xenpv-check' 'record' 'xenstore-ls -f device' 'sleep 60'
start facts
recorded()
{
	console facts | grep -qx '# sleep 60'
}
wait_for "$LIMIT" recorded && ask 60 run store && [[ $answer = 0 ]] && asked=1
wait_for "$LIMIT" ended facts
destroyed facts
forget facts
console facts >"$logs/facts.log"
tap $((1 - asked)) 'facts: boots, and the tool stack answers' "$(tail -n 15 "$logs/facts.log")"
store=$share/store.out
rec=$(output_of facts record)

ok 'Xen HVM guest, although the first leaf is Hyper-V'\''s' says facts xenpv-check 'pass xen-hvm Xen HVM guest'
ok 'which it is' grep -q '^#C 0x40000000 [0-9a-f]* 7263694d' <<<"$rec"
version=$(awk '/^(major|minor|extra) / { v[$1] = $2 } END { print v["major"] "." v["minor"] v["extra"] }' "$store")
is "$(sed -n 's/^#C 0x40000101 \([0-9a-f]*\).*/\1/p' <<<"$rec")" \
	"$(printf '%04x%04x' "${version%%.*}" "$(cut -d . -f 2 <<<"$version")")" "CPUID: Xen $version"
is "$(sed -n 's|^#F /sys/class/dmi/id/bios_version=||p' <<<"$rec")" "$version" 'DMI: the same'
is "$(sed -n 's|^#F /sys/hypervisor/version/[a-z]*=||p' <<<"$rec" | paste -sd ' ' | sed 's/ /./; s/ //')" \
	"$version" '/sys/hypervisor: the same'
is "$(sed -n 's|^P: /devices/\(v[bi][df]-[0-9]*\)$|\1|p' <<<"$rec" | sort)" \
	"$(sed -n 's|^\(v[bi][df]\)/\([0-9]*\)/backend = .*|\1-\2|p' "$store" | sort)" 'the front ends on the xen bus are those of xenstore'
is "$(output_of facts 'xenstore-ls -f device' | sed -n 's|^device/\([a-z]*/[0-9]*/.* = \)|\1|p' | sort)" \
	"$(grep '^[a-z]*/[0-9]*/.* = ' "$store" | sort)" 'xenstore, as the guest reads it'
for i in 0 1; do
	is "$(awk -v p="P: /devices/vif-$i/net/lan$i" '$0 == p { on = 1 } on && sub(/^A: address=/, "") { sub(/\\n$/, ""); print; exit }' <<<"$rec")" \
		"$(sed -n "s|^vif/$i/mac = \"\(.*\)\"|\1|p" "$store")" "lan$i is vif $i, with its MAC"
done
