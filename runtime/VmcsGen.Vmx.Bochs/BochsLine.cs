using System.Net.Sockets;

namespace VmcsGen.Vmx;

/// <summary>
/// The emulated serial port as a stream. Bochs sends single bytes and TCP holds each back until the one before was acknowledged,
/// which takes 40 ms unless it is asked for at once.
/// </summary>
internal sealed class BochsLine : NetworkStream
{
    // Linux, netinet/tcp.h. It has to be asked for again after every receive.
    private const int IPPROTO_TCP = 6;
    private const int TCP_QUICKACK = 12;
    private static readonly byte[] s_on = [1, 0, 0, 0];

    internal BochsLine(Socket socket)
        : base(socket, ownsSocket: true) => socket.NoDelay = true;

    // The other ways to read come here: NetworkStream sees to that in classes that derive from it.
    public override int Read(byte[] buffer, int offset, int count)
    {
        Socket.SetRawSocketOption(IPPROTO_TCP, TCP_QUICKACK, s_on);
        return base.Read(buffer, offset, count);
    }
}
