# What INT 15H of a lifted system leads to: the question what memory there is goes to the hypervisor, all else to the BIOS. The hypervisor
# copies it into the system's memory (Kernel/Lifting/MemoryStub.cs).
        .section .rodata
        .balign 8
        .globl  memory_stub
memory_stub:
        .quad   memory_stub_end - memory_stub_code
        .code16
memory_stub_code:
        cmpw    $0xE820, %ax
        jne     2f
        vmcall
        # The answer's carry flag, in the flags that IRET loads.
        pushw   %bp
        movw    %sp, %bp
        jc      1f
        andb    $~1, 6(%bp)
        popw    %bp
        iretw
1:      orb     $1, 6(%bp)
        popw    %bp
        iretw
2:      ljmpw   $0, $0
memory_stub_end:
        .section .note.GNU-stack, "", @progbits
