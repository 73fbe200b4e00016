# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# A Debian 12 in a folder, with the image generators and a real kernel, for tests with real images.
# Made once in $REAL_CACHE; needs root, debootstrap and the machine's own apt sources.

REAL_CACHE=${REAL_CACHE:-$bin/tests/real-cache}

real_mirror()
{
	local uri

	uri=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Codename: bookworm' 2>/dev/null | head -n 1)
	[[ -n $uri ]] || uri=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null | head -n 1)
	echo "${uri:-http://deb.debian.org/debian}"
}

# In the Debian $deb, with a clean environment
inside()
{
	chroot "$deb" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C HOME=/root \
		DEBIAN_FRONTEND=noninteractive "$@"
}

mount_kernel_files()
{
	mkdir -p "$deb/proc" "$deb/dev" &&
		mount -t proc proc "$deb/proc" && mount --bind /dev "$deb/dev"
}

umount_kernel_files()
{
	umount "$deb/dev" "$deb/proc" 2>/dev/null
	return 0
}

# The machine's own apt configuration, so that the registry is reached the same way
copy_apt()
{
	rm -rf "$1/etc/apt/sources.list" "$1/etc/apt/sources.list.d"
	cp -a /etc/apt/sources.list.d "$1/etc/apt/" 2>/dev/null
	[[ ! -e /etc/apt/sources.list ]] || cp -a /etc/apt/sources.list "$1/etc/apt/"
	cp -a /etc/apt/apt.conf.d /etc/apt/keyrings /etc/apt/auth.conf.d "$1/etc/apt/" 2>/dev/null
	cp -L /etc/resolv.conf /etc/hosts "$1/etc/" 2>/dev/null
	cp -a /etc/ssl/certs "$1/etc/ssl/" 2>/dev/null
	return 0
}

make_debian()
{
	local base=$REAL_CACHE/new

	rm -rf "$base" && mkdir -p "$REAL_CACHE" &&
		debootstrap --variant=minbase --include=ca-certificates bookworm "$base" "$(real_mirror)" || return
	copy_apt "$base"
	deb=$base
	mount_kernel_files || return
	# Policy: no image is made before a test asks for one
	inside sh -c 'apt-get update -qq &&
		apt-get install -y -qq --no-install-recommends initramfs-tools dracut-core kmod zstd xz-utils lz4 lzop \
			bzip2 cpio librpm9 libkmod2 libmount1 libarchive13 libsmartcols1 libjson-c5 libnettle8 libyaml-0-2 \
			liblz4-1 liblzo2-2 &&
		sed -i "s/^update_initramfs=.*/update_initramfs=no/" /etc/initramfs-tools/update-initramfs.conf &&
		apt-get install -y -qq --no-install-recommends linux-image-cloud-amd64 && apt-get clean'
	local status=$?

	umount_kernel_files
	((status == 0)) && mv "$base" "$REAL_CACHE/debian"
}

# The Debian as a fresh copy in $deb, with /proc and /dev; $release is its kernel's. Fails with a
# reason on standard output where the machine cannot have one.
real_debian()
{
	((EUID == 0)) || { echo 'not root'; return 1; }
	if [[ ! -d $REAL_CACHE/debian ]]; then
		make_debian >"$work/debian.log" 2>&1 ||
			{ echo 'no Debian could be made:'; tail -n 5 "$work/debian.log"; return 1; }
	fi
	deb=$work/debian
	cp -a --reflink=auto "$REAL_CACHE/debian" "$deb" || return
	mount_kernel_files || return
	release=$(ls "$deb/lib/modules")
}
