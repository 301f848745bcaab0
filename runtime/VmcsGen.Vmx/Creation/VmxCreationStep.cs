using System;

namespace VmcsGen.Vmx.Creation;

/// <summary>A step of creating a vCPU. What it does is undone if a later step fails, and when the vCPU is disposed of.</summary>
public sealed class VmxCreationStep
{
    private readonly Action<VmxCreation> _perform;

    internal VmxCreationStep(string name, string section, Action<VmxCreation> perform)
    {
        Name = name;
        Section = section;
        _perform = perform;
    }

    /// <summary>What it does, as <c>Enter VMX operation</c>.</summary>
    public string Name { get; }

    /// <summary>Where the SDM asks for it.</summary>
    public string Section { get; }

    /// <summary>The name and the section.</summary>
    public override string ToString() => $"{Name} ({Section})";

    internal void Perform(VmxCreation creation)
    {
        _perform(creation);
        creation.Draft.Flush();
    }
}
