# The boot sector that lifts a running system, the BIOS in real mode: it calls the hypervisor, which makes that system its guest and
# comes back. From then on the BIOS, and whatever it boots, runs in VMX non-root operation.
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

loaded: sti
        call    ask_for_memory
        call    lift
        # INT 18H: booting failed, so the BIOS boots the next device. It is a guest now.
        int     $0x18

# INT 15H, function E820H: the BIOS tells what memory there is, an entry of 20 bytes at each call.
ask_for_memory:
        movw    $system_map, %di
        xorl    %ebx, %ebx
        xorl    %ebp, %ebp
1:      movl    $0xE820, %eax
        movl    $0x534D4150, %edx
        movl    $20, %ecx
        int     $0x15
        jc      2f
        addw    $20, %di
        incw    %bp
        cmpw    $MAP_ENTRIES, %bp
        je      2f
        testl   %ebx, %ebx
        jnz     1b
2:      movl    %ebp, system_map_count
        ret

# Writes down the system's state and calls the hypervisor. The system goes on at "lifted", with other values in general registers.
lift:   movl    %esp, system_esp
        movl    $lifted, system_eip
        pushfl
        popl    system_eflags
        cli
        movl    %cr0, %eax
        movl    %eax, system_cr0
        movl    %cr3, %eax
        movl    %eax, system_cr3
        movl    %cr4, %eax
        movl    %eax, system_cr4
        movl    %dr7, %eax
        movl    %eax, system_dr7
        sgdtl   system_gdtr
        sidtl   system_idtr
        movl    $SYSTEM, %ebx
        enter_long_mode in_long_mode
lifted: ret

        .code64
in_long_mode:
        # To where the guest will have no memory.
        movl    $LOADED, %esi
        movl    $KERNEL, %edi
        movl    %edi, %eax
        movl    $(KERNEL_SECTORS * 512 / 8), %ecx
        rep movsq
        jmp     *%rax

        .code16
        boot_data

        .org    510
        .word   0xAA55

# struct running_system of Kernel/Lifting/lifting.vmcs.yaml, in memory behind the boot sector that the BIOS does not use.
        .equ    SYSTEM, 0x7E00
        .equ    system_esp, SYSTEM + 0
        .equ    system_eip, SYSTEM + 4
        .equ    system_eflags, SYSTEM + 8
        .equ    system_cr0, SYSTEM + 12
        .equ    system_cr3, SYSTEM + 16
        .equ    system_cr4, SYSTEM + 20
        .equ    system_dr7, SYSTEM + 24
        .equ    system_gdtr, SYSTEM + 28
        .equ    system_idtr, SYSTEM + 34
        .equ    system_map_count, SYSTEM + 40
        .equ    system_map, SYSTEM + 44
        .equ    MAP_ENTRIES, 32
