namespace VmcsGen.Vmm;

/// <summary>
/// What a <see cref="NetworkLink"/> leads to: a network interface of a guest. The link calls it on the thread of its event loop.
/// </summary>
public interface INetworkInterface
{
    /// <summary>There are frames, or there may be: <see cref="NetworkLink.TryReceive"/> tells.</summary>
    void ReceiveFrames();

    /// <summary>There is room again: <see cref="NetworkLink.HasRoom"/>.</summary>
    void SendFrames();

    /// <summary>The other end has come or gone.</summary>
    void NoteLinkChange();
}
