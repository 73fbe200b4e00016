# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034
# Sourced by tests/demo and tests/all: what the machine must have, by Debian's names, and the build.

# what configure asks for, and the tools that build
build_packages='gcc make autoconf automake pkg-config libc6-dev librpm-dev libkmod-dev libblkid-dev
	libudev-dev libmount-dev libarchive-dev libsmartcols-dev libjson-c-dev nettle-dev libyaml-dev liblzma-dev
	zlib1g-dev libzstd-dev liblz4-dev liblzo2-dev libbz2-dev libext2fs-dev comerr-dev libseccomp-dev scdoc'
# what xenpv-host needs beside; Debian has Xen's libraries for amd64, and not for i386
host_packages='libxen-dev libxml2-dev'
# what makes the guest trees of the tests
tree_packages='rpm db5.3-util sqlite3 cpio gzip kmod file diffutils binutils e2fsprogs xfsprogs attr'
# what the tests judge with
test_packages='perl clang clang-format clang-tidy libumockdev-dev umockdev bzip2 xz-utils lz4 lzop zstd
	lvm2 patch procps strace python3-jsonschema python3-yaml shellcheck codespell mandoc cppcheck valgrind libc6-dbg
	reuse bc gpg gpg-agent libvirt-clients libxml2-utils ansible-core flake8'
# what `make bundle` and `make check-modules` need beside the kernel's headers
module_packages='libelf1 kmod binutils'
# what `make check-xen` makes its guests with
rig_packages='perl debootstrap cpio kmod e2fsprogs'
# what `make check-real` makes, boots and updates a Debian with
real_packages='debootstrap qemu-system-x86 cpio gzip zstd'
# what `make check-packages` builds and installs packages with
package_packages='rpm dpkg-dev debhelper dh-dkms lintian debootstrap'
# what `make static` builds its libraries with
static_packages='dpkg-dev cmake gperf libtool autoconf automake scdoc'
# what `make check-xen-drivers` builds kernels with
kernel_packages='flex bison bc libelf-dev libssl-dev xz-utils'

say()
{
	printf '\n== %s\n' "$*"
}

# Install what is missing; quiet unless it fails.
need()
{
	local missing=() p log

	for p in "$@"; do
		dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q ' installed' || missing+=("$p")
	done
	((${#missing[@]})) || return 0
	say "installing ${missing[*]}"
	log=$(mktemp)
	if ! { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
		--no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
		cat "$log" >&2
		exit 1
	fi
	rm -f "$log"
}

# build FOLDER [CONFIGURE OPTION...]
build()
{
	local dir=$1 log

	shift
	log=$(mktemp)
	if ! { ([[ -x $top/configure ]] || (cd "$top" && autoreconf -fi)) && mkdir -p "$dir" &&
		cd "$dir" && { [[ -f Makefile ]] || "$top/configure" -q "$@"; } &&
		make -s -j"$(nproc)"; } >"$log" 2>&1; then
		cat "$log" >&2
		exit 1
	fi
	rm -f "$log"
}
