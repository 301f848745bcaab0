using VmcsGen.Vmx;

namespace BareMetal.Lifting;

/// <summary>How many VM exits there were, by reason.</summary>
internal readonly unsafe struct ExitCounts
{
    private const uint Reasons = 128;

    private readonly ulong* _counts;

    /// <param name="memory">A page of zeros.</param>
    public ExitCounts(ulong* memory) => _counts = memory;

    public void Add(BasicExitReason reason)
    {
        if ((uint)reason < Reasons)
            _counts[(uint)reason]++;
    }

    /// <summary>Says what there was.</summary>
    public void Write()
    {
        Serial.Line("VM exits:");
        for (var reason = 0u; reason < Reasons; reason++)
        {
            if (_counts[reason] != 0)
                Serial.Line($"  {_counts[reason]} {NameOf((BasicExitReason)reason)} ({reason})");
        }
    }

    private static string NameOf(BasicExitReason reason) =>
        reason switch
        {
            BasicExitReason.Cpuid => "CPUID",
            BasicExitReason.CrAccess => "access to a control register",
            BasicExitReason.Xsetbv => "XSETBV",
            BasicExitReason.Rdmsr => "RDMSR",
            BasicExitReason.Wrmsr => "WRMSR",
            BasicExitReason.Vmcall => "VMCALL",
            BasicExitReason.Invd => "INVD",
            BasicExitReason.Vmxon => "VMXON",
            BasicExitReason.EptViolation => "EPT violation",
            BasicExitReason.TripleFault => "triple fault",
            _ => "exit reason",
        };
}
