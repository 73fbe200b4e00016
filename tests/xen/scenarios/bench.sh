# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# How fast: the same load through the emulated devices, our drivers, and Linux's own on the same kernel built with
# them. The guest's part is bare/bench, dom0's bench/.

# bench_run NAME KERNEL [LINE...]: NAME is what drives the devices; LINEs are for the guest's part
bench_run()
{
	local name=$1

	host_defaults
	disks=('vdev=xvda,access=rw,backendtype=qdisk,target=/dev/vdb' 'vdev=xvde,access=rw,backendtype=qdisk,target=/dev/vdf')
	# hda to hdd alone are emulated
	[[ $name != emulated ]] || disks=('vdev=hda,access=rw,backendtype=qdisk,target=/dev/vdf')
	arguments=$without_xen_arguments
	settings=("DRIVERS=$name" "SECONDS_EACH=${XEN_BENCH_SECONDS:-10}" "${@:3}")
	bare_start "$name" "$2" bench
	bare_ready "$name" 300 bench
	tap $? "$name: boots" "$(tail -n 5 "$share/$name.serial")"
	in_dom0 10 "$bench_trace /share/meter /share/$name.serial \$(xl domid $name) >/share/$name.meter 2>&1 &"
	bare_end "$name" 600
	tap $? "$name: to its end" "$(tail -n 5 "$logs/$name.log")"
	cp "$share/$name.meter" "$logs/"
	echo "#   $name: $(told "$name" devices)"
}

# What of NAME is needed: each row's figure, in its unit, and the milliseconds of processor that a unit costs the
# guest and dom0
bench_rows() # NAME
{
	awk 'FNR == NR { guest[$1] = $3; dom0[$1] = $4; seconds[$1] = $2; next }
	/^rig: done / {
		units = $4
		if ($3 ~ /sequential/) units = $4 / 8
		if ($3 == "send" || $3 == "receive") units = $4 / 1048576
		figure = $3 == "echo" ? $5 * 1000 / units : units / $5
		printf "%s %.2f %.2f %.2f %.3f\n", $3, figure, guest[$3] * 1000 / units, dom0[$3] * 1000 / units, seconds[$3] / $5
	}' "$logs/$1.meter" "$logs/$1.log"
}

# One line for each row: the three figures, ours against theirs (above 1 is better), the costs
bench_table()
{
	echo '#                              figure                       xenpv against        ms of CPU per unit: guest, dom0'
	echo '#                     emulated   xenpv    Linux    emulated  Linux      emulated        xenpv           Linux'
	join <(bench_rows emulated | sort) <(bench_rows xenpv | sort) | join - <(bench_rows linux | sort) |
		awk 'BEGIN {
			n = split("read-sequential write-sequential read-1 read-32 write-1 write-32 send receive echo", order)
			split("disk read, MB/s;disk write, MB/s;4 KB reads/s;4 KB reads/s, 32 deep;4 KB writes/s;4 KB writes/s, 32 deep;net send, MB/s;net receive, MB/s;round trip, ms", name, ";")
		}
		{ line[$1] = $0 }
		END {
			for (i = 1; i <= n; i++) {
				split(line[order[i]], f, " ")
				lower = order[i] == "echo"
				printf "# %-21s %7.2f %7.2f %8.2f %10.2f %6.2f  %7.1f %6.1f %7.1f %6.1f %7.1f %6.1f\n", name[i], f[2], f[6], f[10], \
					lower ? f[2] / f[6] : f[6] / f[2], lower ? f[10] / f[6] : f[6] / f[10], f[3], f[4], f[7], f[8], f[11], f[12]
			}
		}'
}

# The exits to Xen of one unit of each row that was traced, by what Xen had to do for them
bench_exits() # NAME
{
	python3 "$here/bench/exits" "$logs/$1.trace" <(awk '
		FNR == NR { units[$3] = $4; next }
		{ print $1, $5, $6, $1 ~ /^(send|receive)$/ ? units[$1] / 1048576 : units[$1] }' \
		<(grep '^rig: done ' "$logs/$1.log") "$logs/$1.meter")
}

cp "$cache/load" "$cache/meter" "$share/"
in_dom0 10 '/share/load serve 5003 >/share/serve.out 2>&1 &'
bench_trace=
bench_run emulated without-xen
bench_run xenpv without-xen
bench_run linux with-xen
bench_table | tee "$logs/bench.txt"
for row in read-sequential write-sequential read-1 read-32 write-1 write-32 send receive; do
	ok "$row: at least three times the emulated device" awk -v row=$row '
		$1 == row { v[FILENAME] = $2 } END { exit !(v[ARGV[2]] >= 3 * v[ARGV[1]] && v[ARGV[1]] > 0) }' \
		<(bench_rows emulated) <(bench_rows xenpv)
done

# Where the time goes, in a second run: the trace itself takes some
bench_trace='xentrace -D -x -S 256 -e 0x8f000 /run/trace & echo $! >/run/trace.pid; '
for name in xenpv:without-xen linux:with-xen; do
	bench_run "${name%:*}" "${name#*:}" 'ROWS="read-1 write-1 send receive echo"' SECONDS_EACH=4
	in_dom0 60 'kill -INT $(cat /run/trace.pid); while kill -0 $(cat /run/trace.pid); do usleep 100000; done
		cp /run/trace /share/trace; rm /run/trace'
	mv "$share/trace" "$logs/${name%:*}.trace"
	bench_exits "${name%:*}" | sed 's/^/# /' | tee "$logs/${name%:*}.exits"
done
