using System;
using System.Collections.Generic;

namespace VmcsGen.Vmx;

/// <summary>The eight words of controls together: what a VMCS has, or what a hypervisor asks of a processor.</summary>
public readonly record struct VmxControlSet
{
    /// <summary>Pin-based VM-execution controls.</summary>
    public PinBasedControls PinBased { get; init; }

    /// <summary>Primary processor-based VM-execution controls.</summary>
    public PrimaryProcessorBasedControls PrimaryProcessorBased { get; init; }

    /// <summary>Secondary processor-based VM-execution controls.</summary>
    public SecondaryProcessorBasedControls SecondaryProcessorBased { get; init; }

    /// <summary>Tertiary processor-based VM-execution controls.</summary>
    public TertiaryProcessorBasedControls TertiaryProcessorBased { get; init; }

    /// <summary>Primary VM-exit controls.</summary>
    public PrimaryVmExitControls PrimaryVmExit { get; init; }

    /// <summary>Secondary VM-exit controls.</summary>
    public SecondaryVmExitControls SecondaryVmExit { get; init; }

    /// <summary>VM-entry controls.</summary>
    public VmEntryControls VmEntry { get; init; }

    /// <summary>VM-function controls.</summary>
    public VmFunctionControls VmFunctions { get; init; }

    /// <summary>
    /// Reads the controls of a VMCS. Words that are not activated count as 0, whatever their fields hold.
    /// </summary>
    /// <typeparam name="TAccess">How the VMCS is reached.</typeparam>
    /// <param name="vmcs">The VMCS.</param>
    public static VmxControlSet Read<TAccess>(Vmcs<TAccess> vmcs)
        where TAccess : struct, IVmcsAccess
    {
        var primary = vmcs.PrimaryProcessorBasedControls;
        var exit = vmcs.PrimaryVmExitControls;
        var secondary = primary.ActivateSecondaryControls ? vmcs.SecondaryProcessorBasedControls : default;
        return new VmxControlSet
        {
            PinBased = vmcs.PinBasedControls,
            PrimaryProcessorBased = primary,
            SecondaryProcessorBased = secondary,
            TertiaryProcessorBased = primary.ActivateTertiaryControls ? vmcs.TertiaryProcessorBasedControls : default,
            PrimaryVmExit = exit,
            SecondaryVmExit = exit.ActivateSecondaryControls ? vmcs.SecondaryVmExitControls : default,
            VmEntry = vmcs.VmEntryControls,
            VmFunctions = secondary.EnableVmFunctions ? vmcs.VmFunctionControls : default,
        };
    }

    /// <summary>Writes the controls into a VMCS. Words that are not activated are left alone: their fields may not exist.</summary>
    /// <typeparam name="TAccess">How the VMCS is reached.</typeparam>
    /// <param name="vmcs">The VMCS.</param>
    public void WriteTo<TAccess>(Vmcs<TAccess> vmcs)
        where TAccess : struct, IVmcsAccess
    {
        vmcs.PinBasedControls = PinBased;
        vmcs.PrimaryProcessorBasedControls = PrimaryProcessorBased;
        vmcs.PrimaryVmExitControls = PrimaryVmExit;
        vmcs.VmEntryControls = VmEntry;
        if (PrimaryProcessorBased.ActivateSecondaryControls)
        {
            vmcs.SecondaryProcessorBasedControls = SecondaryProcessorBased;
            if (SecondaryProcessorBased.EnableVmFunctions)
                vmcs.VmFunctionControls = VmFunctions;
        }
        if (PrimaryProcessorBased.ActivateTertiaryControls)
            vmcs.TertiaryProcessorBasedControls = TertiaryProcessorBased;
        if (PrimaryVmExit.ActivateSecondaryControls)
            vmcs.SecondaryVmExitControls = SecondaryVmExit;
    }

    /// <summary>
    /// The controls that differ, as <c>SecondaryProcessorBasedControls.EnablePml</c>. Two processors on which a hypervisor gets the
    /// same controls can share its guests.
    /// </summary>
    /// <param name="other">The other controls.</param>
    public IReadOnlyList<string> DifferencesFrom(in VmxControlSet other)
    {
        var names = new List<string>();
        foreach (var word in VmxControlWord.All)
            AddNames(names, word, this[word] ^ other[word]);
        return names;
    }

    internal ulong this[VmxControlWord word] => word.Index switch
    {
        0 => PinBased.Value,
        1 => PrimaryProcessorBased.Value,
        2 => SecondaryProcessorBased.Value,
        3 => TertiaryProcessorBased.Value,
        4 => PrimaryVmExit.Value,
        5 => SecondaryVmExit.Value,
        6 => VmEntry.Value,
        7 => VmFunctions.Value,
        _ => throw new ArgumentOutOfRangeException(nameof(word)),
    };

    internal static void AddNames(List<string> names, VmxControlWord word, ulong bits)
    {
        foreach (var name in word.NamesOf(bits))
            names.Add($"{word.Name}.{name}");
    }
}
