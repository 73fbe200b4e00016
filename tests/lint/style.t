#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every file: format, licence line, length, no path of the machine it was written on.
set -u
# shellcheck source-path=SCRIPTDIR source=../tap.sh
. "$(dirname "$0")/../tap.sh"
cd "${srcdir:-$(dirname "$0")/../..}" || exit
dirs=(lib guest drivers checks installer host cli tools tests docs man schema packaging static examples ansible)
# Debian's formats that have no comments
plain='packaging/debian/(changelog.in|copyright|source/format)'
mapfile -t sources < <(find "${dirs[@]}" -name '*.[ch]' | sort)
mapfile -t files < <(find "${dirs[@]}" Makefile.am configure.ac README.md SECURITY.md -type f | sort)
mapfile -t scripts < <(grep -lE '^#!/bin/(ba)?sh' "${files[@]}")

# tool NAME COMMAND...: what it prints is shown when it fails; skipped where it is missing
tool()
{
	local out

	if ! command -v "$2" >/dev/null; then
		skip "$1" "$2 is not installed"
		return
	fi
	if out=$("${@:2}" 2>&1); then
		out=
	else
		out=${out:-it fails and says nothing}
	fi
	verdict "$1" "$out"
}

verdict 'there are sources' "$([[ ${#sources[@]} -gt 100 ]] || echo "only ${#sources[@]}")"
tool 'sources have the format of .clang-format' clang-format --dry-run -Werror "${sources[@]}"
verdict 'every file names its licence' "$(grep -L 'SPDX-License-Identifier: ' "${files[@]}" |
	grep -vE "^$plain$")"
verdict 'no file is longer than 500 lines' "$(for f in "${files[@]}"; do
	(($(wc -l <"$f") <= 500)) || echo "$f"
done)"
verdict 'what begins with #! and is no library can be executed' "$(for f in "${scripts[@]}"; do
	[[ -x $f || $f = tests/@(tap|setup|*/lib).sh ]] || echo "$f"
done)"
verdict 'no path of the building machine' "$(grep -nE '/(tmp/wt|work/(main|shared))[/ ]' "${files[@]}" |
	grep -v '^tests/lint/style\.t:')"
# Package by package, what a spec's own lines name: rpm before 4.9 refuses a package that provides what it conflicts with
own_conflicts()
{
	awk '/^Name:/ { name = $2 }
		FNR == 1 || /^%package/ { split("", has) }
		/^Name:/ { has["%{name}"] }
		/^Name:/ || /^Provides:/ { has[$2] }
		/^%package/ { has[name "-" $2] }
		/^Conflicts:/ { for (i = 2; i <= NF; i++) { sub(/,$/, "", $i); if ($i in has) print FILENAME ": " $0 } }' "$@"
}
verdict 'no package is in conflict with itself' "$(own_conflicts packaging/*.spec.in)"
verdict 'a package that is would be found' "$(printf '%s\n' 'Name: a' 'Provides: b = 1' 'Conflicts: b' | own_conflicts |
	grep -q 'Conflicts: b' || echo 'it is not')"
# Those that others source name their shell for it
mapfile -t shell < <(grep -lE '^#!/bin/(ba)?sh|^# shellcheck shell=' "${files[@]}" | grep -v '\.in$')
verdict 'every shell file is one that shellcheck knows' "$(comm -23 <(find "${dirs[@]}" -name '*.sh' | sort) \
	<(printf '%s\n' "${shell[@]}" | sort))"
# What is sourced has variables of those that source it; and a here-document of a function is no redirection of a command
mapfile -t sourced < <(grep -L '^#!' "${shell[@]}")
tool 'shell scripts pass shellcheck' shellcheck -x -S warning "${scripts[@]}"
tool 'what they source too' shellcheck -x -S warning -e SC2034,SC2154,SC2257 "${sourced[@]}"
tool 'Python passes flake8' flake8 --max-line-length=120 ansible
# Where git says which files are not ours
if git ls-files --error-unmatch README.md >/dev/null 2>&1; then
	tool 'every file has a licence that REUSE knows' reuse lint --quiet
else
	skip 'every file has a licence that REUSE knows' 'no git, or not its repository'
fi
tool 'words are spelt right' codespell -L hda,hdd,fo,te,nd,busses,seach,msdos "${files[@]}"
finish
