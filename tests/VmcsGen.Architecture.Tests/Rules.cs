using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Architecture.Tests;

/// <summary>
/// The rules, as data. A room is a folder of the project's; its namespace has the folder's name unless stated. Each line names a
/// room and the rooms that it may use; what stands in the project's folder itself may use every room.
/// </summary>
internal static class Rules
{
    /// <summary>The generator flows one way: what a line may use stands above it.</summary>
    public static readonly Building Generator = new("generators/VmcsGen.Generators", "VmcsGen.Generators", new Dictionary<string, string[]>
    {
        ["Values"] = [],
        ["Names"] = [],
        ["Diagnostics"] = ["Values"],
        ["Specs"] = ["Values", "Names", "Diagnostics"],
        ["Model"] = ["Values", "Names", "Diagnostics", "Specs"],
        ["Abi"] = ["Values", "Names", "Diagnostics", "Specs", "Model"],
        ["Units"] = ["Values", "Names", "Model", "Abi"],
        ["Resolve"] = ["Values", "Names", "Diagnostics", "Specs", "Model", "Abi", "Units"],
        ["Emit"] = ["Values", "Names", "Model", "Abi", "Units"],
    })
    {
        Linked = ["runtime/VmcsGen.Vmx/Fields/VmcsEncodingBits.cs"],
    };

    /// <summary>VMX: data below, what judges and executes it above.</summary>
    public static readonly Building Vmx = new("runtime/VmcsGen.Vmx", "VmcsGen.Vmx", new Dictionary<string, string[]>
    {
        ["Fields"] = [],
        ["Layouts"] = ["Fields"],
        ["Snapshots"] = ["Fields", "Processors"],
        ["Capabilities"] = ["Fields"],
        ["Structures"] = ["Capabilities"],
        ["Processors"] = ["Fields", "Capabilities", "Structures"],
        ["Exits"] = ["Fields", "Structures", "Processors"],
        ["Entry"] = ["Fields", "Capabilities", "Structures", "Processors"],
        ["Entry/Rules"] = ["Fields", "Capabilities", "Structures", "Processors", "Entry"],
        ["Entry/Checker"] = ["Fields", "Capabilities", "Processors", "Exits", "Entry", "Entry/Rules"],
        ["Software"] = ["Fields", "Layouts", "Capabilities", "Structures", "Processors", "Exits", "Entry", "Entry/Rules", "Entry/Checker"],
        ["Creation"] = ["Fields", "Capabilities", "Structures", "Processors", "Exits", "Entry", "Entry/Checker", "Software"],
    })
    {
        Linked = ["runtime/Annotations/NativeNameAttribute.cs", "runtime/Annotations/BelongsToAttribute.cs"],
        Specs = ["spec/vmx/", "spec/x86/msrs.yaml"],
        Namespaces = new[] { "Fields", "Layouts", "Snapshots", "Capabilities", "Processors", "Exits" }.ToDictionary(static room => room, static _ => "VmcsGen.Vmx")
            .Concat(new Dictionary<string, string> { ["Entry/Rules"] = "VmcsGen.Vmx.Entry", ["Entry/Checker"] = "VmcsGen.Vmx.Entry" })
            .ToDictionary(),
    };

    /// <summary>Every source tree with rooms.</summary>
    public static readonly IReadOnlyList<Building> Buildings = [Generator, Vmx];

    /// <summary>The projects below generators/ and runtime/, and the projects that each may refer to.</summary>
    public static readonly IReadOnlyDictionary<string, string[]> Projects = new Dictionary<string, string[]>
    {
        ["VmcsGen.Bootstrap"] = [],
        ["VmcsGen.Generators"] = [],
        ["VmcsGen.Analyzers"] = [],
        ["VmcsGen.CodeFixes"] = ["VmcsGen.Analyzers"],
        ["VmcsGen.Agent"] = [],
        ["VmcsGen.Kvm"] = [],
        ["VmcsGen.Vmx"] = [],
        ["VmcsGen.Vmx.RingZero"] = ["VmcsGen.Vmx"],
        ["VmcsGen.Vmx.Kvm"] = ["VmcsGen.Kvm", "VmcsGen.Vmx.RingZero"],
        ["VmcsGen.Vmx.Bochs"] = ["VmcsGen.Vmx.RingZero"],
        ["VmcsGen"] = ["VmcsGen.Generators", "VmcsGen.CodeFixes", "VmcsGen.Kvm", "VmcsGen.Vmx"],
        ["VmcsGen.Templates"] = [],
    };
}
