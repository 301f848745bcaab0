using System;
using System.Collections.Generic;

namespace VmcsGen.Vmx;

/// <summary>The words of controls together: what a VMCS has, or what a hypervisor asks of a processor.</summary>
public readonly partial record struct VmxControlSet
{
    /// <summary>
    /// Reads the controls of a VMCS. Words that are not activated count as 0, whatever their fields hold.
    /// </summary>
    /// <typeparam name="TAccess">How the VMCS is reached.</typeparam>
    /// <param name="vmcs">The VMCS.</param>
    public static VmxControlSet Read<TAccess>(Vmcs<TAccess> vmcs)
        where TAccess : struct, IVmcsAccess
    {
        var controls = default(VmxControlSet);
        foreach (var word in VmxControlWord.FromActivators)
        {
            if (controls.Activates(word))
                controls = controls.With(word, vmcs.Access.Read(word.Field));
        }
        return controls;
    }

    /// <summary>Writes the controls into a VMCS. Words that are not activated are left alone: their fields may not exist.</summary>
    /// <typeparam name="TAccess">How the VMCS is reached.</typeparam>
    /// <param name="vmcs">The VMCS.</param>
    public void WriteTo<TAccess>(Vmcs<TAccess> vmcs)
        where TAccess : struct, IVmcsAccess
    {
        foreach (var word in VmxControlWord.FromActivators)
        {
            if (Activates(word))
                vmcs.Access.Write(word.Field, this[word]);
        }
    }

    /// <summary>
    /// The controls that differ, as <c>SecondaryProcessorBasedControls.EnablePml</c>. Two processors on which a hypervisor gets the
    /// same controls can share its guests.
    /// </summary>
    /// <param name="other">The other controls.</param>
    public IReadOnlyList<string> FindDifferences(in VmxControlSet other)
    {
        var names = new List<string>();
        foreach (var word in VmxControlWord.All)
            AddNames(names, word, this[word] ^ other[word]);
        return names;
    }

    // A word that is activated by one that is not is left alone, too: what that one holds counts as 0.
    private bool Activates(VmxControlWord word) =>
        word.Activator is not { } activator || (Activates(activator) && (this[activator] & word.ActivatorBit) != 0);

    internal static void AddNames(List<string> names, VmxControlWord word, ulong bits)
    {
        foreach (var name in word.NamesOf(bits))
            names.Add($"{word.Name}.{name}");
    }
}
