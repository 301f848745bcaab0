# The instructions that C# cannot say. Arguments come in RDI, RSI, RDX, results go back in RAX (System V ABI).
        .text

# VMfailInvalid sets CF, VMfailValid sets ZF. Both together fit into a number: 0, 1 (invalid), 2 (valid).
        .macro  outcome
        setc    %al
        setz    %cl
        movzbl  %al, %eax
        movzbl  %cl, %ecx
        leal    (%rax, %rcx, 2), %eax
        ret
        .endm

        .macro  function name
        .globl  \name
        .type   \name, @function
\name:
        .endm

# ulong vmx_read(uint field): the value; 0 where VMREAD fails.
function vmx_read
        xorl    %eax, %eax
        vmread  %rdi, %rax
        ret

# uint vmx_try_read(uint field, ulong* value)
function vmx_try_read
        vmread  %rdi, %rax
        movq    %rax, (%rsi)
        outcome

# void vmx_write(uint field, ulong value)
function vmx_write
        vmwrite %rsi, %rdi
        ret

# uint vmx_try_write(uint field, ulong value)
function vmx_try_write
        vmwrite %rsi, %rdi
        outcome

# uint vmx_on(ulong* region), vmx_clear, vmx_load
function vmx_on
        vmxon   (%rdi)
        outcome
function vmx_clear
        vmclear (%rdi)
        outcome
function vmx_load
        vmptrld (%rdi)
        outcome
function vmx_off
        vmxoff
        ret

# uint vmx_invalidate_ept(ulong type, void* descriptor)
function vmx_invalidate_ept
        invept  (%rsi), %rdi
        outcome

# uint vmx_enter(GuestRegisters* registers, uint resume): enters the guest and comes back at its next VM exit. VM entries and exits
# neither load nor save general registers but RSP, nor those of the FPU and SSE, which compiled C# uses. 0 after a VM exit; else the
# outcome of an entry that failed.
        .equ    HOST_RSP, 0x6C14
function vmx_enter
        pushq   %rbx
        pushq   %rbp
        pushq   %r12
        pushq   %r13
        pushq   %r14
        pushq   %r15
        pushq   %rdi
        movl    $HOST_RSP, %eax
        vmwrite %rsp, %rax
        movq    0x78(%rdi), %rax
        fxrstor64 (%rax)
        testl   %esi, %esi
        movq    0x00(%rdi), %rax
        movq    0x08(%rdi), %rcx
        movq    0x10(%rdi), %rdx
        movq    0x18(%rdi), %rbx
        movq    0x20(%rdi), %rbp
        movq    0x28(%rdi), %rsi
        movq    0x38(%rdi), %r8
        movq    0x40(%rdi), %r9
        movq    0x48(%rdi), %r10
        movq    0x50(%rdi), %r11
        movq    0x58(%rdi), %r12
        movq    0x60(%rdi), %r13
        movq    0x68(%rdi), %r14
        movq    0x70(%rdi), %r15
        movq    0x30(%rdi), %rdi
        jnz     1f
        vmlaunch
        jmp     2f
1:      vmresume
2:      # Not entered: the flags tell.
        setc    %al
        setz    %cl
        movzbl  %al, %eax
        movzbl  %cl, %ecx
        leal    (%rax, %rcx, 2), %eax
        addq    $8, %rsp
        jmp     3f

        .globl  vmx_exit
vmx_exit:
        # The VM exit loaded RSP from the VMCS: the registers' address is on top of the stack.
        pushq   %rdi
        movq    8(%rsp), %rdi
        movq    %rax, 0x00(%rdi)
        movq    %rcx, 0x08(%rdi)
        movq    %rdx, 0x10(%rdi)
        movq    %rbx, 0x18(%rdi)
        movq    %rbp, 0x20(%rdi)
        movq    %rsi, 0x28(%rdi)
        popq    %rax
        movq    %rax, 0x30(%rdi)
        movq    %r8, 0x38(%rdi)
        movq    %r9, 0x40(%rdi)
        movq    %r10, 0x48(%rdi)
        movq    %r11, 0x50(%rdi)
        movq    %r12, 0x58(%rdi)
        movq    %r13, 0x60(%rdi)
        movq    %r14, 0x68(%rdi)
        movq    %r15, 0x70(%rdi)
        movq    0x78(%rdi), %rax
        fxsave64 (%rax)
        addq    $8, %rsp
        xorl    %eax, %eax
3:      popq    %r15
        popq    %r14
        popq    %r13
        popq    %r12
        popq    %rbp
        popq    %rbx
        ret

# void cpu_id(uint leaf, uint subleaf, uint* result)
function cpu_id
        movq    %rdx, %r8
        movq    %rbx, %r9
        movl    %edi, %eax
        movl    %esi, %ecx
        cpuid
        movl    %eax, (%r8)
        movl    %ebx, 4(%r8)
        movl    %ecx, 8(%r8)
        movl    %edx, 12(%r8)
        movq    %r9, %rbx
        ret

# ulong cpu_read_msr(uint index), void cpu_write_msr(uint index, ulong value)
function cpu_read_msr
        movl    %edi, %ecx
        rdmsr
        shlq    $32, %rdx
        orq     %rdx, %rax
        ret
function cpu_write_msr
        movl    %edi, %ecx
        movl    %esi, %eax
        movq    %rsi, %rdx
        shrq    $32, %rdx
        wrmsr
        ret

function cpu_read_cr0
        movq    %cr0, %rax
        ret
function cpu_write_cr0
        movq    %rdi, %cr0
        ret
function cpu_read_cr3
        movq    %cr3, %rax
        ret
function cpu_read_cr4
        movq    %cr4, %rax
        ret
function cpu_write_cr4
        movq    %rdi, %cr4
        ret

# byte cpu_in(ushort port), void cpu_out(ushort port, byte value)
function cpu_in
        movl    %edi, %edx
        inb     %dx, %al
        movzbl  %al, %eax
        ret
function cpu_out
        movl    %edi, %edx
        movl    %esi, %eax
        outb    %al, %dx
        ret

# void cpu_set_xcr(uint index, ulong value)
function cpu_set_xcr
        movl    %edi, %ecx
        movl    %esi, %eax
        movq    %rsi, %rdx
        shrq    $32, %rdx
        xsetbv
        ret

# void cpu_save_floating_point(void* area)
function cpu_save_floating_point
        fxsave64 (%rdi)
        ret
function cpu_write_back_caches
        wbinvd
        ret

function cpu_halt
        cli
1:      hlt
        jmp     1b

# The addresses of what the assembly holds, for C#.
        .macro  address name, of
        .globl  \name
\name:
        movl    $\of, %eax
        ret
        .endm
        address address_of_gdt, gdt
        address address_of_idt, idt
        address address_of_tss, tss
        address address_of_vmx_exit, vmx_exit
        address address_of_module_header, __ReadyToRunHeader
        address address_of_heap, __heap
        address address_of_heap_end, __heap_end
        address address_of_own_memory, __own
        address address_of_free_memory, __free_memory
        address address_of_own_memory_end, __own_end
        address address_of_guest64, guest64
        address address_of_guest32, guest32
        address address_of_guest16, guest16
        address address_of_memory_stub, memory_stub
        .section .note.GNU-stack, "", @progbits
