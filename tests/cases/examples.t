#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Each file of examples/: its syntax, as far as tools for that are here, and its own script, run in the environment
# that it describes on a guest's tree: in it by chroot, or beside it in the installer's system, a namespace of mounts.
# What it prints is one screen of plain text. Then the guest "boots", and examples/collect has the result.
# STATIC=FOLDER: where the commands are that are built for old guests; without it, those of this build take their place.

# Its mounts are seen by nobody else
if [[ ${1:-} != mounts ]] && unshare --mount true 2>/dev/null; then
	exec unshare --mount bash "$0" mounts
fi
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

examples=$tests/../examples
g=$work/guest

at_exit()
{
	umount -R "$g/boot" 2>/dev/null
}

if [[ ${1:-} != mounts ]]; then
	skip 'examples' 'not root, or no namespaces of mounts'
	finish
fi

# --- what is in the files ------------------------------------------------------------------------
section() # FILE SECTION: its lines, without %end
{
	sed -n "/^$2\\b/,/^%end/{//!p}" "$examples/$1"
}

late_command()
{
	sed -n '/^d-i preseed\/late_command string/,$p' "$examples/preseed.cfg" | sed -z 's/\\\n//g; s/^d-i [^ ]* string//'
}

user_data() # EXPRESSION over d
{
	python3 -c 'import sys, yaml
d = yaml.safe_load(open(sys.argv[1]))
print(eval(sys.argv[2]))' "$examples/cloud-init.yaml" "$1"
}

# syntax TOOL NAME COMMAND...
syntax()
{
	if command -v "$1" >/dev/null; then
		ok "$2" "${@:3}"
	else
		skip "$2" "$1 is not installed"
	fi
}

# RHEL 5's installer takes %end for a package or a command
of_old()
{
	[[ $1 = */kickstart-rhel5.ks ]]
}

sections_end()
{
	! of_old "$1" || { ! grep '^%end' "$1"; return; }
	[[ $(sed -nE 's/^%(pre|post|packages|end)\b.*/\1/p' "$1" | paste -sd ' ') =~ ^((pre|post|packages)\ end\ ?)+$ ]]
}

# The kernels of RHEL 5 do not unplug, and a reboot keeps the host's configuration
ends_as_it_must()
{
	[[ $(grep -xE 'reboot|poweroff|halt|shutdown' "$1") = "$(of_old "$1" && echo poweroff || echo reboot)" ]]
}

for f in "$examples"/*.ks; do
	[[ $f = */kickstart-preflight.ks ]] || ok "${f##*/}: reboots, or waits for the host" ends_as_it_must "$f"
	ok "${f##*/}: each section ends as its installer wants it" sections_end "$f"
	old=()
	! of_old "$f" || old=(--version RHEL5)
	syntax ksvalidator "${f##*/}: its syntax" ksvalidator "${old[@]}" "$f"
	for s in pre post; do
		section "${f##*/}" "%$s" >"$work/script"
		[[ ! -s $work/script ]] || ok "${f##*/}: %$s is bash" bash -n "$work/script"
	done
done
syntax debconf-set-selections 'preseed.cfg: its syntax' debconf-set-selections --checkonly "$examples/preseed.cfg"
syntax cloud-init 'cloud-init.yaml: its schema' cloud-init schema --config-file "$examples/cloud-init.yaml"

# --- the guest, and the installer's own system ---------------------------------------------------
# The server that the example names: its rpm fetches the package and installs it, with what furnish puts in a guest
guests_rpm()
{
	cat <<-'EOF'
		#!/usr/bin/bash
		[[ $* = '-U http://192.0.2.10/xenpv/xenpv-static.x86_64.rpm' ]] || exec /usr/lib/rpm/rpm "$@"
		cp -R /srv/xenpv-static/usr /
	EOF
}

fresh_old_guest() # TREE
{
	local package=$g/srv/xenpv-static/usr/sbin

	guest "$1" guest && commands=${STATIC:-$commands} furnish "$g" cp mkdir rpm uname && mkdir -p "$package" &&
		mv "$g"/usr/sbin/xenpv-{check,install,verify} "$package" &&
		mv "$g/usr/bin/rpm" "$g/usr/lib/rpm/rpm" && guests_rpm >"$g/usr/bin/rpm" && chmod 755 "$g/usr/bin/rpm" &&
		mount_boot "$g"
}

fresh_guest() # TREE
{
	at_exit
	[[ $1 != rhel5* ]] || { fresh_old_guest "$1"; return; }
	rm -rf "$g" && "$work/trees/mkmodern" "$1" "$g" && furnish "$g" && mkdir -p "$g/usr/lib/systemd" &&
		: >"$g/usr/lib/systemd/systemd" && ln -sfn ../lib/systemd/systemd "$g/usr/sbin/init" && mount_boot "$g"
}

# Debian's runs a command in the new system, and logs what it prints, but its standard output with this option
in_target()
{
	cat <<-'EOF'
		#!/bin/sh
		exec 2>/dev/null
		if [ "$1" = --pass-stdout ]; then
			shift
		else
			exec >/dev/null
		fi
		exec chroot /target "$@"
	EOF
}

# The server that the example names has the bundle
curl_there()
{
	cat <<-'EOF'
		#!/usr/bin/bash
		[[ $* = '-fsSo /tmp/kmod-xenpv.rpm http://server.example.org/xenpv/kmod-xenpv.rpm' ]] &&
			cat /srv/kmod-xenpv.rpm >/tmp/kmod-xenpv.rpm
	EOF
}

# What an installer has beside: in-target, and curl. Neither Debian's nor Anaconda's has fold.
make_installer()
{
	furnish "$i" mkdir && rm "$i/usr/bin/fold" && mkdir -p "$i"/{mnt/sysimage,srv,target} &&
		"$tests/trees/mkbundle" "$kernel" x86_64 "$work/bundle" &&
		"$tests/trees/mkkmodrpm" "$work/bundle" "$i/srv/kmod-xenpv.rpm" &&
		in_target >"$i/usr/bin/in-target" && curl_there >"$i/usr/bin/curl" && chmod 755 "$i/usr/bin"/{in-target,curl}
}

in_guest() # COMMAND...
{
	local status=0

	mount -t proc proc "$g/proc" &&
		chroot "$g" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C "$@" || status=$?
	umount "$g/proc"
	return $status
}

in_installer() # FOLDER-OF-GUEST COMMAND...
{
	local status=0

	mount -t proc proc "$i/proc" && mount -t proc proc "$g/proc" && mount --rbind "$g" "$i/$1" &&
		chroot "$i" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C "${@:2}" || status=$?
	umount -R "$i/$1"
	umount "$i/proc" "$g/proc"
	return $status
}

guest_listing()
{
	listing "$g" | grep -Ev '\./(root|usr/sbin)|\./(var/)?tmp ' # logs, a package's commands, what was temporary
}

# --- what must be true of each -------------------------------------------------------------------
# The script $work/script, run by a shell; what it prints is in $work/out
prints() # STATUS SHELL-AND-WHERE...
{
	local want=$1 status=0

	shift
	"$@" -c "$(<"$work/script")" >"$work/out" 2>&1 </dev/null || status=$?
	((status == want)) || { echo "status $status, not $want"; cat "$work/out"; return 1; }
}

one_plain_screen()
{
	[[ -s $work/out ]] && (($(wc -l <"$work/out") <= 24 && $(wc -L <"$work/out") <= 80)) &&
		! grep -P '[^\x20-\x7e]' "$work/out" || { cat -A "$work/out"; return 1; }
}

result_is() # WORD
{
	grep -q "\"result\": *\"$1\"" "$g/var/lib/xenpv/verify.json"
}

# What the unit runs, or the init script; the guest's root is all that a command in a chroot sees
boot()
{
	local unit=$g/etc/systemd/system/multi-user.target.wants/xenpv-verify.service line

	[[ ! -x $g/etc/rc.d/rc3.d/S99xenpv-verify ]] || { in_guest sh /etc/rc.d/rc3.d/S99xenpv-verify start; return; }
	[[ -L $unit ]] && read -ra line <<<"$(sed -n 's/^ExecStart=//p' "$g$(readlink "$unit")")" &&
		in_guest "${line[@]}"
}

collected() # STATUS LINE...
{
	local status=0

	SSH=$work/ssh "$examples/collect" guest >"$work/out" 2>&1 || status=$?
	diff "$work/out" <(printf '%s\n' "${@:2}") && ((status == $1))
}

# NAME RUNNER...: it installs, the guest verifies at its next boot, and the result is collected
installs()
{
	local name=$1

	shift
	ok "$name: installs" prints 0 "$@"
	ok "$name: one screen of plain text" one_plain_screen
	ok "$name: the drivers are in place" in_guest xenpv-verify --quiet
	ok "$name: the guest will verify" result_is pending
	ok "$name: collected: not yet" collected 1 'guest: pending'
	ok "$name: the guest boots" boot
	ok "$name: collected" collected 0 'guest: pass'
}

# NAME REASON RUNNER...: a guest that cannot be changed is not, and the reason is shown
stops()
{
	local name=$1 reason=$2

	shift 2
	ok "$name: stops" prints 1 "$@"
	ok "$name: with the reason" grep -q "$reason" "$work/out"
	ok "$name: what it means" grep -q 'cannot be given PV drivers' "$work/out"
	ok "$name: one screen of plain text" one_plain_screen
	ok "$name: nothing is changed" diff "$work/before" <(guest_listing)
}

i=$work/installer
kernel=5.14.0-284.el9.x86_64
printf '#!/bin/sh\nshift\nexec chroot %s "$@"\n' "$g" >"$work/ssh" && chmod 755 "$work/ssh" || exit
cp -R "$tests/trees" "$work/trees" || exit
ok "an installer's system" make_installer

# A verdict with devices of all kinds: those that are not on PV, by the names that they have
printf '#!/bin/sh\ncat %s\n' "$work/verdict" >"$work/ssh-verdict" && chmod 755 "$work/ssh-verdict" || exit
cat >"$work/verdict" <<'EOF'
{"schema": 1, "result": "fail", "devices": [
{"kind": "disk", "before": "hda", "after": "hda", "identity": null, "driver": "ide", "state": "expected-emulated", "cause": null},
{"kind": "disk", "before": "hdb", "after": "xvde", "identity": null, "driver": "vbd", "state": "pv", "cause": null},
{"kind": "disk", "before": null, "after": "sdb", "identity": null, "driver": "sd", "state": "new", "cause": null},
{"kind": "nic", "before": "eth0", "after": null, "identity": null, "driver": null, "state": "missing", "cause": "no-driver"}]}
EOF
devices_collected()
{
	! SSH=$work/ssh-verdict "$examples/collect" guest >"$work/out" 2>&1 &&
		diff "$work/out" <(printf '%s\n' 'guest: fail' '  hda: expected-emulated' '  sdb: new' '  eth0: missing no-driver')
}
ok 'collected: each device that is not on PV, and why' devices_collected

# --- each ----------------------------------------------------------------------------------------
a_guest() # TREE
{
	fresh_guest "$1" && guest_listing >"$work/before"
}

# A guest of a release that is too old
old_guest() # TREE
{
	fresh_guest "$1" && rm -f "$g/etc/os-release" "$g/usr/lib/os-release" &&
		echo 'CentOS release 4.2 (Final)' >"$g/etc/redhat-release" && guest_listing >"$work/before"
}

in_a_guest() # NAME TREE RUNNER...
{
	ok "$1: its script" test -s "$work/script"
	ok "$1: a guest" a_guest "$2"
	installs "$1" "${@:3}"
}

in_an_old_guest() # NAME TREE RUNNER...
{
	ok "$1: a guest that is too old" old_guest "$2"
	stops "$1" guest-release "${@:3}"
}

both_ways() # NAME TREE RUNNER...
{
	in_a_guest "$@"
	in_an_old_guest "$@"
}

section kickstart-post.ks %post >"$work/script"
both_ways kickstart-post.ks rhel9.2-x86_64 in_guest bash

section kickstart-rhel5.ks %post >"$work/script"
both_ways kickstart-rhel5.ks rhel5.3-x86_64 in_guest bash

# A kernel that has no drivers
sed -i '/^rhel9.2/s/| module |/| none |/' "$work/trees/modern.tab"
section kickstart-nochroot.ks %post >"$work/script"
both_ways kickstart-nochroot.ks rhel9.2-x86_64 in_installer mnt/sysimage bash

late_command >"$work/script"
both_ways preseed.cfg debian12-amd64 in_installer target sh
ok 'preseed.cfg: its log is in the guest' grep -q 'cannot be given PV drivers' "$g/root/xenpv.log"

user_data '[f["content"] for f in d["write_files"] if f["path"] == d["runcmd"][0]][0]' >"$work/script"
reboots=$(user_data 'd["power_state"]["condition"]')
in_a_guest cloud-init.yaml debian12-amd64 in_guest bash
ok 'cloud-init.yaml: then it reboots' in_guest sh -c "$reboots"
in_an_old_guest cloud-init.yaml debian12-amd64 in_guest bash
ok 'cloud-init.yaml: then it does not reboot' fails in_guest sh -c "$reboots"

# The preflight: before there is a guest, in the installer's system, and in the guest
device=$i/sys/bus/pci/devices/0000:00
section kickstart-preflight.ks %pre >"$work/script"
mkdir -p "$device:01.0" "$device:02.0" && echo 0x8086 >"$device:01.0/vendor" && echo 0x5853 >"$device:02.0/vendor"
ok 'kickstart-preflight.ks: %pre on Xen: goes on' prints 0 in_installer mnt/sysimage bash
ok 'kickstart-preflight.ks: and says nothing' test ! -s "$work/out"
rm -r "$device:02.0"
ok 'kickstart-preflight.ks: %pre elsewhere: stops' prints 1 in_installer mnt/sysimage bash
ok 'kickstart-preflight.ks: with the reason' grep -q 'no Xen platform device' "$work/out"
ok 'kickstart-preflight.ks: one screen of plain text' one_plain_screen
section kickstart-preflight.ks %post >"$work/script"
ok 'kickstart-preflight.ks: a guest' a_guest rhel10.0-x86_64
ok 'kickstart-preflight.ks: %post: goes on' prints 0 in_guest bash
ok 'kickstart-preflight.ks: one screen of plain text' one_plain_screen
ok 'kickstart-preflight.ks: nothing is changed' diff "$work/before" <(guest_listing)
ok 'kickstart-preflight.ks: a guest that is too old' old_guest rhel10.0-x86_64
stops 'kickstart-preflight.ks: %post' guest-release in_guest bash
finish
