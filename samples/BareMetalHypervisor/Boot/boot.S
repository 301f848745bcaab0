# The boot sector of the story. The BIOS loads it to 0x7C00 in real mode; it loads the kernel behind it and enters 64-bit mode there.
#include "boot.inc"
        .code16
        .globl  _start
_start:
        cli
        cld
        xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        movw    $0x7C00, %sp
        load_image

loaded: # No interrupts of devices: the hypervisor has none, and its guests get what it gives them.
        movb    $0xFF, %al
        outb    %al, $0x21
        outb    %al, $0xA1

        # No system that runs (lift.S).
        xorl    %ebx, %ebx
        enter_long_mode LOADED

        boot_data

        .org    510
        .word   0xAA55
