using System;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace VmcsGen.Vmm;

/// <summary>
/// A program of the host that has connected and is to say to which port of the guest: <c>CONNECT 1234</c> and a line feed.
/// </summary>
internal sealed class VsockCaller(Socket socket)
{
    private const int LongestLine = 32;

    private readonly byte[] _line = new byte[LongestLine];
    private int _length;

    internal Socket Socket => socket;

    internal EventSource? Source { get; set; }

    /// <summary>Reads what is there of the line, and no byte behind it.</summary>
    /// <param name="port">The port, if the line is whole and right.</param>
    /// <returns>Whether more is to come; if not and there is no port, the line was wrong or its writer is gone.</returns>
    internal bool NeedsMore(out uint? port)
    {
        port = null;
        while (_length < LongestLine)
        {
            var count = socket.Receive(_line.AsSpan(_length, 1), SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock)
                return true;
            if (error != SocketError.Success || count == 0)
                return false;
            if (_line[_length++] != '\n')
                continue;
            var line = Encoding.ASCII.GetString(_line, 0, _length - 1).TrimEnd('\r');
            const string command = "CONNECT ";
            if (
                line.StartsWith(command, StringComparison.Ordinal)
                && uint.TryParse(line.AsSpan(command.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            )
            {
                port = number;
            }
            return false;
        }
        return false;
    }
}
