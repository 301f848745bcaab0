namespace VmcsGen.Kvm;

public partial struct KvmSregs
{
    /// <summary>Control and segment registers and descriptor tables, for people.</summary>
    public override readonly string ToString() =>
        $"CR0={Cr0:X} CR2={Cr2:X} CR3={Cr3:X} CR4={Cr4:X} CR8={Cr8:X} EFER={Efer:X} APIC_BASE={ApicBase:X} CS=[{Cs}] DS=[{Ds}] ES=[{Es}] "
        + $"FS=[{Fs}] GS=[{Gs}] SS=[{Ss}] TR=[{Tr}] LDTR=[{Ldt}] GDTR=[{Gdt}] IDTR=[{Idt}]";
}
