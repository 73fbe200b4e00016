#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a command says on a terminal when it takes its time, which strace has it do; and where it says nothing.

# shellcheck disable=SC2317 # functions are called through ok
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
export TERM=xterm
erase=$'\r\e[K'

# slow CALL COMMAND ARGUMENT...: a run on a terminal whose Nth call of a kind takes a second; in $work/out
slow()
{
	local call=$1 line

	shift
	printf -v line '%q ' strace -f -o /dev/null -e "trace=${call%:*}" \
		-e "inject=${call%:*}:delay_enter=1000000:when=${call#*:}" "$commands/$1" "${@:2}"
	script -qec "${line% }" /dev/null <"/dev/null" >"$work/out"
}

says() # TEXT: and erases it
{
	[[ $(<"$work/out") = *"$erase$1"*"$erase"* ]] || { cat -v "$work/out"; return 1; }
}

says_nothing()
{
	fails grep -qF "$erase" "$work/out" && test -s "$work/out"
}

guest rhel5.3-x86_64 g
slow openat2:20 xenpv-check --root "$work/g"
ok 'xenpv-check: reading' says "reading the guest in $work/g"
ok '… and its report follows' grep -q '^.*Guest ' "$work/out"
slow fsync:8 xenpv-install --root "$work/g" --host 5.1/x86_64
ok 'xenpv-install: a step' says '['
ok '… and its report follows' grep -q 'Installed' "$work/out"
slow openat2:20 xenpv-verify --root "$work/g" --json
ok 'nothing with --json' says_nothing
slow renameat:2 xenpv-install --uninstall --root "$work/g"
ok 'xenpv-install --uninstall' says 'putting back'
slow openat2:20 xenpv-verify --root "$work/g" --quiet
ok 'nothing with --quiet' says_nothing
TERM=dumb slow openat2:20 xenpv-check --root "$work/g"
ok 'nothing on a terminal that cannot erase' says_nothing
strace -o /dev/null -e trace=openat2 -e inject=openat2:delay_enter=1000000:when=20 "$commands/xenpv-check" \
	--root "$work/g" >"$work/out" 2>&1
ok 'nothing in a file' says_nothing

# --- what a guest says is no command to the terminal -----------------------------------------
evil=$'\e]0;evil\a'
guest rhel5.3-x86_64 g
sed -i "1i #\tan alias follows $evil" "$work/g/etc/modprobe.conf"
cp -r "$work/g/lib/modules/2.6.18-128.el5" "$work/g/lib/modules/2.6.18-128.el5$evil"
ok 'a dry run in a file: the bytes' exits 0 xenpv-install --dry-run --root "$work/g" --kernel default
ok '… of the text' grep -qF "#"$'\t'"an alias follows $evil" "$work/out"
for words in 'xenpv-check' 'xenpv-verify' 'xenpv-install --dry-run' 'xenpv-install --dry-run --kernel default'; do
	script -qec "$commands/$words -v --root $work/g" /dev/null </dev/null >"$work/out"
	ok "$words on a terminal: no bytes of it" fails grep -qF "$evil" "$work/out"
	ok '… but what they are' grep -qF '\x1b]0;evil\x07' "$work/out"
done
ok '… and a tab is one' grep -qF '#'$'\t''an alias' "$work/out"

# --- a table fits the terminal, and breaks no word --------------------------------------------
guest rhel5.1-x86_64-twodisks wide
# on_columns N LOCALE
on_columns()
{
	LC_ALL=$2 script -qec "stty cols $1; $commands/xenpv-check --root $work/wide" /dev/null </dev/null |
		tr -d '\r' | sed -n '/^STATUS/,/^$/p' | sed 's/\x1b\[[0-9;]*m//g' >"$work/out"
}

is_whole() # WORD...
{
	for word; do
		grep -qwF -e "$word" "$work/out" || { cat "$work/out"; return 1; }
	done
}

sed -i 's/(Tikanga)/(Tikang\xc3\xa4)/' "$work/wide/etc/redhat-release"
for columns in 80 66; do
	on_columns $columns C.UTF-8
	ok "$columns columns: no line is longer" awk -v n=$columns 'length > n { exit 1 }' "$work/out"
	ok '… it took several lines' test "$(wc -l <"$work/out")" -gt 20
	ok '… no word is broken' is_whole /boot/grub/grub.conf:10 "initrd's" bundle '(resume=)'
	ok '… a letter of UTF-8' is_whole $'(Tikang\303\244)'
done
on_columns 80 C
ok 'as bytes where the locale has none' is_whole '(Tikang\xc3\xa4)'
finish
