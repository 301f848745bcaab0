using System;
using System.IO;
using System.IO.Pipes;
using System.Linq;
using System.Threading;
using VmcsGen.Vmm.Tests.Testing;
using Xunit;

namespace VmcsGen.Vmm.Tests.Virtio;

/// <summary>The console and the source of random bytes.</summary>
public class VirtioStreamTests
{
    private const ushort Write = 2;

    [Fact]
    public void Console_writes_what_the_guest_sends()
    {
        using MemoryStream output = new();
        using TestDriver driver = new(new VirtioConsole(output));
        driver.Begin(queue: 1);
        driver.Memory.Write(TestDriver.Data, "hello, "u8);
        driver.Memory.Write(TestDriver.Data + 0x100, "world"u8);
        driver.Describe(0, TestDriver.Data, 7, 1, 3);
        driver.Describe(3, TestDriver.Data + 0x100, 5, 0);
        driver.Offer(0, queue: 1);
        Assert.Equal("hello, world"u8.ToArray(), output.ToArray());
        Assert.Equal(1, driver.UsedIndex);
    }

    [Fact]
    public void Input_waits_for_the_guest_and_comes_in_pieces()
    {
        VirtioConsole console = new(Stream.Null);
        using TestDriver driver = new(console);
        Assert.Equal(3, console.Input("abc"u8));
        driver.Begin();
        driver.Describe(0, TestDriver.Data, 2, Write);
        driver.Describe(1, TestDriver.Data + 0x100, 64, Write);
        driver.Offer(0);
        Assert.Equal("ab"u8.ToArray(), driver.Bytes(TestDriver.Data, 2));
        driver.Offer(1);
        Assert.Equal((byte)'c', driver.Bytes(TestDriver.Data + 0x100, 1)[0]);
        driver.Offer(1);
        Assert.Equal(2, driver.UsedIndex);
        Assert.Equal(2, console.Input("de"u8));
        Assert.Equal(3, driver.UsedIndex);
        Assert.Equal("de"u8.ToArray(), driver.Bytes(TestDriver.Data + 0x100, 2));
        Assert.Equal(VirtioConsole.MostInput, console.Input(new byte[VirtioConsole.MostInput + 5]));
    }

    [Fact]
    public void Input_comes_by_an_event_loop()
    {
        VirtioConsole console = new(Stream.Null);
        using TestDriver driver = new(console);
        using EventLoop loop = new();
        using AnonymousPipeServerStream pipe = new();
        using var feed = console.ReadFrom(loop, pipe.ClientSafePipeHandle);
        Assert.Throws<InvalidOperationException>(() => console.ReadFrom(loop, pipe.ClientSafePipeHandle));
        loop.Start();
        driver.Begin();
        driver.Describe(0, TestDriver.Data, 64, Write);
        driver.Offer(0);
        pipe.Write("typed"u8);
        Assert.True(SpinWait.SpinUntil(() => driver.UsedIndex == 1, TimeSpan.FromSeconds(30)));
        Assert.Equal("typed"u8.ToArray(), driver.Bytes(TestDriver.Data, 5));
    }

    [Fact]
    public void Entropy_fills_what_it_gets()
    {
        using TestDriver driver = new(new VirtioEntropy());
        driver.Begin();
        driver.Describe(0, TestDriver.Data, 64, Write);
        driver.Offer(0);
        Assert.Equal(64u, driver.Memory.Read<uint>(TestDriver.Used + 8));
        Assert.True(driver.Bytes(TestDriver.Data, 64).Distinct().Count() > 16);
        driver.Describe(0, TestDriver.Data, 0x1_0000, Write);
        driver.Offer(0);
        Assert.Equal(4096u, driver.Memory.Read<uint>(TestDriver.Used + 16)); // A driver takes fewer.
    }
}
