#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Completion in bash, driven as readline drives it, against what --help says; and --help itself: one screen.

# shellcheck disable=SC2317 # functions are called through ok
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=../../cli/completion.bash
. "$tests/../cli/completion.bash"

# complete_line WORD...: what the last word, which may be empty, is completed to; one a line, sorted
complete_line()
{
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	_xenpv "$commands/$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
	((${#COMPREPLY[@]} == 0)) || printf '%s\n' "${COMPREPLY[@]}" | sort
}

# completes LINES WORD...
completes()
{
	diff <([[ -z $1 ]] || echo "$1") <(complete_line "${@:2}")
}

# The names of all options, one a line
help_names()
{
	"$commands/$1" --help | sed -nE 's/^ +(-[a-zA-Z], +)?--[^ ]+ .*/&/p' | grep -oE '^ +(-[a-zA-Z],)? +--[a-z-]+' |
		grep -oE -- '--?[a-zA-Z-]+' | sort
}

same_options()
{
	[[ $(help_names "$1") = *--version* ]] && diff <(help_names "$1") <(complete_line "$1" -)
}

# Every option that takes something completes it, none other does
same_arguments()
{
	diff <("$commands/$1" --help | grep -oE -- '--[a-z-]+=[A-Z]+' | sort) \
		<("$commands/$1" --list-options | awk -F '\t' '$1 && $2 { sub(".* ", "", $1); sub("=NEW", "", $2); print $1 "=" $2 }' |
			sort)
}

one_screen()
{
	"$commands/$1" --help | awk 'length > 80 { print "too wide: " $0; bad = 1 }
		END { if (NR > 23) { print NR " lines and the prompt"; bad = 1 } exit bad }'
}

cd "$work" || exit
programs=(xenpv-check xenpv-install xenpv-verify)
[[ ! -x $commands/xenpv-host ]] || programs+=(xenpv-host)
for p in "${programs[@]}"; do
	ok "$p: --help fits a screen" one_screen $p
	ok "$p: options" same_options $p
	ok "$p: arguments" same_arguments $p
	ok "$p: long options by their beginning" completes $'--quiet' $p --q
	ok "$p: nothing where no argument belongs" completes '' $p x
	ok "$p is completed" complete -p $p
	ok "$p: --list-options stands in no help" fails grep -q list-options <("$commands/$p" --help)
done
ok 'options of one command only' completes '--verify-at-boot' xenpv-install --verif
ok '… and not of the others' completes '' xenpv-check --verif

mkdir -p g/lib/modules/2.6.18-53.el5{,PAE} "g/lib/modules/2 \$(touch ran)" 'gone folder'
touch 'gone file'
for option in --root -r '--root ='; do
	# shellcheck disable=SC2086 # one word or two
	ok "$option: folders" completes $'g\ngone folder' xenpv-check $option g
	# shellcheck disable=SC2086
	ok "$option: below them" completes g/lib xenpv-check $option g/
done
for option in --bundle '--policy ='; do
	# shellcheck disable=SC2086
	ok "$option: files as well" completes $'g\ngone file\ngone folder' xenpv-install $option g
done
if [[ -x $commands/xenpv-host ]]; then
	ok 'xenpv-host: files' completes $'g\ngone file\ngone folder' xenpv-host g
	ok 'xenpv-host: options' completes '--write' xenpv-host --w
	ok '--guest: the names of guests' completes rhel5 xenpv-host --guest rhel5
fi
ok '--boot-disk' completes $'emulated\npv' xenpv-install --boot-disk =
ok '--host: releases of RHEL 5' completes $'5.3\n5.3/i686\n5.3/x86_64' xenpv-verify --host 5.3
ok '--force: checks of the preflight' completes $'boot-disk\nboot-space' xenpv-install --force boot
ok '… all that its page tells of' diff <(sed -n '/^# CHECKS/,/^# EXIT/s/^|.*\*\(.*\)\*$/\1/p' \
	"$tests/../man/xenpv-check.8.scd" | sort) <(complete_line xenpv-install --force '')
ok '--wait: nothing' completes '' xenpv-verify --wait ''
ok '--kernel: kernels of the guest' completes $'2.6.18-53.el5\n2.6.18-53.el5PAE\n2\\ \\$\\(touch\\ ran\\)' \
	xenpv-check -r g --kernel 2
ok '… and words' completes all xenpv-check --root = g -k a
ok '… of which none is run' fails test -e ran
finish
