using VmcsGen.Vmx;

namespace BareMetal;

/// <summary>The registers that VM entries and VM exits leave alone, in the order of <c>vmx_enter</c>.</summary>
internal unsafe struct GuestRegisters
{
    public ulong Rax;
    public ulong Rcx;
    public ulong Rdx;
    public ulong Rbx;
    public ulong Rbp;
    public ulong Rsi;
    public ulong Rdi;
    public ulong R8;
    public ulong R9;
    public ulong R10;
    public ulong R11;
    public ulong R12;
    public ulong R13;
    public ulong R14;
    public ulong R15;

    /// <summary>Where FXSAVE keeps those of the FPU and SSE: 512 bytes.</summary>
    public byte* FloatingPoint;

    /// <summary>A register by its number. RSP is none of these: the VMCS has it.</summary>
    public readonly ulong this[GeneralPurposeRegister register] =>
        register switch
        {
            GeneralPurposeRegister.Rax => Rax,
            GeneralPurposeRegister.Rcx => Rcx,
            GeneralPurposeRegister.Rdx => Rdx,
            GeneralPurposeRegister.Rbx => Rbx,
            GeneralPurposeRegister.Rbp => Rbp,
            GeneralPurposeRegister.Rsi => Rsi,
            GeneralPurposeRegister.Rdi => Rdi,
            GeneralPurposeRegister.R8 => R8,
            GeneralPurposeRegister.R9 => R9,
            GeneralPurposeRegister.R10 => R10,
            GeneralPurposeRegister.R11 => R11,
            GeneralPurposeRegister.R12 => R12,
            GeneralPurposeRegister.R13 => R13,
            GeneralPurposeRegister.R14 => R14,
            _ => R15,
        };

    /// <summary>Zeros, and the FPU and SSE registers as they are.</summary>
    public static GuestRegisters Create()
    {
        var area = (byte*)Memory.Page();
        Cpu.SaveFloatingPoint(area);
        return new() { FloatingPoint = area };
    }

    /// <summary>What CPUID leaves: EAX, EBX, ECX and EDX.</summary>
    public void SetCpuid(uint* values)
    {
        Rax = values[0];
        Rbx = values[1];
        Rcx = values[2];
        Rdx = values[3];
    }
}
