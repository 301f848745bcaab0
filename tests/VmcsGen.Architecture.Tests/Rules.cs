using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Architecture.Tests;

/// <summary>
/// The rules, as data. A room is a folder of the project's; its namespace has the folder's name unless stated. Each line names a
/// room and the rooms that it may use; what stands in the project's folder itself may use every room.
/// </summary>
internal static class Rules
{
    private static readonly string[] Annotations =
    [
        "runtime/Annotations/NativeNameAttribute.cs",
        "runtime/Annotations/BelongsToAttribute.cs",
        "runtime/Annotations/MustDisposeAttribute.cs",
    ];

    /// <summary>The generator flows one way: what a line may use stands above it.</summary>
    public static readonly Building Generator = new(
        "generators/VmcsGen.Generators",
        "VmcsGen.Generators",
        new Dictionary<string, string[]>
        {
            ["Values"] = [],
            ["Names"] = [],
            ["Diagnostics"] = ["Values", "Names"],
            ["Specs"] = ["Values", "Names", "Diagnostics"],
            ["Model"] = ["Values", "Names", "Diagnostics", "Specs"],
            ["Abi"] = ["Values", "Names", "Diagnostics", "Specs", "Model"],
            ["References"] = ["Values", "Names"],
            ["Units"] = ["Values", "Names", "Model", "Abi"],
            ["Resolve"] = ["Values", "Names", "Diagnostics", "Specs", "Model", "Abi", "References", "Units"],
            ["Emit"] = ["Values", "Names", "Model", "Abi", "Units"],
        }
    )
    {
        Linked = ["runtime/VmcsGen.Vmx/Fields/VmcsEncodingBits.cs", "generators/Shared/DocumentationLink.cs"],
    };

    /// <summary>VMX: data below, what judges and executes it above.</summary>
    public static readonly Building Vmx = new(
        "runtime/VmcsGen.Vmx",
        "VmcsGen.Vmx",
        new Dictionary<string, string[]>
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
            ["Entry/Checker"] = ["Fields", "Capabilities", "Structures", "Processors", "Exits", "Entry", "Entry/Rules"],
            ["Software"] =
            [
                "Fields",
                "Layouts",
                "Capabilities",
                "Structures",
                "Processors",
                "Exits",
                "Entry",
                "Entry/Rules",
                "Entry/Checker",
            ],
            ["Creation"] = ["Fields", "Capabilities", "Structures", "Processors", "Exits", "Entry", "Entry/Checker", "Software"],
        }
    )
    {
        Linked = Annotations,
        Specs = ["spec/vmx/", "spec/x86/msrs.yaml"],
        Namespaces = new[] { "Fields", "Layouts", "Snapshots", "Capabilities", "Processors", "Exits" }
            .ToDictionary(static room => room, static _ => "VmcsGen.Vmx")
            .Concat(new Dictionary<string, string> { ["Entry/Rules"] = "VmcsGen.Vmx.Entry", ["Entry/Checker"] = "VmcsGen.Vmx.Entry" })
            .ToDictionary(),
    };

    /// <summary>KVM: the kernel's interface below, the facades on top, each of which has a part in many rooms.</summary>
    public static readonly Building Kvm = new(
        "runtime/VmcsGen.Kvm",
        "VmcsGen.Kvm",
        new Dictionary<string, string[]>
        {
            ["Errors"] = [],
            ["Registers"] = [],
            ["Interop"] = ["Errors"],
            ["Buffers"] = ["Interop"],
            ["Descriptors"] = ["Errors", "Interop", "Buffers"],
            ["Supply"] = ["Errors", "Interop"],
            ["Memory"] = ["Errors", "Interop", "Descriptors", "Supply"],
            ["Dirty"] = ["Interop", "Memory"],
            ["Cpuid"] = ["Buffers", Building.FacadeLayer],
            ["Refusals"] = ["Registers", "Buffers", "Descriptors", "Cpuid"],
            ["Host"] = ["Errors", Building.FacadeLayer],
            ["Vcpu"] = ["Errors", "Registers", "Interop", "Descriptors", "Memory", "Dirty", "Refusals", Building.FacadeLayer],
            ["Exits"] = ["Registers", "Buffers", Building.FacadeLayer],
            ["Buses"] = ["Errors", "Interop", "Buffers", "Descriptors", "Vcpu", "Exits", Building.FacadeLayer],
            ["Interrupts"] = ["Errors", "Interop", "Descriptors", "Exits", Building.FacadeLayer],
            ["Vm"] = ["Descriptors", "Memory", "Refusals", "Buses", "Interrupts", Building.FacadeLayer],
            ["Devices"] = ["Errors", "Interop", "Descriptors", Building.FacadeLayer],
            ["Msrs"] = [],
            ["SnapshotFiles"] = ["Interop", "Memory"],
            ["State"] =
            [
                "Errors",
                "Registers",
                "Interop",
                "Buffers",
                "Supply",
                "Memory",
                "Dirty",
                "Cpuid",
                "Host",
                "Exits",
                "Vm",
                "SnapshotFiles",
                Building.FacadeLayer,
            ],
            ["Templates"] = ["Interop", "Memory", "Dirty", "Exits", "Vm", "State", Building.FacadeLayer],
            ["Observation"] = [],
            ["Debugging"] = ["Registers", "Memory", "Host", "Vcpu", "Exits", Building.FacadeLayer],
        }
    )
    {
        Linked = Annotations,
        Specs = ["spec/kvm/", "spec/x86/"],
        Facades = new HashSet<string> { "KvmHost", "KvmVm", "KvmVcpu", "KvmDevice" },
        Namespaces = new[]
        {
            "Errors",
            "Registers",
            "Buffers",
            "Supply",
            "Memory",
            "Dirty",
            "Cpuid",
            "Refusals",
            "Host",
            "Vcpu",
            "Exits",
            "Buses",
            "Interrupts",
            "Vm",
            "Devices",
            "Msrs",
            "SnapshotFiles",
            "State",
            "Templates",
            "Observation",
            "Debugging",
        }
            .ToDictionary(static room => room, static _ => "VmcsGen.Kvm")
            .Concat(new Dictionary<string, string> { ["Descriptors"] = "VmcsGen.Kvm.Interop" })
            .ToDictionary(),
    };

    /// <summary>What VMMs are made of: threads, files, tables and devices below, the PC that is put together of them above.</summary>
    public static readonly Building Vmm = new(
        "runtime/VmcsGen.Vmm",
        "VmcsGen.Vmm",
        new Dictionary<string, string[]>
        {
            ["Threads"] = [],
            ["Events"] = [],
            ["Images"] = [],
            ["Tables"] = [],
            ["Terminals"] = [],
            ["Privileges"] = [],
            ["Devices"] = ["Tables", "Events"],
            ["Disks"] = ["Images"],
            ["Networks"] = ["Events"],
            ["Vsock"] = ["Events"],
            ["Boot"] = ["Images", "Tables"],
            ["Virtio"] = ["Devices", "Events", "Disks", "Networks", "Vsock"],
            ["Gdb"] = ["Threads"],
            ["Cores"] = ["Images", "Tables"],
            ["Firmware"] = ["Images", "Tables", "Devices"],
            ["Machines"] = ["Threads", "Events", "Images", "Tables", "Devices", "Firmware", "Boot", "Virtio", "Cores"],
        }
    )
    {
        Linked = ["runtime/Annotations/MustDisposeAttribute.cs", "runtime/Annotations/NativeNameAttribute.cs"],
        References = new Dictionary<string, string[]> { ["VmcsGen.Kvm"] = [] },
        Specs = ["runtime/VmcsGen.Vmm/Specs/"],
        Namespaces = new[]
        {
            "Threads",
            "Events",
            "Images",
            "Tables",
            "Terminals",
            "Privileges",
            "Devices",
            "Disks",
            "Networks",
            "Vsock",
            "Boot",
            "Virtio",
            "Firmware",
            "Gdb",
            "Cores",
            "Machines",
        }.ToDictionary(static room => room, static _ => "VmcsGen.Vmm"),
    };

    /// <summary>The command: what it reads below, what it writes and its subcommands above.</summary>
    public static readonly Building Tool = new(
        "generators/VmcsGen.Tool",
        "VmcsGen.Tool",
        new Dictionary<string, string[]>
        {
            ["Specs"] = [],
            ["Machine"] = [],
            ["Facts"] = ["Specs"],
            ["Findings"] = ["Machine"],
            ["Dumps"] = ["Findings"],
            ["Strace"] = ["Dumps"],
            ["Traces"] = ["Dumps"],
            ["TraceFiles"] = ["Dumps", "Traces"],
            ["Regions"] = ["Findings", "Specs"],
            ["Images"] = ["Facts", "Findings", "Machine", "Regions", "Specs", "TraceFiles", "Traces"],
            ["Scanning"] = ["Findings", "Machine", "Regions"],
            ["Seccomp"] = ["Specs"],
            ["Emission"] = ["Specs"],
            ["Probing"] = [],
            ["Clang"] = [],
            ["Headers"] = ["Clang"],
            ["SpecTexts"] = ["Clang", "Headers"],
            ["Comparison"] = ["Clang", "Headers", "SpecTexts"],
            ["Import"] = ["Clang", "Comparison", "Headers", "SpecTexts"],
            ["Btf"] = ["Headers", "Import", "SpecTexts"],
            ["Output"] = ["Comparison", "Dumps", "Findings", "Headers", "Images", "Import", "Machine", "Traces"],
            ["Commands"] =
            [
                "Btf",
                "Clang",
                "Comparison",
                "Dumps",
                "Emission",
                "Facts",
                "Findings",
                "Headers",
                "Images",
                "Import",
                "Machine",
                "Output",
                "Probing",
                "Regions",
                "Scanning",
                "Seccomp",
                "SpecTexts",
                "Specs",
                "Strace",
                "TraceFiles",
                "Traces",
            ],
        }
    )
    {
        AssemblyName = "vmcsgen",
        Specs = ["generators/VmcsGen.Tool/Traces/"],
        Linked =
        [
            "runtime/VmcsGen.Vmm/Privileges/BpfInstruction.cs",
            "runtime/VmcsGen.Vmm/Privileges/BpfSearch.cs",
            "runtime/VmcsGen.Vmm/Privileges/SeccompData.cs",
        ],
        References = new Dictionary<string, string[]>
        {
            ["VmcsGen.Generators"] = [],
            ["VmcsGen.Kvm"] = [],
            ["VmcsGen.Vmx"] = ["global", "vmx"],
            ["VmcsGen.Vmx.RingZero"] = [],
            ["VmcsGen.Vmx.Bochs"] = [],
            ["VmcsGen.Vmx.Kvm"] = [],
        },
    };

    /// <summary>Every source tree with rooms.</summary>
    public static readonly IReadOnlyList<Building> Buildings = [Generator, Vmx, Kvm, Vmm, Tool];

    /// <summary>The projects below generators/ and runtime/, and the projects that each may refer to.</summary>
    public static readonly IReadOnlyDictionary<string, string[]> Projects = new Dictionary<string, string[]>
    {
        ["VmcsGen.Bootstrap"] = [],
        ["VmcsGen.Generators"] = [],
        ["VmcsGen.Analyzers"] = [],
        ["VmcsGen.CodeFixes"] = ["VmcsGen.Analyzers"],
        ["VmcsGen.Agent"] = [],
        ["VmcsGen.Kvm"] = [],
        ["VmcsGen.Kvm.Abi"] = ["VmcsGen.Kvm"],
        ["VmcsGen.Vmm"] = ["VmcsGen.Kvm"],
        ["VmcsGen.Vmx"] = [],
        ["VmcsGen.Vmx.RingZero"] = ["VmcsGen.Vmx"],
        ["VmcsGen.Vmx.Kvm"] = ["VmcsGen.Kvm", "VmcsGen.Vmx.RingZero"],
        ["VmcsGen.Vmx.Bochs"] = ["VmcsGen.Vmx.RingZero"],
        ["VmcsGen"] = ["VmcsGen.Generators", "VmcsGen.CodeFixes", "VmcsGen.Kvm", "VmcsGen.Vmx"],
        ["VmcsGen.Templates"] = [],
        ["VmcsGen.Tool"] = ["VmcsGen.Generators", "VmcsGen.Kvm", "VmcsGen.Vmx", "VmcsGen.Vmx.Bochs", "VmcsGen.Vmx.Kvm"],
    };
}
