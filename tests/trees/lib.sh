# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What the builders of test trees and bundles share: names, numbers and symbol versions of kernels.

set -euo pipefail
export LC_ALL=C TZ=UTC
umask 022

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
scratch=$(mktemp -d "${TMPDIR:-/tmp}/xenpv-trees.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

die()
{
	echo "${0##*/}: $*" >&2
	exit 1
}

# put FILE [MODE]: standard input becomes a file of the tree being built
put()
{
	local file=$tree/${1#/}

	[[ -d ${file%/*} ]] || mkdir -p "${file%/*}"
	cat >"$file"
	[[ $# = 1 ]] || chmod "$2" "$file"
}

le() # BYTES NUMBER...: little-endian
{
	local i n width=$1

	shift
	for n; do
		for ((i = 0; i < width; i++)); do
			# shellcheck disable=SC2059 # the format is the byte
			printf "\\x$(printf %02x $((n >> 8 * i & 255)))"
		done
	done
}

# Of RHEL 3 to 5, which differ in much
is_old_kernel() # RELEASE
{
	[[ $1 =~ ^2\.[46]\.[0-9]+-.*\.(EL|el5)[A-Za-z]*$ ]]
}

# "2.6.9-67.ELhugemem" -> "hugemem", "" for the plain kernel
kernel_variant()
{
	[[ $1 =~ \.(EL|el5)([A-Za-z]*)$ ]] || die "$1 is no kernel of RHEL 3 to 5"
	echo "${BASH_REMATCH[2]}"
}

# What modules of a kernel are called: .o, .ko
module_suffix() # RELEASE
{
	case $1 in
	2.4.*) echo .o ;;
	*) echo .ko ;;
	esac
}

# "2.6.18-53.1.4.el5" -> "53"
kernel_number()
{
	local n=${1#*-}

	echo "${n%%.*}"
}

kernel_vermagic() # RELEASE ARCH
{
	local smp='' unload='' machine='' gcc=gcc-4.1

	if ! is_old_kernel "$1"; then
		echo "$1 SMP mod_unload modversions " # as mkmodern's
		return
	fi
	case $1 in
	2.6.9-*) gcc='gcc-3.4' ;;
	*) unload='mod_unload ' ;;
	esac
	case $1 in
	*.EL) ;;
	*) smp='SMP ' ;;
	esac
	[[ $2 != i686 ]] || machine='686 REGPARM 4KSTACKS '
	echo "$1 $smp$unload$machine$gcc"
}

# Kernels whose symbols have equal versions: as in practice, 5.0 to 5.2 are alike, and 5.3 on.
# Each variant and architecture is a world of its own.
kernel_abi() # RELEASE ARCH
{
	local epoch=first

	if ! is_old_kernel "$1"; then
		echo "$1/$2" # none is like another
		return
	fi
	case $1 in
	2.6.9-*) (($(kernel_number "$1") < 78)) || epoch=inkernel ;;
	*) (($(kernel_number "$1") < 128)) || epoch=inkernel ;;
	esac
	echo "${1%%-*}/$epoch/$(kernel_variant "$1")/$2"
}

# symbol_crcs RELEASE ARCH: lines "SYMBOL ..." of stdin become "0xCRC SYMBOL ...". The version
# is a fixed function of the ABI and the name, so that who builds a bundle and who builds a tree agree.
symbol_crcs()
{
	awk -v abi="$(kernel_abi "$1" "$2")" '
	BEGIN { for (i = 1; i < 128; i++) ord[sprintf("%c", i)] = i }
	{
		text = abi " " $1
		crc = 5381
		for (i = 1; i <= length(text); i++)
			crc = (crc * 65599 + ord[substr(text, i, 1)]) % 4294967296
		printf "0x%04x%04x %s\n", int(crc / 65536), crc % 65536, $0
	}'
}

# The rows of modules.tab for the modules named (all when none), as
# "name folder imports exports aliases depends"; depends is direct, in the order of the imports;
# "10ec:8139" has become "pci:v000010ECd00008139sv*sd*bc*sc*i*".
module_rows()
{
	awk -v want=" $* " '
	function alias(a) {
		if (a !~ /^[0-9a-f][0-9a-f][0-9a-f][0-9a-f]:[0-9a-f][0-9a-f][0-9a-f][0-9a-f]$/)
			return a
		return "pci:v0000" toupper(substr(a, 1, 4)) "d0000" toupper(substr(a, 6)) "sv*sd*bc*sc*i*"
	}
	/^#/ || NF < 5 { next }
	{
		row[++n] = $0
		m = split($4, e, ",")
		for (i = 1; i <= m; i++)
			owner[e[i]] = $1
	}
	END {
		for (r = 1; r <= n; r++) {
			split(row[r], f)
			if (want != "  " && index(want, " " f[1] " ") == 0)
				continue
			split("", seen)
			depends = ""
			m = split(f[3], imports, ",")
			for (i = 1; i <= m; i++) {
				o = owner[imports[i]]
				if (o != "" && !(o in seen))
					depends = depends (depends == "" ? "" : ",") o
				seen[o]
			}
			aliases = ""
			m = split(f[5], a, ",")
			for (i = 1; i <= m; i++)
				aliases = aliases (i == 1 ? "" : ",") alias(a[i])
			print f[1], f[2], f[3], f[4], aliases, depends == "" ? "-" : depends
		}
	}' "$here/modules.tab"
}

# The symbols that modules.tab takes from the kernel itself
kernel_symbols()
{
	awk '
	/^#/ || NF < 5 { next }
	{
		n = split($3, i, ","); while (n) imports[i[n--]]
		n = split($4, e, ","); while (n) exports[e[n--]]
	}
	END { for (s in imports) if (!(s in exports)) print s }' "$here/modules.tab" | sort
	echo struct_module
}
