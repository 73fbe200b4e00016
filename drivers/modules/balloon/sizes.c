// SPDX-License-Identifier: GPL-2.0-only
/*
 * How large the balloon is to be.
 *
 * The store's memory/target counts what the host counts as memory of the guest:
 * with the holes below 1 MiB and what the firmware keeps for itself, and, as some
 * tool stacks do it, with the video memory. The kernel counts the RAM that it
 * found. So the two are never compared as sizes; only differences between targets
 * mean anything:
 *
 *	balloon = full - target		full: the target at which nothing is missing
 *
 * What `full' is, no node of the store says. memory/static-max is not it where
 * targets leave the video memory out. It is found at the first target T, with K
 * for what the kernel found, R for the host's own count (XENMEM_current_reservation)
 * and S for memory/static-max:
 *
 *	T >= K: full = T, and R at most
 *	T <  K: full = S, K at least and K + 32 MiB at most
 *
 * In the first case the target covers all that the kernel has: the guest was given
 * its memory, and T is the target that goes with it. R is not known to be exact, but
 * a T above it is nonsense, from which later a huge balloon would be computed.
 *
 * In the second case the target was lower than the kernel's RAM from the start. Either
 * somebody lowered it before this module was loaded, or the memory is populated on
 * demand: the kernel was told of S, and the host kills the guest when it uses
 * more than T. Then too little in the balloon is fatal, and a few MiB too much are
 * not; so full is S, as if targets counted the video memory. The limit to the
 * difference between S and K is for kernels that do not use all their memory
 * (mem=, or no PAE): what they do not use needs no balloon.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include "balloon.h"

/* Video memory and what the firmware keeps, generously */
#define UNSEEN BALLOON_PAGES(32)

/*
 * floor = 64 MiB + 4 MiB * sqrt(memory in MiB)
 *
 * The constant is for a kernel and the few services without which nobody reaches the
 * guest. What a larger machine needs more - page tables, tables of files and
 * sockets, larger reserves of the allocator - grows with its memory, but slower:
 * a fixed share would keep GiBs on large guests that could do without, a constant would
 * leave them thrashing. The allocator's own reserve grows with the square root, too.
 *
 *	memory	128 M  256 M  512 M    1 G    4 G   16 G    64 G
 *	floor	  108    128    152    192    320    576    1088 MiB
 *
 * Guests with no more than 104 MiB keep all they have.
 */
unsigned long balloon_floor(unsigned long managed, unsigned int floor_mib)
{
	unsigned long root = int_sqrt(BALLOON_MIB(managed));
	unsigned long asked = min_t(unsigned long, floor_mib, BALLOON_MIB(ULONG_MAX));

	return max(BALLOON_PAGES(64 + 4 * root), BALLOON_PAGES(asked));
}

unsigned long balloon_full(unsigned long target, unsigned long static_max,
			   unsigned long kernel, unsigned long reserved)
{
	if (target >= kernel)
		return max(kernel, min(target, reserved));
	return clamp(static_max, kernel, kernel + UNSEEN);
}

/* Half of all numbers is more than any guest's memory, and can be added to */
static unsigned long sane(u64 pages)
{
	return min_t(u64, pages, ULONG_MAX / 2);
}

unsigned long balloon_pages_of_kib(u64 kib)
{
	return sane(kib >> (PAGE_SHIFT - 10));
}

unsigned long balloon_pages_of_bytes(u64 bytes)
{
	return sane(bytes >> PAGE_SHIFT);
}
