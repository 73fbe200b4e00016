#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a command gives up before it reads the first file of a guest, and what it can do without root.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

guest rhel5.3-x86_64 g

# The calls of a run in which rights are given up, and how files of the guest are opened
traced() # COMMAND ARGUMENT...
{
	strace -f -qq -e trace=landlock_restrict_self,seccomp,openat2,execve,socket,ptrace -o "$work/trace" \
		"$commands/$1" "${@:2}" >"$work/out" 2>"$work/err" </dev/null
	without_rpm
}

# A build without librpm has the rpm of this system read a copy of the database, before anything is given up
without_rpm()
{
	local rpm

	rpm=$(awk '/execve\("(\/usr)?\/bin\/rpm"/ { print $1; exit }' "$work/trace")
	[[ -z $rpm ]] || sed -i "/^$rpm /d; /\"\/var\/lib\/rpm\//d" "$work/trace"
}

# Which come before the first file that is read; O_PATH is no reading
before_reading()
{
	sed '/openat2(.*O_PATH/d; /openat2(/,$d' "$work/trace" | grep -c "$1(.* = 0"
}

landlock=$(landlock)
files_are_given_up_first() # WORDS
{
	if ((landlock >= 2)); then
		ok "$1: files are given up first" test "$(before_reading landlock_restrict_self)" -ge 1
	else
		skip "$1: files are given up first" 'this kernel has no Landlock that allows renames'
	fi
}

for words in 'xenpv-check' 'xenpv-verify' "xenpv-verify --report=$work/page" 'xenpv-install --dry-run' 'xenpv-install' 'xenpv-install --uninstall' \
	'xenpv-install --recover'; do
	# shellcheck disable=SC2086 # a command and its options
	traced $words --root "$work/g"
	ok "$words: system calls are given up first" test "$(before_reading seccomp)" -ge 1
	files_are_given_up_first "$words"
	ok "$words: runs nothing, talks to nobody" test "$(grep -cE 'execve|socket|ptrace' "$work/trace")" = 1
done

# What may be changed is given up but for the plan's folders
traced xenpv-install --root "$work/g"
if ((landlock >= 2)); then
	read -r pid _ <"$work/trace"
	ok 'once more before the plan is performed' test "$(grep -c "^$pid *landlock_restrict_self(.* = 0" "$work/trace")" -ge 2
else
	skip 'once more before the plan is performed' 'this kernel has no Landlock that allows renames'
fi

# A configuration of the host
if [[ -x $commands/xenpv-host ]]; then
	cp "$tests/host/xm-rhel5.cfg" "$work/c"
	for words in 'xenpv-host' 'xenpv-host --write'; do
		# shellcheck disable=SC2086 # a command and its options
		traced $words "$work/c"
		ok "$words: system calls are given up first" test "$(before_reading seccomp)" -ge 1
		files_are_given_up_first "$words"
		ok "$words: runs nothing, talks to nobody" test "$(grep -cE 'execve|socket|ptrace' "$work/trace")" = 1
	done
	ok 'xenpv-host --write: it is done all the same' grep -q xvde "$work/c"
else
	skip xenpv-host 'it is not built'
fi

# --- without root ----------------------------------------------------------------------------
as_nobody()
{
	status=0
	setpriv --reuid=65534 --regid=65534 --clear-groups "$commands/$1" "${@:2}" >"$work/out" 2>"$work/err" || status=$?
}

guest rhel5.3-x86_64 g
chmod 755 "$work"
if ((UID == 0)); then
	as_nobody xenpv-check --root "$work/g"
	ok 'what may not be read is named' test "$status $(<"$work/err")" = \
		"3 xenpv-check: $work/g/boot/grub/grub.conf: Permission denied"
	chmod -R a+rX "$work/g"
	run xenpv-check --root "$work/g"
	cp "$work/out" "$work/as-root"
	as_nobody xenpv-check --root "$work/g"
	ok 'xenpv-check needs no root where it may read' test "$status" = 0
	ok 'and finds the same' diff <(grep -v ' MB free' "$work/as-root") <(grep -v ' MB free' "$work/out")
	listing "$work/g" >"$work/before"
	as_nobody xenpv-install --root "$work/g"
	ok 'xenpv-install does' test "$status" = 3
	ok 'and says where' grep -q "$work/g.*Permission denied" "$work/err"
	ok 'and changes nothing' unchanged "$work/before" "$work/g"
else
	skip 'xenpv-check needs no root' 'this is another user already'
fi
finish
