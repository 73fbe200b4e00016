# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # arch, tree: of mktree
# One kernel of a guest: its modules, their indexes as its depmod writes them, its files in /boot.

base_modules='scsi_mod sd_mod libata ata_piix jbd ext3 mii 8139cp 8139too e1000'
lvm_modules='dm-mod dm-mirror dm-zero dm-snapshot'
xen_modules='xen-platform-pci xen-balloon xen-vbd xen-vnif'

# From 4.7 and 5.3 on the kernel holds the drivers, but not the -xen one.
kernel_modules() # RELEASE
{
	local inkernel=''

	case $(kernel_abi "$1" "$arch") in
	*/inkernel/xen/*) ;;
	*/inkernel/*) inkernel=$xen_modules ;;
	esac
	case $1 in
	2.4.*) echo "${base_modules/libata ata_piix /}" ;; # IDE is built in
	*) echo "$base_modules $lvm_modules $inkernel" ;;
	esac
}

# make_module RELEASE ARCH CRCS ROW FILE: CRCS is a file of lines "0xCRC SYMBOL"
make_module()
{
	local release=$1 arch=$2 crcs=$3 args=() s a
	local name folder imports exports aliases depends
	local -A crc=()

	read -r name folder imports exports aliases depends <<<"$4"
	while read -r a s _; do
		crc[$s]=$a
	done <"$crcs"
	args=(--version "struct_module=${crc[struct_module]}")
	for s in ${imports//,/ }; do
		args+=(--import "$s=${crc[$s]}")
	done
	if [[ $exports != - ]]; then
		for s in ${exports//,/ }; do
			args+=(--export "$s=${crc[$s]}")
		done
	fi
	if [[ $release = 2.4.* ]]; then
		"$here/mkmodule" --arch "$arch" --kernel-version "$release" --name "$name" "${args[@]:2}" -o "$5"
		return
	fi
	if [[ $aliases != - ]]; then
		set -f
		for a in ${aliases//,/ }; do
			args+=(--alias "$a")
		done
		set +f
	fi
	[[ $depends != - ]] || depends=''
	"$here/mkmodule" --arch "$arch" --vermagic "$(kernel_vermagic "$release" "$arch")" \
		--name "$name" --depends "$depends" "${args[@]}" -o "$5"
}

# All symbols of a kernel with their versions: "0xCRC SYMBOL OWNER", as its symvers has them
kernel_crcs() # RELEASE MODULE...
{
	local release=$1

	shift
	{
		kernel_symbols | sed 's/$/ vmlinux/'
		module_rows "$@" | awk '$4 != "-" {
			n = split($4, e, ",")
			for (i = 1; i <= n; i++)
				print e[i], $2 "/" $1
		}'
	} | symbol_crcs "$release" "$arch"
}

# Text indexes as depmod of module-init-tools wrote them: absolute paths, all that a module
# needs in the order of need. Rows of module_rows on standard input, folders from that of the kernel.
write_indexes() # RELEASE
{
	local dir=/lib/modules/$1 rows=$scratch/rows map title

	cat >"$rows"
	awk -v dir="$dir" '
	{ row[++n] = $1; path[$1] = dir "/" $2 "/" $1 ".ko"; dep[$1] = $6 }
	function need(m, i, k, d) {
		k = dep[m] == "-" ? 0 : split(dep[m], d, ",")
		for (i = 1; i <= k; i++)
			if (!(d[i] in seen)) {
				seen[d[i]]
				line = line " " path[d[i]]
				need(d[i])
			}
	}
	END {
		for (r = 1; r <= n; r++) {
			split("", seen)
			line = path[row[r]] ":"
			need(row[r])
			print line
		}
	}' "$rows" | put "$dir/modules.dep"
	{
		echo '# Aliases extracted from modules themselves.'
		awk '$5 != "-" {
			gsub("-", "_", $1)
			n = split($5, a, ",")
			for (i = 1; i <= n; i++)
				print "alias", a[i], $1
		}' "$rows"
	} | put "$dir/modules.alias"
	{
		echo '# Aliases for symbols, used by symbol_request().'
		awk '$4 != "-" {
			gsub("-", "_", $1)
			n = split($4, e, ",")
			for (i = 1; i <= n; i++)
				print "alias symbol:" e[i], $1
		}' "$rows"
	} | put "$dir/modules.symbols"
	{
		echo '# pci module         vendor     device     subvendor  subdevice  class      class_mask driver_data'
		awk '{
			n = split($5, a, ",")
			for (i = 1; i <= n; i++)
				if (a[i] ~ /^pci:/)
					printf "%-20s 0x0000%s 0x0000%s 0xffffffff 0xffffffff 0x00000000 0x00000000 0x0\n",
						$1, tolower(substr(a[i], 10, 4)), tolower(substr(a[i], 19, 4))
		}' "$rows"
	} | put "$dir/modules.pcimap"
	# The maps of busses that none of our modules serves: their title lines
	while IFS='|' read -r map title; do
		echo "# $title" | put "$dir/modules.$map"
	done <<-'EOF'
		ccwmap|ccw module         match_flags cu_type cu_model dev_type dev_model
		ieee1394map|ieee1394 module    match_flags vendor_id model_id specifier_id version
		inputmap|module         matchBits bustype vendor product version evBits keyBits relBits absBits mscBits ledBits sndBits ffBits driver_info
		isapnpmap|isapnp module      cardvendor carddevice driver_data vendor     function   ...
		usbmap|usb module         match_flags idVendor idProduct bcdDevice_lo bcdDevice_hi bDeviceClass bDeviceSubClass bDeviceProtocol bInterfaceClass bInterfaceSubClass bInterfaceProtocol driver_info
	EOF
}

# The same as modutils' depmod wrote them: a line for each module that is needed, an empty line
# behind each entry
write_indexes_24() # RELEASE
{
	local dir=/lib/modules/$1 rows=$scratch/rows map title

	cat >"$rows"
	awk -v dir="$dir" '
	{ row[++n] = $1; path[$1] = dir "/" $2 "/" $1 ".o"; dep[$1] = $6 }
	function need(m, i, k, d) {
		k = dep[m] == "-" ? 0 : split(dep[m], d, ",")
		for (i = 1; i <= k; i++)
			if (!(d[i] in seen)) {
				seen[d[i]]
				line = line (line == "" ? "\t" : " \\\n\t") path[d[i]]
				need(d[i])
			}
	}
	END {
		for (r = 1; r <= n; r++) {
			split("", seen)
			line = ""
			need(row[r])
			print path[row[r]] ":" line "\n"
		}
	}' "$rows" | put "$dir/modules.dep"
	{
		echo '# pci module         vendor     device     subvendor  subdevice  class      class_mask driver_data'
		awk '{
			n = split($5, a, ",")
			for (i = 1; i <= n; i++)
				if (a[i] ~ /^pci:/)
					printf "%-20s 0x0000%s 0x0000%s 0xffffffff 0xffffffff 0x00000000 0x00000000 0x00000000\n",
						$1, tolower(substr(a[i], 10, 4)), tolower(substr(a[i], 19, 4))
		}' "$rows"
	} | put "$dir/modules.pcimap"
	while IFS='|' read -r map title; do
		echo "# $title" | put "$dir/modules.$map"
	done <<-'EOF'
		generic_string|module string
		ieee1394map|ieee1394 module    match_flags vendor_id model_id specifier_id version
		isapnpmap|isapnp module      cardvendor carddevice driver_data vendor     function   ...
		usbmap|usb module         match_flags idVendor idProduct bcdDevice_lo bcdDevice_hi bDeviceClass bDeviceSubClass bDeviceProtocol bInterfaceClass bInterfaceSubClass bInterfaceProtocol driver_info
	EOF
}

# A file that looks like a bzImage to file(1): boot signature, HdrS, a pointer to the version
write_vmlinuz() # RELEASE
{
	{
		head -c 510 /dev/zero
		printf '\x55\xaa\xeb\x66HdrS\x04\x02'
		head -c 6 /dev/zero
		printf '\x00\x02\x00\x01' # the version's offset - 0x200; loaded high
		head -c 494 /dev/zero
		printf '%s (mockbuild@localhost) #1 SMP\0' "$1"
		head -c 2048 /dev/zero
	} | put "/boot/vmlinuz-$1"
}

write_boot_files() # RELEASE
{
	local release=$1 address=$((0xc0100000)) symbol type=$'\tEXPORT_SYMBOL'

	write_vmlinuz "$release"
	kernel_symbols | while read -r symbol; do
		printf '%08x T %s\n' "$address" "$symbol"
		address=$((address + 0x40))
	done | put "/boot/System.map-$release"
	put "/boot/config-$release" <<-EOF
		#
		# Linux kernel version: ${release%%-*}
		#
		CONFIG_MODULES=y
		CONFIG_MODVERSIONS=y
		CONFIG_BLK_DEV_IDE=y
		CONFIG_BLK_DEV_PIIX=y
		CONFIG_8139CP=m
		CONFIG_8139TOO=m
	EOF
	[[ $release != 2.4.* ]] || return 0
	[[ $release != 2.6.9-* ]] || type='' # a column that came later
	awk -v type="$type" '{ print $1 "\t" $2 "\t" $3 type }' "$scratch/crcs" |
		gzip -n -9 | put "/boot/symvers-$release.gz"
}

# Drivers that a kmod package has put there: extra/xenpv/RELEASE
install_kmod() # RELEASE
{
	"$here/mkbundle" "$1" "$arch" "$scratch/kmod" --release "$kmod"
	cp -r "$scratch/kmod/lib" "$tree/"
	# shellcheck disable=SC2086
	module_rows $xen_modules |
		awk -v folder="extra/xenpv/$kmod" '{ $2 = folder; print }' >>"$scratch/kernel-rows"
}

build_kernel() # RELEASE
{
	local release=$1 modules row name folder dir=$tree/lib/modules/$1 suffix

	suffix=$(module_suffix "$release")
	modules=$(kernel_modules "$release")
	# shellcheck disable=SC2086
	kernel_crcs "$release" $modules >"$scratch/crcs"
	# shellcheck disable=SC2086
	module_rows $modules | awk '{ $2 = "kernel/" $2; print }' >"$scratch/kernel-rows"
	while read -r row; do
		read -r name folder _ <<<"$row"
		mkdir -p "$dir/$folder"
		make_module "$release" "$arch" "$scratch/crcs" "$row" "$dir/$folder/$name$suffix"
	done <"$scratch/kernel-rows"
	if [[ $release = 2.4.* ]]; then
		ln -s "/usr/src/linux-${release%"$(kernel_variant "$release")"}" "$dir/build"
		write_indexes_24 "$release" <"$scratch/kernel-rows"
		write_boot_files "$release"
		return
	fi
	ln -s "/usr/src/kernels/${release%"$(kernel_variant "$release")"}-$arch" "$dir/build"
	ln -s build "$dir/source"
	mkdir -p "$dir/extra" "$dir/updates"
	[[ $release = 2.6.9-* ]] || mkdir -p "$dir/weak-updates"
	[[ -z $kmod ]] || install_kmod "$release"
	write_indexes "$release" <"$scratch/kernel-rows"
	write_boot_files "$release"
}
