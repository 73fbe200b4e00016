#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The collection in ansible/, installed and used as on a controller: a fleet of trees, of chroots that are reached by
# a stand-in for ssh and have no Python, of one guest that is refused and one that does not answer. Checked, changed,
# restarted, verified, reported, changed again, and changed back.

# Its mounts are seen by nobody else
if [[ ${1:-} != mounts ]] && unshare --mount true 2>/dev/null; then
	exec unshare --mount bash "$0" mounts
fi
# shellcheck disable=SC2317 # functions are called through ok
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

at_exit()
{
	umount "$work/shut/boot" "$work/debian/boot" 2>/dev/null
}

reason=
[[ ${1:-} = mounts ]] || reason='not root, or no namespaces of mounts'
[[ -x $commands/xenpv-host ]] || reason='there is no xenpv-host, for want of libxlutil or libxml2'
command -v ansible-playbook >/dev/null || reason='ansible-playbook is not installed'
if [[ -n $reason ]]; then
	skip ansible "$reason"
	finish
fi

# --- the collection --------------------------------------------------------------------------------
# A controller with nothing but what is made here
export HOME=$work/home PATH=$work/bin:$commands:$PATH LC_ALL=C.UTF-8
export ANSIBLE_NOCOLOR=1 ANSIBLE_PIPELINING=1
export work

mkdir -p "$HOME" "$work/bin"
cd "$HOME" || exit
ok 'ansible-galaxy installs the collection' ansible-galaxy collection install --offline "$tests/../ansible"

documented() # KIND NAME...
{
	ansible-doc --type "$1" --json "${@:2}" >"$work/out" && json_is '" ".join(d)' "${*:2}"
}

ok 'ansible-doc: the modules' documented module xenpv.guests.xenpv xenpv.guests.xenpv_facts
ok 'ansible-doc: the role' documented role xenpv.guests.xenpv

# Each variable of the role is documented, with the default that it has
variables()
{
	python3 -c 'import sys, yaml
have, said = (yaml.safe_load(open(f"{sys.argv[1]}/roles/xenpv/{f}.yml")) for f in ("defaults/main", "meta/argument_specs"))
said = said["argument_specs"]["main"]["options"]
print([k for k in have.keys() | said.keys() if k not in have or k not in said or
       have[k] != said[k]["default"] and "{{" not in str(have[k])] or "")' "$tests/../ansible"
}
verdict 'the role: its defaults are documented' "$(variables 2>&1)"

# --- the fleet -------------------------------------------------------------------------------------
# Programs for a guest that is reached by its shell, and no Python
programs=(chmod dd echo mkdir rm sleep)
down_when_shut()
{
	printf '#!/bin/sh\n[ -e /deaf ] || echo "$1" >/down\n' >"$1/usr/sbin/shutdown" && chmod 755 "$1/usr/sbin/shutdown"
}

make_chroot() # NAME
{
	local file

	furnish "$work/$1" "${programs[@]}" && down_when_shut "$work/$1" && mount_boot "$work/$1" &&
		echo 1 >"$work/boot-$1" || return
	for file in bin/sh sbin/shutdown; do
		[[ -e $work/$1/$file ]] || { mkdir -p "$work/$1/${file%/*}" && ln -s "../usr/$file" "$work/$1/$file"; } || return
	done
}

# The name of one is markup and a template, which would run a command on the controller
make_fleet()
{
	guest rhel5.3-x86_64 tree && guest rhel5.0-i686 old &&
		echo "CentOS release 5 (<b>{{ lookup('pipe', 'touch $work/ran') }}</b>)" >"$work/old/etc/redhat-release" &&
		guest rhel5.1-x86_64-twodisks shut && make_chroot shut &&
		"$tests/trees/mkmodern" debian12-amd64 "$work/debian" && make_chroot debian &&
		"$tests/trees/mkbundle" 2.6.18-53.el5 x86_64 "$work/bundle" &&
		"$tests/trees/mkkmodrpm" "$work/bundle" "$work/kmod-xenpv.rpm" &&
		"$tests/trees/mkbundle" 2.6.18-8.el5 x86_64 "$work/other" &&
		"$tests/trees/mkkmodrpm" "$work/other" "$work/other/kmod-xenpv.rpm" && cp "$tests/host/xm-rhel5.cfg" "$work/shut.cfg"
}

# -tt COMMAND...: run as sshd does, which gives it a terminal that hangs up when it ends
cat >"$work/bin/terminal" <<'EOF'
#!/usr/bin/python3
import os, pty, sys

child, terminal = pty.fork()
if child == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
try:
    while said := os.read(terminal, 65536):
        os.write(1, said)
except OSError:
    pass
status = os.waitpid(child, 0)[1]
os.close(terminal)
sys.exit(os.waitstatus_to_exitcode(status))
EOF
# ssh OPTION... GUEST COMMAND. Its boot_id is a file of ours. A guest that is rebooted does not answer once. Some systems greet.
cat >"$work/bin/ssh" <<'EOF'
#!/bin/bash
guest=${*: -2:1} command=${*: -1}
g=$work/$guest
[[ -d $g ]] || { echo "no route to $guest" >&2; exit 255; }
if [[ -e $g/down ]]; then
	[[ $(<"$g/down") = -h ]] || { rm "$g/down"; echo 2 >"$work/boot-$guest"; }
	exit 255
fi
[[ $command != *xenpv-* ]] || echo "sudo: unable to resolve host $guest"
[[ " $* " != *' -tt '* ]] || terminal=terminal
exec $terminal unshare --mount bash -c 'mount -t proc proc "$1/proc" &&
	mount --bind "$2" "$1/proc/sys/kernel/random/boot_id" &&
	exec chroot "$1" /usr/bin/env -i PATH=/usr/bin:/bin HOME=/root sh -c "$3"' - "$g" "$work/boot-$guest" "$command"
EOF
# xl of the Xen host: the guest's domain, and its start with a changed configuration
cat >"$work/bin/xl" <<'EOF'
#!/bin/bash
case $1 in
domid) [[ $2 = rhel4 && ! -e $work/shut/down ]] ;;
create) [[ $2 = "$work/shut.cfg" && -e $work/shut/down ]] && ! grep -q type=ioemu "$2" && rm "$work/shut/down" &&
	echo 2 >"$work/boot-shut" ;;
*) exit 1 ;;
esac
EOF
chmod 755 "$work"/bin/*
cat >inventory.yml <<EOF
xenpv:
  vars:
    xenpv_packages: []
    xenpv_host: 5.3/x86_64
    ansible_ssh_executable: $work/bin/ssh
    ansible_ssh_transfer_method: piped
    ansible_python_interpreter: /nonexistent
  hosts:
    gone:
    tree:
      ansible_connection: local
      xenpv_root: $work/tree
    old:
      ansible_connection: local
      xenpv_root: $work/old
    debian:
      xenpv_restart: reboot
    shut:
      xenpv_host: ""
      xenpv_bundle: [$work/kmod-xenpv.rpm, $work/other/kmod-xenpv.rpm]
      xenpv_rename: {hdb: xvde}
      xenpv_restart: shutdown
      xenpv_xen_host: xen
      xenpv_xen_config: $work/shut.cfg
hosts:
  hosts:
    xen:
      ansible_connection: local
      ansible_python_interpreter: $(type -P python3)
EOF
guests=(tree old debian shut)

fleet_listing() # NAME: what is in each guest, but for its home and what is temporary
{
	for g in "${guests[@]}"; do
		listing "$work/$g" | grep -vE '(^|[[:space:]])\./(down|root|tmp|var/tmp)|^\. ' >"$work/$1-$g"
	done
}

same() # NAME NAME GUEST...
{
	local g

	for g in "${@:3}"; do
		diff "$work/$1-$g" "$work/$2-$g" || return
	done
}

# play STATUS OPTION...: the playbook over all; what it prints is in $work/log
play()
{
	local want=$1 status=0

	shift
	timeout 300 ansible-playbook -i inventory.yml xenpv.guests.switch "$@" >"$work/log" 2>&1 </dev/null || status=$?
	((status == want)) || { echo "status $status, not $want"; cat "$work/log"; return 1; }
	cp xenpv-reports/report.json "$work/out"
}

recap() # GUEST WORD...
{
	local word line

	line=$(sed -n "/^PLAY RECAP/,\$ s/^$1 .*/&/p" "$work/log")
	for word in "${@:2}"; do
		[[ $line = *" $word "* ]] || { echo "$line"; return 1; }
	done
}

verdicts() # VERDICT...: of the guests of the run, in their order
{
	json_is '[d[g]["verdict"] for g in d]' "$(python3 -c 'import sys; print(sys.argv[1:])' "$@")"
}

ok 'a fleet' make_fleet
fleet_listing before

ok 'check mode: runs, one is refused, one does not answer' play 4 --check --diff
fleet_listing now
ok 'check mode: nothing is changed' same before now "${guests[@]}"
ok 'check mode: each verdict' verdicts 'not reached' 'would be installed' refused 'would be installed' 'would be installed'
ok 'check mode: the plan is shown' grep -qx 'add-snippet /etc/sysconfig/mkinitrd/xenpv' "$work/log"
ok 'check mode: and the difference of a file' grep -qx '+alias eth0 xen-vnif' "$work/log"
ok 'check mode: the reason and the remedy' json_has 'd["old"]["reason"]' guest-release: 'update the guest to 5.1 or later'

ok 'a host with xend' play 2 -l shut -e xenpv_host=5.3/x86_64
fleet_listing now
ok 'a host with xend: is not driven by xl' json_has 'd["shut"]["verdict"] + ": " + d["shut"]["reason"]' \
	'failed: xenpv_host is 5.3/x86_64, which has xend' 'The guest is unchanged'
ok 'a host with xend: nothing is changed' same before now shut

ok 'no configuration on the host' play 2 -l shut -e xenpv_xen_config=/nonexistent.cfg
fleet_listing now
ok 'no configuration on the host: the reason' json_has 'd["shut"]["verdict"] + ": " + d["shut"]["reason"]' \
	'failed: xenpv-host: /nonexistent.cfg: ' 'The guest is unchanged'
ok 'no configuration on the host: nothing is changed' same before now shut

ok 'install' play 4
ok 'install: each verdict' verdicts 'not reached' verified refused verified verified
ok 'install: the refused one fails' recap old changed=0 failed=1
ok "install: a guest's name is text" json_has 'd["old"]["reason"] + d["old"]["guest"]["name"]' "(<b>{{ lookup('pipe'"
ok 'install: and not obeyed' test ! -e "$work/ran"
ok 'install: with a reason that can be read' grep -q '^fatal: \[old\].*"refused: guest-release: .*"}$' "$work/log"
fleet_listing now
ok 'install: and is not changed' same before now old
for g in tree debian shut; do
	ok "install: $g is changed" fails same before now "$g"
	ok "install: the drivers are in $g" exits 0 xenpv-verify --root "$work/$g" --host 5.3/x86_64
done
ok 'install: a guest was rebooted' test "$(<"$work/boot-debian")" = 2
ok 'install: a guest was shut down, and started by its host' test "$(<"$work/boot-shut")" = 2
ok 'install: with another configuration' exits 0 xenpv-host --rename hdb=xvde --guest rhel5 "$work/shut.cfg"
ok 'install: in which hdb has the name that the guest knows' grep -q 'data.dsk,xvde,w' "$work/shut.cfg"

# What Ansible copied is gone with its folders, and it had some
no_bundle_is_left()
{
	local g

	for g in debian shut; do
		[[ -d $work/$g/root/.ansible/tmp && -z $(find "$work/$g/root/.ansible/tmp" -mindepth 1) ]] || return
	done
}

ok 'install: no bundle is left' no_bundle_is_left

pages()
{
	python3 -c 'import sys, xml.etree.ElementTree as ET
for page in sys.argv[1:]:
    ET.parse(page)
links = [e.get("href") for e in ET.parse(sys.argv[1]).iter() if e.get("href")]
assert not list(ET.parse(sys.argv[1]).iter("b"))
assert links == ["tree.html", "debian.html", "shut.html"], links' xenpv-reports/{index,tree,debian,shut}.html
}
ok 'install: the pages' pages

echo 1 >"$work/boot-debian"
ok 'again' play 0 -l tree,debian,shut
ok 'again: each verdict' verdicts verified verified verified
for g in tree debian shut; do
	ok "again: nothing is changed in $g" recap "$g" changed=0 failed=0
done
ok 'again: nor is it restarted' test "$(<"$work/boot-debian")" = 1

ok 'absent' play 0 -l tree,debian,shut -e xenpv_state=absent -e xenpv_restart=none
ok 'absent: each verdict' verdicts removed removed removed
fleet_listing now
ok 'absent: every guest is as it was' same before now "${guests[@]}"

# Files of the guest name hdb, which nothing renames: so it stays hdb
cp "$tests/host/xm-rhel5.cfg" "$work/shut.cfg" && rm -f "$work/shut.cfg.orig" && echo 1 >"$work/boot-shut"
ok 'no rename' play 0 -l shut -e '{"xenpv_rename": {}}'
ok 'no rename: verified' verdicts verified
ok 'no rename: restarted with another configuration' test "$(<"$work/boot-shut")" = 2
ok 'no rename: the disk that its files name is kept' grep -q 'data.dsk,hdb,w' "$work/shut.cfg"
echo '# changed since' >>"$work/shut/etc/modprobe.conf"
ok 'absent again' play 0 -l shut -e xenpv_state=absent -e xenpv_restart=none
ok 'absent again: what was changed since is left, which is said' json_has \
	'd["shut"]["verdict"] + ": " + d["shut"]["reason"]' 'removed: left' /etc/modprobe.conf
ok 'an install is interrupted' interrupted 2 "$work/tree" --host 5.3/x86_64
ok 'interrupted: the next run finishes it' play 0 -l tree
ok 'interrupted: which is a change' recap tree changed=1
ok 'interrupted: absent' play 0 -l tree -e xenpv_state=absent

# Neither goes down, of which xl and the same boot tell
touch "$work"/{debian,shut}/deaf
ok 'not restarted' play 2 -l debian,shut -e xenpv_restart_timeout=5
ok 'not restarted: each verdict' verdicts failed failed
ok 'not restarted: reboot: where it stopped' json_has 'd["debian"]["reason"]' '(5 s): Wait for the guest. The guest was changed'
ok 'not restarted: shutdown: where it stopped' json_has 'd["shut"]["reason"]' '(5 s): Wait until the guest is down. The guest was changed'
for g in debian shut; do
	ok "not restarted: $g fails" recap "$g" failed=1
	ok "not restarted: $g: with the reason" grep -q "^fatal: \[$g\].*\"failed: no success within " "$work/log"
done
ok 'not restarted: the page marks both' test "$(grep -c 'class="bad">failed' xenpv-reports/index.html)" = 2

# --- facts -----------------------------------------------------------------------------------------
facts()
{
	ansible -i inventory.yml all -l tree -m xenpv.guests.xenpv_facts -a "root=$work/tree host=5.3/x86_64" --tree facts \
		>"$work/log" 2>&1 || { cat "$work/log"; return 1; }
	cp facts/tree "$work/out"
}
ok 'facts' facts
ok 'facts: what the check says' json_is 'd["ansible_facts"]["xenpv"]["check"]["result"], d["reasons"]["check"]' "('pass', '')"
ok 'facts: and the verification' json_has 'd["reasons"]["verify"]' 'module-config: eth0 is 8139cp; run xenpv-install'
finish
