using System;
using System.IO;

namespace VmcsGen.Vmm;

/// <summary>
/// What carries Ethernet frames between a guest and the world. May be used from one thread at a time, beside its event loop.
/// </summary>
[MustDispose]
public abstract class NetworkLink : IDisposable
{
    /// <summary>Whether there is somebody at the other end.</summary>
    public abstract bool IsUp { get; }

    /// <summary>
    /// Whether <see cref="INetworkInterface.ReceiveFrames"/> is called for frames that are there. An interface that has no room for them
    /// must take the wish back.
    /// </summary>
    public abstract bool WantsFrames { get; set; }

    /// <summary>Begins to carry.</summary>
    /// <param name="events">What waits for frames.</param>
    /// <param name="owner">What is told of them.</param>
    /// <exception cref="IOException">The loop cannot wait for more.</exception>
    /// <exception cref="InvalidOperationException">It was begun before.</exception>
    public abstract void Start(EventLoop events, INetworkInterface owner);

    /// <summary>Takes the next frame that came.</summary>
    /// <param name="frame">Receives it. What does not fit is cut off: give a byte more than a frame may have to know those.</param>
    /// <param name="length">Its bytes; more than there was room for if the link knows that.</param>
    /// <returns>False if there is none now.</returns>
    public abstract bool TryReceive(Span<byte> frame, out int length);

    /// <summary>
    /// Whether a frame can be sent now. If not, <see cref="INetworkInterface.SendFrames"/> is called when it can. While nobody is at the
    /// other end it can, and is lost.
    /// </summary>
    public abstract bool HasRoom { get; }

    /// <summary>Sends a frame, or drops it if nobody is at the other end or there is no room.</summary>
    /// <param name="frame">The frame.</param>
    public abstract void Send(ReadOnlySpan<byte> frame);

    /// <summary>Ends it.</summary>
    public void Dispose()
    {
        Dispose(isDisposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Ends it.</summary>
    /// <param name="isDisposing">Always true: nothing here has a finalizer.</param>
    protected abstract void Dispose(bool isDisposing);
}
