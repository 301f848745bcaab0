using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using VmcsGen.Kvm.Interop;
using Xunit;

namespace VmcsGen.Kvm.Tests.Abi;

/// <summary>Reads what a statistics descriptor offers: names and values.</summary>
internal static unsafe partial class StatisticsFile
{
    /// <summary>The string that names the VM or vCPU.</summary>
    public static string ReadId(SafeFileHandle file)
    {
        var header = Read<KvmStatsHeader>(file, 0);
        return Text(ReadBytes(file, header.IdOffset, (int)header.NameSize));
    }

    /// <summary>The first value of each statistic.</summary>
    public static Dictionary<string, ulong> ReadAll(SafeFileHandle file)
    {
        var header = Read<KvmStatsHeader>(file, 0);
        Dictionary<string, ulong> values = [];
        for (var i = 0u; i < header.NumDesc; i++)
        {
            var place = header.DescOffset + i * ((uint)sizeof(KvmStatsDesc) + header.NameSize);
            var descriptor = Read<KvmStatsDesc>(file, place);
            var name = Text(ReadBytes(file, place + (uint)sizeof(KvmStatsDesc), (int)header.NameSize));
            values.Add(name, Read<ulong>(file, header.DataOffset + descriptor.Offset));
        }
        return values;
    }

    private static T Read<T>(SafeFileHandle file, uint offset)
        where T : unmanaged => MemoryMarshal.Read<T>(ReadBytes(file, offset, sizeof(T)));

    private static byte[] ReadBytes(SafeFileHandle file, uint offset, int length)
    {
        using var held = new HeldDescriptor(file);
        var bytes = new byte[length];
        fixed (byte* pointer = bytes)
            Assert.Equal(length, pread(held.Number, pointer, (nuint)length, (nint)offset));
        return bytes;
    }

    private static string Text(byte[] bytes) => Encoding.ASCII.GetString(bytes).TrimEnd('\0');

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint pread(int descriptor, byte* buffer, nuint length, nint offset);
}
