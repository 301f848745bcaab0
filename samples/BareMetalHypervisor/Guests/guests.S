        .include "guest.inc"
        .section .rodata

# The 64-bit guest. Its page tables, which the hypervisor prepared, map memory to itself.
        .code64
        header  guest64
guest64_entry:
        introduce
        movb    $0x5A, LATE_PAGE
        movzbl  LATE_PAGE, %ebx
        call_hypervisor CALL_REMEMBERED
        wait_twice guest64
        handlers guest64, iretq
guest64_counter:
        .byte   0
        .balign 8
guest64_gdt:
        .quad   0
        .quad   0x00AF9B000000FFFF
        .quad   0x00CF93000000FFFF
guest64_gdt_end:
guest64_idt:
        .skip   VECTOR_WAKE * 16
        .word   guest64_wake - guest64 + GUEST_BASE, 0x08, 0x8E00, 0
        .quad   0
        .word   guest64_tick - guest64 + GUEST_BASE, 0x08, 0x8E00, 0
        .quad   0
guest64_idt_end:
guest64_end:

# The 32-bit guest, with paging: without "unrestricted guest" a processor insists on it.
        .code32
        header  guest32
guest32_entry:
        introduce
        movb    $0x5A, LATE_PAGE
        movzbl  LATE_PAGE, %ebx
        call_hypervisor CALL_REMEMBERED
        wait_twice guest32
        handlers guest32, iretl
guest32_counter:
        .byte   0
        .balign 8
guest32_gdt:
        .quad   0
        .quad   0x00CF9B000000FFFF
        .quad   0x00CF93000000FFFF
guest32_gdt_end:
guest32_idt:
        .skip   VECTOR_WAKE * 8
        .word   guest32_wake - guest32 + GUEST_BASE, 0x08, 0x8E00, 0
        .word   guest32_tick - guest32 + GUEST_BASE, 0x08, 0x8E00, 0
guest32_idt_end:
guest32_end:

# The real-mode guest. Its interrupt table lies at address 0; nothing of the processor's protection is on.
        .code16
        header  guest16
guest16_entry:
        xorw    %ax, %ax
        movw    %ax, %ds
        movw    $(guest16_wake - guest16 + GUEST_BASE), VECTOR_WAKE * 4
        movw    %ax, VECTOR_WAKE * 4 + 2
        movw    $(guest16_tick - guest16 + GUEST_BASE), VECTOR_TICK * 4
        movw    %ax, VECTOR_TICK * 4 + 2
        introduce
        movw    $(LATE_PAGE >> 4), %ax
        movw    %ax, %es
        movb    $0x5A, %es:0
        movzbl  %es:0, %ebx
        call_hypervisor CALL_REMEMBERED
        wait_twice guest16
        handlers guest16, iretw
guest16_counter:
        .byte   0
        # The interrupt table of real mode is not in the image: 256 entries of 4 bytes at address 0.
        .equ    guest16_gdt, guest16
        .equ    guest16_gdt_end, guest16 + 1
        .equ    guest16_idt, guest16 - GUEST_BASE
        .equ    guest16_idt_end, guest16_idt + 256 * 4
guest16_end:
        .section .note.GNU-stack, "", @progbits
