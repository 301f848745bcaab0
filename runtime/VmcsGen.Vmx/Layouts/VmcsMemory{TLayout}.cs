using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace VmcsGen.Vmx;

/// <summary>Memory in which a VMCS lies. Copies share it. Generated images stand on it.</summary>
/// <typeparam name="TLayout">How the VMCS lies there.</typeparam>
public readonly unsafe struct VmcsMemory<TLayout> : IVmcsAccess
    where TLayout : unmanaged, IVmcsLayout
{
    private readonly TLayout* _page;

    // Kept alive until after each access, since the pointer alone does not hold garbage-collected memory.
    private readonly object? _owner;

    /// <summary>Uses memory that is there already.</summary>
    /// <param name="page">As many bytes as the layout has, which must not move or go away while the memory is in use.</param>
    /// <param name="owner">What keeps the memory alive, if that is an object.</param>
    public VmcsMemory(TLayout* page, object? owner = null)
    {
        _page = page;
        _owner = owner;
    }

    /// <summary>The memory, as the struct that lies there.</summary>
    public ref TLayout Page => ref *_page;

    /// <summary>The memory, as bytes.</summary>
    public Span<byte> Bytes => MemoryMarshal.AsBytes(new Span<TLayout>(ref *_page));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Read(VmcsField field)
    {
        var value = VmcsLayouts.Read(in *_page, field);
        GC.KeepAlive(_owner);
        return value;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(VmcsField field, ulong value)
    {
        VmcsLayouts.Write(ref *_page, field, value);
        GC.KeepAlive(_owner);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public VmxResult TryRead(VmcsField field, out ulong value)
    {
        var result = VmcsLayouts.TryRead(in *_page, field, out value);
        GC.KeepAlive(_owner);
        return result;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public VmxResult TryWrite(VmcsField field, ulong value)
    {
        var result = VmcsLayouts.TryWrite(ref *_page, field, value);
        GC.KeepAlive(_owner);
        return result;
    }
}
