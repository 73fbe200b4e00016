/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An option ROM in the place of the device model's own for direct kernel boot. That one copies the
 * kernel byte by byte through a port, which takes most of a minute here, and more real-mode code runs
 * than the emulation bears. This one enters Linux by its 32-bit boot protocol [Linux,
 * Documentation/arch/x86/boot.rst]; the device model has put all that is needed into memory, see agent.
 * The header is that of a PnP option ROM with a bootstrap entry vector [BIOS Boot Specification 1.01].
 */
	.set	LOW, 0x600		/* free memory, for the descriptor of the GDT */

	.code16
	.text
	.global	_start
_start:
	.word	0xaa55
	.byte	1			/* blocks of 512 bytes */
	lret				/* nothing to initialise */
	.org	0x18
	.word	0			/* no PCI data */
	.word	pnp
	.org	0x20
pnp:
	.ascii	"$PnP"
	.byte	1			/* revision */
	.byte	2			/* length, in 16 bytes */
	.word	0			/* no further header */
	.byte	0
	.byte	0			/* checksum: not looked at */
	.long	0
	.word	maker
	.word	product
	.long	0			/* device type and indicators */
	.word	0			/* boot connection vector */
	.word	0
	.word	boot			/* bootstrap entry vector */
	.word	0
	.word	0
maker:	.asciz	"xenpv"
product: .asciz	"Linux in memory"

boot:
	cli
	cld
	xorw	%ax, %ax
	movw	%ax, %ds
	movw	%cs, %ax
	movzwl	%ax, %ebx
	shll	$4, %ebx		/* where this ROM is */
	leal	gdt(%ebx), %eax
	movw	$(gdt_end - gdt - 1), LOW
	movl	%eax, LOW + 2
	lgdtl	LOW
	leal	protected(%ebx), %eax
	pushl	$0x10
	pushl	%eax
	movl	%cr0, %eax
	orb	$1, %al
	movl	%eax, %cr0
	lretl

	.code32
protected:
	movl	$0x18, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %fs
	movl	%eax, %gs
	movl	%eax, %ss
	movl	$(PARAMS + 0x2000), %esp
	xorl	%ebp, %ebp
	xorl	%edi, %edi
	xorl	%ebx, %ebx
	movl	$PARAMS, %esi
	movl	$KERNEL, %eax
	jmp	*%eax

	.p2align 3
gdt:
	.quad	0
	.quad	0
	.quad	0x00cf9a000000ffff	/* 0x10: code, 4 GB */
	.quad	0x00cf92000000ffff	/* 0x18: data, 4 GB */
gdt_end:
	.org	511
	.byte	0			/* the sum of all bytes is 0: see parts.sh */
