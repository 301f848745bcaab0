# Reads the hypervisor's memory: past 1 MiB, by a segment with a limit of 4 GiB.
#include "disc.inc"
        begin
        lgdt    gdt_pointer
        movl    $0x11, %eax
        movl    %eax, %cr0
        movw    $0x08, %ax
        movw    %ax, %ds
        movl    $0x8000000, %ebx
        movl    (%ebx), %eax
        hlt
        .balign 8
gdt:    .quad   0
        .quad   0x00CF93000000FFFF
gdt_pointer:
        .word   15
        .long   gdt
