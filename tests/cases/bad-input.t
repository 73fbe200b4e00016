#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Bad input: one clear sentence that names the file, the documented exit status, one JSON document, and
# nothing changed.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

kernel=2.6.18-128.el5
image=boot/initrd-$kernel.img
mounted=''

at_exit()
{
	[[ -z $mounted ]] || umount "$mounted"
}

# said WORD...: the one message on stderr, or for a finding the report, has each word
said()
{
	local word

	for word in "$@"; do
		grep -qF -- "$word" "$work/err" "$work/out" && continue
		echo "nothing says '$word':"
		cat "$work/out" "$work/err"
		return 1
	done
	(($(wc -l <"$work/err") <= 1)) || { echo "more than one line:"; cat "$work/err"; return 1; }
}

# refused STATUS NAME TREE WORDS [OPTION...]: xenpv-install on a tree, for people and for machines
refused()
{
	local want=$1 name=$2 tree=$3 words=$4

	shift 4
	listing "$tree" >"$work/before"
	ok "$name: exit $want" exits "$want" xenpv-install --root "$tree" "$@"
	# shellcheck disable=SC2086 # words
	ok "$name: says why, in one line" said $words
	ok "$name: exit $want with --json" exits "$want" xenpv-install --json --root "$tree" "$@"
	ok "$name: one document, and it fails" json_is 'd["result"]' fail
	ok "$name: nothing changed" unchanged "$work/before" "$tree"
}

# broken STATUS NAME WORDS SCRIPT: the same on a fresh 5.3 guest on which SCRIPT ran
broken()
{
	guest rhel5.3-x86_64 g
	(cd "$work/g" && eval "$4") || exit
	refused "$1" "$2" "$work/g" "$3"
}

# --- the guest ---------------------------------------------------------------------------
ok 'no such root: exit 3' exits 3 xenpv-check --root "$work/nowhere"
ok 'no such root: says so' said nowhere 'No such file'
mkdir "$work/empty"
refused 3 'no guest' "$work/empty" 'empty not root'
broken 3 'a cut rpm database' 'Packages' 'truncate -s 5000 var/lib/rpm/Packages'
broken 3 'a cut initrd' "$image cut" "truncate -s 9000 $image"
broken 3 'an initrd of unknown format' "$image unknown" "head -c 5000 /dev/urandom | tr '\\0-\\077' X >$image"
broken 3 'modprobe.conf with a NUL' 'modprobe.conf NUL' "printf 'a\\0b\\n' >>etc/modprobe.conf"
broken 3 'modprobe.conf with a line of 10 MB' 'modprobe.conf long' \
	"head -c 10000000 /dev/zero | tr '\\0' x >>etc/modprobe.conf"
broken 3 'a FIFO for modprobe.conf' 'modprobe.conf FIFO' 'rm etc/modprobe.conf && mkfifo etc/modprobe.conf'
broken 3 'a folder for grub.conf' 'grub.conf directory' \
	'rm boot/grub/grub.conf && mkdir boot/grub/grub.conf'
broken 1 'an empty /boot' '/boot fstab' 'rm -rf boot/* && sed -i "s|^#.*/boot||" etc/fstab'

guest rhel5.3-x86_64 g
rm -rf "$work/g/var/lib/rpm"
ok 'no rpm database: a fact' exits 0 xenpv-check --root "$work/g"

# --- paths that leave the tree -----------------------------------------------------------
guest rhel5.3-x86_64 g
echo 'alias eth0 8139cp' >"$work/canary"
chmod 644 "$work/canary"
ln -sf "$work/canary" "$work/g/etc/modprobe.conf"
sum=$(stat -c '%i %Y %Z' "$work/canary" && cat "$work/canary")
ok 'a link out of the tree: not followed' exits 0 xenpv-check --root "$work/g"
ok 'a link out of the tree: nothing is written through it' exits 3 xenpv-install --root "$work/g"
ok '… and it is named' said /etc/modprobe.conf
ok 'a link out of the tree: the file outside is as it was' test "$sum" = \
	"$(stat -c '%i %Y %Z' "$work/canary" && cat "$work/canary")"
guest rhel5.3-x86_64 g
mkdir "$work/outside"
mv "$work/g/boot" "$work/outside/boot"
ln -s "../../../../../../../..$work/outside/boot" "$work/g/boot"
listing "$work/outside" >"$work/before"
ok 'a /boot that is a link out: none is mounted' exits 1 xenpv-install --root "$work/g"
ok '… it says so' grep -q '/boot is not mounted' "$work/out"
ok 'a /boot that is a link out: nothing outside changed' unchanged "$work/before" "$work/outside"

# --- bundles -----------------------------------------------------------------------------
k=2.6.18-53.el5PAE
guest rhel5.1-i686-PAE g
sub=lib/modules/$k/extra/xenpv/0.1-9
mk()
{
	rm -rf "$work/b"
	"$tests/trees/mkbundle" "$k" i686 "$work/b" "$@"
}
refused 3 'no such bundle' "$work/g" 'nobundle No' --bundle "$work/nobundle"
mk && rm "$work/b/SHA256SUMS"
refused 3 'a bundle without checksums' "$work/g" 'SHA256SUMS' --bundle "$work/b"
mk --corrupt xen-vbd.ko
refused 1 'a module that fails its checksum' "$work/g" "$sub/xen-vbd.ko checksum" --bundle "$work/b"
mk --truncate xen-vnif.ko
refused 1 'a module that is cut short' "$work/g" "$sub/xen-vnif.ko" --bundle "$work/b"
mk --arch-mismatch
refused 1 'modules of another architecture' "$work/g" 'x86_64 i686' --bundle "$work/b"
head -c 4000 /dev/urandom >"$work/x.rpm"
refused 3 'no RPM' "$work/g" 'x.rpm RPM' --bundle "$work/x.rpm"
mk && "$tests/trees/mkkmodrpm" "$work/b" "$work/y.rpm" && truncate -s -200 "$work/y.rpm"
refused 3 'an RPM cut short' "$work/g" 'y.rpm' --bundle "$work/y.rpm"
# A package whose paths lead elsewhere, which rpmbuild does not make: each folder @@ of it becomes "..", and what
# is a digest of what was, one of what is.
lead_up() # RPM
{
	python3 - "$1" <<'END'
import gzip, hashlib, struct, sys


def sums(head, payload):
    plain = gzip.decompress(payload)
    return [hashlib.sha256(payload).hexdigest().encode(), hashlib.sha256(plain).hexdigest().encode()], \
        [hashlib.sha1(head).hexdigest().encode(), hashlib.sha256(head).hexdigest().encode(),
         hashlib.md5(head + payload).digest()]


def section(at):
    entries, size = struct.unpack(">II", rpm[at + 8:at + 16])
    return at + 16 + 16 * entries + size


rpm = open(sys.argv[1], "rb").read()
start = section(96) + 7 & ~7
end = section(start)
signature, head, payload = rpm[:start], rpm[start:end], rpm[end:]
new_payload = gzip.compress(gzip.decompress(payload).replace(b"@@/", b"../"), 9, mtime=0)
new_head = head.replace(b"@@/", b"../")
for old, new in zip(sums(head, payload)[0], sums(head, new_payload)[0]):
    new_head = new_head.replace(old, new)
for old, new in zip(sums(head, payload)[1], sums(new_head, new_payload)[1]):
    signature = signature.replace(old, new)
open(sys.argv[1], "wb").write(signature + new_head + new_payload)
END
}

mk && install -D "$work/b/$sub/xen-vbd.ko" "$work/b/lib/modules/$k/extra/@@/@@/@@/@@/@@/etc/xen-evil.ko" &&
	"$tests/trees/mkkmodrpm" "$work/b" "$work/z.rpm"
ok 'an RPM with odd paths is read' exits 0 xenpv-install --dry-run --root "$work/g" --bundle "$work/z.rpm"
lead_up "$work/z.rpm"
refused 3 'an RPM with paths out of its tree' "$work/g" 'z.rpm ../../../../../etc leaves' --bundle "$work/z.rpm"

# --- what an interrupted run left is settled first, and then something is wrong ------------
interrupted()
{
	mkdir -p "$work/g/var/lib/xenpv"
	: >"$work/g/var/lib/xenpv/journal"
}

settled='^what an interrupted run had left was removed$'
interrupted
ok 'settled, and no bundle: exit 3' exits 3 xenpv-install --root "$work/g" --bundle "$work/nobundle"
ok 'settled, and no bundle: one error' said nobundle
ok 'settled, and no bundle: the report says it first' sh -c "head -n 1 '$work/out' | grep -q '$settled'"
interrupted
ok 'settled, quietly' exits 3 xenpv-install --quiet --root "$work/g" --bundle "$work/nobundle"
ok 'settled, quietly: one error' said nobundle
ok 'settled, quietly: nothing else' test ! -s "$work/out"
interrupted
ok 'settled on request' exits 0 xenpv-install --recover --root "$work/g"
ok 'settled on request: says so' grep -q "$settled" "$work/out"

# --- no space on /boot -------------------------------------------------------------------
guest rhel5.3-x86_64 g
cp -a "$work/g/boot" "$work/boot"
size=$(du -sk "$work/boot" | cut -f 1)
if mount -t tmpfs -o "size=$((size + 8))k" none "$work/g/boot" 2>/dev/null; then
	mounted=$work/g/boot
	if cp -a "$work/boot/." "$work/g/boot"; then
		refused 1 'no space on /boot' "$work/g" 'boot-space'
		ok 'no space on /boot: how much' json_has 'text("boot-space")' 'free 1.' 'MB on the file system of /boot'
	else
		skip 'no space on /boot' 'the small file system does not hold the files'
	fi
	umount "$mounted"
	mounted=''
else
	skip 'no space on /boot' 'mounting is refused here'
fi

# --- nowhere to say it -------------------------------------------------------------------
# to_full STATUS COMMAND...: with standard output on a full disk, and that is said; of what stdio itself wrote
# out on the way the reason is lost
to_full()
{
	local had=0

	"$commands/$2" "${@:3}" >/dev/full 2>"$work/err" || had=$?
	((had == $1)) && grep -qxE "$2: standard output: (No space left on device|cannot be written)" "$work/err" &&
		return
	echo "exits $had, and says: $(<"$work/err")"
	return 1
}
# to_closed STATUS COMMAND...: with neither standard output nor standard error nor input
to_closed()
{
	local had=0

	strace -f -o "$work/trace" -e trace=write "$commands/$2" "${@:3}" <&- >&- 2>&- || had=$?
	((had == $1)) && ! grep 'write([0-2],.*) = [0-9]' "$work/trace"
}
guest rhel5.3-x86_64 g && with=(--root "$work/g" --host 5.3/x86_64)
for words in 'xenpv-check --help' 'xenpv-check --version' "xenpv-check ${with[*]}" \
	"xenpv-check ${with[*]} --json" "xenpv-install ${with[*]} --dry-run"; do
	# shellcheck disable=SC2086 # the words of a command
	ok "full: ${words/ *--/ --}" to_full 3 $words
done
ok 'full: an install is none that changed nothing' to_full 0 xenpv-install "${with[@]}"
ok '… and is whole' exits 0 xenpv-verify --root "$work/g"
ok 'full: a page' to_full 3 xenpv-verify --root "$work/g" --report=-
ok 'full: uninstall' to_full 0 xenpv-install --root "$work/g" --uninstall
if [[ ! ${AS_OF:-} ]] && strace -o /dev/null true 2>/dev/null; then
	ok 'closed: check' to_closed 3 xenpv-check "${with[@]}"
	ok 'closed: install' to_closed 0 xenpv-install "${with[@]}"
	ok '… which is whole' exits 0 xenpv-verify --root "$work/g"
else
	skip 'closed streams' 'no strace here'
fi

# --- usage -------------------------------------------------------------------------------
while read -r -a words; do
	ok "usage: ${words[*]}" exits 2 "${words[@]}"
	ok "usage: ${words[*]}: how to go on" grep -q "^Try '${words[0]} --help'" "$work/err"
	ok "usage: ${words[*]}: nothing on stdout" test ! -s "$work/out"
done <<'END'
xenpv-check --nonsense
xenpv-check guest
xenpv-check --host five
xenpv-verify --dry-run
xenpv-install --force no-such-check
xenpv-install --rename hdb
xenpv-install --rename hdb=foo
xenpv-install --rename hdb=sdb
xenpv-install --rename xvde=xvde
xenpv-install --bundle=
xenpv-install --uninstall --recover
xenpv-install --uninstall --kernel default
xenpv-install --uninstall --boot-disk pv
xenpv-install --recover --verify-at-boot
xenpv-install --json --root
END
finish
