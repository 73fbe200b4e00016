# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# A Debian 12 in a folder, with the image generators and a real kernel, for tests with real images.
# Made once for each kernel package, in $REAL_CACHE; needs root, debootstrap and the machine's own apt sources.

# Who wants another kernel than this small one, and more packages, says so before real_debian
real_kernel=linux-image-cloud-amd64
more_packages=''
REAL_CACHE=${REAL_CACHE:-$bin/tests/real-cache}

# shellcheck source=tests/debian.sh
. "$(dirname "${BASH_SOURCE[0]}")/../debian.sh"

make_debian()
{
	local base=$REAL_CACHE/new

	rm -rf --one-file-system "$base" && mkdir -p "$REAL_CACHE" || return
	deb=$base
	debian_base && lend_kernel_files || return
	# Policy: no image is made before a test asks for one
	# shellcheck disable=SC2086 # a list
	inside sh -c 'apt-get update -qq &&
		apt-get install -y -qq --no-install-recommends initramfs-tools dracut-core kmod zstd xz-utils lz4 lzop \
			bzip2 cpio librpm9 libkmod2 libmount1 libarchive13 libsmartcols1 libjson-c5 libnettle8 libyaml-0-2 \
			liblz4-1 liblzo2-2 &&
		sed -i "s/^update_initramfs=.*/update_initramfs=no/" /etc/initramfs-tools/update-initramfs.conf &&
		apt-get install -y -qq --no-install-recommends "$@" && apt-get clean' sh $real_kernel $more_packages
	local status=$?

	take_kernel_files
	((status == 0)) && mv "$base" "$REAL_CACHE/$real_kernel"
}

# The Debian as a fresh copy in $deb, with /proc and /dev; $release is its kernel's. Fails with a
# reason on standard output where the machine cannot have one.
real_debian()
{
	((EUID == 0)) || { echo 'not root'; return 1; }
	if [[ ! -d $REAL_CACHE/$real_kernel ]]; then
		make_debian >"$work/debian.log" 2>&1 ||
			{ echo 'no Debian could be made:'; tail -n 5 "$work/debian.log"; return 1; }
	fi
	deb=$work/debian
	cp -a --reflink=auto "$REAL_CACHE/$real_kernel" "$deb" || return
	lend_kernel_files || return
	release=$(ls "$deb/lib/modules")
}
