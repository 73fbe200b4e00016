# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What the cases share: TAP, guest trees and bundles, full listings of trees, runs of the commands.

tests=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
bin=$(cd "${builddir:-.}" && pwd)
# INSTALLED=/usr/sbin: the commands as they are installed there, and not those of the build folder
commands=${INSTALLED:-$bin}
# AS_OF=2.6.9: they run as on that kernel, which sets times to the microsecond (tests/old/run)
# UNDER=valgrind: they run below it (tests/valgrind)
fraction=${AS_OF:+6}
data=${srcdir:-$tests/..}/../shared/data
work=$(mktemp -d "${TMPDIR:-/tmp}/xenpv-case.XXXXXX")
trap 'at_exit; rm -rf --one-file-system "$work"' EXIT
export TREES_CACHE=${TREES_CACHE:-$bin/tests/trees-cache}
export LC_ALL=C TZ=UTC PATH=$PATH:/sbin:/usr/sbin
# shellcheck source-path=SCRIPTDIR source=../tap.sh
. "$tests/tap.sh"

at_exit()
{
	: # a case with mounts puts its own here
}

# The version of the Landlock that the commands have; -1: none
landlock()
{
	[[ ${AS_OF:-}${UNDER:-} ]] && echo -1 || python3 -c 'import ctypes; print(ctypes.CDLL(None).syscall(444, None, 0, 1))'
}

# A fresh copy of a guest in $work/NAME
guest() # TREE NAME
{
	rm -rf "${work:?}/$2"
	"$tests/trees/mktree" "$1" "$work/$2"
}

kernels_of()
{
	ls "$1/lib/modules"
}

arch_of() # TREE-NAME
{
	case $1 in
	*i686*) echo i686 ;;
	*) echo x86_64 ;;
	esac
}

base_of() # DIR: where modprobe's -d finds lib/modules
{
	[[ ! -d $1/usr/lib/modules ]] && echo "$1" || echo "$1/usr"
}

# A copy of one kernel's modules, for tools that write
copy_modules() # DIR KERNEL
{
	rm -rf "$work/mods" && mkdir -p "$work/mods/lib/modules" &&
		cp -a "$1/lib/modules/$2" "$work/mods/lib/modules/" &&
		# RHEL 4 has three columns, which depmod no longer reads
		gzip -dc "$1/boot/symvers-$2.gz" |
		awk -F '\t' -v OFS='\t' '{ print $1, $2, $3, "EXPORT_SYMBOL" }' >"$work/symvers"
}

# Lines of a modules.dep in one order, and in it what each module needs, without colons
sorted_words()
{
	awk '{ gsub(":", ""); n = split($0, w); for (i = 2; i <= n; i++) for (j = i + 1; j <= n; j++)
		if (w[j] < w[i]) { t = w[i]; w[i] = w[j]; w[j] = t }
		line = ""; for (i = 1; i <= n; i++) line = line w[i] " "; print line }' | sort
}

# depmod finds every symbol, with the right version
depmod_is_content() # KERNEL
{
	depmod -b "$work/mods" -e -E "$work/symvers" "$1" 2>&1 | grep -v 'could not open modules\.' && return 1
	return 0
}

# Our text indexes say what depmod's say, in the style of module-init-tools: absolute paths
indexes_agree() # DIR KERNEL
{
	local ours=$1/lib/modules/$2 theirs=$work/mods/lib/modules/$2 f

	if grep -v '^/' "$ours/modules.dep" || tr -d ':' <"$ours/modules.dep" | tr ' ' '\n' |
		grep -Ev "^/lib/modules/$2/(kernel|extra)/.*\.ko$" | grep .; then
		echo 'not absolute'
		return 1
	fi
	for f in modules.alias modules.symbols; do
		[[ $(head -n 1 "$ours/$f") = '#'* ]] || return 1
		diff <(sort "$ours/$f") <(sort "$theirs/$f") || return
	done
	# Which module of a set comes first is free where they do not need each other
	diff <(sed "s|/lib/modules/$2/||g" "$ours/modules.dep" | sorted_words) \
		<(sorted_words <"$theirs/modules.dep")
}

# Drivers come with the kernel or with a package
has_drivers() # DIR KERNEL
{
	[[ -n $(find "$1/lib/modules/$2" -name xen-vbd.ko) ]]
}

# The bundle that a guest needs, "" for none: for its kernels, but 5.2 takes the one of 5.1
bundle_for() # TREE-NAME DIR
{
	local k out=$work/bundle-$1

	rm -rf "$out"
	for k in $(kernels_of "$2"); do
		if [[ $k = *xen ]] || has_drivers "$2" "$k"; then
			continue
		fi
		[[ $1 != rhel5.2-* ]] || k=2.6.18-53.el5
		"$tests/trees/mkbundle" "$k" "$(arch_of "$1")" "$out" || return
	done
	[[ ! -d $out ]] || echo "$out"
}

# Programs of this machine, the commands, and their libraries, into the folder of a system
furnish() # FOLDER [PROGRAM...]
{
	local dir=$1 file

	shift
	mkdir -p "$dir"/{dev,proc,root,run,tmp,usr/bin,usr/sbin,usr/local/sbin,usr/lib/rpm,var/tmp} || return
	for file in bin sbin lib64; do
		[[ -e $dir/$file ]] || { mkdir -p "$dir/usr/$file" && ln -s "usr/$file" "$dir/$file"; } || return
	done
	for file in bash cat chroot env fold sh test touch "$@"; do
		cp -L "$(type -P "$file")" "$dir/usr/bin/" || return
	done
	for file in xenpv-check xenpv-install xenpv-verify; do
		install "$commands/$file" "$dir/usr/sbin/" && ln -sf "../../sbin/$file" "$dir/usr/local/sbin/" || return
	done
	for file in $(ldd "$dir"/usr/bin/* "$dir"/usr/sbin/xenpv-* | grep -o '/[^ ]*\.so[^ ]*' | sort -u); do
		[[ -e $dir$file ]] || install -D "$(realpath "$file")" "$dir$file" || return
	done
	cp -R /usr/lib/rpm/{macros,rpmrc,platform} "$dir/usr/lib/rpm/" && mknod -m 666 "$dir/dev/null" c 1 3
}

# /boot of a guest becomes a file system of its own, as its fstab says
mount_boot() # DIR
{
	mv "$1/boot" "$1.boot" && mkdir "$1/boot" && mount -t tmpfs none "$1/boot" && cp -a "$1.boot/." "$1/boot/" &&
		rm -rf "$1.boot"
}

# All that a tree is but access and change times: kind, mode, owner, links, size, time, target,
# device numbers, content, extended attributes.
listing() # DIR
(
	cd "$1" || exit
	find . -printf '%p %y %m %U:%G %n %T@ %l' \( -type f -printf ' %s\n' -o -printf '\n' \) |
		sed -E "s/ ([0-9]+\.[0-9]{${fraction:-10}})[0-9]* / \1 /" | sort
	find . \( -type b -o -type c \) -exec stat -c '%n %t:%T' {} + | sort
	find . -type f -print0 | sort -z | xargs -0r sha256sum
	find . -print0 | sort -z | xargs -0r getfattr -h -d -m - 2>/dev/null
)

# run NAME ARGUMENT...: a command of ours; its output in $work/out and $work/err, its status in $status
run()
{
	status=0
	timeout 120 "$commands/$1" "${@:2}" >"$work/out" 2>"$work/err" </dev/null || status=$?
}

# An install of the tree that is killed as it puts its Nth file in its place, and leaves its journal
interrupted() # N ROOT OPTION...
{
	! strace -f -o /dev/null -e trace=renameat,renameat2 -e inject=renameat,renameat2:signal=SIGKILL:when="$1" \
		"$commands/xenpv-install" --root "${@:2}" >"$work/out" 2>"$work/err" && [[ -e $2/var/lib/xenpv/journal ]]
}

# exits STATUS NAME ARGUMENT...: run it and compare its status
exits()
{
	local want=$1

	shift
	run "$@"
	((status == want)) && return
	echo "$* exits $status, not $want"
	cat "$work/out" "$work/err"
	return 1
}

unchanged() # LISTING DIR
{
	diff "$1" <(listing "$2")
}

# One field of the JSON document in $work/out, by a Python expression over d
json()
{
	python3 -c 'import json, sys
d = json.load(open(sys.argv[1]))
def status(id, kernel=None):
    return "+".join(sorted({f["status"] for f in d["findings"] if f["id"] == id
                            and kernel in (None, f["kernel"])})) or "none"
def text(id):
    return " | ".join(str(f[k]) for f in d["findings"] if f["id"] == id
                      for k in ("seen", "needed", "remedy"))
def drivers(kernel):
    return [k["drivers"] for k in d["guest"]["kernels"] if k["release"] == kernel][0]
print(eval(sys.argv[2]))' "$work/out" "$1"
}

json_is() # EXPRESSION VALUE
{
	local have

	have=$(json "$1") || return
	[[ $have = "$2" ]] || { echo "$1 is '$have', not '$2'"; return 1; }
}

json_has() # EXPRESSION WORD...
{
	local have word

	have=$(json "$1") || return
	for word in "${@:2}"; do
		[[ $have = *"$word"* ]] || { echo "$1 is '$have', without '$word'"; return 1; }
	done
}
