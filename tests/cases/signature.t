#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Who signed a bundle: what a policy asks for is checked before the bundle is believed, and a bundle that is
# refused changes nothing.

# shellcheck disable=SC2317 # functions are called through ok
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

if ! type -p gpg >/dev/null; then
	skip 'signatures' 'gpg is not installed'
	finish
fi
export GNUPGHOME=$work/home
at_exit()
{
	gpgconf --kill all
}

pgp()
{
	gpg --batch --quiet --no-tty --yes --passphrase '' "$@" 2>>"$work/gpg.log"
}

b=$work/b keys=$work/keys policy=$work/policy
mkdir -m 700 "$GNUPGHOME" && mkdir "$work/all" || exit
for key in vendor:ed25519 rsa:rsa2048 other:ed25519 revoked:ed25519; do
	pgp --quick-gen-key "${key%:*}" "${key#*:}" sign never &&
		pgp --armor --output "$work/all/${key%:*}.asc" --export "${key%:*}" || exit
done
# Made and expired long ago, in the signer's eyes
then='--faked-system-time=20200101T000000!'
pgp "$then" --quick-gen-key expired ed25519 sign 1d && pgp --output "$work/all/expired.gpg" --export expired &&
	pgp --output "$work/all/rsa.gpg" --export rsa && rm "$work/all/rsa.asc" || exit
sed 's/^:---/---/' "$GNUPGHOME"/openpgp-revocs.d/"$(gpg --list-keys --with-colons revoked 2>/dev/null |
	awk -F: 'length($10) == 40 { print $10; exit }')".rev >"$work/revocation" || exit

id_of() # KEY: as librpm shows it
{
	gpg --list-keys --with-colons "$1" 2>/dev/null | awk -F: '/^pub/ { print tolower(substr($5, 9)); exit }'
}

trust() # FILE...: of all keys
{
	local file

	rm -rf "$keys" && mkdir "$keys" || exit
	for file; do
		cp "$work/all/$file" "$keys" || exit
	done
}

ask() # WORD
{
	printf '# asked of all bundles\n\nbundle-signature %s\nkeys %s\n' "$1" "$keys" >"$policy"
}

sign() # KEY GPG-OPTION...: SHA256SUMS
{
	rm -f "$b"/SHA256SUMS.*
	pgp --armor --local-user "$1" "${@:2}" --detach-sign "$b/SHA256SUMS"
}

with=(--root "$work/g" --host 5.1/i686)
taken() # WHAT SIGNATURE [BUNDLE]
{
	ok "$1: taken" exits 0 xenpv-check --json "${with[@]}" --policy "$policy" --bundle "${3:-$b}"
	ok "$1: shown" json_is 'd["bundles"]' "[{'path': '${3:-$b}', 'signature': '$2'}]"
}

refused() # WHAT WORDS [BUNDLE]
{
	ok "$1: refused" exits 3 xenpv-install "${with[@]}" --policy "$policy" --bundle "${3:-$b}"
	ok "$1: in one sentence" diff <(echo "xenpv-install: $2") "$work/err"
	ok "$1: nothing on standard output" test ! -s "$work/out"
	ok "$1: nothing is changed" unchanged "$work/start" "$work/g"
}

guest rhel5.1-i686-PAE g && "$tests/trees/mkbundle" 2.6.18-53.el5PAE i686 "$b" || exit
cp "$b/SHA256SUMS" "$work/sums"
listing "$work/g" >"$work/start"
trust vendor.asc rsa.gpg

# --- a folder -----------------------------------------------------------------------------
: >"$policy"
taken 'nothing is asked for' 'not signed'
sign other
taken 'nothing is asked for, signed' 'SHA256SUMS.asc: not checked'
rm "$b/SHA256SUMS.asc"
ask optional
taken 'optional, not signed' 'not signed'
ask required
refused 'not signed' "$b: is not signed, which $policy asks for: no SHA256SUMS.asc, no SHA256SUMS.sig"
sign vendor
# A build without librpm lets none of these pass
if run xenpv-check "${with[@]}" --policy "$policy" --bundle "$b"; grep -q 'this build of xenpv checks no signatures' "$work/err"; then
	none="cannot be checked: $keys: this build of xenpv checks no signatures; use one with librpm"
	refused 'signed' "$b/SHA256SUMS.asc: $none"
	ask optional
	refused 'optional, signed' "$b/SHA256SUMS.asc: $none"
	skip 'signatures' 'they are not checked by this build'
	finish
fi
vendor="V4 EdDSA/SHA256 Signature, key ID $(id_of vendor)"
taken 'signed' "SHA256SUMS.asc: $vendor: OK"
ok 'report' exits 0 xenpv-check "${with[@]}" --policy "$policy" --bundle "$b"
ok 'report: shown' grep -qxF "Bundle $b: SHA256SUMS.asc: $vendor: OK" "$work/out"
cd "$work" || exit
ok 'by relative paths' exits 0 xenpv-check "${with[@]}" --policy policy --bundle b
cd - >/dev/null || exit
ln -sf ../all/vendor.asc "$keys/vendor.asc"
if (($(landlock) >= 2)); then
	refused 'a key outside of what is read' \
		"$b/SHA256SUMS.asc: cannot be checked: $keys/vendor.asc: Permission denied"
fi
trust vendor.asc rsa.gpg
sign rsa --no-armor --output "$b/SHA256SUMS.sig"
taken 'signed with RSA, binary' "SHA256SUMS.sig: V4 RSA/SHA512 Signature, key ID $(id_of rsa): OK"
sign rsa --digest-algo SHA256 --comment 'not in the signature'
taken 'with a comment' "SHA256SUMS.asc: V4 RSA/SHA256 Signature, key ID $(id_of rsa): OK"

for word in required optional; do
	ask "$word"
	sign other
	refused "$word, another key" \
		"$b/SHA256SUMS.asc: V4 EdDSA/SHA256 Signature, key ID $(id_of other): there is no such key in $keys"
	sign vendor
	echo >>"$b/SHA256SUMS"
	refused "$word, SHA256SUMS changed after it was signed" "$b/SHA256SUMS.asc: $vendor: does not fit SHA256SUMS"
	cp "$work/sums" "$b/SHA256SUMS"
	# The last byte is the signature's own
	sign vendor --no-armor --output "$b/SHA256SUMS.sig"
	printf '\x55' | dd of="$b/SHA256SUMS.sig" bs=1 seek=$(($(stat -c %s "$b/SHA256SUMS.sig") - 1)) \
		conv=notrunc status=none
	refused "$word, a damaged signature" "$b/SHA256SUMS.sig: $vendor: does not fit SHA256SUMS"
	pgp --armor --local-user vendor --detach-sign "$b/SHA256SUMS"
	refused "$word, a damaged one beside a good one" "$b/SHA256SUMS.sig: $vendor: does not fit SHA256SUMS"
done

none="$b/SHA256SUMS.asc: is not one detached OpenPGP signature"
sign vendor --textmode
refused 'a signature of a text' "$none"
sign vendor
sed -i 's/^\([a-zA-Z0-9+/]\)\{20\}/!&/' "$b/SHA256SUMS.asc"
refused 'damaged armour' "$none"
sign vendor
sed -i '$d' "$b/SHA256SUMS.asc"
refused 'cut short' "$none"
rm "$b/SHA256SUMS.asc"
pgp --armor --local-user vendor --local-user rsa --detach-sign "$b/SHA256SUMS"
refused 'two signatures' "$none"
cp "$work/all/vendor.asc" "$b/SHA256SUMS.asc"
refused 'a key for a signature' "$none"
: >"$b/SHA256SUMS.asc"
refused 'an empty file' "$none"
rm "$b/SHA256SUMS.asc" && mkdir "$b/SHA256SUMS.asc"
refused 'a folder' "$b/SHA256SUMS.asc: is a directory where a file belongs"
rmdir "$b/SHA256SUMS.asc"
sign rsa --digest-algo SHA1
refused 'SHA-1' \
	"$b/SHA256SUMS.asc: V4 RSA/SHA1 Signature, key ID $(id_of rsa): its digest is weaker than SHA-256"

# What is signed is SHA256SUMS, and that is checked as ever
sign vendor
module=$b/lib/modules/2.6.18-53.el5PAE/extra/xenpv/0.1-9/xen-vbd.ko
cp "$module" "$work/module"
printf '\377' | dd of="$module" bs=1 seek=100 conv=notrunc status=none
ok 'a module changed after it was signed' exits 1 xenpv-install "${with[@]}" --policy "$policy" --bundle "$b"
ok '… is named' grep -q 'xen-vbd.ko: does not match its checksum' "$work/out"
ok '… and nothing is changed' unchanged "$work/start" "$work/g"
cp "$work/module" "$module"

# --- keys ---------------------------------------------------------------------------------
cannot="$b/SHA256SUMS.asc: cannot be checked"
trust
refused 'no keys' "$cannot: $keys: holds no keys (*.asc, *.gpg)"
rmdir "$keys"
refused 'no folder of keys' "$cannot: $keys: No such file or directory"
trust vendor.asc
echo 'no key' >"$keys/b.asc"
refused 'a text for a key' "$cannot: $keys/b.asc: is no OpenPGP public key"
pgp --armor --output "$keys/b.asc" --export-secret-keys vendor
refused 'a secret key' "$cannot: $keys/b.asc: is no OpenPGP public key"
trust vendor.asc
head -c 40 "$work/all/rsa.gpg" >"$keys/b.gpg"
refused 'a key that is cut short' "$cannot: $keys/b.gpg: is no OpenPGP public key that can be used"
trust vendor.asc
mkfifo "$keys/b.asc"
refused 'a FIFO for a key' "$cannot: $keys/b.asc: is a FIFO where a file belongs"
trust vendor.asc
echo 'no key' >"$keys/README"
taken 'a file of another name among the keys' "SHA256SUMS.asc: $vendor: OK"
trust
pgp --export rsa vendor >"$keys/both.gpg"
taken 'two keys in a file' "SHA256SUMS.asc: $vendor: OK"

trust revoked.asc
sign revoked
taken 'a key that will be revoked' "SHA256SUMS.asc: V4 EdDSA/SHA256 Signature, key ID $(id_of revoked): OK"
pgp --import "$work/revocation" && pgp --armor --output "$keys/revoked.asc" --export revoked || exit
refused 'a key that was revoked' "$cannot: $keys/revoked.asc: holds a key that was revoked"
trust expired.gpg
sign expired "$then"
# librpm does not look at it; one that does may refuse it
run xenpv-check --json "${with[@]}" --policy "$policy" --bundle "$b"
ok 'a key that has expired: either way' grep -q "^\(0 .*OK\|3 .*$(id_of expired)\)" <<<"$status $(json 'd["bundles"] or d["error"]')"
trust vendor.asc
sign vendor

# --- the policy ---------------------------------------------------------------------------
while IFS='|' read -r text words; do
	printf '%b' "$text" >"$policy"
	refused "policy '$text'" "$policy: line $words"
done <<'EOF'
bundle-signature|1: bundle-signature wants 'required' or 'optional', not ''
# all\n bundle-signature  no \n|2: bundle-signature wants 'required' or 'optional', not 'no'
bundle-signature required optional|1: bundle-signature wants 'required' or 'optional', not 'required optional'
\nkeys|2: keys wants a folder's absolute path, not ''
keys keys|1: keys wants a folder's absolute path, not 'keys'
keys /a\nkeys /b|2: a second 'keys'
signature required|1: there is no 'signature'
bundle-signature=required|1: there is no 'bundle-signature=required'
keys /a\0b|1 holds a NUL byte: not a text file
EOF
rm "$policy"
refused 'no policy where one is named' "$policy: No such file or directory"
ask required
ok 'for an install only' exits 2 xenpv-install --uninstall --root "$work/g" --policy "$policy"
etc=$("$commands/xenpv-check" --help | sed -n 's/.*what is asked of bundles (\(.*\)\/xenpv\/policy).*/\1/p')
guest rhel5.1-i686-PAE h && mkdir -p "$work/h/$etc/xenpv" && echo nonsense >"$work/h/$etc/xenpv/policy" || exit
ok "a guest's policy is not ours" exits 0 xenpv-check --root "$work/h" --bundle "$b"

# The default one, in a mount namespace that has it
mkdir -p "$work/etc/xenpv/keys" && printf 'bundle-signature required\n' >"$work/etc/xenpv/policy"
by_default()
{
	status=0
	# shellcheck disable=SC2016 # expanded there
	unshare --mount sh -c 'mount --bind "$0" "$1" && shift && exec "$@"' "$work/etc" "$etc" "$commands/xenpv-check" \
		"${with[@]}" --bundle "$b" >"$work/out" 2>"$work/err" || status=$?
	echo "$status $(<"$work/err")"
}
if ((UID == 0)) && [[ -d $etc ]] && unshare --mount true 2>/dev/null; then
	ok 'the default policy' diff <(by_default) \
		<(echo "3 xenpv-check: $cannot: $etc/xenpv/keys: holds no keys (*.asc, *.gpg)")
	cp "$work/all/vendor.asc" "$work/etc/xenpv/keys"
	ok '… with its default keys' test "$(by_default)" = '0 '
	ln -sf nowhere "$work/etc/xenpv/policy"
	ok '… which leads nowhere' diff <(by_default) \
		<(echo "3 xenpv-check: $etc/xenpv/policy: No such file or directory")
else
	skip 'the default policy' 'no mount namespace can be made here'
fi

# --- an RPM -------------------------------------------------------------------------------
if ! type -p rpmbuild rpmsign >/dev/null; then
	skip 'RPMs' 'rpmbuild or rpmsign is not installed'
	finish
fi
cat >"$work/x.spec" <<'EOF'
Name: kmod-xenpv
Version: 0.1
Release: 9.el5
Summary: drivers
License: GPL
AutoReqProv: no
%description
Drivers.
%install
mkdir -p %{buildroot}
cp -a %{tree}/lib %{buildroot}/
%files
/lib/*
EOF
rpmbuild -bb --quiet --target i686-redhat-linux --define "_topdir $work/rpm" --define "_rpmdir $work" \
	--define "tree $b" --define 'debug_package %{nil}' --define '__os_install_post %{nil}' \
	--define '_build_id_links none' --define '_rpmfilename x.rpm' "$work/x.spec" >"$work/rpm.log" 2>&1 || exit
rpm_signed() # KEY OPTION...: x.rpm by that key
{
	cp "$work/x.rpm" "$work/$1.rpm"
	rpmsign --define "_gpg_name $1" --define "__gpg $(type -p gpg)" "${@:2}" --addsign "$work/$1.rpm" \
		>>"$work/rpm.log" 2>&1
}

trust vendor.asc
ask optional
taken 'RPM: optional, not signed' 'digests match; not signed' "$work/x.rpm"
ask required
refused 'RPM: not signed' "$work/x.rpm: is not signed, which $policy asks for" "$work/x.rpm"
rpm_signed vendor || exit
taken 'RPM: signed' "digests match; Header $vendor: OK" "$work/vendor.rpm"
cp "$work/vendor.rpm" "$work/bad.rpm"
python3 -c 'import base64, sys
data, signature = bytearray(open(sys.argv[1], "rb").read()), base64.b64decode(sys.argv[2])
data[data.index(signature) + len(signature) - 1] ^= 1
open(sys.argv[1], "wb").write(data)' "$work/bad.rpm" \
	"$(rpm -qp --nosignature --qf '%{DSAHEADER:base64}' "$work/bad.rpm" 2>/dev/null)" || exit
refused 'RPM: a damaged signature' "$work/bad.rpm: Header $vendor: BAD" "$work/bad.rpm"
rpm_signed vendor --rpmv3 || exit
taken 'RPM: signed twice' "digests match; Header $vendor: OK, $vendor: OK" "$work/vendor.rpm"
trust
refused 'RPM: no keys' "$work/vendor.rpm: its signature cannot be checked: $keys: holds no keys (*.asc, *.gpg)" \
	"$work/vendor.rpm"
trust vendor.asc
rpm_signed other || exit
for word in required optional; do
	ask "$word"
	refused "RPM: $word, another key" "$work/other.rpm: Header V4 EdDSA/SHA256 Signature, key ID $(id_of other)$(
		): there is no such key in $keys" "$work/other.rpm"
done
finish
