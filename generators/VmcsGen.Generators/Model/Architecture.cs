using System;
using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Generators.Model;

/// <summary>
/// A machine that has KVM, in as far as its ABI differs from that of x86-64. All have addresses of 64 bits and gcc's types of the model
/// LP64, and structs of integers that are laid out alike.
/// </summary>
/// <param name="Name">What specs call it.</param>
/// <param name="Namespace">The last part of the namespace of what is emitted for it; empty for x86-64.</param>
internal sealed record Architecture(string Name, string Namespace)
{
    /// <summary>Whether integers have the highest byte first, and bit-fields begin at the highest bit.</summary>
    public bool IsBigEndian { get; init; }

    /// <summary>Whether ioctls have three bits for their direction and 13 for the size (powerpc's asm/ioctl.h).</summary>
    public bool HasWideDirection { get; init; }

    /// <summary>What specs are about that state nothing else.</summary>
    public static readonly Architecture X64 = new("x86-64", "");

    public static readonly Architecture Arm64 = new("arm64", "Arm64");
    public static readonly Architecture Riscv64 = new("riscv64", "Riscv64");
    public static readonly Architecture S390x = new("s390x", "S390x") { IsBigEndian = true };
    public static readonly Architecture Ppc64le = new("ppc64le", "Ppc64le") { HasWideDirection = true };

    public static IReadOnlyList<Architecture> All { get; } = [X64, Arm64, Riscv64, S390x, Ppc64le];

    public bool IsX64 => this == X64;

    public static Architecture? Find(string name) => All.FirstOrDefault(one => string.Equals(one.Name, name, StringComparison.Ordinal));
}
