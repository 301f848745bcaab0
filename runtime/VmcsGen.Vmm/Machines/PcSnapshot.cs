using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Text;
using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>
/// A machine as bytes: first the state of each device, by name and in order, then that of the VM (<c>docs/snapshot-format.md</c>).
/// </summary>
internal static class PcSnapshot
{
    private const int LongestDeviceState = 1 << 20;
    private const int LongestName = 256;
    private const int MostDevices = 256;

    private static ReadOnlySpan<byte> Magic => "VGPC1\n\0\0"u8;

    internal static void Write(Stream stream, IReadOnlyList<IStatefulDevice> devices, VmState vm)
    {
        stream.Write(Magic);
        WriteNumber(stream, devices.Count);
        foreach (var device in devices)
        {
            WriteBytes(stream, Encoding.UTF8.GetBytes(NameOf(device)));
            WriteBytes(stream, device.SaveState());
        }
        vm.Save(stream);
    }

    /// <summary>Reads a snapshot for a machine with these devices, and gives their states and that of the VM.</summary>
    /// <exception cref="InvalidDataException">It is none, or of another machine.</exception>
    internal static (byte[][] Devices, VmState Vm) Read(Stream stream, IReadOnlyList<IStatefulDevice> devices)
    {
        Span<byte> magic = stackalloc byte[Magic.Length];
        if (stream.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false) < magic.Length || !magic.SequenceEqual(Magic))
            throw new InvalidDataException("This is no snapshot of a machine.");
        var count = ReadNumber(stream, MostDevices, "number of devices");
        if (count != devices.Count)
            throw new InvalidDataException(
                $"The snapshot has {count} devices, and this machine {devices.Count}: add the same ones in the same order."
            );
        var states = new byte[count][];
        for (var i = 0; i < count; i++)
        {
            var name = Encoding.UTF8.GetString(ReadBytes(stream, LongestName, "name of a device"));
            if (name != NameOf(devices[i]))
                throw new InvalidDataException($"Device {i} of the snapshot is a '{name}', and this machine's a '{NameOf(devices[i])}'.");
            states[i] = ReadBytes(stream, LongestDeviceState, "state of a device");
        }
        return (states, VmState.Load(stream));
    }

    private static string NameOf(IStatefulDevice device) => device.ToString() ?? "";

    private static void WriteNumber(Stream stream, int number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        stream.Write(bytes);
    }

    private static void WriteBytes(Stream stream, byte[] bytes)
    {
        WriteNumber(stream, bytes.Length);
        stream.Write(bytes);
    }

    private static int ReadNumber(Stream stream, int most, string what)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
            throw new InvalidDataException($"The snapshot ends before the {what}.");
        var number = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        return number >= 0 && number <= most
            ? number
            : throw new InvalidDataException($"The {what} is {number}; at most {most} is possible.");
    }

    private static byte[] ReadBytes(Stream stream, int most, string what)
    {
        var bytes = new byte[ReadNumber(stream, most, what)];
        return stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) == bytes.Length
            ? bytes
            : throw new InvalidDataException($"The snapshot ends within the {what}.");
    }
}
