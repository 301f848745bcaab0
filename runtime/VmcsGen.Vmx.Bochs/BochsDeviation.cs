using System;
using System.Collections.Generic;
using VmcsGen.Vmx.Entry;

namespace VmcsGen.Vmx.Bochs;

/// <summary>
/// Where Bochs 2.7 does something else than the SDM says. <see cref="BochsMachine.Deviations"/> lists all that are known.
/// </summary>
public sealed class BochsDeviation
{
    private readonly Func<VmxCapabilities, bool> _appliesTo;

    internal BochsDeviation(BochsDeviationArea area, string name, string sdm, Func<VmxCapabilities, bool>? appliesTo = null)
    {
        Area = area;
        Name = name;
        Sdm = sdm;
        _appliesTo = appliesTo ?? (static _ => true);
    }

    /// <summary>What it is about.</summary>
    public BochsDeviationArea Area { get; }

    /// <summary>What Bochs does, as <c>a halted guest takes any event</c>.</summary>
    public string Name { get; }

    /// <summary>What the SDM says instead, and where (edition of March 2024).</summary>
    public string Sdm { get; }

    /// <summary>
    /// Whether the emulator ends by it, or never answers again. A <see cref="BochsMachine"/> refuses such an instruction unless
    /// <see cref="BochsMachine.AllowsFatalInstructions"/> is set.
    /// </summary>
    public bool IsFatal { get; internal init; }

    /// <summary>
    /// The rules of VM entry, as <see cref="VmEntryChecker"/> names them, that Bochs does not enforce, or not so; empty if it is about
    /// something else.
    /// </summary>
    public IReadOnlyList<string> Rules { get; internal init; } = [];

    /// <summary>Whether a CPU model of Bochs deviates so.</summary>
    /// <param name="capabilities">The model's capabilities.</param>
    public bool AppliesTo(VmxCapabilities capabilities)
    {
        ArgumentNullException.ThrowIfNull(capabilities);
        return _appliesTo(capabilities);
    }

    /// <summary>What Bochs does, and what the SDM says.</summary>
    public override string ToString() => $"{Name} ({Sdm})";
}
