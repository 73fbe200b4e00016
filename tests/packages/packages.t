#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The packages that make dist, make rpm, make static-rpm, make kmod-rpm and make deb give: what is in them, and that
# they can be installed, used and removed in a Debian by rpm and apt, where the tests pass against them. Needs root and
# the machine's own apt sources. STATIC_CACHE=FOLDER: where make static keeps its libraries, which take long to build.

# shellcheck source-path=SCRIPTDIR source=../cases/lib.sh
. "$(dirname "$0")/../cases/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../modules/headers.sh
. "$tests/modules/headers.sh"
version=$(sed -n 's/^PACKAGE_VERSION = //p' "$bin/Makefile")
# shellcheck disable=SC2034 # headers.sh has them there
cache=${MODULES_CACHE:-$bin/tests/modules-cache}
deb=$work/debian

# All but those of the build folder's own programs and of the trees, and rpm, which is of a build without librpm. What a
# command prints is the same wherever it lies.
mapfile -t cases < <(cd "$tests/cases" && printf '%s\n' *.t | grep -vxE '(fuzz|kill|old|recover|rpm|trees)\.t' | sed 's/\.t$//')

at_exit()
{
	take_kernel_files
}

made() # TARGET ARGUMENT...
{
	make -s -C "$bin" "$@" >"$work/log" 2>&1 || { tail -n 20 "$work/log"; return 1; }
}

# --- the tarball -------------------------------------------------------------------------------
# Beside the repository's files, what autotools and configure make of them
tarball_is_repository()
{
	diff <(git -C "$tests/.." ls-files | grep -Ev '^(\.ci/.*|\.gitignore)$' | sort) \
		<(tar -tf "$bin/xenpv-$version.tar.xz" | sed 's|^[^/]*/||; /\/$/d; /^$/d' | sort | grep -Ev \
			'^(Makefile\.in|aclocal\.m4|build-aux/.*|config\.h\.in|configure|packaging/[a-z-]*\.spec|packaging/debian/changelog)$')
}

ok 'make dist' made dist
if git -C "$tests/.." rev-parse --git-dir >/dev/null 2>&1; then
	ok 'the tarball holds the files of the repository, and no others' tarball_is_repository
else
	skip 'the tarball holds the files of the repository, and no others' 'no repository'
fi

# --- the Debian to install in --------------------------------------------------------------------
reason=
for tool in rpmbuild dpkg-buildpackage dh dh_dkms lintian debootstrap cmake gperf libtoolize; do
	command -v "$tool" >/dev/null || reason="$tool is not installed"
done
((EUID == 0)) || reason='not root'
if [[ -n $reason ]]; then
	tap 1 'packages' "$reason"
	finish
fi
make_debian()
{
	debian_base && lend_kernel_files && inside apt-get update -qq
}
if ! make_debian >"$work/log" 2>&1; then
	tap 1 'packages' "no Debian could be made: $(tail -n 1 "$work/log")"
	finish
fi

# A guest in the Debian is checked, changed, verified, and changed back
used()
{
	local arguments=(--root /guest --host 5.3/x86_64)

	guest rhel5.3-x86_64 g && rm -rf "${deb:?}/guest" && cp -a "$work/g" "$deb/guest" && listing "$deb/guest" >"$work/before" &&
		inside xenpv-check "${arguments[@]}" && inside xenpv-install "${arguments[@]}" &&
		inside xenpv-verify "${arguments[@]}" && inside xenpv-install --root /guest --uninstall &&
		unchanged "$work/before" "$deb/guest"
}

says_version()
{
	[[ $(inside "$1" --version) = "$1 $version" ]]
}

# It ends well and says nothing
verified() # COMMAND...
{
	"$@" >"$work/log" 2>&1 && [[ ! -s $work/log ]] || { cat "$work/log"; return 1; }
}

unit_starts_what_is_there()
{
	local command

	command=$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$deb/usr/lib/systemd/system/xenpv-verify.service")
	[[ -n $command && -x $deb$command ]]
}

passes() # TEST
{
	INSTALLED=$deb/usr/sbin bash "$tests/$1" >"$work/tap" 2>&1 && grep '^ok' "$work/tap" | grep -qv ' # SKIP ' ||
		{ grep -v '^ok' "$work/tap"; return 1; }
}

# The same of both packages
each_way() # KIND
{
	local name

	for name in xenpv-check xenpv-host xenpv-install xenpv-verify; do
		ok "$1: $name" says_version "$name"
	done
	for name in usr/lib/systemd/system/xenpv-verify.service usr/lib/kernel/install.d/95-xenpv.install \
		usr/share/xenpv/schema/xenpv-1.json usr/share/bash-completion/completions/xenpv-check; do
		ok "$1: $name" test -s "$deb/$name"
	done
	ok "$1: its unit starts a command that is there" unit_starts_what_is_there
	ok "$1: used on a guest" used
	for name in "${cases[@]}"; do
		ok "$1: tests/cases/$name.t" passes "cases/$name.t"
	done
	ok "$1: tests/lint/man.t" passes lint/man.t
	ok "$1: tests/lint/hardened.t" passes lint/hardened.t
}

gone() # KIND
{
	[[ -z $(find "$deb"/{etc,lib,usr,var/lib/xenpv} -name '*xenpv*' 2>/dev/null | tee "$work/left") ]] ||
		{ cat "$work/left"; return 1; }
}

# --- Debian --------------------------------------------------------------------------------------
ok 'make deb' made deb
debs=$bin/debbuild
ok 'lintian has nothing to say' lintian --allow-root --fail-on error,warning,info --display-info --suppress-tags \
	bad-distribution-in-changes-file "$debs"/*.changes
cp "$debs/xenpv_$version-"*.deb "$deb/var/tmp/xenpv.deb"
cp "$debs/xenpv-host_$version-"*.deb "$deb/var/tmp/xenpv-host.deb"
cp "$debs/xenpv-dkms_$version-"*.deb "$deb/var/tmp/xenpv-dkms.deb"
cp "$debs/xenpv-ansible_$version-"*.deb "$deb/var/tmp/xenpv-ansible.deb"
ok 'deb: apt installs the commands, and what they need' \
	inside apt-get install -y -qq --no-install-recommends /var/tmp/xenpv.deb /var/tmp/xenpv-host.deb
ok 'deb: its files are as they were packed' verified inside dpkg --verify xenpv xenpv-host
each_way deb
ok 'deb: its hook says nothing where there is nothing to do' verified inside /etc/kernel/postinst.d/xenpv 6.1.0-1-amd64

# The sources of the drivers, built by DKMS for a kernel of Debian's that has none
release=$(headers bookworm linux-headers-686 i386 2>"$work/log")
tree=$cache/headers/$release
dkms_builds()
{
	cp -a "$tree/usr/." "$deb/usr/" &&
		inside dkms build "xenpv/$version" -k "$release" -a i686 --kernelsourcedir "/usr/src/linux-headers-$release" \
			>"$work/log" 2>&1 &&
		[[ $(inside dkms status -m xenpv) = "xenpv/$version, $release, i686: built"* ]] ||
		{ tail -n 20 "$work/log"; inside dkms status; return 1; }
}
verdict "headers of a kernel of Debian's" "$([[ -n $release ]] || tail -n 1 "$work/log" | grep . || echo 'there are none')"
ok 'deb: apt installs the sources of the drivers' \
	inside apt-get install -y -qq --no-install-recommends /var/tmp/xenpv-dkms.deb
ok 'deb: DKMS knows them' test "$(inside dkms status)" = "xenpv/$version: added"
[[ -z $release ]] || ok "deb: and builds them for $release" dkms_builds
ok 'deb: apt installs the Ansible collection' \
	inside apt-get install -y -qq --no-install-recommends /var/tmp/xenpv-ansible.deb
ok 'deb: Ansible finds it' inside env LC_ALL=C.UTF-8 ansible-doc --type role xenpv.guests.xenpv
ok 'deb: apt removes all' inside apt-get purge -y -qq xenpv xenpv-host xenpv-dkms xenpv-ansible
ok 'deb: nothing of them is left' gone

# --- RPM -----------------------------------------------------------------------------------------
# Debian's rpm knows none of the packages that its commands' libraries are from
in_rpm()
{
	rpm --root "$deb" --nodeps "$@"
}

ok 'make rpm' made rpm RPMBUILD_FLAGS='--nodeps --with host'
package=$bin/rpmbuild/RPMS/x86_64/xenpv-$version-1.x86_64.rpm
ok 'rpm: installed' in_rpm -i "$package" "${package%/*}/xenpv-host-$version-1.x86_64.rpm"
ok 'rpm: its files are as they were packed' verified in_rpm -V xenpv xenpv-host
each_way rpm

# A kernel's package, as far as the drivers' asks for it
kernel_package() # CRC-OF-ONE
{
	{
		printf '%s\n' 'Name: kernel' 'Version: 1' 'Release: 1' 'Summary: Stub' 'License: none' 'Provides: /bin/sh'
		awk -v wrong="$1" '$2 == "__kmalloc" && wrong { $1 = wrong }
			{ print "Provides: " ($3 == "vmlinux" ? "kernel(" : "ksym(") $2 ") = " $1 }' \
			"$tree/usr/src/linux-headers-$release/Module.symvers"
		printf '%s\n' '%description' 'Stub.' '%files'
	} >"$work/kernel.spec"
	rpmbuild -bb --quiet --target i686 --define "_topdir $work/stub" "$work/kernel.spec" >"$work/log" 2>&1 &&
		rpm --root "$deb" -U --force --nodeps "$work"/stub/RPMS/i686/*.rpm || { tail -n 5 "$work/log"; return 1; }
}

kmod_is_refused()
{
	! rpm --root "$deb" --ignorearch -i "$kmod" 2>"$work/log" && grep -q 'kernel(__kmalloc) = .* is needed' "$work/log"
}

indexed() # COUNT
{
	[[ $(grep -c "^extra/xenpv/$version/xen-[a-z-]*\.ko:" "$deb/lib/modules/$release/modules.dep") = "$1" ]]
}

weak_modules()
{
	printf '#!/bin/sh\nPATH=/usr/bin:/bin\n{ echo "$@"; cat; } >/var/tmp/weak\n' >"$deb/usr/sbin/weak-modules"
	chmod 755 "$deb/usr/sbin/weak-modules"
}

weak_modules_was_told() # OPTION
{
	diff "$deb/var/tmp/weak" <(echo "$1"
		printf "/lib/modules/$release/extra/xenpv/$version/%s.ko\n" xen-platform-pci xen-balloon xen-vbd xen-vnif)
}

# A guest with this kernel, which has no drivers, is given them from the package
takes_bundle()
{
	local flags

	rpm2cpio "$kmod" | cpio -i --quiet --to-stdout '*/xen-vbd.ko' >"$work/xen-vbd.ko" || return
	flags=$(modinfo -F vermagic "$work/xen-vbd.ko")
	flags=${flags#"$release "}
	rm -rf "$work/trees" "$work/g" "${deb:?}/guest" && cp -R "$tests/trees" "$work/trees" &&
		sed -i "s/6\.1\.0-[0-9]*-686/$release/" "$work/trees/modern.tab" &&
		sed -i "s/SMP mod_unload modversions /$flags/" "$work/trees/mkmodern" &&
		"$work/trees/mkmodern" debian12-686 "$work/g" && cp -a "$work/g" "$deb/guest" &&
		cp "$kmod" "$deb/var/tmp/kmod.rpm" && listing "$deb/guest" >"$work/before" &&
		inside xenpv-install --root /guest --bundle /var/tmp/kmod.rpm && inside xenpv-verify --root /guest &&
		[[ $(find "$deb/guest/lib/modules/$release/extra/xenpv/$version" -name 'xen-*.ko' | wc -l) = 4 ]] &&
		inside xenpv-install --root /guest --uninstall && unchanged "$work/before" "$deb/guest"
}

kmod_package()
{
	kmod=$bin/rpmbuild/RPMS/i686/kmod-xenpv-$release-$version-1.i686.rpm
	ok "make kmod-rpm for $release" made kmod-rpm KERNEL="$release" MODULE_MAKE=CC=gcc \
		HEADERS="$tree/usr/src/linux-headers-$release" RPMBUILD_FLAGS='--nodeps --target i686'
	ok 'kmod: it provides what such packages provide' diff <(rpm -qp --provides "$kmod" |
		grep -E '^(kmod\(|kabi-modules|kmod-xenpv |xenpv-kmod|ksym\(xenpv_driver_register\) = 0x)' | sed 's/ = .*//') \
		<(printf '%s\n' kabi-modules kmod-xenpv 'kmod(xen-balloon.ko)' 'kmod(xen-platform-pci.ko)' 'kmod(xen-vbd.ko)' \
			'kmod(xen-vnif.ko)' 'ksym(xenpv_driver_register)' xenpv-kmod)
	inside apt-get install -y -qq --no-install-recommends kmod >/dev/null 2>&1
	mkdir -p "$deb/lib/modules/$release/kernel"
	ok 'kmod: a kernel with another symbol version' kernel_package 0xdeadbeef
	ok 'kmod: refused there, and the symbol is named' kmod_is_refused
	ok 'kmod: its own kernel' kernel_package ''
	ok 'kmod: installed, without weak-modules' rpm --root "$deb" --ignorearch -i "$kmod"
	ok "kmod: the kernel's index knows the drivers" indexed 4
	ok 'kmod: removed' rpm --root "$deb" -e "kmod-xenpv-$release"
	ok 'kmod: the index forgot them' indexed 0
	weak_modules
	ok 'kmod: installed, with weak-modules' rpm --root "$deb" --ignorearch -i "$kmod"
	ok 'kmod: which is told of the drivers' weak_modules_was_told --add-modules
	ok 'kmod: removed' rpm --root "$deb" -e "kmod-xenpv-$release"
	ok 'kmod: which it is told, too' weak_modules_was_told --remove-modules
	ok 'kmod: a bundle, for a guest with that kernel' takes_bundle
}

[[ -z $release ]] || kmod_package
# --- the static RPM ------------------------------------------------------------------------------
# What rpm knows since 4.1; that of RHEL 3 is 4.2
old_rpm_knows()
{
	cat <<-'EOF'
		rpmlib(VersionedDependencies) <= 3.0.3-1
		rpmlib(CompressedFileNames) <= 3.0.4-1
		rpmlib(PayloadIsBzip2) <= 3.0.5-1
		rpmlib(PayloadFilesHavePrefix) <= 4.0-1
		rpmlib(ExplicitPackageProvide) <= 4.0-1
		rpmlib(HeaderLoadSortsTags) <= 4.0.1-1
		rpmlib(ScriptletInterpreterArgs) <= 4.0.3-1
		rpmlib(PartialHardlinkSets) <= 4.0.4-1
		rpmlib(ConcurrentAccess) <= 4.1-1
	EOF
}

asks_what_old_rpm_knows() # PACKAGE
{
	rpm -qp --requires "$1" >"$work/requires" && [[ -s $work/requires ]] &&
		! grep -vxFf <(old_rpm_knows) "$work/requires"
}

format_is_old() # PACKAGE
{
	# An MD5 has 32 digits
	[[ $(rpm -qp --queryformat '%{PAYLOADCOMPRESSOR}' "$1") = gzip ]] &&
		! rpm -qp --queryformat '[%{FILEDIGESTS}\n]' "$1" | grep -vxE '([0-9a-f]{32})?'
}

# That rpm before 4.9 does not refuse it for itself
provides_no_conflict() # PACKAGE
{
	! grep -xFf <(rpm -qp --queryformat '[%{PROVIDENAME}\n]' "$1") <(rpm -qp --queryformat '[%{CONFLICTNAME}\n]' "$1")
}

conflicts() # PACKAGE
{
	! rpm --root "$deb" -i "$1" 2>"$work/log" &&
		grep -q '/usr/sbin/xenpv-check .* conflicts with file from package xenpv-' "$work/log" ||
		{ cat "$work/log"; return 1; }
}

# The same files, but what %doc puts elsewhere
holds_archive() # PACKAGE ARCHIVE
{
	diff <(rpm -qp --queryformat '[%{FILEMODES:perms} %{FILENAMES}\n]' "$1" | sed -n 's/^-[^ ]* //p' |
		grep -v ^/usr/share/doc/ | sort) <(tar -tzf "$2" | sed -n 's|^[^/]*\(/usr/.*[^/]\)$|\1|p' | sort)
}

packed_anew()
{
	sha256sum "$bin/xenpv-static-$version"-*.tar.gz >"$work/sums" && made static-dist "${static[@]}" &&
		sha256sum --quiet -c "$work/sums"
}

# Nothing loads it but the kernel
needs_no_library() # COMMAND
{
	readelf -lW "$1" >"$work/segments" && grep -q '^ *LOAD ' "$work/segments" && ! grep -E '^ *(INTERP|DYNAMIC) ' "$work/segments"
}

static_package() # ARCHITECTURE
{
	local name package

	package=$(static_rpm "$1")
	ok "static: $1: asks only for what rpm of RHEL 3 knows" asks_what_old_rpm_knows "$package"
	ok "static: $1: its format is old" format_is_old "$package"
	ok "static: $1: it is in no conflict with itself" provides_no_conflict "$package"
	ok "static: $1: it holds what the archive holds" holds_archive "$package" "$bin/xenpv-static-$version-$1.tar.gz"
	ok "static: $1: installed, and asks for nothing" rpm --root "$deb" --ignorearch -i "$package"
	ok "static: $1: its files are as they were packed" verified in_rpm -V xenpv-static
	ok "static: $1: it provides xenpv" rpm --root "$deb" -q --whatprovides xenpv
	for name in xenpv-check xenpv-install xenpv-verify; do
		ok "static: $1: $name" says_version "$name"
		ok "static: $1: $name needs no library" needs_no_library "$deb/usr/sbin/$name"
	done
	ok "static: $1: used on a guest" used
	ok "static: $1: removed" rpm --root "$deb" -e xenpv-static
	ok "static: $1: nothing of it is left" gone
}

static_rpm() # ARCHITECTURE
{
	echo "$bin/rpmbuild/RPMS/$1/xenpv-static-$version-1.$1.rpm"
}

static=(${STATIC_CACHE:+"STATIC_CACHE=$STATIC_CACHE"})
ok 'make static-rpm' made static-rpm "${static[@]}"
ok 'static: packed again, the archives are the same' packed_anew
ok 'static: refused beside xenpv' conflicts "$(static_rpm x86_64)"
collection=usr/share/ansible/collections/ansible_collections/xenpv/guests
ok 'rpm: the Ansible collection' in_rpm -i --ignorearch "$bin/rpmbuild/RPMS/noarch/xenpv-ansible-$version-1.noarch.rpm"
ok 'rpm: it is all there' diff -r "$tests/../ansible" "$deb/$collection"
ok 'rpm: removed' in_rpm -e xenpv-ansible xenpv-host xenpv
ok 'rpm: nothing of it is left' gone
static_package x86_64
static_package i686
finish
