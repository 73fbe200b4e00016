# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # tree, major, arch, …: of mktree and NAME.tree
# A real rpm database in Berkeley DB's format: stub packages by rpmbuild, "installed" with
# --justdb into the format that today's rpm writes, and loaded over into Berkeley DB.

# Lines "name version release noarch|- file..." become one spec of as many packages
write_spec()
{
	awk '
	BEGIN {
		print "Name: stubs\nVersion: 1\nRelease: 1\nSummary: Stubs\nLicense: GPL-2.0-or-later"
		print "AutoReqProv: no\n%description\nNothing."
	}
	{
		print "%package -n " $1 "\nSummary: Stub of " $1 "\nVersion: " $2 "\nRelease: " $3
		if ($4 == "noarch")
			print "BuildArch: noarch"
		print "%description -n " $1 "\nA package of the test guests, without its content."
		print "%files -n " $1
		for (i = 5; i <= NF; i++) {
			print $i
			file[++n] = $i
		}
	}
	END {
		print "%install\nmkdir -p \"%{buildroot}\"\ncd \"%{buildroot}\""
		for (i = 1; i <= n; i++) {
			dir = file[i]
			sub("/[^/]*$", "", dir)
			if (!(dir in seen))
				dirs = dirs " ." dir
			seen[dir]
			files = files " ." file[i]
		}
		print "mkdir -p ." dirs "\ntouch ." files
	}'
}

# build_rpms TARGET: lines as above -> RPMs below $scratch/rpm/RPMS
build_rpms()
{
	write_spec >"$scratch/$1.spec"
	SOURCE_DATE_EPOCH=$(date -d "$date" +%s) rpmbuild -bb --quiet --target "$1-redhat-linux" \
		--define "_topdir $scratch/rpm" --define '_buildhost localhost' \
		--define 'use_source_date_epoch_as_buildtime 1' --define 'debug_package %{nil}' \
		--define '__os_install_post %{nil}' --define '_build_id_links none' \
		"$scratch/$1.spec" >"$scratch/$1.log" 2>&1 || die "rpmbuild: $(cat "$scratch/$1.log")"
}

# load_bdb SQLITE FOLDER: Packages (hash by number) and Name (btree), as db5.3_load reads them.
# Record 0 of Packages holds the highest number in use. Numbers are little endian.
load_bdb()
{
	local le="printf('%02x%02x%02x%02x', n & 255, n >> 8 & 255, n >> 16 & 255, n >> 24)"

	{
		printf 'VERSION=3\nformat=bytevalue\ntype=hash\nHEADER=END\n'
		sqlite3 "$1" "select ' 00000000'; select ' ' || $le from (select max(hnum) n from Packages);
			select ' ' || $le || char(10) || ' ' || lower(hex(blob))
			from (select hnum n, blob from Packages order by hnum)"
		echo DATA=END
	} | db5.3_load "$2/Packages"
	{
		printf 'VERSION=3\nformat=bytevalue\ntype=btree\nHEADER=END\n'
		sqlite3 "$1" "select ' ' || lower(hex(key)) || char(10) || ' ' || group_concat($le || '00000000', '')
			from (select key, hnum n from Name order by key, hnum) group by key order by key"
		echo DATA=END
	} | db5.3_load "$2/Name"
}

# The package of a kernel with its files, as lines above
kernel_package_line() # RELEASE
{
	local release=$1 base=${1%"$(kernel_variant "$1")"}

	echo "$(kernel_package "$1") ${base%%-*} ${base#*-} - $(cd "$tree" &&
		find "lib/modules/$release/kernel" boot -type f \
			\( -path '*/kernel/*' -o -name "*-$release" -o -name "symvers-$release.gz" \) |
		sort | sed 's|^|/|' | tr '\n' ' ')"
}

# The package whose drivers install_kmod has put there
kmod_package_line() # KERNEL
{
	local v

	v=$(kernel_variant "$1")
	echo "kmod-xenpv${v:+-$v} ${kmod%-*} ${kmod##*-} - $(cd "$tree" &&
		find "lib/modules/$1/extra/xenpv" -type f | sort | sed 's|^|/|' | tr '\n' ' ')"
}

# Packages of the lists: those of the base architecture (i386), then those of the CPU (i686)
build_rpmdb()
{
	local db=$scratch/rpmdb list=$scratch/packages base=$arch k

	[[ $arch != i686 ]] || base=i386
	{
		grep -v '^#' "$here/packages-$major.list"
		printf '%s\n' "${packages[@]}"
	} >"$list"
	# One run of rpmbuild knows one architecture, and one package of each name
	awk '$4 != "cpu" { if ($4 == "base") $4 = "-"; print }' "$list" | build_rpms "$base"
	{
		awk '$4 == "cpu" { $4 = "-"; print }' "$list"
		[[ -n $kernel_arch ]] || kernel_package_line "${kernels[0]}"
		[[ -z $kmod ]] || kmod_package_line "${kernels[0]}"
	} | build_rpms "$arch"
	for k in "${kernels[@]:$([[ -n $kernel_arch ]] && echo 0 || echo 1)}"; do
		kernel_package_line "$k" | build_rpms "${kernel_arch:-$arch}"
	done
	mkdir -p "$db" "$tree/var/lib/rpm"
	find "$scratch/rpm/RPMS" -name '*.rpm' | sort |
		xargs rpm --dbpath "$db" --justdb --nodeps --noscripts --ignorearch --ignoreos \
			--nosignature -i 2>"$scratch/rpm.log" || die "rpm: $(cat "$scratch/rpm.log")"
	load_bdb "$db/rpmdb.sqlite" "$tree/var/lib/rpm"
	: >"$tree/var/lib/rpm/__db.001"
}
