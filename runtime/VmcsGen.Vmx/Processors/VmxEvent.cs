using System;

namespace VmcsGen.Vmx;

/// <summary>An event that reaches a processor from outside; see <see cref="IVmxProcessor.Pend"/>.</summary>
/// <example><code>
/// processor.Pend(VmxEvent.ExternalInterrupt(0x30));
/// var exit = vcpu.Run();          // ExternalInterrupt, if the VMCS has external-interrupt exiting
/// </code></example>
public readonly record struct VmxEvent
{
    // SDM 3A 7.2: the vectors below are those of exceptions, or reserved.
    private const byte FirstInterrupt = 32;

    private VmxEvent(VmxEventKind kind, byte vector = 0)
    {
        Kind = kind;
        Vector = vector;
    }

    /// <summary>A non-maskable interrupt.</summary>
    public static VmxEvent Nmi => new(VmxEventKind.Nmi, (byte)ExceptionVector.NonMaskableInterrupt);

    /// <summary>An INIT signal.</summary>
    public static VmxEvent Init => new(VmxEventKind.Init);

    /// <summary>What reaches the processor.</summary>
    public VmxEventKind Kind { get; }

    /// <summary>The vector: of an interrupt or a start-up IPI. 2 for an NMI, 0 for INIT.</summary>
    public byte Vector { get; }

    /// <summary>A maskable interrupt.</summary>
    /// <param name="vector">The vector, 32 to 255.</param>
    /// <exception cref="ArgumentOutOfRangeException">The vector is one of those that the architecture keeps for exceptions.</exception>
    public static VmxEvent ExternalInterrupt(byte vector)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vector, FirstInterrupt);
        return new(VmxEventKind.ExternalInterrupt, vector);
    }

    /// <summary>A start-up IPI.</summary>
    /// <param name="vector">The vector: a VM exit has it in the exit qualification (SDM 3C, table 28-2).</param>
    public static VmxEvent Sipi(byte vector) => new(VmxEventKind.Sipi, vector);

    /// <inheritdoc/>
    public override string ToString() =>
        Kind switch
        {
            VmxEventKind.ExternalInterrupt => $"external interrupt 0x{Vector:X2}",
            VmxEventKind.Sipi => $"SIPI 0x{Vector:X2}",
            _ => Kind.ToString().ToUpperInvariant(),
        };
}
