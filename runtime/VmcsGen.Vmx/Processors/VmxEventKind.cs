namespace VmcsGen.Vmx;

/// <summary>Events that reach a processor from outside, and that VMX turns into VM exits (SDM 3C 26.2).</summary>
public enum VmxEventKind
{
    /// <summary>A maskable interrupt through the local APIC.</summary>
    ExternalInterrupt,

    /// <summary>A non-maskable interrupt.</summary>
    Nmi,

    /// <summary>An INIT signal.</summary>
    Init,

    /// <summary>A start-up IPI.</summary>
    Sipi,
}
