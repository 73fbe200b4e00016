#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A build without librpm asks this system's rpm for a guest's packages: other programs in rpm's place, which is
# changed in a namespace of mounts.

if [[ ${1:-} != mounts ]] && unshare --mount true 2>/dev/null; then
	exec unshare --mount bash "$0" mounts
fi
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

if [[ ${1:-} != mounts ]]; then
	skip 'rpm' 'not root, or no namespaces of mounts'
	finish
fi
# Copies of databases are there, and nobody else's
unset TMPDIR
mount -t tmpfs none /var/tmp && guest rhel5.1-i686-PAE g || exit
rpm=$(readlink -f /bin/rpm) || exit
db=$work/g/var/lib/rpm/Packages
check=(xenpv-check --root "$work/g" --host 5.1/i686)

in_place() # SCRIPT...: of rpm
{
	printf '%s\n' '#!/bin/sh' "$@" >"$work/rpm" && chmod 755 "$work/rpm" "$work" && mount --bind "$work/rpm" "$rpm"
}

asked() # WORDS-OF-ERROR SCRIPT...
{
	in_place "${@:2}" || return
	run "${check[@]}"
	umount "$rpm"
	[[ $status = 3 && $(<"$work/err") = "xenpv-check: $db is damaged: $1" ]] || { cat "$work/out" "$work/err"; return 1; }
}

in_place 'exec touch /var/tmp/xenpv-rpm-was-run'
run "${check[@]}"
umount "$rpm"
if ! rm /var/tmp/xenpv-rpm-was-run 2>/dev/null; then
	skip 'rpm' 'this build has librpm'
	finish
fi
whole='printf "Nkernel\nV1\nR1\nAi686\nE(none)\nF/boot/x\nF(none)\n"'
nothing='rpm gave no complete answer'
ok 'an answer that is whole' asked "rpm says: but" "$whole" 'echo "warning: no" >&2' 'echo "error: but" >&2'
ok 'it fails' asked "$nothing" "$whole" 'exit 1'
ok 'it says nothing of a release' asked "$nothing" 'printf "Nkernel\nV1\nAi686\n"'
ok 'it ends within a line' asked "$nothing" "$whole" 'printf Nkernel'
ok 'it says that this is the end' asked "$nothing" "$whole" 'echo .; exit 1'
ok 'another line' asked "$nothing" "$whole" 'echo "!error"'
ok 'bytes of zero' asked "$nothing" "$whole" 'printf "Nx\0y\n"'
ok 'it crashes' asked "$nothing" "$whole" 'kill -SEGV $$'
ok 'without end' asked 'the names in it fill more than 64 MiB' "$whole" 'yes F/boot/a-file-of-some-length'
ok 'it is nobody, and sees a copy alone' asked 'rpm says: 65534 65534 no' 'touch "$3/x" || exit 1' \
	'echo "error: $(id -u) $(id -G) $HOME$TMPDIR$(cat /etc/shadow 2>/dev/null || echo no)" | sed s,/nonexistent,, >&2'
: >"$work/rpm" && chmod 644 "$work/rpm" && mount --bind "$work/rpm" "$rpm"
run "${check[@]}"
umount "$rpm"
ok 'no rpm: said, and gone on' grep -q 'there is no rpm on this system' "$work/out"
ok 'nothing is left behind' fails compgen -G '/var/tmp/xenpv-rpmdb.*'
finish
