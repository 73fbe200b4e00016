#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# --verify-at-boot: what the guest's init is given, and that it goes again with an uninstall.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

g=$work/g
result=$g/var/lib/xenpv/verify.json
tree() # NAME
{
	if [[ -e $tests/trees/$1.tree ]]; then
		guest "$1" g
	else
		rm -rf "$g" && "$tests/trees/mkmodern" "$1" "$g"
	fi
}

# The command must be in the guest, which is what runs it
tree debian12-amd64
listing "$g" >"$work/before"
ok 'without xenpv in the guest: refused' exits 3 xenpv-install --root "$g" --verify-at-boot
command=$(sed -n "s|^xenpv-install: $g\(/.*\): is not there: .*|\1|p" "$work/err")
ok 'it says what is not there' test "${command##*/}" = xenpv-verify
ok 'nothing is changed' unchanged "$work/before" "$g"

prepare() # TREE INIT
{
	tree "$1" && mkdir -p "$g${command%/*}" "$g/sbin" &&
		printf '#!/bin/sh\n' >"$g$command" && chmod 755 "$g$command" || return
	case $2 in
	systemd)
		mkdir -p "$g/usr/lib/systemd" && : >"$g/usr/lib/systemd/systemd" &&
			ln -sfn ../usr/lib/systemd/systemd "$g/sbin/init"
		;;
	*)
		mkdir -p "$g"/etc/rc.d/init.d "$g"/etc/rc.d/rc{3,5}.d &&
			: >"$g/sbin/init" && ln -sfn rc.d/init.d "$g/etc/init.d" &&
			ln -sfn rc.d/rc3.d "$g/etc/rc3.d" && ln -sfn rc.d/rc5.d "$g/etc/rc5.d"
		;;
	esac
}

with_bundle() # TREE
{
	local b=

	[[ $1 != rhel5* ]] || b=$(bundle_for "$1" "$g")
	with=(--root "$g" --host 5.1/x86_64)
	[[ -z $b ]] || with+=(--bundle "$b")
}

enabled_for_systemd()
{
	[[ -f $g/etc/systemd/system/xenpv-verify.service &&
		$(readlink "$g/etc/systemd/system/multi-user.target.wants/xenpv-verify.service") = /etc/systemd/system/xenpv-verify.service ]] &&
		grep -qx "ExecStart=$command --at-boot --wait=60" "$g/etc/systemd/system/xenpv-verify.service"
}

enabled_for_init()
{
	local level

	[[ -x $g/etc/rc.d/init.d/xenpv-verify ]] && sh -n "$g/etc/rc.d/init.d/xenpv-verify" || return
	for level in 3 5; do
		[[ $(readlink "$g/etc/rc.d/rc$level.d/S99xenpv-verify") = ../init.d/xenpv-verify ]] &&
			[[ $g/etc/rc.d/rc$level.d/S99xenpv-verify -ef $g/etc/rc.d/init.d/xenpv-verify ]] || return
	done
}

result_is() # WORD
{
	python3 -c 'import json, sys; sys.exit(json.load(open(sys.argv[1]))["result"] != sys.argv[2])' "$result" "$1"
}

each() # TREE INIT
{
	if ! prepare "$1" "$2"; then
		ok "$1: a tree" false
		return
	fi
	with_bundle "$1"
	listing "$g" >"$work/before"
	ok "$1, $2: installed" exits 0 xenpv-install "${with[@]}" --verify-at-boot
	ok "$1, $2: its init runs it" "enabled_for_$2"
	ok "$1, $2: a result is due" result_is pending
	listing "$g" >"$work/after"
	ok "$1, $2: again, nothing to do" exits 0 xenpv-install "${with[@]}" --verify-at-boot
	ok "$1, $2: nothing was done" unchanged "$work/after" "$g"
	ok "$1, $2: without the option it stays" exits 0 xenpv-install "${with[@]}"
	ok "$1, $2: nothing was done, either" unchanged "$work/after" "$g"
	# What the guest does at its next boot
	printf '{"schema": 1, "result": "pass"}\n' >"$result.new" && mv "$result.new" "$result"
	ok "$1, $2: a result does not make another due" exits 0 xenpv-install "${with[@]}" --verify-at-boot
	ok "$1, $2: it is kept" result_is pass
	ok "$1, $2: uninstalled" exits 0 xenpv-install --root "$g" --uninstall
	ok "$1, $2: to the byte" unchanged "$work/before" "$g"
}

each debian12-amd64 systemd
each rhel6.10-i686 init
each rhel5.1-i686-PAE init

# A guest that has the package of xenpv has its unit
packaged()
{
	local unit=/usr/lib/systemd/system/xenpv-verify.service

	prepare debian12-amd64 systemd && mkdir -p "$g${unit%/*}" && echo '[Service]' >"$g$unit" &&
		exits 0 xenpv-install --root "$g" --verify-at-boot || return
	[[ ! -e $g/etc/systemd/system/xenpv-verify.service &&
		$(readlink "$g/etc/systemd/system/multi-user.target.wants/xenpv-verify.service") = "$unit" ]]
}
ok "a package's unit is enabled" packaged

# Debian's sysvinit: startpar starts what insserv's makefile lists
insserv()
{
	local depend=$g/etc/init.d/.depend.start

	prepare debian12-amd64 init && mkdir -p "$g/etc/init.d/" &&
		printf 'TARGETS = killprocs single rc.local\nINTERACTIVE =\nsingle: killprocs\n' >"$depend" &&
		listing "$g" >"$work/before" && exits 0 xenpv-install --root "$g" --verify-at-boot &&
		diff "$depend" <(printf '%s\n' 'TARGETS = killprocs single rc.local xenpv-verify' 'INTERACTIVE =' \
			'single: killprocs' 'xenpv-verify: killprocs single rc.local') &&
		listing "$g" >"$work/after" && exits 0 xenpv-install --root "$g" --verify-at-boot &&
		unchanged "$work/after" "$g" && exits 0 xenpv-install --root "$g" --uninstall &&
		unchanged "$work/before" "$g"
}
ok 'insserv: among the targets, after all others' insserv

ok 'no init that is known: refused' eval 'prepare debian12-amd64 systemd && ln -sfn busybox "$g/sbin/init" &&
	rm -rf "$g/etc/init.d" && listing "$g" >"$work/before" && exits 3 xenpv-install --root "$g" --verify-at-boot &&
	unchanged "$work/before" "$g"'
ok '… says so' grep -q 'neither systemd nor init scripts' "$work/err"
# The guest's later boots: no error of a run that is not due takes the place of a verdict
as_guest() # COMMAND...
{
	chroot "$g" /usr/bin/env -i PATH=/usr/sbin:/usr/bin LC_ALL=C "$@" </dev/null >"$work/out" 2>&1
}

with_verdict() # TEXT
{
	printf '%s\n' "$1" >"$result" && echo 'nonsense here' >"$g/policy"
}

if ((EUID == 0)) && [[ ! ${AS_OF:-} ]]; then
	result_of_old='{"schema": 1, "result": "pass"}'
	ok 'a guest with its commands' eval 'prepare debian12-amd64 systemd && furnish "$g" && mkdir -p "${result%/*}" &&
		with_verdict "$result_of_old"'
	ok 'a boot with nothing due, and a policy that cannot be read' as_guest xenpv-verify --at-boot --policy=/policy
	ok 'says nothing' test ! -s "$work/out"
	ok 'the verdict stands' test "$(<"$result")" = "$result_of_old"
	cp "$result" "$work/verdict" && head -c 4M /dev/zero >>"$result"
	ok 'a verdict that cannot be read' eval 'as_guest xenpv-verify --at-boot; (($? == 3))'
	ok 'stays as it is' cmp -n 31 "$result" "$work/verdict"
	ok 'due: a guest' eval 'with_verdict "" && rm "$result" && exits 0 xenpv-install --root "$g" --verify-at-boot &&
		result_is pending'
	ok 'due: a policy that cannot be read' eval 'as_guest xenpv-verify --at-boot --policy=/policy; (($? == 3))'
	ok 'due: is the verdict' result_is fail
	ok 'due: with the reason' grep -q '"error": *".*/policy' "$result"
else
	skip 'the later boots of a guest' "${AS_OF:+as of an old kernel the commands are wrapped}${AS_OF:-not root}"
fi
ok 'it is for an install' exits 2 xenpv-install --root "$g" --verify-at-boot --uninstall
ok '--at-boot is for a running guest' exits 2 xenpv-verify --root "$g" --at-boot
ok '--wait is for a running guest' exits 2 xenpv-verify --root "$g" --wait 5
ok '--wait wants a number' exits 2 xenpv-verify --wait soon
finish
