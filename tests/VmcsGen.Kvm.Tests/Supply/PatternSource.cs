using System;
using System.Buffers.Binary;
using System.Threading;
using Xunit;

namespace VmcsGen.Kvm.Tests.Supply;

/// <summary>Pages whose words are a function of their place; some of zeros, some that it refuses.</summary>
internal sealed class PatternSource : IPageSource
{
    public const int Page = GuestMemory.PageSize;

    /// <summary>Is asked before each page.</summary>
    public Action<ulong> Before { get; init; } = static _ => { };

    public int Reads;

    /// <summary>What a word of 8 bytes holds.</summary>
    public static ulong WordAt(ulong offset) => IsZero(offset / Page) ? 0 : (offset + 1) * 0x9E37_79B9_7F4A_7C15;

    public static bool IsZero(ulong page) => page % 5 == 2;

    public static byte[] Contents(int pages)
    {
        var bytes = new byte[pages * Page];
        Fill(0, bytes);
        return bytes;
    }

    public void Read(ulong offset, Span<byte> destination)
    {
        Assert.Equal(0ul, offset % Page);
        Assert.True(destination.Length > 0 && destination.Length % Page == 0);
        for (var at = 0; at < destination.Length; at += Page)
        {
            Before(offset / Page + (ulong)(at / Page));
            Interlocked.Increment(ref Reads);
        }
        Fill(offset, destination);
    }

    /// <summary>Skips the test where page faults of the kernel cannot be served, and says why.</summary>
    public static void Require()
    {
        try
        {
            GuestMemory.AllocateSupplied(Page, new PatternSource()).Dispose();
        }
        catch (KvmException e) when (e.Errno is Errno.EPERM or Errno.EACCES or Errno.ENOSYS)
        {
            Assert.Skip(e.Message);
        }
    }

    private static void Fill(ulong offset, Span<byte> destination)
    {
        for (var at = 0; at < destination.Length; at += 8)
            BinaryPrimitives.WriteUInt64LittleEndian(destination[at..], WordAt(offset + (ulong)at));
    }
}
