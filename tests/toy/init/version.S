	.section .rodata
	.globl linux_banner
linux_banner:
	.asciz "Linux version " RELEASE " (toy@toy)"

	.text
	.globl start
start:
	hlt
	jmp start

	/* XEN_ELFNOTE_PHYS32_ENTRY: where a PVH loader enters. */
	.section .note.Xen, "a", @note
	.long 4, 8, 18
	.asciz "Xen"
	.quad start

	.section .note.GNU-stack, "", @progbits
