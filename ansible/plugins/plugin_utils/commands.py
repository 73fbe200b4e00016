# SPDX-License-Identifier: GPL-2.0-or-later
"""What the actions share: a command of xenpv is run in the guest by its shell, as raw does, and says a document.

The work is done on the controller, so that guests whose Python is too old for Ansible's modules, or that have
none, are guests like all others.
"""

from __future__ import annotations

import json
import os
import shlex
from typing import Any

from ansible.errors import AnsibleError
from ansible.module_utils.json_utils import _filter_non_json_lines
from ansible.plugins.action import ActionBase

# What all commands take: their option, by the name of the action's
COMMON = {
    'root': '--root',
    'host': '--host',
    'kernel': '--kernel',
    'bundle': '--bundle',
    'policy': '--policy',
    'strict': '--strict',
}

COMMON_SPEC = {
    'root': {'type': 'str', 'default': '/'},
    'host': {'type': 'str'},
    'kernel': {'type': 'str'},
    'bundle': {'type': 'list', 'elements': 'str', 'default': []},
    'remote_src': {'type': 'bool', 'default': False},
    'policy': {'type': 'str'},
    'boot_disk': {'type': 'str', 'choices': ['emulated', 'pv'], 'default': 'emulated'},
    'strict': {'type': 'bool', 'default': False},
}


def arguments(values: dict[str, Any], options: dict[str, str]) -> list[str]:
    """The command's arguments. A value that is empty is not given; lists and dictionaries are repeated."""
    words = []
    for name, option in options.items():
        value = values[name]
        if value is True:
            words.append(option)
        elif isinstance(value, dict):
            words += [f'{option}={key}={each}' for key, each in value.items()]
        elif isinstance(value, list):
            words += [f'{option}={each}' for each in value]
        elif value:
            words.append(f'{option}={value}')
    return words


def reason(document: dict[str, Any], strict: bool) -> str:
    """Why the document's result is fail, in the command's own words: what was seen, and what to do."""
    if document['result'] == 'pass':
        return ''
    if document['error']:
        return document['error']
    fails = ('fail', 'warn', 'unknown') if strict else ('fail',)
    return '. '.join(
        ' '.join(filter(None, (f['id'], f['kernel']))) + ': ' + '; '.join(filter(None, (f['seen'], f['remedy'])))
        for f in document['findings'] if f['status'] in fails)


class CommandAction(ActionBase):
    """An action that runs commands of xenpv."""

    def execute(self, program: str, words: list[str], streams: str) -> dict[str, Any]:
        """Run it. A terminal makes one of both streams: STREAMS sends one of them away."""
        line = shlex.join([program, *words])
        return self._low_level_execute_command(
            'export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"; '
            f'{self._compute_environment_string()} {line} {streams}')

    def document(self, program: str, words: list[str]) -> tuple[int, dict[str, Any]]:
        """Its exit status and what it says with --json. What is no document fails the task."""
        words = ['--json', *words]
        ran = self.execute(program, words, '2>/dev/null')
        status = ran['rc']
        if status == 127:
            raise AnsibleError(f'{program} is not in the guest: install the package xenpv')
        if status == 2:
            raise AnsibleError(self.execute(program, words, '2>&1 >/dev/null')['stdout'].strip())
        try:
            said = json.loads(_filter_non_json_lines(ran['stdout'], objects_only=True)[0])
        except ValueError as e:
            raise AnsibleError(f'{program} ended with status {status} and said nothing that is JSON') from e
        if said.get('schema') != 1:
            raise AnsibleError(f'{program} says a document of schema {said.get("schema")}, and not 1')
        return status, said

    def temporary(self, name: str) -> str:
        """A path for NAME in the task's own folder in the guest, which goes away with the task."""
        if not self._connection._shell.tmpdir:
            self._make_tmp_path()
        return self._connection._shell.join_path(self._connection._shell.tmpdir, name)

    def send(self, path: str, number: int) -> str:
        """Copy a bundle, a file or a folder, from the controller; where it is then. The others may have its name."""
        local = self._find_needle('files', path).rstrip('/')
        own = self.temporary(str(number))
        self._low_level_execute_command(shlex.join(['mkdir', '-p', own]))
        remote = os.path.join(own, os.path.basename(local))
        if not os.path.isdir(local):
            return self._transfer_file(local, remote)
        for folder, _, files in os.walk(local):
            there = os.path.normpath(os.path.join(remote, os.path.relpath(folder, local)))
            self._low_level_execute_command(shlex.join(['mkdir', '-p', there]))
            for name in files:
                self._transfer_file(os.path.join(folder, name), os.path.join(there, name))
        return remote

    def values(self, spec: dict[str, Any]) -> dict[str, Any]:
        """The task's options, with the bundles where the command finds them."""
        values = self.validate_argument_spec(argument_spec={**COMMON_SPEC, **spec})[1]
        if not values['remote_src']:
            values['bundle'] = [self.send(path, n) for n, path in enumerate(values['bundle'])]
        return values
