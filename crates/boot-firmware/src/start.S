/*
 * From the reset vector to Rust.
 *
 *   16 bit   CS base 0xffff0000, nothing set up                  reset_vector, start16
 *   32 bit   flat segments; fills the page tables                start32
 *   64 bit   first 4 GiB mapped one to one; copies the program   start64 -> firmware_main
 *            from the ROM into RAM, clears its .bss
 *
 * The segment selectors are those of the kernel's 64-bit boot protocol (Documentation/arch/x86/boot.rst: __BOOT_CS is
 * 0x10, __BOOT_DS is 0x18), so that nothing is left to change before the kernel is entered. The descriptors have their
 * accessed bit set: the processor need not write to them, so they may stay in the ROM.
 *
 * link.ld places the sections, and says what lies where.
 */

#define CODE32          0x08
#define CODE64          0x10
#define DATA            0x18

#define PML4            0x1000          /* one entry for the first 512 GiB */
#define PDPT            0x2000          /* four entries of 1 GiB each */
#define PAGE_DIRECTORY  0x3000          /* four tables of 512 pages of 2 MiB each */
#define STACK_TOP       0x80000

#define PAGE_TABLE      0x03            /* present, writable */
#define PAGE_2M         0x83            /* present, writable, large */

#define CR0             0x80010033      /* paging, write protection, FPU errors and presence, protected mode; caches on */
#define CR0_PROTECTED   0x00000011
#define CR4             0x00000620      /* PAE; SSE and its exceptions, which compiled Rust code uses */
#define EFER            0xc0000080
#define EFER_LONG_MODE  0x00000100

        .section .reset, "ax"
        .code16
        .globl  reset_vector
reset_vector:
        jmp     start16
        .balign 16, 0xff

        .section .start, "ax"
start_page:

start16:
        cli
        cld
        /* The A20 gate ("fast", System Control Port A): without it, every other MiB is the one before it. */
        inb     $0x92, %al
        orb     $0x02, %al
        andb    $0xfe, %al              /* bit 0 would reset the machine */
        outb    %al, $0x92
        /* The offset within the code segment: link.ld puts this section at 0xfffff000, that is 0xf000 in it. */
        lgdtl   %cs:(gdt_pointer - start_page + 0xf000)
        movl    $CR0_PROTECTED, %eax
        movl    %eax, %cr0
        ljmpl   $CODE32, $start32

        .code32
start32:
        movw    $DATA, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss

        xorl    %eax, %eax
        movl    $PML4, %edi
        movl    $(6 * 4096 / 4), %ecx
        rep stosl

        movl    $(PDPT + PAGE_TABLE), PML4

        movl    $PDPT, %edi
        movl    $(PAGE_DIRECTORY + PAGE_TABLE), %eax
        movl    $4, %ecx
1:      movl    %eax, (%edi)
        addl    $4096, %eax
        addl    $8, %edi
        loop    1b

        movl    $PAGE_DIRECTORY, %edi
        movl    $PAGE_2M, %eax
        movl    $(4 * 512), %ecx
2:      movl    %eax, (%edi)
        addl    $0x200000, %eax
        addl    $8, %edi
        loop    2b

        movl    $CR4, %eax
        movl    %eax, %cr4
        movl    $PML4, %eax
        movl    %eax, %cr3
        movl    $EFER, %ecx
        rdmsr
        orl     $EFER_LONG_MODE, %eax
        wrmsr
        movl    $CR0, %eax
        movl    %eax, %cr0
        ljmpl   $CODE64, $start64

        .code64
start64:
        movl    $image_load, %esi
        movl    $image_start, %edi
        movl    $image_size, %ecx
        rep movsb
        xorl    %eax, %eax
        movl    $bss_start, %edi
        movl    $bss_size, %ecx
        rep stosb
        movw    %ax, %fs
        movw    %ax, %gs
        movl    $STACK_TOP, %esp
        xorl    %ebp, %ebp
        /* The program is more than 2 GiB away: no direct call reaches it. It does not return. */
        movl    $firmware_main, %eax
        call    *%rax

        .balign 8
gdt:
        .quad   0
        .quad   0x00cf9b000000ffff      /* CODE32: flat, readable, executable */
        .quad   0x00af9b000000ffff      /* CODE64: the same, 64 bit */
        .quad   0x00cf93000000ffff      /* DATA: flat, writable */
gdt_pointer:
        .word   gdt_pointer - gdt - 1
        .long   gdt

        .section .note.GNU-stack, "", @progbits
