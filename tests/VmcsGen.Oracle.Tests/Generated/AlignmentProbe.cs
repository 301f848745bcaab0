using System.Runtime.InteropServices;

namespace VmcsGen.Oracle.Tests.Generated;

/// <summary>A struct whose second field lies at the first multiple of its type's alignment.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct AlignmentProbe<T>
    where T : unmanaged
{
    public byte First;

    public T Value;
}
