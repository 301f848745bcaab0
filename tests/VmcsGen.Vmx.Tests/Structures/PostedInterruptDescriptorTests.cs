using System;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;
using CsCheck;
using VmcsGen.Vmx.Structures;
using Xunit;

namespace VmcsGen.Vmx.Tests;

// SDM 3C 30.6, table 30-1, and the posted-interrupt descriptor of Intel Virtualization Technology for Directed I/O.
public class PostedInterruptDescriptorTests
{
    [Fact]
    public void A_descriptor_has_64_bytes() => Assert.Equal(64, Unsafe.SizeOf<PostedInterruptDescriptor>());

    [Fact]
    public void Every_vector_has_one_request_bit_and_bit_256_is_the_outstanding_notification()
    {
        for (var vector = 0; vector < 256; vector++)
        {
            using var memory = new Memory();

            Assert.True(memory.Descriptor.Post((byte)vector));

            var expected = new byte[64];
            expected[vector / 8] = (byte)(1 << (vector % 8));
            expected[32] = 1;
            Assert.Equal(expected, memory.Bytes.ToArray());
            Assert.True(memory.Descriptor.Requests.Contains((byte)vector));
        }
    }

    [Fact]
    public void Notification_vector_and_destination_are_in_bits_279_to_272_and_319_to_288()
    {
        using var memory = new Memory();
        memory.Bytes[32] = 1;

        memory.Descriptor.SetNotification(0xF2, 0x1234_5678);
        memory.Descriptor.SuppressNotifications();

        Assert.Equal("0300F20078563412", Convert.ToHexString(memory.Bytes.Slice(32, 8)));
        Assert.True(memory.Descriptor.Control is { OutstandingNotification: true, SuppressNotification: true });
        Assert.Equal(0xF2u, memory.Descriptor.Control.NotificationVector);
        Assert.Equal(0x1234_5678u, memory.Descriptor.Control.NotificationDestination);
    }

    [Fact]
    public void Only_the_first_post_asks_for_a_notification()
    {
        using var memory = new Memory();

        Assert.True(memory.Descriptor.Post(0x31));
        Assert.False(memory.Descriptor.Post(0x31));
        Assert.False(memory.Descriptor.Post(0x32));
    }

    [Fact]
    public void Taking_the_requests_empties_them_and_the_next_post_asks_for_a_notification_again()
    {
        using var memory = new Memory();
        memory.Descriptor.Post(0x31);
        memory.Descriptor.Post(0xFF);

        var taken = memory.Descriptor.TakeRequests();

        Assert.Equal("0x31, 0xFF", taken.ToString());
        Assert.True(memory.Descriptor.Requests.IsEmpty);
        Assert.False(memory.Descriptor.Control.OutstandingNotification);
        Assert.True(memory.Descriptor.Post(0x31));
    }

    [Fact]
    public void Suppressed_notifications_are_made_up_for_when_they_resume()
    {
        using var memory = new Memory();
        memory.Descriptor.SuppressNotifications();

        Assert.False(memory.Descriptor.Post(0x31));
        Assert.False(memory.Descriptor.Control.OutstandingNotification);

        Assert.True(memory.Descriptor.ResumeNotifications());
        Assert.True(memory.Descriptor.Control is { OutstandingNotification: true, SuppressNotification: false });
    }

    [Fact]
    public void Without_requests_there_is_nothing_to_make_up_for()
    {
        using var memory = new Memory();
        memory.Descriptor.SuppressNotifications();

        Assert.False(memory.Descriptor.ResumeNotifications());
        Assert.False(memory.Descriptor.Control.OutstandingNotification);
    }

    [Fact]
    public void A_set_enumerates_its_vectors_from_the_lowest_to_the_highest() =>
        Gen
            .Byte.Array[0, 40]
            .Sample(vectors =>
            {
                VectorSet set = default;
                foreach (var vector in vectors)
                    set.Add(vector);

                var enumerated = new System.Collections.Generic.List<byte>();
                foreach (var vector in set)
                    enumerated.Add(vector);

                Assert.Equal(vectors.Distinct().Order(), enumerated);
                Assert.Equal(vectors.Length == 0, set.IsEmpty);
            });

    // With one poster a request whose notification got lost stays for ever; with several they interfere.
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task No_interrupt_posted_while_others_are_taken_is_lost(int posters)
    {
        const int Rounds = 20_000;
        using var memory = new Memory();
        var notifications = 0;
        var taken = 0;
        var deadline = Environment.TickCount64 + 240_000; // A watchdog: on a busy machine each hand-over waits for the scheduler.

        // Requests are taken only when a notification arrives, as the processor does.
        var taker = Task.Run(
            () =>
            {
                while (taken < posters * Rounds && Environment.TickCount64 < deadline)
                {
                    if (Interlocked.Exchange(ref notifications, 0) == 0)
                    {
                        Thread.Yield();
                        continue;
                    }
                    foreach (var vector in memory.Descriptor.TakeRequests())
                        taken++;
                }
            },
            TestContext.Current.CancellationToken
        );
        // Each poster owns some of the vectors, and posts the next as soon as the last was taken.
        await Task.WhenAll(
            Enumerable
                .Range(0, posters)
                .Select(poster =>
                    Task.Run(
                        () =>
                        {
                            for (var i = 0; i < Rounds; i++)
                            {
                                var vector = (byte)((64 * poster) + (i % 64));
                                if (memory.Descriptor.Post(vector))
                                    Interlocked.Increment(ref notifications);
                                // Spins first: the next post shall come while the taker is still busy with this one.
                                for (var spins = 1; memory.Descriptor.Requests.Contains(vector); spins++)
                                {
                                    if (Environment.TickCount64 >= deadline)
                                        return;
                                    if (spins % 1000 == 0)
                                        Thread.Yield();
                                }
                            }
                        },
                        TestContext.Current.CancellationToken
                    )
                )
        );
        await taker;

        Assert.Equal(posters * Rounds, taken);
        Assert.True(memory.Descriptor.Requests.IsEmpty);
    }

    [Fact]
    public unsafe void Memory_that_is_too_short_or_not_aligned_is_refused()
    {
        using var memory = new Memory();
        var start = memory.Start;

        Assert.Throws<ArgumentException>(() => _ = PostedInterruptDescriptor.At(new Span<byte>((void*)start, 63)));
        var error = Assert.Throws<ArgumentException>(() => _ = PostedInterruptDescriptor.At(new Span<byte>((void*)(start + 8), 64)));
        Assert.Contains("multiple of 64", error.Message, StringComparison.Ordinal);
    }

    // 128 bytes, of which a descriptor takes the first 64.
    private sealed unsafe class Memory : IDisposable
    {
        public Memory()
        {
            Start = (nint)NativeMemory.AlignedAlloc(128, 64);
            new Span<byte>((void*)Start, 128).Clear();
        }

        public nint Start { get; }

        public Span<byte> Bytes => new((void*)Start, PostedInterruptDescriptor.SizeInBytes);

        public ref PostedInterruptDescriptor Descriptor => ref PostedInterruptDescriptor.At(Bytes);

        public void Dispose() => NativeMemory.AlignedFree((void*)Start);
    }
}
