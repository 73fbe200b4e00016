# SPDX-License-Identifier: GPL-2.0-or-later
"""The action of the module xenpv_facts, whose documentation is plugins/modules/xenpv_facts.py."""

from __future__ import annotations

import os
import shlex
from typing import Any

from ansible_collections.xenpv.guests.plugins.plugin_utils.commands import (
    COMMON, CommandAction, arguments, reason)

# What each command takes
OPTIONS = {
    'check': {**COMMON, 'boot_disk': '--boot-disk'},
    'verify': {**COMMON, 'wait': '--wait'},
}

SPEC = {
    'gather': {'type': 'list', 'elements': 'str', 'choices': list(OPTIONS), 'default': list(OPTIONS)},
    'wait': {'type': 'int', 'default': 0},
    'page': {'type': 'str'},
}


class ActionModule(CommandAction):
    """Runs xenpv-check and xenpv-verify, which change nothing."""

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        values = self.values(SPEC)
        facts = {}
        for command in values['gather']:
            words = arguments(values, OPTIONS[command])
            page = self.temporary('page.html') if values['page'] and command == 'verify' else ''
            if page:
                words.append(f'--report={page}')
            facts[command] = self.document(f'xenpv-{command}', words)[1]
            if page:
                # It may be root's, and fetched by another
                self._low_level_execute_command(shlex.join(['chmod', '644', page]))
                os.makedirs(os.path.dirname(os.path.abspath(values['page'])), exist_ok=True)
                self._connection.fetch_file(page, values['page'])
        result.update(
            changed=False,
            ansible_facts={'xenpv': facts},
            reasons={c: reason(said, values['strict']) for c, said in facts.items()})
        return result
