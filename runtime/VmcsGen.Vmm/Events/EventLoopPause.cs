using System;
using System.Threading;

namespace VmcsGen.Vmm;

/// <summary>A time in which an <see cref="EventLoop"/> calls no handler. It ends when this is disposed of; several may overlap.</summary>
[MustDispose]
public sealed class EventLoopPause : IDisposable
{
    private EventLoop? _loop;

    internal EventLoopPause(EventLoop loop) => _loop = loop;

    /// <summary>Lets the loop go on. Calling it again does nothing.</summary>
    public void Dispose() => Interlocked.Exchange(ref _loop, null)?.EndPause();
}
