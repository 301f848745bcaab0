using System;
using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace VmcsGen.Vmm.Tests.Firmware;

/// <summary>
/// Accesses QEMU's own device: a machine that executes nothing, whose ports and memory are driven from outside (qtest). It has 16 MiB.
/// </summary>
internal sealed class QemuGuest : FirmwareGuest, IDisposable
{
    private readonly Process _machine;

    public QemuGuest(params ReadOnlySpan<string> options)
    {
        _machine = Process.Start(
            new ProcessStartInfo(
                "qemu-system-x86_64",
                [
                    .. "-machine pc -accel tcg -S -m 16 -smp 2 -nodefaults -no-user-config -display none -qtest stdio -qtest-log none".Split(
                        ' '
                    ),
                    .. options,
                ]
            )
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            }
        )!;
        _machine.StandardInput.AutoFlush = true;
    }

    public override void Out(ushort port, ushort value) => Ask($"outw 0x{port:x} 0x{value:x}");

    public override void Out(ushort port, uint value) => Ask($"outl 0x{port:x} 0x{value:x}");

    public override byte In(ushort port) => (byte)Number(Ask($"inb 0x{port:x}"));

    public override uint In32(ushort port) => Number(Ask($"inl 0x{port:x}"));

    public override byte[] Memory(ulong address, int length) => Convert.FromHexString(Ask($"read 0x{address:x} 0x{length:x}")[2..]);

    public override void SetMemory(ulong address, ReadOnlySpan<byte> bytes) =>
        Ask($"write 0x{address:x} 0x{bytes.Length:x} 0x{Convert.ToHexString(bytes)}");

    public void Dispose()
    {
        _machine.Kill();
        _machine.WaitForExit();
        _machine.Dispose();
    }

    // The answer is OK, and perhaps a value.
    private string Ask(string request)
    {
        _machine.StandardInput.WriteLine(request);
        var answer = _machine.StandardOutput.ReadLine();
        Assert.True(answer?.StartsWith("OK", StringComparison.Ordinal), $"QEMU answers '{answer}' to '{request}'.");
        return answer![2..].Trim();
    }

    private static uint Number(string hexadecimal) =>
        uint.Parse(hexadecimal.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
