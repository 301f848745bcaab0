# From the boot sector to C#, in 64-bit mode: descriptor tables of our own, a stack, zeros where C# expects them. EBX has the address of
# the state of a system that runs, or 0.
        .section .entry, "ax"
        .globl  kernel_start
kernel_start:
        cli
        cld
        movl    $__bss_start, %edi
        movl    $__bss_end, %ecx
        subl    %edi, %ecx
        xorl    %eax, %eax
        rep stosb
        movl    $stack_top, %esp
        xorl    %ebp, %ebp

        # The base of the TSS stands in four pieces in its descriptor. It lies below 4 GiB: the fourth is 0.
        movl    $tss, %eax
        movw    %ax, gdt_tss + 2
        shrl    $16, %eax
        movb    %al, gdt_tss + 4
        movb    %ah, gdt_tss + 7
        lgdt    gdt_pointer
        movw    $SELECTOR_DATA, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        movw    %ax, %fs
        movw    %ax, %gs
        movw    $SELECTOR_TSS, %ax
        ltr     %ax
        pushq   $SELECTOR_CODE
        pushq   $tables_loaded
        lretq
tables_loaded:
        # An interrupt gate of 16 bytes for each exception.
        movl    $idt, %edi
        movl    $exception_entries, %esi
        movl    $32, %ecx
1:      movq    %rsi, %rax
        andl    $0xFFFF, %eax
        orl     $(SELECTOR_CODE << 16), %eax
        stosl
        movq    %rsi, %rax
        andl    $0xFFFF0000, %eax
        orl     $0x8E00, %eax
        stosl
        xorl    %eax, %eax
        stosq
        addq    $16, %rsi
        loop    1b
        lidt    idt_pointer
        call    initialize_statics
        movl    %ebx, %edi
        call    kernel_main
        # It does not return.
        hlt

# The processor pushes an error code for some exceptions; the others get a zero in its place. Each entry takes 16 bytes.
        .balign 16
exception_entries:
        .set    vector, 0
        .rept   32
        .balign 16
        .if     vector != 8 && vector != 17 && vector != 21 && !(vector >= 10 && vector <= 14)
        pushq   $0
        .endif
        pushq   $vector
        jmp     exception_common
        .set    vector, vector + 1
        .endr

exception_common:
        # The vector, the error code, RIP, CS, RFLAGS, RSP, SS.
        movq    %rsp, %rdi
        andq    $-16, %rsp
        call    kernel_exception
        hlt

        .equ    SELECTOR_CODE, 0x08
        .equ    SELECTOR_DATA, 0x10
        .equ    SELECTOR_TSS, 0x18

        .section .data
        .balign 16
        .globl  gdt
gdt:    .quad   0
        .quad   0x00AF9B000000FFFF
        .quad   0x00CF93000000FFFF
gdt_tss:
        .quad   0x0000890000000067
        .quad   0
gdt_end:
gdt_pointer:
        .word   gdt_end - gdt - 1
        .quad   gdt
idt_pointer:
        .word   32 * 16 - 1
        .quad   idt

        .section .bss
        .balign 16
        .globl  tss
tss:    .skip   0x68
        .balign 16
        .globl  idt
idt:    .skip   32 * 16
        .balign 16
        .globl  stack_bottom
stack_bottom:
        .skip   0x40000
stack_top:
        .section .note.GNU-stack, "", @progbits
