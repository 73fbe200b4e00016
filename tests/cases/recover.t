#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What somebody does between an interruption and the recovery: see recover-harness.c.
exec "${builddir:-.}/tests/unit/recover-harness"
