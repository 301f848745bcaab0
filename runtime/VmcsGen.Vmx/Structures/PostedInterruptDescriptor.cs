using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;

namespace VmcsGen.Vmx.Structures;

/// <summary>
/// A posted-interrupt descriptor: the 64 bytes in which interrupts for a virtual processor are left, to be delivered without a VM
/// exit. The processor, interrupt-remapping hardware and other threads change it at any time, so its methods use interlocked
/// operations; use it in place, by <see cref="At"/>, and never copy it (SDM 3C 30.6).
/// </summary>
/// <example><code>
/// ref var descriptor = ref PostedInterruptDescriptor.At(memory);
/// if (descriptor.Post(vector))
///     SendInterrupt(descriptor.Control.NotificationDestination, descriptor.Control.NotificationVector);
/// </code></example>
[StructLayout(LayoutKind.Explicit, Size = SizeInBytes)]
[NativeName("pi_desc")]
public struct PostedInterruptDescriptor
{
    /// <summary>Bytes of a descriptor, and what its address is a multiple of.</summary>
    public const int SizeInBytes = 64;

    [FieldOffset(0)]
    private VectorSet _requests;

    [FieldOffset(32)]
    private ulong _control;

    /// <summary>
    /// The interrupts that were posted and not taken yet (PIR, bits 255:0). A snapshot: others may post and take meanwhile.
    /// </summary>
    [NativeName("pir")]
    public readonly VectorSet Requests
    {
        get
        {
            VectorSet snapshot = default;
            for (var i = 0; i < VectorSet.WordArray.Count; i++)
                snapshot.Words[i] = Volatile.Read(in _requests.Words[i]);
            return snapshot;
        }
    }

    /// <summary>Notification state, vector and destination (bits 319:256). A snapshot.</summary>
    [NativeName("control")]
    public readonly PostedInterruptControl Control => new(Volatile.Read(in _control));

    /// <summary>The descriptor in memory of the caller.</summary>
    /// <param name="memory">At least 64 bytes at an address that is a multiple of 64 and does not move.</param>
    /// <exception cref="ArgumentException">There are fewer bytes, or their address is not a multiple of 64.</exception>
    public static ref PostedInterruptDescriptor At(Span<byte> memory)
    {
        if (memory.Length < SizeInBytes)
            throw new ArgumentException($"A posted-interrupt descriptor has {SizeInBytes} bytes, not {memory.Length}.", nameof(memory));
        ref var start = ref MemoryMarshal.GetReference(memory);
        if (!IsAligned(ref start))
        {
            throw new ArgumentException(
                $"A posted-interrupt descriptor starts at a multiple of {SizeInBytes}, as the processor demands: align the memory.",
                nameof(memory)
            );
        }
        return ref Unsafe.As<byte, PostedInterruptDescriptor>(ref start);
    }

    /// <summary>
    /// Posts an interrupt. The request stays if the result is false too: then a notification is on its way, or the virtual processor is
    /// not running and notifications are suppressed.
    /// </summary>
    /// <param name="vector">The interrupt's vector.</param>
    /// <returns>Whether the caller has to send the notification.</returns>
    public bool Post(byte vector)
    {
        var bit = 1UL << (vector & 63);
        // Whoever set the bit before has seen to the notification.
        return (Interlocked.Or(ref _requests.Words[vector >> 6], bit) & bit) == 0 && BeginNotification();
    }

    /// <summary>
    /// Takes all requests out, as the processor does when the notification arrives: clears the outstanding notification first, so that
    /// an interrupt posted meanwhile is notified again.
    /// </summary>
    /// <returns>The interrupts that were posted, for the virtual APIC.</returns>
    public VectorSet TakeRequests()
    {
        Interlocked.And(ref _control, ~OutstandingNotification);
        VectorSet taken = default;
        for (var i = 0; i < VectorSet.WordArray.Count; i++)
            taken.Words[i] = Interlocked.Exchange(ref _requests.Words[i], 0);
        return taken;
    }

    /// <summary>Sets where notifications go. The notification state stays.</summary>
    /// <param name="vector">Vector of the notification: that of the VMCS, or another for a virtual processor that is not running.</param>
    /// <param name="destination">APIC ID of the processor; in xAPIC mode shifted left by 8.</param>
    public void SetNotification(byte vector, uint destination)
    {
        var state = Control;
        for (; ; )
        {
            var wanted = state with { NotificationVector = vector, NotificationDestination = destination };
            var found = new PostedInterruptControl(Interlocked.CompareExchange(ref _control, wanted.Value, state.Value));
            if (found == state)
                return;
            state = found;
        }
    }

    /// <summary>Suppresses notifications while the virtual processor does not run. Interrupts are posted all the same.</summary>
    public void SuppressNotifications() => Interlocked.Or(ref _control, SuppressNotification);

    /// <summary>
    /// Ends <see cref="SuppressNotifications"/>. Interrupts that were posted in between had no notification; they have one outstanding
    /// now.
    /// </summary>
    /// <returns>Whether there are such interrupts, so that the caller has to send the notification or to take the requests.</returns>
    public bool ResumeNotifications()
    {
        Interlocked.And(ref _control, ~SuppressNotification);
        return !Requests.IsEmpty && BeginNotification();
    }

    private static ulong OutstandingNotification => new PostedInterruptControl { OutstandingNotification = true }.Value;

    private static ulong SuppressNotification => new PostedInterruptControl { SuppressNotification = true }.Value;

    // Pointers only to look at the address: nothing is read or written by it.
    private static unsafe bool IsAligned(ref byte start) => (nuint)Unsafe.AsPointer(ref start) % SizeInBytes == 0;

    // Sets the outstanding notification unless one is outstanding or notifications are suppressed.
    private bool BeginNotification()
    {
        var state = Volatile.Read(in _control);
        for (; ; )
        {
            if ((state & (OutstandingNotification | SuppressNotification)) != 0)
                return false;
            var found = Interlocked.CompareExchange(ref _control, state | OutstandingNotification, state);
            if (found == state)
                return true;
            state = found;
        }
    }
}
