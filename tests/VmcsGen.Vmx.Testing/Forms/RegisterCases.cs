namespace VmcsGen.Vmx.Testing;

/// <summary>
/// Debug registers and XCR0 of a processor: what is written is read back, but for bits that are fixed (SDM 3B 19.2, SDM 1 13.3).
/// </summary>
public static class RegisterCases
{
    private const ulong Osxsave = 1UL << 18;

    /// <summary>Writes and reads all debug registers; what does not come back as the SDM says is named, null if all does.</summary>
    public static string? FindWrongDebugRegister(IVmxProcessor processor)
    {
        for (var number = 0; number < 4; number++)
        {
            var value = 0x1234_5678_9ABC_DEF0UL + (ulong)number;
            processor.WriteDebugRegister(number, value);
            if (processor.ReadDebugRegister(number) != value)
                return $"DR{number}";
            processor.WriteDebugRegister(number, 0);
        }
        // B0, BD and BS; bits 11:4 and 31:16 are 1.
        processor.WriteDebugRegister(6, 0x6001);
        if (processor.ReadDebugRegister(6) != 0xFFFF_6FF1)
            return $"DR6 = 0x{processor.ReadDebugRegister(6):X}";
        // No breakpoint is enabled; bit 10 is 1.
        processor.WriteDebugRegister(7, 0);
        return processor.ReadDebugRegister(7) == 0x400 ? null : $"DR7 = 0x{processor.ReadDebugRegister(7):X}";
    }

    /// <summary>How an access to XCR0 ends, with CR4.OSXSAVE or without.</summary>
    public static FormOutcome WriteXcr(IVmxProcessor processor, bool isEnabled, uint index, ulong value)
    {
        var cr4 = processor.ReadControlRegister(ControlRegister.Cr4);
        processor.WriteControlRegister(ControlRegister.Cr4, isEnabled ? cr4 | Osxsave : cr4 & ~Osxsave);
        try
        {
            return FormOutcome.Of(() =>
            {
                processor.WriteXcr(index, value);
                if (processor.ReadXcr(index) != value)
                    throw new VmxCaseException($"XCR{index} is 0x{processor.ReadXcr(index):X}");
                return VmxResult.Success;
            });
        }
        finally
        {
            processor.WriteControlRegister(ControlRegister.Cr4, cr4);
        }
    }
}
