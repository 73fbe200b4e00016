# SPDX-License-Identifier: GPL-2.0-or-later
"""The action of the module xenpv, whose documentation is plugins/modules/xenpv.py."""

from __future__ import annotations

from typing import Any

from ansible_collections.xenpv.guests.plugins.plugin_utils.commands import (
    COMMON, CommandAction, arguments, reason)

# What xenpv-install takes, by state
OPTIONS = {
    'present': {
        **COMMON,
        'boot_disk': '--boot-disk',
        'rename': '--rename',
        'verify_at_boot': '--verify-at-boot',
        'force': '--force',
    },
    'absent': {'root': '--root'},
}

SPEC = {
    'state': {'type': 'str', 'choices': list(OPTIONS), 'default': 'present'},
    'rename': {'type': 'dict', 'default': {}},
    'verify_at_boot': {'type': 'bool', 'default': False},
    'force': {'type': 'list', 'elements': 'str', 'default': []},
}


class ActionModule(CommandAction):
    """Runs xenpv-install."""

    def diffs(self, words: list[str]) -> str:
        """The plan's differences of text files, as the command prints them for people."""
        ran = self.execute('xenpv-install', ['--dry-run', '--quiet', *words], '2>/dev/null')
        return '\n'.join(ran['stdout_lines'] + ['']) if ran['rc'] == 0 else ''

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        values = self.values(SPEC)
        state = values['state']
        words = arguments(values, OPTIONS[state])
        if state == 'absent':
            words.append('--uninstall')
        diffs = self.diffs(words) if self._task.diff else ''
        if self._task.check_mode:
            words.append('--dry-run')
        status, said = self.document('xenpv-install', words)

        steps = [s for s in said['steps'] if s['state'] in ('planned', 'done')]
        # An interrupted run that this one finished has changed the guest as well
        result.update(changed=bool(steps or said.get('settled')), rc=status, document=said)
        if self._task.diff and steps:
            plan = ''.join(f'{s["action"]} {s["path"]}\n' for s in steps)
            result['diff'] = [{'prepared': text} for text in (plan, diffs) if text]
        if said['result'] != 'pass':
            result.update(failed=True, msg=reason(said, values['strict']))
        return result
