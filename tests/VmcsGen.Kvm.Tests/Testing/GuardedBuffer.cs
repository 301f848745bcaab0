using System;
using System.Runtime.InteropServices;
using VmcsGen.Kvm.Interop;
using Xunit;

namespace VmcsGen.Kvm.Tests.Testing;

/// <summary>
/// Memory that ends where a page without access begins: whoever goes beyond it faults, and an ioctl that does fails with EFAULT.
/// </summary>
internal sealed unsafe class GuardedBuffer : IDisposable
{
    private const int MAP_FIXED = 0x10;
    private const int PROT_NONE = 0;

    private readonly nint _mapping;
    private readonly nuint _mapped;
    private readonly byte* _start;

    /// <param name="length">Length in bytes.</param>
    public GuardedBuffer(int length)
    {
        Length = length;
        var pages = ((nuint)length + Libc.PageSize - 1) / Libc.PageSize * Libc.PageSize;
        _mapped = pages + Libc.PageSize;
        _mapping = Libc.Map(0, _mapped, PROT_NONE, Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS, -1);
        Assert.NotEqual(Libc.MapFailed, _mapping);
        if (pages != 0)
        {
            var usable = Libc.Map(_mapping, pages, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS | MAP_FIXED, -1);
            Assert.Equal(_mapping, usable);
        }
        _start = (byte*)_mapping + pages - length;
    }

    public int Length { get; }

    public void* Pointer => _start;

    public Span<byte> Bytes => new(_start, Length);

    public Span<T> As<T>()
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(Bytes);

    public void Dispose() => Libc.Unmap(_mapping, _mapped);
}
