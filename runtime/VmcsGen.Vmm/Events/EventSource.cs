using System;
using System.Runtime.InteropServices;

namespace VmcsGen.Vmm;

/// <summary>
/// A descriptor that an <see cref="EventLoop"/> waits for. The descriptor cannot be closed before this is disposed of. May be used from any
/// thread.
/// </summary>
[MustDispose]
public sealed class EventSource : IDisposable
{
    private readonly EventLoop _loop;
    private readonly SafeHandle _handle;

    internal EventSource(EventLoop loop, SafeHandle handle, EventSourceHandler handler, ulong token)
    {
        _loop = loop;
        _handle = handle;
        Handler = handler;
        Token = token;
    }

    /// <summary>
    /// What is waited for. With none, only errors and hang-ups are told; a handler that cannot use what is there must take its kind out,
    /// or it is called again at once. Setting it after the end of the wait does nothing.
    /// </summary>
    public EventKinds Kinds
    {
        get => Interest;
        set => _loop.Change(this, value);
    }

    /// <summary>What the kernel was told to wait for. Under the loop's lock.</summary>
    internal EventKinds Interest { get; set; }

    internal EventSourceHandler Handler { get; }

    /// <summary>By which the kernel's events tell whom they are for: the place in the loop's table, and in the high half its use.</summary>
    internal ulong Token { get; }

    internal int Slot => (int)(uint)Token;

    internal int Descriptor => (int)_handle.DangerousGetHandle();

    /// <summary>
    /// Ends the wait. When this returns, the handler does not run and is not called any more; called by the handler itself, it runs to its
    /// end.
    /// </summary>
    public void Dispose() => _loop.Remove(this);

    internal void Release() => _handle.DangerousRelease();
}
