# SPDX-License-Identifier: GPL-2.0-or-later
"""The options of both modules."""


class ModuleDocFragment:
    """What every command of xenpv takes."""

    DOCUMENTATION = r'''
notes:
  - Needs the commands of xenpv in the guest, and there neither Python nor anything else than a shell. Disable the
    gathering of Ansible's own facts for guests that are too old for it, RHEL 4 to 6.
options:
  root:
    description: Tree of a guest to work on, instead of the running system.
    type: str
    default: /
  host:
    description:
      - Release of the Xen host's RHEL and, behind a slash, its architecture, as in C(5.11/x86_64). Where it is not
        given, what the guest sees of its host counts.
    type: str
  kernel:
    description: Look at this kernel only; a release, C(default) or C(all).
    type: str
  bundle:
    description:
      - Folders or packages of drivers, on the controller. They are copied to the guest, and removed again when the
        task ends.
    type: list
    elements: str
    default: []
  remote_src:
    description: The bundles are in the guest already.
    type: bool
    default: false
  policy:
    description: File, in the guest, that says what is asked of bundles.
    type: str
  boot_disk:
    description: What is to become of the disk of the boot loader.
    type: str
    choices: [emulated, pv]
    default: emulated
  strict:
    description: Findings of status warn and unknown count as failures.
    type: bool
    default: false
attributes:
  check_mode:
    description: Can run in check mode, and tells what would change.
  diff_mode:
    description: Tells what changes, or would.
'''
