# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Completion of the xenpv commands in bash. What there is to complete says the command itself, with
# --list-options: on each line an option's names, what it takes, and values of that, between tabs. A line without a
# name says what the command itself takes.

# Words that begin as the current one does. Names from a guest are data: nothing in them is expanded.
_xenpv_words() # CURRENT WORD...
{
	local word

	for word in "${@:2}"; do
		[[ $word != "$1"* ]] || COMPREPLY+=("$(printf %q "$word")")
	done
}

# The kernels of the guest that the command line names
_xenpv_kernels()
{
	local root=/ i dir

	for ((i = 1; i < COMP_CWORD; i++)); do
		[[ ${COMP_WORDS[i]} = @(-r|--root) ]] || continue
		root=${COMP_WORDS[i + 1]}
		[[ $root != = ]] || root=${COMP_WORDS[i + 2]}
	done
	for dir in "${root/#\~/$HOME}"/lib/modules/*/; do
		[[ ! -d $dir ]] || basename "$dir"
	done
}

_xenpv() # COMMAND CURRENT PREVIOUS
{
	local cur=$2 option=$3 names takes values known=() words=() argument='' operand=''

	COMPREPLY=()
	# --root=DIR comes as three words
	if [[ $cur = = ]]; then
		cur=
	elif [[ $option = = ]]; then
		option=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	while IFS= read -r names; do
		values=${names#*$'\t'} names=${names%%$'\t'*}
		takes=${values%%$'\t'*}
		[[ $names ]] || operand=$takes
		read -r -a words <<<"$names"
		known+=("${words[@]}")
		[[ -n $takes && -n $names && " $names " = *" $option "* ]] || continue
		argument=$takes
		read -r -a words <<<"${values#*$'\t'}"
		break
	done < <("$1" --list-options 2>/dev/null)
	if [[ -z $argument && -z ${cur##-*} ]]; then
		_xenpv_words "$cur" "${known[@]}"
	fi
	[[ $cur = -* ]] || : "${argument:=$operand}"
	case $argument in
	'') ;;
	DIR)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		;;
	FILE | PATH)
		compopt -o filenames 2>/dev/null
		mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- "$cur")
		;;
	*)
		[[ $argument != RELEASE ]] || mapfile -t -O ${#words[@]} words < <(_xenpv_kernels)
		_xenpv_words "$cur" "${words[@]}"
		;;
	esac
}

complete -F _xenpv xenpv-check xenpv-host xenpv-install xenpv-verify
