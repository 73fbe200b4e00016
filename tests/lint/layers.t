#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Rooms include only rooms below them, and paths are opened through lib/root alone.
set -u
# shellcheck source-path=SCRIPTDIR source=../tap.sh
. "$(dirname "$0")/../tap.sh"
cd "${srcdir:-$(dirname "$0")/../..}" || exit
rooms=(lib guest drivers checks installer host cli)

# FILE:FUNCTION that may open a path: it is the machine's, or the user's, and not a guest's
allowed=(
	cli/session.c:access       # the installed bundle
	cli/streams.c:open         # /dev/null
	drivers/bundle.c:stat      # --bundle
	drivers/bundle_rpm.c:open  # --bundle
	guest/machine.c:open       # /dev/mem, /sys, /proc
	guest/mounts.c:stat        # / of the running system
	guest/rpmdb.c:opendir      # our private copy
	guest/rpmdb.c:open         # our private copy
	guest/rpmdb_program.c:access  # rpm
	guest/rpmdb_program.c:opendir # our private copy
	guest/rpmdb_read.c:open    # /dev/null
)

above=
for ((i = ${#rooms[@]} - 1; i >= 0; i--)); do
	room=${rooms[i]}
	wrong=
	[[ -z $above ]] || wrong=$(grep -rnE "#include \"($above)/" --include='*.[ch]' "$room")
	verdict "$room/ includes nothing above it" "$wrong"
	above=$room${above:+|$above}
done

wrong=
while IFS=: read -r file line text; do
	call=$(grep -oE '\b(open|openat|fopen|freopen|opendir|stat|lstat|access|readlink)\(' <<<"$text" | head -n 1)
	[[ " ${allowed[*]} " = *" $file:${call%(} "* ]] || wrong+="$file:$line:$text"$'\n'
done < <(grep -rnE '(^|[^A-Za-z_.>])(open|fopen|freopen|opendir|stat|lstat|access|readlink)\(' \
	--include='*.c' "${rooms[@]:1}")
verdict 'paths are opened through lib/root' "${wrong%$'\n'}"

# Calls and flags that kernels of old do not have, each with its fallback in one place: docs/kernels.md
new='(open|mkdir|mknod|fchown|fstat|unlink|rename|link|symlink|readlink|fchmod|faccess|futimes|utimens)at|futimens'
new+='|renameat2|statx|memfd_create|copy_file_range|close_range|preadv2?|pwritev2?|syncfs|dup3|accept4|execveat'
verdict 'what old kernels lack is called where it has its fallback' "$(
	grep -rnE "\\b($new)\\(|F_DUPFD_CLOEXEC|SOCK_CLOEXEC|F_ADD_SEALS" --include='*.c' --exclude-dir=modules \
		"${rooms[@]}" | grep -vE '^(lib/(at|settle|stream)\.c|host/)')"
finish
