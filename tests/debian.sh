# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by tests/real, tests/xen and tests/modules/headers.sh: a Debian in the folder $deb, by debootstrap and the
# machine's own apt. Needs root. Every function fails with a reason on standard output or error.

debian_mirror()
{
	local uri

	uri=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Codename: bookworm' | head -n 1)
	[[ -n $uri ]] || uri=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | head -n 1)
	[[ -n $uri ]] || { echo 'apt knows no source of packages'; return 1; }
	echo "$uri"
}

# Run a program of $deb, in a clean environment
inside() # COMMAND...
{
	chroot "$deb" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C HOME=/root \
		DEBIAN_FRONTEND=noninteractive "$@"
}

lend_kernel_files()
{
	mkdir -p "$deb/proc" "$deb/dev" &&
		mount -t proc proc "$deb/proc" && mount --bind /dev "$deb/dev"
}

take_kernel_files()
{
	umount "$deb/dev" "$deb/proc" 2>/dev/null || :
}

# The same with /proc and /dev. The end of what it prints is shown when it fails; all of it is in LOG.
inside_with_kernel_files() # LOG COMMAND...
{
	local log=$1 status=0

	shift
	lend_kernel_files
	inside "$@" >"$log" 2>&1 || status=$?
	take_kernel_files
	((status == 0)) || tail -n 20 "$log"
	return $status
}

# The machine's own apt configuration, so that the packages come the same way
lend_apt()
{
	local f

	rm -rf "$deb/etc/apt/sources.list" "$deb/etc/apt/sources.list.d"
	for f in sources.list sources.list.d apt.conf.d keyrings auth.conf.d; do
		[[ ! -e /etc/apt/$f ]] || cp -a "/etc/apt/$f" "$deb/etc/apt/"
	done
	cp -L /etc/resolv.conf /etc/hosts "$deb/etc/"
	[[ ! -d /etc/ssl/certs ]] || { mkdir -p "$deb/etc/ssl" && cp -a /etc/ssl/certs "$deb/etc/ssl/"; }
}

# A minimal Debian 12 that can install further packages
debian_base() # [DEBOOTSTRAP-OPTION...]
{
	local mirror

	mirror=$(debian_mirror) || { echo "$mirror"; return 1; }
	debootstrap --variant=minbase --include=ca-certificates "$@" bookworm "$deb" "$mirror" && lend_apt || return
	# Of another architecture not every source has lists
	[[ " $* " != *' --arch=i386 '* ]] || { rm -rf "$deb/etc/apt/sources.list.d" &&
		echo "deb $mirror bookworm main" >"$deb/etc/apt/sources.list"; }
}

# Packages into a tree whose /bin, /lib and /sbin are links into /usr, as Debian's
unpack() # TREE PACKAGE-FILE...
{
	local dir=$1 l deb

	shift
	mkdir -p "$dir"/usr/{bin,sbin,lib,lib64}
	for l in bin sbin lib lib64; do
		[[ -e $dir/$l ]] || ln -s "usr/$l" "$dir/$l"
	done
	for deb; do
		(set -o pipefail; dpkg-deb --fsys-tarfile "$deb" | tar -x --keep-directory-symlink -C "$dir") || return
	done
}
