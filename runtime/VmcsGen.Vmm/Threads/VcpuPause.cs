using System;
using System.Threading;

namespace VmcsGen.Vmm;

/// <summary>
/// A wish that no vCPU runs, or that one does not. Several may exist at a time; a vCPU goes on when the last one is disposed of.
/// </summary>
[MustDispose]
public sealed class VcpuPause : IDisposable
{
    private readonly VcpuThread[] _paused;
    private VcpuThreads? _threads;

    internal VcpuPause(VcpuThreads threads, VcpuThread[] paused)
    {
        _threads = threads;
        _paused = paused;
    }

    /// <summary>
    /// Waits until the vCPUs stand between two instructions: what an exit left half done is completed, and registers, memory and
    /// devices belong together.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait; the wish remains until it is disposed of.</param>
    /// <exception cref="InvalidOperationException">The calling thread runs a vCPU, which would wait for itself.</exception>
    /// <exception cref="ObjectDisposedException">The guest was resumed.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public void Wait(CancellationToken cancellationToken = default)
    {
        var threads = _threads;
        ObjectDisposedException.ThrowIf(threads is null, this);
        threads.WaitUntilParked(_paused, cancellationToken);
    }

    /// <summary>Takes the wish back. Calling it again does nothing.</summary>
    public void Dispose() => Interlocked.Exchange(ref _threads, null)?.EndPause(_paused);
}
