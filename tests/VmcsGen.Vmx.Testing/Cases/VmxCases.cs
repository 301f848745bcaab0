using System;
using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Vmx.Testing;

/// <summary>
/// Every VMX instruction and every VM-instruction error that a program outside of SMM can reach through
/// <see cref="IVmxProcessor"/>. Out of reach are 6 (early processors), 16 to 20 and 22 to 25 (SMM), and 26, which is one of
/// <see cref="FormCases"/>.
/// </summary>
public static partial class VmxCases
{
    /// <summary>All cases.</summary>
    public static IReadOnlyList<VmxCase> All { get; } =
    [.. OperationCases(), .. OutsideCases(), .. PointerCases(), .. AccessCases(), .. EntryCases(), .. InvalidationCases()];

    /// <summary>The case of a name.</summary>
    public static VmxCase Named(string name) => All.Single(one => one.Name == name);

    private static VmxCase Case(string name, string section, VmxStage stage, Func<VmxRig, VmxResult> act, VmxOutcome expected) =>
        new(name, section, stage, rig => VmxOutcome.Of(() => act(rig)), expected);
}
