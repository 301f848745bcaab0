using System;

namespace VmcsGen.Kvm;

/// <summary>The sizes of accesses that a range on an <see cref="AddressBus"/> takes.</summary>
[Flags]
public enum BusAccessSizes
{
    /// <summary>Accesses of 1 byte.</summary>
    Byte = 0x1,

    /// <summary>Accesses of 2 bytes.</summary>
    Word = 0x2,

    /// <summary>Accesses of 4 bytes.</summary>
    Dword = 0x4,

    /// <summary>Accesses of 8 bytes.</summary>
    Qword = 0x8,

    /// <summary>Accesses of 3, 5, 6 and 7 bytes, into which KVM takes apart what is not aligned.</summary>
    Odd = 0x10,

    /// <summary>All accesses.</summary>
    All = Byte | Word | Dword | Qword | Odd,
}
