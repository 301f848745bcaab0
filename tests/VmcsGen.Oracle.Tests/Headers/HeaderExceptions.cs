using System.Collections.Generic;
using VmcsGen.Oracle.Tests.Support;

namespace VmcsGen.Oracle.Tests.Headers;

/// <summary>
/// What headers of some kernel versions hold and the specs leave out on purpose, by name. Which of it is met depends on the
/// machine's headers; what is certain on every machine is that none of it is generated.
/// </summary>
internal static class HeaderExceptions
{
    /// <summary>Names that the specs leave out, with the reason: the line above that begins with #.</summary>
    public static IReadOnlyDictionary<string, string> LeftOut { get; } = LeftOutNames.Read("spec", "kvm", "left-out.txt");

    /// <summary>Structs that later kernels changed, within the space that they had.</summary>
    public static (string Item, string Reason)[] Structs { get; } = [("kvm_svm_nested_state_hdr, size", "gpat was added later")];

    /// <summary>Members that later kernels changed, and those that C# has in another form.</summary>
    public static (string Item, string Reason)[] Members { get; } =
    [
        ("kvm_nested_state.hdr.svm, size", "gpat was added later"),
        ("kvm_nested_state.data", "a union without a size: its flexible arrays are compared one by one"),
        ("kvm_nested_state.data.svm, size", "C# has one type of entry: Intel's"),
        ("kvm_run.hypercall.pad", "became part of flags in Linux 6.4"),
    ];

    /// <summary>Constants that count others, of which later kernels have more.</summary>
    public static (string Item, string Reason)[] Constants { get; } =
    [
        ("KVM_DEV_TYPE_MAX, value", "counts the device types, of which there are more now"),
        ("KVM_SEV_NR_MAX, value", "counts the commands, of which there are more now"),
    ];
}
