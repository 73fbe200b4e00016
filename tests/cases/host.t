#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# xenpv-host on the configurations of tests/host and of real guests: dry run, change, second run; what stays
# byte for byte; what is refused, with nothing written.

# shellcheck disable=SC2317 # functions are called through ok
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

if [[ ! -x $commands/xenpv-host ]]; then
	skip xenpv-host 'it is not built, for want of libxlutil or libxml2'
	finish
fi

host() # STATUS ARGUMENT...
{
	exits "$1" xenpv-host "${@:2}"
}

says() # FILE WORDS
{
	grep -qF -- "$2" "$work/$1" || { cat "$work/$1"; return 1; }
}

fresh()
{
	rm -f "$work"/c*
	cp "$tests/host/xm-rhel5.cfg" "$work/c"
}

# edited FILE SCRIPT: as sed would have it
edited()
{
	diff <(sed "$2" "$work/original") "$1"
}

# life FILE OPTION...: all that happens to a configuration; the file afterwards is $work/c
life()
{
	local file=$1 name=${1##*/} was

	shift
	rm -rf "$work"/c*
	cp "$file" "$work/c"
	cp "$file" "$work/original"
	chmod 640 "$work/c"
	touch -d 2008-02-29 "$work/c"
	((UID)) || chown 12:34 "$work/c"
	was=$(stat -c %a:%u:%g "$work/c")
	ok "$name: there is something to do" host 1 "$@" "$work/c"
	ok "$name: and it says that nothing is written" says out 'Nothing is written without --write.'
	ok "$name: the diff is one that patch takes" patched
	ok "$name: the dry run writes nothing" cmp "$file" "$work/c"
	ok "$name: it is done" host 0 --write "$@" "$work/c"
	ok "$name: as the diff has it" cmp "$work/patched" "$work/c"
	ok "$name: the original is kept" cmp "$file" "$work/c.orig"
	ok "$name: with its time" test "$(stat -c %Y "$work/c.orig")" = "$(date -d 2008-02-29 +%s)"
	ok "$name: mode and owner stay" test "$(stat -c %a:%u:%g "$work"/c{,.orig})" = "$was"$'\n'"$was"
	ok "$name: nothing else is left" test "$(cd "$work" && echo .c* c*)" = '.c* c c.orig'
	ok "$name: nothing is left to do" host 0 "$@" "$work/c"
	ok "$name: and it says so" says out 'Nothing to do.'
	ok "$name: nor for a second change" host 0 --write "$@" "$work/c"
	ok "$name: which touches nothing" cmp "$work/patched" "$work/c"
}

patched()
{
	patch -s -o "$work/patched" "$work/c" <(sed -n '/^--- /,$p' "$work/out" | sed '/^To be changed/d')
}

# --- what becomes of each ----------------------------------------------------------------------
life "$tests/host/xm-rhel5.cfg"
ok 'xm: two texts change' edited "$work/c" \
	's/data.dsk,hdb,w/data.dsk,xvde,w/; s/type=ioemu/type=vif/g; s/xenbr1/xenbr1,mac=00:16:3e:0f:ca:d5/'
life "$tests/host/xm-rhel5.cfg" --host 5.6/x86_64
ok 'xm on RHEL 5: no type is left' edited "$work/c" \
	's/data.dsk,hdb,w/data.dsk,xvde,w/; s/,\?type=ioemu,\?//g; s/br0script/br0,script/; s/xenbr1/xenbr1,mac=00:16:3e:0f:ca:d5/'
life "$tests/host/xm-ioemu.cfg" --rename hdb=xvdk --keep sda
ok 'xm of old: a name that is asked for, a disk that is kept' edited "$work/c" \
	's/ioemu:hdb/xvdk/; s/type=ioemu/type=vif/; s/00:16:3E:00:01:02/00:16:3e:2d:a0:fa/; s/, model=e1000 \(.*\)'\''/\1,type=vif'\''/'
life "$tests/host/xl-today.cfg" --guest rhel5
ok 'xl: lists, additions, comments' edited "$work/c" "s/raw,hdb,rw/raw,xvdf,rw/; s/\"vdev=xvdc/\"vdev=xvdg/
	s/platform_pci = 0/platform_pci = 1/; s/''/'mac=00:16:3e:5b:c2:d5,type=vif'/
	s/,model=rtl8139/,mac=00:16:3e:3b:88:f7,type=vif/; s/bridge,mac=00:16:3e:00:00:0a/bridge,mac=00:16:3e:1f:6a:d3/"
life "$tests/host/xl-today.cfg" --guest rhel7
ok 'xl of a guest that unplugs: addresses and the device' edited "$work/c" "s/platform_pci = 0/platform_pci = 1/
	s/''/'mac=00:16:3e:5b:c2:d5'/; s/model=rtl8139/&,mac=00:16:3e:3b:88:f7/; s/bridge,mac=00:16:3e:00:00:0a/bridge,mac=00:16:3e:1f:6a:d3/"
life "$tests/host/libvirt-xen.xml"
ok 'libvirt: two disks and three cards' edited "$work/c" "s/bus = \"ide\"/bus = \"xen\"/; s/dev = \"hdb\"/dev = \"xvde\"/
	/address type='drive'.*unit='1'/d; s/dev='sda'/dev='xvdf' bus='xen'/; s/'rtl8139'/'netfront'/
	s/00:16:3E:5D:C7:9E/00:16:3e:56:8f:c0/
	/<interface type='network'>/a\\      <mac address='00:16:3e:6a:a4:d1'/>\\n      <model type='netfront'/>"
ok 'libvirt: the metadata tell the guest' says out 'Guest: RHEL 5 and rebuilds'
# What libvirt itself makes of it: by its schema, and by the driver of it that needs no hypervisor
virsh_has() # FILE
{
	HOME=$work virsh -q -c test:///default "define $1; dumpxml rhel5 --inactive"
}
switched()
{
	diff - <(virsh_has "$work/c" | sed -n "s/^ *<\(target dev='[hsx].*\|mac .*\|model type.*\)\/>/\1/p")
}
others() # FILE: what does not switch, sorted; where a disk is on its emulated controller goes
{
	virsh_has "$1" | grep -vE "<(target dev='[hsx]|mac |model type|address type='drive'|controller type='scsi')" | sort
}
if type virsh virt-xml-validate >"$work/out" 2>&1; then
	ok 'libvirt: its schema, before' virt-xml-validate "$work/original" domain
	ok 'libvirt: its schema, after' virt-xml-validate "$work/c" domain
	ok 'libvirt: it has these disks and cards' switched <<-'END'
		target dev='hda' bus='ide'
		target dev='hdc' bus='ide'
		target dev='xvde' bus='xen'
		target dev='xvdf' bus='xen'
		mac address='00:16:3e:5d:c7:9e'
		model type='netfront'
		mac address='00:16:3e:6a:a4:d1'
		model type='netfront'
		mac address='00:16:3e:56:8f:c0'
		model type='netfront'
		mac address='52:54:00:6d:90:02'
	END
	ok 'libvirt: and all else as before' diff <(others "$work/original") <(others "$work/c")
else
	skip 'libvirt: its schema and its parser' 'libvirt-clients is not here'
fi
for f in "$data"/xen-guests/*.xl.cfg; do
	if [[ ! -e $f ]]; then
		skip 'configurations of real guests' 'they are not here'
		continue
	fi
	life "$f" --guest rhel5
	ok "${f##*/}: xl would read it" test "$(grep -c '"type=vif\|,type=vif' "$work/c")" -ge 1
done

# --- words of the report -----------------------------------------------------------------------
fresh
host 1 "$work/c" >/dev/null
ok 'the guest is not told, and it says so' says out 'not told, taken for RHEL 3 to 5'
ok 'what the guest must be told' says out 'xenpv-install --rename hdb=xvde'
ok 'quiet: the changes all the same' host 1 --quiet "$work/c"
ok 'quiet: they are shown' says out 'xvde'
ok 'quiet: it is done' host 0 --quiet --write "$work/c"
ok 'quiet: nothing is said of what is done' test ! -s "$work/out"
guest rhel5.1-x86_64-twodisks g && "$tests/trees/mkbundle" 2.6.18-53.el5 x86_64 "$work/bundle" || exit
run xenpv-install --root "$work/g" --host 5.1/x86_64 --bundle "$work/bundle" --rename hdb=xvdg --dry-run
told=$(sed -n 's|^  the command for it: xenpv-host \(.*\) /etc/xen/NAME.cfg, .*|\1|p' "$work/out")
fresh
cp "$work/c" "$work/original"
# shellcheck disable=SC2086 # options
ok 'the command that xenpv-install tells' host 0 $told "$work/c"
ok 'leaves the boot disk, and gives the other the name that was asked for' edited "$work/c" \
	's/data.dsk,hdb,w/data.dsk,xvdg,w/; s/type=ioemu/type=vif/g; s/xenbr1/xenbr1,mac=00:16:3e:0f:ca:d5/'
run xenpv-install --root "$work/g" --host 5.1/x86_64 --bundle "$work/bundle" --dry-run
told=$(sed -n 's|^  the command for it: xenpv-host \(.*\) /etc/xen/NAME.cfg, .*|\1|p' "$work/out")
ok 'a disk that fstab names and nothing renames stays emulated, it says' says out 'hdb stays emulated until the host gives it'
fresh
cp "$work/c" "$work/original"
# shellcheck disable=SC2086 # options
ok 'and the command' host 0 $told "$work/c"
ok 'leaves it' edited "$work/c" 's/type=ioemu/type=vif/g; s/xenbr1/xenbr1,mac=00:16:3e:0f:ca:d5/'
printf 'builder = "hvm"\ndisk = [ "phy:/a,xvda,w", "phy:/b,hdb,w" ]\n' >"$work/mixed"
ok 'xvda beside hdb: it is what the BIOS boots' host 0 --write "$work/mixed"
ok 'and stays, while hdb changes' grep -qx 'disk = \[ "phy:/a,xvda,w", "phy:/b,xvde,w" \]' "$work/mixed"
printf 'name = "pv"\nkernel = "/boot/vmlinuz"\ndisk = [ "phy:/a,hda,w" ]\nvif = [ "" ]\n' >"$work/pv"
ok 'a PV guest: nothing to do' host 0 "$work/pv"
ok 'a PV guest: it says why' says out 'no emulated devices'

# --- usage -------------------------------------------------------------------------------------
usage() # WORDS ARGUMENT...
{
	host 2 "${@:2}" && says err "$1" && [[ ! -s $work/out ]]
}
fresh
status=0
"$commands/xenpv-host" --help >/dev/full 2>"$work/err" || status=$?
ok 'no room for what it says' test "$status" = 3
ok 'two files' usage "unexpected argument 'b'" a b
ok 'no file to write' usage 'a configuration is wanted' --write
ok 'no such guest' usage "not 'rhel99'" --guest rhel99 "$work/c"
ok 'a suffix without a change' usage '--suffix is for --write only' --suffix .x "$work/c"
ok 'a suffix that is a path' usage 'the end of a file' --write --suffix /x "$work/c"
ok 'a disk that is not there' usage 'no such disk' --keep hdq --json "$work/c"
ok 'a name that is emulated' usage 'xvde or later' --rename hdb=xvdb "$work/c"
ok 'after all that it is as it was' cmp "$tests/host/xm-rhel5.cfg" "$work/c"

# --- what is refused ---------------------------------------------------------------------------
# refused WORDS [NAME]: the standard input is not understood: one line with these words, nothing written
refused()
{
	local name=${2:-bad}

	cat >"$work/$name"
	cp "$work/$name" "$work/original"
	host 3 --write "$work/$name" && says err "$1" && [[ ! -s $work/out && $(wc -l <"$work/err") = 1 ]] &&
		cmp "$work/original" "$work/$name" && [[ ! -e $work/$name.orig ]]
}
ok 'Python' refused "bad:2: NAME = VALUE is wanted, not 'import os, re' (Python is not read)" <<-'END'
	# xmexample
	import os, re
	arch = os.uname()[4]
END
ok 'a Python expression' refused "bad:1: the end of the line is wanted, not '+ arch_libdir" <<-'END'
	device_model = '/usr/' + arch_libdir + '/xen/bin/qemu-dm'
END
ok 'a list without its end' refused 'bad:2: ' <<<'disk = [ "phy:/a,hda,w"'
ok 'a disk that is none' refused 'bad:2: config parsing error in disk specification' <<-'END'
	type = "hvm"
	disk = [ "phy:/a,hda,w,more,and more" ]
END
ok 'lines with CR' refused 'bad:1: the end of the line' <<<$'name = "a"\r'
ok 'a NUL byte' refused 'holds a NUL byte' < <(printf 'name = "a"\0\n')
ok 'an empty file' refused 'no guest' </dev/null
ok 'XML cut short' refused 'bad:21: Premature end of data in tag features line 18' < <(head -n 20 "$tests/host/libvirt-xen.xml")
ok 'XML of KVM' refused "type 'kvm', not 'xen'" < <(sed "s/type='xen'/type='kvm'/" "$tests/host/libvirt-xen.xml")
ok 'XML with entities' refused 'a document type' <<-'END'
	<!DOCTYPE domain [ <!ENTITY a SYSTEM "/etc/passwd"> ]>
	<domain type="xen"><name>&a;</name></domain>
END
ok 'XML that is too deep' refused 'bad:1: ' < <(printf '<a>%.0s' {1..5000})
ok 'a huge file' refused 'is larger than the 262144 bytes' < <(head -c 300000 /dev/zero | tr '\0' '\n')
ok 'no file' host 3 "$work/nowhere"
ok 'a folder' host 3 "$work"
ok 'a device' host 3 /dev/zero

fresh
echo mine >"$work/c.orig"
ok 'a backup that is there' host 3 --write "$work/c"
ok 'it is named' says err 'c.orig exists'
ok 'it stays' test "$(<"$work/c.orig")" = mine
ok 'and the file does' cmp "$tests/host/xm-rhel5.cfg" "$work/c"
ok 'another suffix helps' host 0 --write --suffix '~' "$work/c"
ok 'and is used' cmp "$tests/host/xm-rhel5.cfg" "$work/c~"
mkdir "$work/auto"
cp "$tests/host/xm-rhel5.cfg" "$work/linked"
ln -s ../linked "$work/auto/guest"
ok 'a link' host 0 --write "$work/auto/guest"
ok 'it stays one' test -L "$work/auto/guest"
ok 'what it leads to changes' grep -q xvde "$work/linked"
ok 'the original lies beside that' cmp "$tests/host/xm-rhel5.cfg" "$work/linked.orig"

# What the file says goes to a terminal as text: none of it obeys a control character
fresh
sed -i '/^vif/i # \x1b[31m# a comment' "$work/c"
NO_COLOR=1 script -qec "$commands/xenpv-host $work/c" /dev/null </dev/null >"$work/out"
ok 'a terminal: the diff is shown' grep -qF '+++ ' "$work/out"
ok 'what would colour it is not' fails grep -qF $'\033[31m' "$work/out"
ok 'but as text' says out '\x1b[31m# a comment'
exits 1 xenpv-host "$work/c"
ok 'no terminal: as it is in the file' grep -qF $'\033[31m# a comment' "$work/out"
finish
