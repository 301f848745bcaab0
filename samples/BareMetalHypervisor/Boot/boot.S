# The boot sector. The BIOS loads it to 0x7C00 in real mode; it loads the image behind it, maps the first 4 GiB to themselves and
# enters 64-bit mode. KERNEL_SECTORS is the size of the image, which the builder knows.
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

        # INT 13H, function 42H: read sectors by their number. DL is the drive, as the BIOS gave it.
        movw    $KERNEL_SECTORS, %bx
read:   testw   %bx, %bx
        jz      loaded
        movw    $SECTORS_AT_ONCE, %ax
        cmpw    %ax, %bx
        jae     1f
        movw    %bx, %ax
1:      movw    %ax, packet_count
        subw    %ax, %bx
        movw    $packet, %si
        pushw   %ax
        movb    $0x42, %ah
        int     $0x13
        popw    %ax
        jc      failed
        movzwl  %ax, %eax
        addl    %eax, packet_sector
        # A sector is 0x20 paragraphs.
        shlw    $5, %ax
        addw    %ax, packet_segment
        jmp     read

failed: # The serial port: eight bits, no parity.
        movw    $0x3FB, %dx
        movb    $3, %al
        outb    %al, %dx
        movw    $message, %si
2:      lodsb
        testb   %al, %al
        jz      3f
        movw    $0x3F8, %dx
        outb    %al, %dx
        jmp     2b
3:      hlt
        jmp     3b

loaded: # No interrupts of devices: the hypervisor has none, and its guests get what it gives them.
        movb    $0xFF, %al
        outb    %al, $0x21
        outb    %al, $0xA1

        # Fast A20: addresses beyond 1 MiB.
        inb     $0x92, %al
        orb     $2, %al
        outb    %al, $0x92

        # PML4 at 0x1000, PDPT at 0x2000, four page directories from 0x3000 on: pages of 2 MiB, each mapped to itself.
        movw    $0x1000, %di
        xorl    %eax, %eax
        movw    $(0x6000 / 4), %cx
        rep stosl
        movl    $0x2003, 0x1000
        movl    $0x3003, 0x2000
        movl    $0x4003, 0x2008
        movl    $0x5003, 0x2010
        movl    $0x6003, 0x2018
        movw    $0x3000, %di
        movl    $0x83, %eax
        movw    $2048, %cx
4:      stosl
        addw    $4, %di
        addl    $0x200000, %eax
        loop    4b

        # CR4: PAE, and SSE, which compiled C# uses. EFER.LME, then protection and paging together. NE is for VMX operation.
        movl    $0x620, %eax
        movl    %eax, %cr4
        movl    $0x1000, %eax
        movl    %eax, %cr3
        movl    $0xC0000080, %ecx
        rdmsr
        orl     $0x100, %eax
        wrmsr
        lgdt    gdt_pointer
        movl    $0x80000033, %eax
        movl    %eax, %cr0
        ljmpl   $8, $KERNEL

        .balign 4
packet: .byte   16, 0
packet_count:
        .word   0
        .word   0
packet_segment:
        .word   KERNEL >> 4
packet_sector:
        .quad   1

        .balign 8
gdt:    .quad   0
        .quad   0x00AF9B000000FFFF
gdt_pointer:
        .word   15
        .long   gdt

message:
        .asciz  "The boot sector cannot read the image from the disk.\r\n"

        .org    510
        .word   0xAA55
