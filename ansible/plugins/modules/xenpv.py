# SPDX-License-Identifier: GPL-2.0-or-later
"""Documentation only: the work is done by plugins/action/xenpv.py, on the controller."""

DOCUMENTATION = r'''
module: xenpv
short_description: Put para-virtualised drivers into a Xen HVM guest, or take them out
version_added: 0.1.0
author:
  - The xenpv authors (@xenpv)
description:
  - Runs C(xenpv-install) in the guest, which checks whether the guest can be given the drivers, makes a plan, and
    carries it out in one transaction. A guest that cannot is not changed, and the task fails with the reason.
  - The drivers take over only at a later boot, and some guests only when the configuration on their host is changed.
    See the role C(xenpv.guests.xenpv), which does these, too.
options:
  state:
    description:
      - C(present) installs; C(absent) puts back every file as it was, C(xenpv-install --uninstall), which looks
        at I(root) and no other option.
    type: str
    choices: [present, absent]
    default: present
  rename:
    description: Disks that the host will call by other names, old to new, C(--rename).
    type: dict
    default: {}
  verify_at_boot:
    description: The guest runs C(xenpv-verify) once at the end of its next boot, C(--verify-at-boot).
    type: bool
    default: false
  force:
    description: Ids of checks whose failure does not stop the installation, C(--force).
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - xenpv.guests.commands
attributes:
  check_mode:
    support: full
    description: C(xenpv-install --dry-run); what is already there need not be changed.
  diff_mode:
    support: full
    description: The steps of the plan and, with I(state=present), the differences of text files.
seealso:
  - module: xenpv.guests.xenpv_facts
'''

EXAMPLES = r'''
- name: Install the drivers, which the kernel has
  xenpv.guests.xenpv:
    host: 5.11/x86_64

- name: Install those of a package on the controller
  xenpv.guests.xenpv:
    host: 5.1/x86_64
    bundle: kmod-xenpv.i686.rpm
    rename:
      hdb: xvdb

- name: Install in a tree that is mounted on the machine that the task is for
  xenpv.guests.xenpv:
    root: /mnt/guest
    host: 5.11/x86_64

- name: Take them out
  xenpv.guests.xenpv:
    state: absent
'''

RETURN = r'''
rc:
  description: Exit status of C(xenpv-install), see xenpv-install(8).
  returned: always
  type: int
  sample: 0
msg:
  description: What was found and what to do, in the command's words.
  returned: failure
  type: str
  sample: "guest-release: CentOS release 4.2 (Final) (4.2); update the guest to 4.6 or later"
document:
  description: What the command said with C(--json), see xenpv-json(5).
  returned: always
  type: dict
'''
