using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;

namespace VmcsGen.Vmm.Tests.Firmware;

/// <summary>A guest's side of the device, by QEMU's docs/specs/fw_cfg.rst. Where the ports lead to is another class's.</summary>
internal abstract class FirmwareGuest
{
    public const uint Error = 1;
    public const uint Read = 2;
    public const uint Skip = 4;
    public const uint SelectItem = 8;
    public const uint Write = 16;
    public const ushort Signature = 0;
    public const ushort Id = 1;
    public const ushort RamSize = 3;
    public const ushort Processors = 5;
    public const ushort FileDirectory = 0x19;

    private const int DirectoryEntry = 64;

    public abstract void Out(ushort port, ushort value);

    public abstract void Out(ushort port, uint value);

    public abstract byte In(ushort port);

    public abstract uint In32(ushort port);

    public abstract byte[] Memory(ulong address, int length);

    public abstract void SetMemory(ulong address, ReadOnlySpan<byte> bytes);

    public void Select(int key) => Out(0x510, (ushort)key);

    public byte[] Data(int length)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++)
            bytes[i] = In(0x511);
        return bytes;
    }

    public byte[] Item(int key, int length)
    {
        Select(key);
        return Data(length);
    }

    /// <summary>The files: their keys and lengths by name.</summary>
    public Dictionary<string, (int Key, int Length)> Files()
    {
        Dictionary<string, (int, int)> files = [];
        Select(FileDirectory);
        for (var left = BinaryPrimitives.ReadUInt32BigEndian(Data(4)); left > 0; left--)
        {
            var entry = Data(DirectoryEntry);
            files.Add(
                Encoding.ASCII.GetString(entry.AsSpan(8)).TrimEnd('\0'),
                (BinaryPrimitives.ReadUInt16BigEndian(entry.AsSpan(4)), (int)BinaryPrimitives.ReadUInt32BigEndian(entry))
            );
        }
        return files;
    }

    /// <summary>Has the device do something in memory, and gives the control word that it leaves.</summary>
    public uint Dma(uint control, uint length, ulong address, ulong at)
    {
        SetMemory(at, Access(control, length, address));
        Ring(at);
        return BinaryPrimitives.ReadUInt32BigEndian(Memory(at, 4));
    }

    /// <summary>Writes the address register, the half that triggers last.</summary>
    public void Ring(ulong at)
    {
        if (at > uint.MaxValue)
            Out(0x514, BinaryPrimitives.ReverseEndianness((uint)(at >> 32)));
        Out(0x518, BinaryPrimitives.ReverseEndianness((uint)at));
    }

    public static byte[] Access(uint control, uint length, ulong address)
    {
        var access = new byte[16];
        BinaryPrimitives.WriteUInt32BigEndian(access, control);
        BinaryPrimitives.WriteUInt32BigEndian(access.AsSpan(4), length);
        BinaryPrimitives.WriteUInt64BigEndian(access.AsSpan(8), address);
        return access;
    }
}
