#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# analysers.t CPPFLAG...: what gcc's and clang's analysers and cppcheck make of the tools' own code. In the build
# folder, as make check-analysers runs it with its flags: it takes some minutes.
set -u
# shellcheck source-path=SCRIPTDIR source=../tap.sh
. "$(dirname "$0")/../tap.sh"
top=$(cd "$(dirname "$0")/../.." && pwd)
rooms=("$top"/{lib,guest,drivers,checks,installer,cli,tools})
# xenpv-host, where its libraries are
[[ -z ${HOST_CFLAGS:-} ]] || rooms+=("$top/host")
mapfile -t sources < <(find "${rooms[@]}" -name '*.c' -not -path '*/drivers/modules/*' -not -path '*/lib/err.c')
# shellcheck disable=SC2206 # flags
flags=(-std=gnu17 "$@" ${HOST_CFLAGS:-})

# Each source in the place of {}, with what contracts.h says of lib/err.c
each()
{
	printf '%s\0' "${sources[@]}" | xargs -0 -P "$(nproc)" -I{} "$@" -include "$top/tests/lint/contracts.h" &&
		"${@/\{\}/$top/lib/err.c}"
}

verdict 'there are sources' "$( ((${#sources[@]} > 100)) || echo "only ${#sources[@]}")"
# Gcc 12 forgets what an element of a growing vector owns, and takes what is released at the end of a loop's block for
# unset in the next round, or with -O1 wherever it is set to NULL first. Clang looks for what is unset, too, and leaks
# are looked for by valgrind and the sanitizers.
ok 'gcc -fanalyzer' each gcc -c -o /dev/null -O0 -Werror -fanalyzer -Wno-analyzer-malloc-leak \
	-Wno-analyzer-use-of-uninitialized-value {} "${flags[@]}"
ok 'clang-tidy' each clang-tidy --quiet --config-file="$top/.clang-tidy" {} -- "${flags[@]}"
# It does not know __attribute__((cleanup)), by which we release.
ok 'cppcheck' cppcheck -q -j "$(nproc)" --error-exitcode=1 --enable=warning,performance,portability --suppress=memleak \
	--library=gnu --include=config.h -I. -I"$top" -i "$top/drivers/modules" "${rooms[@]}"
finish
