# The first program of a Linux that boots under the hypervisor: says what CPUID says of a hypervisor, and that it is done.
        .globl  _start
        .equ    SYS_WRITE, 1
        .equ    SYS_IOCTL, 16
        .equ    CONSOLE, 1
        # TCSBRK with an argument other than 0: waits until everything is on the line.
        .equ    TCSBRK, 0x5409
        .equ    HYPERVISOR_PRESENT, 31
        .equ    HYPERVISOR_LEAF, 0x40000000
        # Kernel/Lifting/LiftedExits.cs.
        .equ    CALL_DONE, 0

        .text
_start: movl    $1, %eax
        cpuid
        movl    $alone, %esi
        movl    $alone_end - alone, %edx
        btl     $HYPERVISOR_PRESENT, %ecx
        jnc     1f
        movl    $HYPERVISOR_LEAF, %eax
        cpuid
        movl    %ebx, name
        movl    %ecx, name + 4
        movl    %edx, name + 8
        movl    $found, %esi
        movl    $found_end - found, %edx
1:      movl    $SYS_WRITE, %eax
        movl    $CONSOLE, %edi
        syscall
        movl    $SYS_IOCTL, %eax
        movl    $CONSOLE, %edi
        movl    $TCSBRK, %esi
        movl    $1, %edx
        syscall
        # Without a hypervisor this is an invalid opcode, and Linux panics because its first program ended.
        movl    $CALL_DONE, %eax
        vmcall
2:      pause
        jmp     2b

        .data
alone:  .ascii  "Linux, user space: CPUID says that there is no hypervisor.\n"
alone_end:
found:  .ascii  "Linux, user space: CPUID leaf 0x40000000 says \""
name:   .skip   12
        .ascii  "\".\n"
found_end:
        .section .note.GNU-stack, "", @progbits
