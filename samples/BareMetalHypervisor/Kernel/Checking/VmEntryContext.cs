using BareMetal;

namespace VmcsGen.Vmx.Entry;

/// <summary>What rules ask of the processor beyond the VMCS, with the answers of the one that this runs on.</summary>
internal sealed class VmEntryContext
{
    internal int PhysicalAddressWidth { get; } = Cpu.PhysicalAddressWidth();

    internal int LinearAddressWidth => 48;

    internal ulong Ia32Efer => RegisterBits.EferLme | RegisterBits.EferLma;

    internal bool IsInSmm => false;

    internal bool SupportsSgx => false;

    internal bool SupportsRtm => false;

    internal bool SupportsBusLockDetection => false;

    internal bool IsTracing => false;

    internal ulong? CurrentVmcs => null;

    internal bool SupportsLinearAddressMasking => false;

    internal bool RefusesNmiBlockedBySti => true;

    internal ulong Ia32EferBits => WritableMsrBits.Ia32Efer;

    internal ulong Ia32DebugctlBits => WritableMsrBits.Ia32Debugctl;

    internal ulong Ia32PerfGlobalCtrlBits => ulong.MaxValue;

    internal ulong Ia32RtitCtlBits => ulong.MaxValue;

    internal ulong Ia32LbrCtlBits => WritableMsrBits.Ia32LbrCtl;

    internal ulong Ia32SpecCtrlBits => ulong.MaxValue;

    internal ulong Ia32SCetBits => WritableMsrBits.Ia32SCet;
}
