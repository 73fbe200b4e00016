#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The commands as built, or as installed in $INSTALLED: at an address of the kernel's choosing, nothing written that is run, the table of
# functions read-only, stacks and buffers checked.
set -u
# shellcheck source-path=SCRIPTDIR source=../tap.sh
. "$(dirname "$0")/../tap.sh"
cd "${INSTALLED:-${builddir:-.}}" || exit

has() # PROGRAM READELF-OPTION REGEX
{
	readelf -W "$2" "$1" | grep -qE "$3"
}

for program in xenpv-check xenpv-install xenpv-verify xenpv-host; do
	[[ $program != xenpv-host || -x $program ]] || continue # its libraries are not here
	ok "$program is position-independent" has $program -h 'Type: +DYN'
	ok "$program: its stack is not executable" has $program -l 'GNU_STACK.* RW +0x'
	ok "$program: relocations become read-only" has $program -l GNU_RELRO
	ok "$program: all of them, at its start" has $program -d 'FLAGS.*NOW'
	ok "$program checks its stack" has $program --dyn-syms '__stack_chk_fail'
	ok "$program checks its buffers" has $program --dyn-syms '__(sn|vsn|mem|str|f)[a-z]*_chk'
done
finish
