# SPDX-License-Identifier: GPL-2.0-or-later
"""Documentation only: the work is done by plugins/action/xenpv_facts.py, on the controller."""

DOCUMENTATION = r'''
module: xenpv_facts
short_description: Tell whether a Xen HVM guest can be given para-virtualised drivers, and whether it uses them
version_added: 0.1.0
author:
  - The xenpv authors (@xenpv)
description:
  - Runs C(xenpv-check) and C(xenpv-verify) in the guest, which change nothing there, and makes facts of what they say.
  - That a requirement does not hold is a fact too, and no failure of the task.
options:
  gather:
    description: The commands to run.
    type: list
    elements: str
    choices: [check, verify]
    default: [check, verify]
  wait:
    description: Seconds to wait for devices that are not there yet, C(xenpv-verify --wait). Not with a I(root).
    type: int
    default: 0
  page:
    description:
      - File on the controller for the page that C(xenpv-verify --report) writes.
      - It is written in check mode as well.
    type: str
extends_documentation_fragment:
  - xenpv.guests.commands
attributes:
  check_mode:
    support: full
    description: Nothing is changed in any mode.
  diff_mode:
    support: N/A
    description: Nothing is changed.
seealso:
  - module: xenpv.guests.xenpv
'''

EXAMPLES = r'''
- name: Have the facts
  xenpv.guests.xenpv_facts:
    host: 5.11/x86_64

- name: Tell the kernels without drivers
  ansible.builtin.debug:
    msg: "{{ xenpv.check.guest.kernels | selectattr('drivers', 'eq', 'none') | map(attribute='release') }}"

- name: Keep a page that shows the guest's devices before and now
  xenpv.guests.xenpv_facts:
    gather: [verify]
    wait: 60
    page: "reports/{{ inventory_hostname }}.html"
'''

RETURN = r'''
ansible_facts:
  description: The facts.
  returned: always
  type: dict
  contains:
    xenpv:
      description: What each command said with C(--json), see xenpv-json(5), by C(check) and C(verify).
      returned: always
      type: dict
reasons:
  description: By the same names, what does not hold and what to do, in the commands' words; empty where all holds.
  returned: always
  type: dict
  sample: {check: "", verify: "modules-installed 2.6.18-53.el5: not installed; run xenpv-install"}
'''
