#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Guests with upstream's drivers, one tree for each row of the generation table: check, install,
# verify; judged by cpio, the compressors, modprobe and depmod. A second install changes nothing,
# and uninstall gives back every byte, mode, owner, time and attribute.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# TREE | findings that are not "pass" | files that change, but for the image and the inventory
table='
rhel6.0-x86_64    | kernel-args=warn | boot/grub/grub.conf etc/dracut.conf.d/xenpv.conf
rhel6.10-i686     | kernel-args=warn | boot/grub/grub.conf etc/dracut.conf.d/xenpv.conf
rhel7.9-x86_64    | | etc/dracut.conf.d/xenpv.conf
rhel8.8-x86_64    | kernel-args=warn | boot/grub2/grubenv etc/default/grub etc/kernel/cmdline etc/dracut.conf.d/xenpv.conf
rhel9.2-x86_64    | kernel-args=warn | boot/loader/entries/* etc/default/grub etc/kernel/cmdline etc/dracut.conf.d/xenpv.conf
rhel10.0-x86_64   | | etc/dracut.conf.d/xenpv.conf
oracle8-uek       | | etc/dracut.conf.d/xenpv.conf
fedora40-x86_64   | kernel-args=warn | boot/loader/entries/* etc/default/grub etc/kernel/cmdline etc/dracut.conf.d/xenpv.conf
debian12-amd64    | kernel-args=warn | boot/grub/grub.cfg etc/default/grub etc/initramfs-tools/modules
debian9-i386      | | etc/initramfs-tools/modules
ubuntu22.04-amd64 | |
ubuntu18.04-amd64 | kernel-args=warn | boot/grub/grub.cfg etc/default/grub
sles15-x86_64     | | etc/dracut.conf.d/xenpv.conf
leap15.5-x86_64   | | etc/dracut.conf.d/xenpv.conf
tumbleweed-x86_64 | | etc/dracut.conf.d/xenpv.conf
'

findings_are() # DIFFERENCE...
{
	local found

	found=$(json '"\n".join(sorted(f["id"] + "=" + f["status"] for f in d["findings"] if f["status"] != "pass"))') &&
		json_is 'len(d["findings"]) > 5' True && diff <(grep . <<<"$found") <(printf '%s\n' "$@" | grep . | sort)
}

# Every file that is new or other, but for the image, its original, and the state folder
changed_files() # BEFORE AFTER
{
	diff <(listing "$1" | grep -v ' d ' | sort) <(listing "$2" | grep -v ' d ' | sort) |
		sed -n 's|^[<>] .*  *\./\(.*\)$|\1|p; s|^[<>] \./\([^ ]*\) .*|\1|p' | sed 's/ [fl] .*//' | sort -u |
		grep -v -e '^boot/init' -e '^var/lib/xenpv'
}

changes_are() # BEFORE AFTER FILE...
{
	diff <(changed_files "$1" "$2") <(cd "$2" && for f in "${@:3}"; do echo $f; done | sort)
}

image_of()
{
	echo "$1"/boot/init*[0-9a-z].img "$1"/boot/initrd.img-* | tr ' ' '\n' | grep -v '[*]\|xenpv-orig' | head -n 1
}

# The part behind the microcode's archive
unpack() # IMAGE DIR
{
	local at

	rm -rf "$2" && mkdir "$2" || return
	at=$(grep -abo -m 1 -F 'TRAILER!!!' "$1" | head -n 1 | cut -d : -f 1)
	case $(head -c 6 "$1") in
	070701)
		# NULs up to where the next segment begins
		tail -c +$((at + 12)) "$1" | LC_ALL=C sed -z '/./,$!d' >"$work/rest"
		(cd "$2" && cpio -idm --quiet <"$1") || return
		;;
	*) cp "$1" "$work/rest" ;;
	esac
	case $(head -c 4 "$work/rest" | od -An -tx1 | tr -d ' ') in
	1f8b*) gzip -dc "$work/rest" ;;
	fd377a58) xz -dc "$work/rest" ;;
	28b52ffd) zstd -dc -q "$work/rest" ;;
	02214c18) lz4 -dc -q "$work/rest" ;;
	*) echo "no known compression" >&2 && return 1 ;;
	esac >"$work/cpio" || return
	(cd "$2" && cpio -idm --quiet <"$work/cpio")
}

# Each alias leads to the driver, and nothing but it and the indexes is other than before
image_is_right() # BEFORE AFTER KERNEL
{
	local base

	unpack "$(image_of "$1")" "$work/i1" && unpack "$(image_of "$2")" "$work/i2" || return
	base=$(base_of "$work/i2")
	modprobe -d "$base" -S "$3" -D xen:vbd | grep -q '/xen-blkfront\.ko' || return
	modprobe -d "$base" -S "$3" -D pci:v00008086d00007010sv0sd0bc0sc0i0 | grep -q ata_piix || return
	cmp "$(find "$work/i2" -name 'xen-blkfront.ko*')" "$(find "$2/" -path "*/modules/$3/*" -name 'xen-blkfront.ko*')" || return
	# What depmod would write there
	cp -a "$work/i2" "$work/i3" && depmod -b "$(base_of "$work/i3")" "$3" 2>/dev/null &&
		diff <(sort "$base/lib/modules/$3/modules.dep") <(sort "$(base_of "$work/i3")/lib/modules/$3/modules.dep") &&
		diff <(grep -v '^#' "$base/lib/modules/$3/modules.alias" | sort) \
			<(grep -v '^#' "$(base_of "$work/i3")/lib/modules/$3/modules.alias" | sort) || return
	rm -rf "$work/i3"
	# cpio gives folders and links the time of now
	diff <(listing "$work/i1" | grep -v ' [dl] ') <(listing "$work/i2" | grep -v ' [dl] ') | grep '^[<>]' |
		grep -v -e 'xen-blkfront\.ko' -e '/modules\.\(dep\|alias\)\(\.bin\)\?\( \|$\)' && return 1
	return 0
}

arguments_are_right() # DIR ID
{
	(cd "$1" && ! grep -rnE '(^|[" ])(nopv|xen_nopv|xen_emul_unplug=never)([" ]|$)' boot/grub* boot/loader \
		etc/default etc/kernel 2>/dev/null) || return
	[[ ! -f $1/boot/grub2/grubenv || $(stat -c %s "$1/boot/grub2/grubenv") = 1024 ]] || return
	[[ $2 != rhel6.0-* ]] || grep -q '^kernel .* xen_pv_hvm=enable$' "$1/boot/grub/grub.conf"
}

while IFS='|' read -r t differs files; do
	t=${t// /}
	[[ -n $t ]] || continue
	rm -rf "$work/before" "$work/g"
	"$tests/trees/mkmodern" "$t" "$work/before" && cp -a "$work/before" "$work/g" || exit
	k=$(ls "$work/g/lib/modules")
	listing "$work/g" >"$work/start"
	with=(--root "$work/g" --host 5.1/x86_64)
	ok "$t: check" exits 0 xenpv-check --json "${with[@]}"
	# shellcheck disable=SC2086 # words
	ok "$t: its findings" findings_are $differs
	ok "$t: check changes nothing" unchanged "$work/start" "$work/g"
	ok "$t: install" exits 0 xenpv-install "${with[@]}"
	listing "$work/g" >"$work/after"
	set -f
	# shellcheck disable=SC2086 # words, patterns of the tree
	set -- $files
	set +f
	ok "$t: nothing changed but what was planned" changes_are "$work/before" "$work/g" "$@"
	ok "$t: kernel arguments" arguments_are_right "$work/g" "$t"
	if [[ $t = ubuntu* ]]; then
		ok "$t: its image needs nothing" cmp "$(image_of "$work/before")" "$(image_of "$work/g")"
	else
		ok "$t: its image" image_is_right "$work/before" "$work/g" "$k"
	fi
	ok "$t: verify" exits 0 xenpv-verify "${with[@]}"
	ok "$t: second install" exits 0 xenpv-install "${with[@]}"
	ok "$t: finds nothing to do" grep -q '^Nothing to do' "$work/out"
	ok "$t: and changes nothing" unchanged "$work/after" "$work/g"
	ok "$t: uninstall" exits 0 xenpv-install --root "$work/g" --uninstall
	ok "$t: as at the start" unchanged "$work/start" "$work/g"
done <<<"$table"
# debian12-686 has no drivers of its own: bundle.t
ok 'every guest is in the table' diff <("$tests/trees/mkmodern" --list | grep -vx debian12-686) <(cut -d '|' -f 1 <<<"$table" | tr -d ' ' | grep .)

# An index that comes again in a later archive of the image
rm -rf "$work/twice" && "$tests/trees/mkmodern" debian9-i386 "$work/twice" || exit
image=$(image_of "$work/twice")
rm -rf "$work/i1" && mkdir "$work/i1" && gzip -dc "$image" >"$work/cpio" && (cd "$work/i1" && cpio -idm --quiet <"$work/cpio" &&
	find . -name modules.dep | cpio -o -H newc --quiet) >>"$work/cpio" && gzip -n <"$work/cpio" >"$image" || exit
listing "$work/twice" >"$work/start"
ok 'an index twice: install' exits 0 xenpv-install --root "$work/twice" --host 5.1/x86_64
ok '… each has the driver' test "$(gzip -dc "$image" | grep -axc 'kernel/.*/xen-blkfront\.ko:')" = 2
ok '… uninstall' exits 0 xenpv-install --root "$work/twice" --uninstall
ok '… as at the start' unchanged "$work/start" "$work/twice"

# Arguments that stand where later entries are made from, and in one entry of two
rm -rf "$work/later" && "$tests/trees/mkmodern" debian9-i386 "$work/later" && mkdir -p "$work/later/etc/default/grub.d" &&
	printf '# by the image\n  GRUB_CMDLINE_LINUX_DEFAULT="console=ttyS0 xen_nopv"\n' >"$work/later/etc/default/grub.d/50-cloud.cfg" &&
	echo 'export GRUB_CMDLINE_LINUX="xen_emul_unplug=never net.ifnames=0"' >>"$work/later/etc/default/grub" || exit
listing "$work/later" >"$work/start"
with=(--root "$work/later" --host 5.1/x86_64)
ok 'later entries: check' exits 0 xenpv-check --json "${with[@]}"
ok '… warns' json_is 'status("kernel-args")' pass+warn
ok '… of both' json_has 'text("kernel-args")' 'xen_nopv in /etc/default/grub.d/50-cloud.cfg:2' \
	'xen_emul_unplug=never in /etc/default/grub:4'
ok '… install' exits 0 xenpv-install "${with[@]}"
ok '… takes out the one' grep -qx '  GRUB_CMDLINE_LINUX_DEFAULT="console=ttyS0"' "$work/later/etc/default/grub.d/50-cloud.cfg"
ok '… and the other' grep -qx 'export GRUB_CMDLINE_LINUX="net.ifnames=0"' "$work/later/etc/default/grub"
ok '… second install' exits 0 xenpv-install "${with[@]}"
ok '… finds nothing to do' grep -q '^Nothing to do' "$work/out"
ok '… uninstall' exits 0 xenpv-install --root "$work/later" --uninstall
ok '… as at the start' unchanged "$work/start" "$work/later"
sed -n '/^menuentry/,/^}/p' "$work/later/boot/grub/grub.cfg" | sed "s/quiet/xen_nopv/; s/^menuentry '/&old /" >"$work/entry"
cat "$work/entry" >>"$work/later/boot/grub/grub.cfg"
ok 'a second entry of the kernel: check' exits 0 xenpv-check --json "${with[@]}"
ok '… warns' json_has 'text("kernel-args")' 'xen_nopv switches'

# A BLS entry with several lines of options; with those of grubenv
while IFS='|' read -r t env options want; do
	rm -rf "$work/lines" && "$tests/trees/mkmodern" "$t" "$work/lines" || exit
	with=(--root "$work/lines" --host 5.1/x86_64)
	entry=$(echo "$work"/lines/boot/loader/entries/*.conf)
	sed -i "s/^options .*/${options//;/\\n}/" "$entry" && sed -i "s/ro quiet/$env/" "$work/lines/boot/grub2/grubenv" || exit
	listing "$work/lines" >"$work/start"
	ok "$t, several lines of options: install" exits 0 xenpv-install "${with[@]}"
	ok '… each is as it must be' diff <(grep ^options "$entry") <(tr ';' '\n' <<<"$want")
	ok '… and grubenv' fails grep -w nopv "$work/lines/boot/grub2/grubenv"
	ok '… second install' exits 0 xenpv-install "${with[@]}"
	ok '… finds nothing to do' grep -q '^Nothing to do' "$work/out"
	ok '… uninstall' exits 0 xenpv-install --root "$work/lines" --uninstall
	ok '… as at the start' unchanged "$work/start" "$work/lines"
done <<'EOF'
rhel9.2-x86_64||options root=\/dev\/sda2 ro nopv;options quiet resume=\/dev\/sda3|options root=/dev/xvda2 ro;options quiet resume=/dev/xvda3
rhel8.8-x86_64|ro nopv |options $kernelopts;options nopv quiet|options $kernelopts;options quiet
EOF

# Drivers that the kernel could have: the package that brings them
without() # ROW DRIVER
{
	rm -rf "$work/nodrv" && "$tests/trees/mkmodern" "$1" "$work/nodrv" &&
		find "$work/nodrv/" -name "$2.ko*" -delete && listing "$work/nodrv" >"$work/start"
}

needs() # COMMAND
{
	exits 1 xenpv-check --json --root "$work/nodrv" --host 5.1/x86_64 &&
		json_is 'status("drivers")' fail && json_is "'$1' in text('drivers')" True &&
		exits 1 xenpv-install --root "$work/nodrv" --host 5.1/x86_64 && grep -qF "$1" "$work/out" &&
		unchanged "$work/start" "$work/nodrv"
}

without rhel9.2-x86_64 xen-blkfront
ok 'no xen-blkfront on RHEL 9' needs 'dnf install kernel-modules-5.14.0-284.el9.x86_64'
run xenpv-check --json --root "$work/nodrv" --host 5.1/x86_64
ok '… and why' json_is '"is a module of this kernel that is not installed" in text("drivers")' True
without oracle8-uek xen-netfront
ok 'no xen-netfront in UEK' needs 'dnf install kernel-uek-modules-5.15.0-101.103.2.1.el8uek.x86_64'
without leap15.5-x86_64 xen-blkfront
ok 'no xen-blkfront on Leap' needs 'zypper install kernel-default'
without debian12-amd64 xen-blkfront
ok 'no xen-blkfront on Debian' needs 'apt-get install --reinstall linux-image-6.1.0-18-amd64'
without debian12-686 x
ok 'a kernel without Xen' needs 'apt-get install linux-image-686-pae'
# A kernel from before modules.builtin
without ubuntu22.04-amd64 x && rm "$work/nodrv"/lib/modules/*/modules.builtin*
ok 'built in, by the configuration alone' exits 0 xenpv-check --json --root "$work/nodrv" --host 5.1/x86_64
ok '… as it says' json_is 'status("drivers")' pass

# Interfaces named by the emulated card's place
nic_guest() # FILE: its text on standard input
{
	rm -rf "$work/nic" && "$tests/trees/mkmodern" "${nic_tree:-debian12-amd64}" "$work/nic" && mkdir -p "$work/nic/${1%/*}" &&
		cat >"$work/nic/$1"
}

nic_names_are() # STATUS
{
	run xenpv-check --json --root "$work/nic" --host 5.1/x86_64
	json_is 'status("nic-names")' "$1"
}

mac='00:16:3e:00:00:01'
printf 'auto lo ens3\niface lo inet loopback\niface ens3 inet dhcp\n' | nic_guest etc/network/interfaces
ok 'ens3 in interfaces: warned of' nic_names_are warn
printf '[Match]\nMACAddress=%s\n[Link]\nName=ens3\n' "$mac" >"$work/link"
mkdir -p "$work/nic/etc/systemd/network" && cp "$work/link" "$work/nic/etc/systemd/network/70-ens3.link"
ok '… tied to its MAC by a .link file' nic_names_are pass
printf 'iface eth0 inet dhcp\n' | nic_guest etc/network/interfaces
ok 'eth0' nic_names_are pass
printf 'DEVICE=enp0s3\nONBOOT=yes\n' | nic_guest etc/sysconfig/network-scripts/ifcfg-enp0s3
ok 'enp0s3 in ifcfg: warned of' nic_names_are warn
printf 'DEVICE=enp0s3\nHWADDR="%s"\n' "$mac" | nic_guest etc/sysconfig/network-scripts/ifcfg-enp0s3
ok '… with its MAC' nic_names_are pass
printf '[connection]\nid=x\ninterface-name=ens3\n' | nic_guest etc/NetworkManager/system-connections/x.nmconnection
ok 'ens3 in a connection: warned of' nic_names_are warn
printf '[connection]\ninterface-name=ens3\n[ethernet]\nmac-address=%s\n' "$mac" |
	nic_guest etc/NetworkManager/system-connections/x.nmconnection
ok '… with its MAC, which does not give the name: warned of' nic_names_are warn
mkdir -p "$work/nic/etc/systemd/network" && cp "$work/link" "$work/nic/etc/systemd/network/70-ens3.link"
ok '… and a .link file, which does' nic_names_are pass
printf '[Match]\nPath=pci-0000:00:03.0\n[Link]\nName=lan0\n' | nic_guest etc/systemd/network/10-lan.link
ok 'a .link file by the bus: warned of' nic_names_are warn
printf '[Match]\nDriver=e1000\nMACAddress=%s\n[Link]\nName=lan0\n' "$mac" | nic_guest etc/systemd/network/10-lan.link
ok '… by the driver as well as the MAC: warned of' nic_names_are warn
printf 'SUBSYSTEM=="net", DRIVERS=="?*", ATTR{address}=="%s", KERNEL=="eth*", NAME="eth0"\n' "$mac" |
	nic_guest etc/udev/rules.d/70-persistent-net.rules
ok 'a persistent rule by MAC' nic_names_are pass
printf 'SUBSYSTEM=="net", KERNELS=="0000:00:03.0", NAME="eth0"\n' |
	nic_guest etc/udev/rules.d/70-persistent-net.rules
ok 'by the bus: warned of' nic_names_are warn

# A driver that the configuration has, and no file: a package of its own, or none
"$tests/trees/mkmodern" fedora40-x86_64 "$work/absent" || exit
find "$work/absent/" -path '*/kernel/*' -name 'xen-*.ko*' -delete
ok 'without driver files: not ready' exits 1 xenpv-check --root "$work/absent" --host 5.1/x86_64
printf '[Match]\nName=ens3\n[Network]\nDHCP=yes\n' | nic_guest etc/systemd/network/10-lan.network
ok 'ens3 in a .network file: warned of' nic_names_are warn
printf '[Match]\nName=en*\n' | nic_guest etc/systemd/network/10-lan.network
ok 'en*' nic_names_are pass
# Netplan: TEXT | STATUS
while IFS='|' read -r text status; do
	printf '%b' "$text" | nic_guest etc/netplan/50-cloud-init.yaml
	ok "netplan: $text" nic_names_are "$status"
done <<-EOF
	network:\n  version: 2\n  ethernets:\n    ens3:\n      dhcp4: true\n|warn
	network: {ethernets: {ens3: {match: {macaddress: '$mac'}, set-name: ens3}}}|pass
	network: {ethernets: {lan: {match: {macaddress: '$mac'}}}}|pass
	network: {ethernets: {lan: {match: {driver: e1000}, set-name: lan0}}}|warn
	network: {ethernets: {lan: {match: {name: enp0s3}}}}|warn
	network: {ethernets: {lan: {match: {name: 'e*'}}}}|pass
	network: {ethernets: {lan: {match: {name: 'en*'}}}}|pass
	network: {ethernets: {lan: {match: {name: 'ens*'}}}}|warn
	network: {ethernets: {lan: {match: {name: ['ens*', 'enX*']}}}}|pass
	network: {ethernets: {lan: {match: {name: ['ens*', 'wl*']}}}}|warn
	network: {ethernets: {lan: {match: {name: 'wl*'}}}}|pass
	network: {ethernets: [ens3]}|pass
	network: {ethernets: {ens3: |pass
	&a [*a, *b, ens3]|pass
	- ens3|pass
EOF

# Patterns, where the PV card is eth0, enX0, or either: TREE | FILE | TEXT | STATUS
while IFS='|' read -r nic_tree file text status; do
	printf '%b' "$text" | nic_guest "etc/$file"
	ok "$nic_tree: $text" nic_names_are "$status"
done <<-'EOF'
	ubuntu18.04-amd64|netplan/1.yaml|network: {ethernets: {lan: {match: {name: 'en*'}}}}|warn
	ubuntu18.04-amd64|netplan/1.yaml|network: {ethernets: {lan: {match: {name: 'e*'}}}}|pass
	ubuntu18.04-amd64|netplan/1.yaml|network: {ethernets: {a: {match: {name: 'en*'}}, b: {match: {name: 'eth*'}}}}|pass
	ubuntu18.04-amd64|systemd/network/2.network|[Match]\nName=en*\n|warn
	ubuntu18.04-amd64|systemd/network/2.network|[Match]\nName=en* eth*\n|pass
	ubuntu18.04-amd64|systemd/network/2.network|[Match]\nName=ens3 wl*\n|warn
	fedora40-x86_64|systemd/network/2.network|[Match]\nName=en*\n|pass
	fedora40-x86_64|NetworkManager/system-connections/x.nmconnection|[match]\ninterface-name=enp*;|warn
	rhel9.2-x86_64|systemd/network/2.network|[Match]\nName=en*\n|warn
	rhel9.2-x86_64|systemd/network/2.network|[Match]\nName=e*\n|pass
	tumbleweed-x86_64|systemd/network/2.network|[Match]\nName=en*\n|pass
EOF
nic_tree=debian12-amd64
printf '[Match]\nName=ens*\n' | nic_guest etc/systemd/network/2.network
ok 'ens*: warned of' nic_names_are warn
ok '… says why' json_has 'text("nic-names")' "ens* in /etc/systemd/network/2.network:2 takes the emulated card's name, and not the PV card's"

# The longest path of a guest has too many bytes where the image says usr/lib, and not lib: kernels would
# not unpack it
long_path() # DIR KERNEL
{
	python3 - "$1" "lib/modules/$2" <<-'EOF'
		import glob, os, sys
		at = sys.argv[2]
		os.chdir(os.path.join(sys.argv[1], at))
		[old] = glob.glob("kernel/**/xen-blkfront*", recursive=True)
		name = os.path.basename(old)
		rest = 4092 - len(f"{at}/kernel//{name}")
		parts = []
		while rest > 0:
		    parts.append("d" * (200 if rest > 250 else rest))
		    rest -= len(parts[-1]) + 1
		with open("modules.dep") as f:
		    dep = f.read()
		with open("modules.dep", "w") as f:
		    f.write(dep.replace(old, "/".join(["kernel", *parts, name])))
		top = os.open(".", os.O_RDONLY)
		os.chdir("kernel")
		for part in parts:
		    os.mkdir(part)
		    os.chdir(part)
		os.rename(old, name, src_dir_fd=top)
	EOF
}
rm -rf "$work/g" && "$tests/trees/mkmodern" debian12-amd64 "$work/g" || exit
long_path "$work/g" "$(ls "$work/g/lib/modules")" || exit
ok 'a driver with a path of 4092 bytes: install' exits 3 xenpv-install --root "$work/g" --host 5.1/x86_64
ok '… says that it does not fit' grep -q 'path of xen-blkfront.* in it would have 4096 bytes' "$work/err"
finish
