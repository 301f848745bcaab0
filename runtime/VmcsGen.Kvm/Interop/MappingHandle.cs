using System.Runtime.InteropServices;

namespace VmcsGen.Interop;

/// <summary>Owns a range of mapped memory. Whoever uses the memory holds a reference; the last one to go unmaps it.</summary>
internal sealed class MappingHandle : SafeHandle
{
    /// <summary>Owns nothing until <see cref="Adopt"/>: the object is made first, so that no mapping is ever without owner.</summary>
    internal MappingHandle()
        : base(0, ownsHandle: true)
    {
    }

    public override bool IsInvalid => handle == 0;

    internal nint Address => handle;

    internal nuint Length { get; private set; }

    internal void Adopt(nint address, nuint length)
    {
        Length = length;
        SetHandle(address);
    }

    protected override bool ReleaseHandle() => Libc.Unmap(handle, Length) == 0;
}
