namespace VmcsGen.Vmx.Software;

// Debug registers (SDM 3B 19.2) and XCR0 (SDM 1 13.3).
public sealed partial class SoftwareVmx
{
    private const ulong Cr4Osxsave = 1UL << 18;
    private const ulong X87 = 1;
    private const ulong Sse = 2;
    private const ulong Avx = 4;
    private const uint XsaveLeaf = 0xD;

    private readonly ulong[] _breakpoints = new ulong[4];
    private ulong _dr6 = DebugRegisters.Dr6Fixed;
    private ulong _dr7 = DebugRegisters.Dr7Fixed;
    private ulong _xcr0 = X87;

    /// <inheritdoc/>
    public ulong ReadDebugRegister(int number) =>
        DebugRegisters.Check(number) switch
        {
            6 => _dr6,
            7 => _dr7,
            var breakpoint => _breakpoints[breakpoint],
        };

    /// <inheritdoc/>
    public void WriteDebugRegister(int number, ulong value)
    {
        if (DebugRegisters.Check(number) >= 6 && value >> 32 != 0)
            RaiseProtection($"MOV DR{number}, 0x{value:X}", "bits 63:32 are reserved");
        switch (number)
        {
            case 6:
                _dr6 = (value & DebugRegisters.Dr6Writable) | DebugRegisters.Dr6Fixed;
                break;
            case 7:
                _dr7 = (value & DebugRegisters.Dr7Writable) | DebugRegisters.Dr7Fixed;
                break;
            default:
                _breakpoints[number] = value;
                break;
        }
    }

    /// <inheritdoc/>
    public ulong ReadXcr(uint index)
    {
        CheckXcr($"XGETBV {index}", index);
        return _xcr0;
    }

    /// <inheritdoc/>
    public void WriteXcr(uint index, ulong value)
    {
        var operation = $"XSETBV {index}, 0x{value:X}";
        CheckXcr(operation, index);
        if ((value & X87) == 0)
            RaiseProtection(operation, "x87 state cannot be disabled");
        if ((value & ~XcrBits()) != 0)
            RaiseProtection(operation, $"the processor supports 0x{XcrBits():X}");
        if ((value & (Sse | Avx)) == Avx)
            RaiseProtection(operation, "AVX state needs SSE state");
        _xcr0 = value;
    }

    private void CheckXcr(string operation, uint index)
    {
        if ((_cr4 & Cr4Osxsave) == 0)
            RaiseUndefined(operation, "CR4.OSXSAVE is 0");
        if (index != 0)
            RaiseProtection(operation, "there is no such register");
    }

    // SDM 2A, CPUID: leaf 0DH lists the bits. A profile without it has x87 and SSE.
    private ulong XcrBits()
    {
        if (Cpuid(0).Eax < XsaveLeaf)
            return X87 | Sse;
        var leaf = Cpuid(XsaveLeaf);
        return leaf.Eax | (ulong)leaf.Edx << 32;
    }
}
