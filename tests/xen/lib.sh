# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What the scenarios share: one Xen for all of them, boots of its guests, their consoles. A scenario
# changes only what the host's administrator would: a guest's configuration and kernel arguments.

# shellcheck source-path=SCRIPTDIR source=dom0/addresses
. "$here/dom0/addresses"
cache=${XEN_CACHE:?}
logs=${XEN_LOGS:?}
share=$logs/share
# the longest that a guest's kernel may keep silent, in seconds
SILENCE=${XEN_SILENCE:-150}
# boots that were tried again because the guest's real-mode code was wrecked or its disks were exchanged
retries=0

# QEMU from the fetched packages, with their own loader and libraries
qemu()
{
	local m=$cache/machine lib

	lib=$m/usr/lib/x86_64-linux-gnu
	QEMU_MODULE_DIR="$lib/qemu" exec "$m/lib64/ld-linux-x86-64.so.2" --library-path "$lib:$lib/pulseaudio" \
		"$m/usr/bin/qemu-system-x86_64" -L "$m/usr/share/qemu" -L "$m/usr/share/seabios" -L "$m/usr/lib/ipxe/qemu" "$@"
}

# Without smap dom0 lives (TCG's IRET), without monitor Xen's idle loop does; the rest silences warnings.
# Hygon's, not AMD's: each program's loader asks an AMD for its caches by 25 CPUIDs, each an exit to Xen.
CPU=Dhyana,-smap,-monitor,-rdtscp,-xsave,-xsavec,-xsaveopt,-xgetbv1,-avx,-avx2,-f16c,-fma,-rdseed,-sha-ni,-fxsr-opt,-misalignsse,-3dnowprefetch,-osvw,-topoext,-nrip-save

# wait_for SECONDS COMMAND...
wait_for()
{
	local end=$((SECONDS + $1))

	shift
	until "$@"; do
		((SECONDS < end)) || return 1
		kill -0 "$xen" 2>/dev/null || return 1
		sleep 0.2
	done
}

# Xen and dom0, with disks as dom0's vda, vdb...; what is written to them is lost with the machine
xen_start() # DISK...
{
	local disk drives=()

	mkdir -p "$share"
	mkfifo "$logs/agent.in" "$logs/agent.out"
	for disk; do
		drives+=(-drive "file=$disk,format=raw,if=virtio,snapshot=on")
	done
	[[ ! -d $cache/host ]] || drives+=(-virtfs "local,path=$cache/host,mount_tag=host,security_model=none,readonly=on")
	TMPDIR=$logs qemu -accel tcg,thread=multi,tb-size=512 -machine q35 -cpu "$CPU" -smp 2 -m 3072 \
		-nodefaults -display none -no-reboot "${drives[@]}" \
		-virtfs "local,path=$share,mount_tag=share,security_model=none" \
		-serial "file:$logs/dom0.log" -chardev "pipe,id=agent,path=$logs/agent" -serial chardev:agent \
		-kernel "$cache/xen" -append 'console=com1 com1=115200,8n1 dom0_mem=1536M,max:1536M dom0_max_vcpus=1 dom0_vcpus_pin loglvl=info guest_loglvl=info noreboot=0 spec-ctrl=no' \
		-initrd "$cache/vmlinuz console=hvc0 norandmaps rdinit=/init,$cache/dom0.cpio" 2>"$logs/qemu.err" &
	xen=$!
	exec {agent}<>"$logs/agent.in"
	wait_for 120 test -e "$share/agent.done"
}

xen_stop()
{
	kill -0 "$xen" 2>/dev/null || return 0
	echo stop >&"$agent"
	wait_for 60 false || :
	kill "$xen" 2>/dev/null
	wait "$xen" 2>/dev/null
	return 0
}

# In dom0; see make_host_tree
xenpv_host='chroot /host /usr/local/sbin/xenpv-host'

# Ask the agent for something; its answer is in $answer
ask() # SECONDS VERB NAME [ARGUMENT...]
{
	local limit=$1

	shift
	rm -f "$share/$2.done"
	echo "$*" >&"$agent"
	wait_for "$limit" test -e "$share/$2.done" || { answer='no answer'; return 1; }
	answer=$(<"$share/$2.done")
}

# --- the host's configuration of a guest ----------------------------------------
# disks and vifs as xl writes them, memory in MiB, arguments that the administrator adds, the device model's own,
# further lines, options with which xenpv-host then changes it all (none: it does not), who loads the guest's
# kernel (dom0, or its own grub), and the longest that a boot may take, in seconds

host_defaults()
{
	disks=("vdev=hda,access=rw,backendtype=qdisk,target=/dev/vda" "vdev=hdc,access=rw,backendtype=qdisk,target=/dev/vdb")
	vifs=('mac=00:16:3e:00:00:01,model=rtl8139' 'mac=00:16:3e:00:00:02,model=e1000')
	type=hvm memory=384 vcpus=1 disk=/dev/vda arguments='mitigations=off tsc=reliable norandmaps xen_timer_slop=10000000 console=hvc0' model=() lines=() changes=() loader=dom0 tsc=native
	LIMIT=${XEN_LIMIT:-600}
}

quoted() # WORD...: a list of xl's
{
	local w s=

	for w; do
		s+="${s:+, }'$w'"
	done
	echo "[ $s ]"
}

# What dom0's option ROM needs; see boot.S
in_memory() # NAME
{
	echo "-device loader,file=/run/$1.params,addr=$PARAMS,force-raw=on" \
		"-device loader,file=/run/$1.kernel,addr=$KERNEL,force-raw=on" \
		"-device loader,file=/run/$1.initrd,addr=$INITRD,force-raw=on"
}

# shellcheck disable=SC2046 # words of in_memory
configuration() # NAME ARGUMENTS
{
	local vif list=()

	for vif in "${vifs[@]}"; do
		list+=("$vif,bridge=xenbr0,script=/rig/vif")
	done
	cat <<-CFG
		name = "$1"
		type = "$type"
		memory = $memory
		vcpus = $vcpus
		cpus = "1"
		disk = $(quoted "${disks[@]}")
		vif = $(quoted "${list[@]}")
		on_poweroff = "destroy"
		on_reboot = "destroy"
		on_crash = "destroy"
	CFG
	case $loader in
	dom0) printf "kernel = '/run/%s.vmlinuz'\ncmdline = '%s'\n" "$1" "$2" ;;
	grub) echo "boot = 'c'" ;;
	esac
	case $type in
	pv) echo "ramdisk = '/run/$1.initrd'" ;;
	hvm)
		cat <<-CFG
			hap = 1
			tsc_mode = "$tsc"
			serial = "file:/share/$1.serial"
			vnc = 0
			sdl = 0
			vga = "none"
			usb = 0
			device_model_args_hvm = $(quoted "${model[@]}" $([[ $loader = grub ]] || in_memory "$1"))
		CFG
		;;
	esac
	((${#lines[@]} == 0)) || printf '%s\n' "${lines[@]}"
}

# --- boots, seen on Xen's console: a character through the emulated UART takes 2 ms -----
console() # NAME: what the guest's console has shown; a kernel that knows nothing of Xen has the serial port alone
{
	local file=$share/guest-$1.log

	[[ -s $file ]] || file=$share/$1.serial
	tr -d '\r\0' 2>/dev/null <"$file"
}

spoke()
{
	[[ -s $share/guest-$1.log || -s $share/$1.serial ]]
}

ended()
{
	[[ -e $share/$1.done ]]
}

ended_or_spoke()
{
	ended "$1" || spoke "$1"
}

through() # NAME
{
	ended "$1" || console "$1" | grep -qx 'rig: end'
}

# The guest's kernel has named its two disks the other way round: see README.md. No command has run.
exchanged() # NAME
{
	console "$1" | grep -qx 'rig: disks exchanged'
}

# One more attempt
again() # NAME WHY
{
	retries=$((retries + 1))
	echo "# $1: $2, tried again"
}

# Nothing is left of what an attempt before has shown
start() # NAME
{
	rm -f "$share/$1.done" "$share/guest-$1.log" "$share/$1.serial"
	echo "create $1" >&"$agent"
}

# dom0's memory is all the room there is
forget() # NAME
{
	echo "forget $1" >&"$agent"
}

# Its plug is pulled, unless it is over
destroyed() # NAME
{
	ended "$1" || { echo "destroy $1" >&"$agent" && wait_for 300 ended "$1"; } ||
		{ echo "# $1: not destroyed"; return 1; }
}

# Started, and waited for: 1 when the CONDITION does not come, 2 when its kernel is never heard
started() # NAME CONDITION
{
	start "$1"
	wait_for "$SILENCE" ended_or_spoke "$1"
	spoke "$1" || return 2
	wait_for "$LIMIT" "$2" "$1"
}

# One attempt: 0 when the guest came to the end of its commands, 2 when its kernel was never heard, 3 when its disks
# were exchanged. Its disks are then synced and read-only; its plug is pulled, for powering off takes it eight seconds.
boot_once() # NAME
{
	local status=0

	started "$1" through || status=$?
	! exchanged "$1" || status=3
	destroyed "$1"
	return $status
}

# COMMAND is one attempt, as boot_once
attempted() # NAME COMMAND...
{
	local name=$1 status

	shift
	for _ in 1 2 3 4 5; do
		status=0
		"$@" || status=$?
		case $loader:$status in
		*:3) again "$name" 'disks exchanged' ;;
		dom0:2) again "$name" silent ;;
		grub:[12]) # what GRUB shows is on another console than what the kernel does
			[[ ! -s $share/guest-$name.log ]] || break
			again "$name" silent
			;;
		*) break ;;
		esac
	done
	forget "$name"
	return $status
}

# What dom0 needs to start the guest on $disk, which will run the commands. Its own GRUB passes none on:
# then they are those of its /etc/rig.do.
prepare() # NAME COMMAND...
{
	local name=$1 todo=

	shift
	rm -f "$share/$name.cmdline"
	if [[ $loader = dom0 ]]; then
		printf -v todo '%s; ' "$@"
		ask 60 fetch "$name" "$disk"
		[[ $answer = ok ]] || { echo "# $name: nothing to boot: $answer"; return 1; }
		todo="$(<"$share/$name.args") $arguments rig.do=\"${todo%; }\""
		echo "$todo" >"$share/$name.cmdline"
	fi
	configuration "$name" "$todo" >"$share/$name.cfg"
	((${#changes[@]} == 0)) || { in_dom0 120 "$xenpv_host ${changes[*]} --write /share/$name.cfg" && [[ $answer = 0 ]]; } ||
		{ echo "# $name: $printed"; return 1; }
}

# boot NAME COMMAND...: from the guest's own disk, which runs the commands at the end of its boot
boot()
{
	local name=$1 began=$SECONDS status=0

	shift
	prepare "$name" "$@" || return
	attempted "$name" boot_once "$name" || status=$?
	echo "# $name: $((SECONDS - began)) s"
	console "$name" >"$logs/$name.log"
	((status == 0)) && grep -qx 'rig: end' "$logs/$name.log"
}

pull_once() # NAME SECONDS
{
	local status=0

	started "$1" is_writing_or_through && is_writing "$1" && sleep "$2" || status=$?
	! exchanged "$1" || status=3
	destroyed "$1" || ((status)) || status=1
	return $status
}

# pull_plug NAME SECONDS COMMAND...: as boot, but the plug is pulled so long after the watched last command
# began to write
pull_plug()
{
	local name=$1 after=$2 status=0

	shift 2
	prepare "$name" "$@" || return
	attempted "$name" pull_once "$name" "$after" || status=$?
	console "$name" >"$logs/$name.log"
	return $status
}

is_writing() # NAME
{
	console "$1" | grep -aq '^rig: writing'
}

is_writing_or_through() # NAME
{
	is_writing "$1" || through "$1"
}

# What a command of a boot printed
output_of() # NAME COMMAND
{
	awk -v c="# $2" '$0 == c { on = 1; next } /^rig: status / { on = 0 } on' "$logs/$1.log"
}

# When a watched command began to write, in seconds of the guest
writing_at() # NAME
{
	awk '/^rig: writing/ { print $(NF - 1); exit }' "$logs/$1.log"
}

# When a command ended, in seconds of the guest
ended_at() # NAME COMMAND
{
	awk -v c="# $2" '$0 == c { on = 1; next } on && /^rig: status / { print $(NF - 1); exit }' "$logs/$1.log"
}

# When to pull the plug for the Ith of $cuts times: spread over the time that the install took to write
instant() # I
{
	awk "BEGIN { printf \"%.1f\", ($(ended_at before 'watched xenpv-install --verify-at-boot') - $(writing_at before)) * ($1 - 0.5) / $cuts }"
}

status_of() # NAME COMMAND
{
	awk -v c="# $2" '$0 == c { on = 1; next } on && /^rig: status / { sub(/,/, "", $3); print $3; exit }' "$logs/$1.log"
}

# --- the switch -------------------------------------------------------------------
# The guest, emulated, which ran xenpv-check and xenpv-verify
is_ready() # NAME
{
	local name=$1 device

	ok 'xenpv-check says ready' says "$name" xenpv-check 'Ready: PV drivers can be installed.'
	ok 'what sdb will be called is known' says "$name" xenpv-check 'will follow the new names: /dev/sdb1 in /etc/fstab:2'
	is "$(status_of "$name" xenpv-verify)" 1 'xenpv-verify fails'
	for device in 'disk sda' 'disk sdb' 'NIC lan0' 'NIC lan1'; do
		ok "$device is emulated, and why" says "$name" xenpv-verify \
			"$device is emulated: this boot's kernel argument xen_emul_unplug=never keeps it"
	done
}

# What a boot runs for is_switched
switched=('cat /proc/mounts' 'cat /srv/data/marker' 'ip -br addr' 'ip -br link' 'cat /var/lib/xenpv/verify.json' 'xenpv-verify')

# A guest of the init script, with two disks and two NICs, is on PV
is_switched() # NAME
{
	local name=$1 i row

	ok 'root is on xvda' says "$name" 'cat /proc/mounts' '/dev/xvda1 / ext4'
	ok 'the data disk is mounted under its new name' says "$name" 'cat /proc/mounts' '/dev/xvdc1 /srv/data ext4'
	is "$(output_of "$name" 'cat /srv/data/marker')" 'the data disk' 'and has its data'
	for i in 0 1; do
		ok "lan$i has its MAC" matches "$name" 'ip -br link' "^lan$i +UP +00:16:3e:00:00:0$((i + 1)) "
		ok "lan$i has its address" matches "$name" 'ip -br addr' "^lan$i +UP +192\.168\.77\.$((i + 2))/24 "
	done
	ok 'the verdict of the boot, by the init script' says "$name" 'cat /var/lib/xenpv/verify.json' '"result":"pass"'
	is "$(status_of "$name" xenpv-verify)" 0 'xenpv-verify passes'
	for row in 'disk sda xvda vbd' 'disk sdb xvdc vbd' 'NIC lan0 lan0 vif' 'NIC lan1 lan1 vif'; do
		ok "before and after: $row" matches "$name" xenpv-verify "^${row// / +} +pv"
	done
}

# --- power cuts -------------------------------------------------------------------
# What the boot after a cut runs: the next run settles it, then it is as if nothing had been
settle=('xenpv-install --recover' 'xenpv-install --uninstall' "$MANIFEST")

# interrupted counts those where there was something to settle
settled() # NAME
{
	local what

	is "$(status_of "$1" 'xenpv-install --recover')" 0 "$1: --recover"
	what=$(output_of "$1" 'xenpv-install --recover' | tail -n 1)
	echo "#   $what"
	[[ $what != *'the interrupted install was '* ]] || interrupted=$((interrupted + 1))
	is "$(status_of "$1" 'xenpv-install --uninstall')" 0 "$1: --uninstall"
	is "$(output_of "$1" "$MANIFEST")" "$manifest" "$1: every file as before the first install"
}

# The Ith of $cuts cuts of a live install, with other commands before it
power_cut() # NAME I COMMAND...
{
	local name=$1 i=$2 status=0

	shift 2
	pull_plug "$name" "$(instant "$i")" "$@" || status=$?
	tap $status "$name: boots; cut $i, $(instant "$i") s after it began to write" "$(tail -n 15 "$logs/$name.log")"
}
