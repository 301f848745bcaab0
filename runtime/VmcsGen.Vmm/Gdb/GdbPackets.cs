using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;

namespace VmcsGen.Vmm;

/// <summary>The packets of a connection. Source: GDB manual, E.1 Overview.</summary>
internal sealed class GdbPackets(Stream stream)
{
    /// <summary>Longest packet that is taken; what is longer ends the connection.</summary>
    internal const int Longest = 0x4000;

    /// <summary>What the user's Ctrl-C sends, outside of packets.</summary>
    internal const byte Interrupt = 3;

    private readonly byte[] _buffer = new byte[4096];
    private int _at;
    private int _end;

    /// <summary>Whether packets are acknowledged; both sides can agree not to.</summary>
    internal bool Acknowledges { get; set; } = true;

    /// <summary>The next packet's content, or <see cref="Interrupt"/> alone; null at the end of the connection.</summary>
    internal byte[]? Read()
    {
        while (true)
        {
            var first = ReadByte();
            if (first < 0)
                return null;
            if (first == Interrupt)
                return [Interrupt];
            if (first != '$')
                continue; // An acknowledgement, or rubbish between packets.
            if (ReadContent() is not { } content)
                return null;
            byte sum = 0;
            foreach (var value in content)
                sum += value;
            Span<byte> digits = [(byte)ReadByte(), (byte)ReadByte()];
            var isRight = GdbHex.TryParse(digits, out var expected) && expected == sum;
            if (Acknowledges)
                stream.Write([(byte)(isRight ? '+' : '-')]);
            if (isRight)
                return Unescaped(content);
        }
    }

    internal void Write(string content)
    {
        // What has a meaning of its own in packets is written behind a brace.
        StringBuilder packet = new("$");
        byte sum = 0;
        foreach (var character in content)
        {
            if (character is '#' or '$' or '}' or '*')
            {
                Append('}');
                Append((char)(character ^ 0x20));
            }
            else
            {
                Append(character);
            }
        }
        packet.Append('#').Append(sum.ToString("x2", CultureInfo.InvariantCulture));
        stream.Write(Encoding.Latin1.GetBytes(packet.ToString()));

        void Append(char character)
        {
            packet.Append(character);
            sum += (byte)character;
        }
    }

    private List<byte>? ReadContent()
    {
        List<byte> content = [];
        for (var next = ReadByte(); next != '#'; next = ReadByte())
        {
            if (next < 0 || content.Count == Longest)
                return null;
            content.Add((byte)next);
        }
        return content;
    }

    private static byte[] Unescaped(List<byte> content)
    {
        List<byte> bytes = new(content.Count);
        for (var i = 0; i < content.Count; i++)
            bytes.Add(content[i] == '}' && i + 1 < content.Count ? (byte)(content[++i] ^ 0x20) : content[i]);
        return [.. bytes];
    }

    private int ReadByte()
    {
        if (_at == _end)
        {
            _at = 0;
            _end = stream.Read(_buffer);
            if (_end == 0)
                return -1;
        }
        return _buffer[_at++];
    }
}
