using System.Runtime.InteropServices;

namespace VmcsGen.Kvm.Interop;

/// <summary>The libc calls behind an eventfd.</summary>
internal static unsafe partial class Libc
{
    internal const int EFD_SEMAPHORE = 0x1;
    internal const int EFD_NONBLOCK = 0x800;
    internal const int EFD_CLOEXEC = 0x8_0000;

    internal const short POLLIN = 0x1;

    internal static int Eventfd(uint initialValue, int flags) =>
        Fault is not null && Refused("eventfd") ? -1 : NativeEventfd(initialValue, flags);

    internal static nint Read(int descriptor, void* buffer, nuint length) => NativeRead(descriptor, buffer, length);

    internal static nint Write(int descriptor, void* buffer, nuint length) => NativeWrite(descriptor, buffer, length);

    /// <summary>Waits until one of two descriptors is ready: the number of those that are, 0 if the time is over.</summary>
    /// <param name="first">A descriptor.</param>
    /// <param name="second">Another one; -1 for none.</param>
    /// <param name="events">What to wait for.</param>
    /// <param name="milliseconds">For how long; -1 for ever.</param>
    /// <param name="isFirstReady">Whether the first is ready, be it in error.</param>
    internal static int Poll(int first, int second, short events, int milliseconds, out bool isFirstReady)
    {
        // poll(2) passes over negative descriptors.
        PollDescriptor* polled = stackalloc PollDescriptor[2];
        polled[0] = new() { Descriptor = first, Events = events };
        polled[1] = new()
        {
            Descriptor = second,
            Events = events,
            ReturnedEvents = 0,
        };
        int ready = NativePoll(polled, 2, milliseconds);
        isFirstReady = ready > 0 && polled[0].ReturnedEvents != 0;
        return ready;
    }

    [LibraryImport(Library, EntryPoint = "eventfd", SetLastError = true)]
    private static partial int NativeEventfd(uint initialValue, int flags);

    [LibraryImport(Library, EntryPoint = "read", SetLastError = true)]
    private static partial nint NativeRead(int descriptor, void* buffer, nuint length);

    [LibraryImport(Library, EntryPoint = "write", SetLastError = true)]
    private static partial nint NativeWrite(int descriptor, void* buffer, nuint length);

    [LibraryImport(Library, EntryPoint = "poll", SetLastError = true)]
    private static partial int NativePoll(PollDescriptor* descriptors, nuint count, int milliseconds);

    /// <summary><c>struct pollfd</c>.</summary>
    private struct PollDescriptor
    {
        internal int Descriptor;
        internal short Events;
        internal short ReturnedEvents;
    }
}
