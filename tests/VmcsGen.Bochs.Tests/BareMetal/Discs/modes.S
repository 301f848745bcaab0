# Goes through all modes of the processor and does in each what causes VM exits.
#include "disc.inc"
        .equ    PE, 1 << 0
        .equ    ET, 1 << 4
        .equ    NE, 1 << 5
        .equ    PG, 1 << 31
        .equ    PAE, 1 << 5
        .equ    OSFXSR, 1 << 9
        .equ    VMXE, 1 << 13
        .equ    OSXSAVE, 1 << 18
        .equ    EFER, 0xC0000080
        .equ    LME, 1 << 8
        .equ    LMA, 1 << 10
        .equ    ROOT, 0x1000
        .equ    POINTERS, 0x2000
        .equ    DIRECTORY, 0x3000
        .equ    INTERRUPTS, 0x4000
        .equ    MAP, 0x5000
        .equ    OWN, 0x8000000

        # An interrupt gate of 64-bit mode.
        .macro  gate vector, handler
        movw    $\handler, INTERRUPTS + \vector * 16
        movl    $0x8E000018, INTERRUPTS + \vector * 16 + 2
        movw    $0, INTERRUPTS + \vector * 16 + 6
        movq    $0, INTERRUPTS + \vector * 16 + 8
        .endm

        begin
        say     "real mode"

        # The registers that compiled C# copies the ranges of the memory map with.
        movl    $OSFXSR, %eax
        movl    %eax, %cr4
        movl    $0x5A5A5A5A, %eax
        movd    %eax, %xmm0
        movd    %eax, %xmm1

        # The hypervisor's memory is in the map.
        xorl    %ebx, %ebx
ask:    movl    $0xE820, %eax
        movl    $0x534D4150, %edx
        movl    $20, %ecx
        movw    $MAP, %di
        int     $0x15
        jc      asked
        cmpl    $OWN, MAP
        jne     1f
        cmpl    $2, MAP + 16
        jne     1f
        movb    $1, own_is_reserved
1:      testl   %ebx, %ebx
        jnz     ask
asked:  cmpb    $1, own_is_reserved
        jne     1f
        say     "the hypervisor's memory is reserved"
1:      movd    %xmm0, %eax
        movd    %xmm1, %ebx
        cmpl    %eax, %ebx
        jne     1f
        cmpl    $0x5A5A5A5A, %eax
        jne     1f
        say     "XMM registers are kept"
1:
        # A page of 2 MiB, mapped to itself, for PAE paging and for long mode. PAE paging wants four entries in the first table.
        movw    $POINTERS, %di
        movw    $(4 * 8 / 4), %cx
        xorl    %eax, %eax
        rep stosl
        movl    $(DIRECTORY + 1), POINTERS
        movl    $(POINTERS + 3), ROOT
        movl    $0, ROOT + 4
        movl    $0x83, DIRECTORY
        movl    $0, DIRECTORY + 4

        # Protected mode, and CR0.NE with it: a VM exit, because NE changes.
        lgdt    gdt_pointer
        movl    $(PE | ET | NE), %eax
        movl    %eax, %cr0
        ljmpw   $0x08, $protected

        .code32
protected:
        movw    $0x10, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        movl    %cr0, %eax
        cmpl    $(PE | ET | NE), %eax
        jne     1f
        say     "protected mode, CR0 as it was written"
1:
        # PAE paging, with NE changed in the same write: the hypervisor loads the four entries of the table.
        movl    $PAE, %eax
        movl    %eax, %cr4
        movl    $POINTERS, %eax
        movl    %eax, %cr3
        movl    $(PG | PE | ET), %eax
        movl    %eax, %cr0
        say     "PAE paging"
        movl    $(PE | ET), %eax
        movl    %eax, %cr0

        # Long mode, with NE changed in the same write.
        movl    $(ROOT), %eax
        movl    %eax, %cr3
        orl     $2, POINTERS
        movl    $EFER, %ecx
        rdmsr
        orl     $LME, %eax
        wrmsr
        movl    $(PG | PE | ET | NE), %eax
        movl    %eax, %cr0
        rdmsr
        testl   $LMA, %eax
        jz      1f
        say     "compatibility mode, IA32_EFER.LMA is set"
1:      ljmpl   $0x18, $long

        .code64
long:   say     "64-bit mode"
        # Handlers of #UD and #GP, which go on where "resume" says.
        gate    6, invalid_opcode
        gate    13, general_protection
        lidt    idt_pointer

        movl    $1f, resume
        movl    $0x480, %ecx
        rdmsr
        jmp     2f
1:      say     "RDMSR of IA32_VMX_BASIC: #GP"
2:      movl    $1f, resume
        movl    $(PAE | VMXE), %eax
        movq    %rax, %cr4
        jmp     2f
1:      say     "MOV to CR4 with VMXE: #GP"
2:      movl    $1f, resume
        vmxon   ROOT
        jmp     2f
1:      say     "VMXON: #UD"
2:      movl    $1f, resume
        movl    $0x12345678, %eax
        vmcall
        jmp     2f
1:      say     "VMCALL that nobody knows: #UD"
2:
        # CPUID has neither VMX nor, before CR4.OSXSAVE is set, OSXSAVE.
        movl    $1, %eax
        cpuid
        andl    $(1 << 31 | 1 << 27 | 1 << 5), %ecx
        cmpl    $(1 << 31), %ecx
        jne     1f
        say     "CPUID: a hypervisor, no VMX, no OSXSAVE"
1:
        # Where there is XSAVE: a value that no processor takes, then one that all take.
        movl    $1, %eax
        cpuid
        testl   $(1 << 26), %ecx
        jz      back
        movq    $(PAE | OSFXSR | OSXSAVE), %rax
        movq    %rax, %cr4
        movl    $1, %eax
        cpuid
        testl   $(1 << 27), %ecx
        jz      1f
        say     "CPUID: OSXSAVE"
1:      movl    $1f, resume
        xorl    %ecx, %ecx
        xorl    %edx, %edx
        movl    $4, %eax
        xsetbv
        jmp     2f
1:      say     "XSETBV of AVX without SSE: #GP"
2:      xorl    %ecx, %ecx
        xorl    %edx, %edx
        movl    $3, %eax
        xsetbv
        xgetbv
        cmpl    $3, %eax
        jne     back
        say     "XSETBV"

back:   ljmpl   *compatible

invalid_opcode:
        movl    resume, %eax
        movq    %rax, (%rsp)
        iretq
general_protection:
        addq    $8, %rsp
        movl    resume, %eax
        movq    %rax, (%rsp)
        iretq

        .code32
in_compatibility_mode:
        # Out of long mode, with NE changed in the same write.
        movl    $(PE | ET), %eax
        movl    %eax, %cr0
        movl    $EFER, %ecx
        rdmsr
        testl   $LMA, %eax
        jnz     1f
        say     "out of long mode"
1:      rdmsr
        andl    $~LME, %eax
        wrmsr
        ljmpl   $0x20, $sixteen
        .code16
sixteen:
        movw    $0x28, %ax
        movw    %ax, %ds
        movw    %ax, %ss
        movl    $ET, %eax
        movl    %eax, %cr0
        ljmpw   $0, $real
real:   xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %ss
        say     "real mode again"
        movl    $CALL_DONE, %eax
        vmcall

own_is_reserved:
        .byte   0
        .balign 8
resume: .quad   0
compatible:
        .long   in_compatibility_mode
        .word   0x08
        .balign 8
gdt:    .quad   0
        # Code and data of 32 bits, code of 64 bits, code and data of 16 bits.
        .quad   0x00CF9B000000FFFF
        .quad   0x00CF93000000FFFF
        .quad   0x00AF9B000000FFFF
        .quad   0x00009B000000FFFF
        .quad   0x000093000000FFFF
gdt_pointer:
        .word   47
        .long   gdt
idt_pointer:
        .word   14 * 16 - 1
        .quad   INTERRUPTS
