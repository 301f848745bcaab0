using System.Collections.Frozen;
using System.Collections.Generic;

namespace VmcsGen.Kvm.Interop;

/// <summary>What a spec says about an ioctl: its failures are explained with this.</summary>
/// <param name="request">The request number.</param>
/// <param name="name">The kernel's name.</param>
public sealed class IoctlInfo(uint request, string name)
{
    /// <summary>The request number.</summary>
    public uint Request { get; } = request;

    /// <summary>The kernel's name.</summary>
    public string Name { get; } = name;

    /// <summary>What its argument is called, if that is a number.</summary>
    public string? Parameter { get; init; }

    /// <summary>The kernel's name of what announces the ioctl, such as <c>KVM_CAP_NR_VCPUS</c>; null if that is unknown.</summary>
    public string? Capability { get; init; }

    /// <summary>The number of that capability, if it is one of KVM's that the project's specs declare.</summary>
    public uint? CapabilityNumber { get; init; }

    /// <summary>What errors mean that the ioctl fails with, by their names, such as <c>EINVAL</c>.</summary>
    public IReadOnlyDictionary<string, string> Errors { get; init; } = FrozenDictionary<string, string>.Empty;

    /// <summary>Name and request number, as <c>KVM_RUN (0x0000AE80)</c>.</summary>
    public override string ToString() => $"{Name} (0x{Request:X8})";

    internal string? MeaningOf(Errno errno) => Errors.GetValueOrDefault(ErrnoText.NameOf(errno));

    /// <summary>What a call with a number was about.</summary>
    internal string? Describe(nuint value) =>
        Parameter is null ? null
        : value <= int.MaxValue ? $"{Parameter} {value}"
        : $"{Parameter} 0x{value:X}";
}
