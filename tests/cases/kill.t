#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Kills and errors at every system call that changes a file system: see kill-harness.c.
exec "${builddir:-.}/tests/unit/kill-harness"
