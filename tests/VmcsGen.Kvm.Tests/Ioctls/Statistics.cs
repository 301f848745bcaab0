using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Ioctls;

/// <summary>The files of statistics, read through the structs that describe them.</summary>
public class Statistics
{
    [Fact]
    public void Vcpu_counts_its_exits_for_port_IO()
    {
        using var guest = Guest.Create(GuestMode.Real, static code =>
        {
            var loop = code.CreateLabel();
            code.Label(ref loop);
            code.@out(0x11, al);
            code.jmp(loop);
        }, null, KvmCapability.BinaryStatsFd);
        using var statistics = guest.Vcpu.GetStatsFd();
        var before = Read(statistics, "kvm-");

        for (var i = 0; i < 10; i++)
            guest.RunToOut(0x11);

        var after = Read(statistics, "kvm-");
        Assert.True(after["exits"] > before["exits"] || after["insn_emulation"] > before["insn_emulation"]);
        Assert.Contains("halt_exits", after.Keys);
    }

    [Fact]
    public void Statistics_of_a_VM_outlive_the_object()
    {
        using var host = TestHost.Open(KvmCapability.BinaryStatsFd);
        var vm = host.CreateVm();
        using var statistics = vm.GetStatsFd();

        vm.Dispose();

        Assert.NotEmpty(Read(statistics, "kvm-"));
    }

    private static Dictionary<string, ulong> Read(SafeFileHandle file, string idPrefix)
    {
        var header = MemoryMarshal.Read<KvmStatsHeader>(Bytes(file, 0, Marshal.SizeOf<KvmStatsHeader>()));
        Assert.StartsWith(idPrefix, Text(Bytes(file, header.IdOffset, (int)header.NameSize)), StringComparison.Ordinal);
        Dictionary<string, ulong> values = [];
        var size = Marshal.SizeOf<KvmStatsDesc>();
        for (var i = 0u; i < header.NumDesc; i++)
        {
            var at = header.DescOffset + i * ((uint)size + header.NameSize);
            var description = MemoryMarshal.Read<KvmStatsDesc>(Bytes(file, at, size));
            Assert.NotEqual(0, description.Size);
            values.Add(
                Text(Bytes(file, at + (uint)size, (int)header.NameSize)),
                BitConverter.ToUInt64(Bytes(file, header.DataOffset + description.Offset, sizeof(ulong))));
        }
        return values;
    }

    private static byte[] Bytes(SafeFileHandle file, uint offset, int length)
    {
        var bytes = new byte[length];
        Assert.Equal(length, RandomAccess.Read(file, bytes, offset));
        return bytes;
    }

    private static string Text(byte[] bytes) => Encoding.ASCII.GetString(bytes, 0, Array.IndexOf(bytes, (byte)0));
}
