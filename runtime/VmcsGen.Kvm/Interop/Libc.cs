using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using VmcsGen.Kvm;

namespace VmcsGen.Kvm.Interop;

/// <summary>The few libc calls the runtime makes. Each returns -1 on failure and leaves the reason in <see cref="LastErrno"/>.</summary>
internal static unsafe partial class Libc
{
    internal const nuint PageSize = 4096;

    internal const int O_RDWR = 0x2;
    internal const int O_NONBLOCK = 0x800;
    internal const int O_CLOEXEC = 0x8_0000;

    internal const int PROT_NONE = 0;
    internal const int PROT_READ = 0x1;
    internal const int PROT_WRITE = 0x2;

    internal const int MAP_SHARED = 0x1;
    internal const int MAP_PRIVATE = 0x2;
    internal const int MAP_FIXED = 0x10;
    internal const int MAP_ANONYMOUS = 0x20;
    internal const int MAP_NORESERVE = 0x4000;

    internal const nint MapFailed = -1;

    // The name under which glibc is loaded already, and which musl takes for itself. Less than a whole name sets off a search: 60
    // files are looked for before the library is found, which takes as long as to create a VM.
    private const string Library = "libc.so.6";

    private const int MREMAP_MAYMOVE = 0x1;
    private const int MREMAP_FIXED = 0x2;

    // gettid and tgkill became libc functions late (glibc 2.30) or never (musl); their numbers never change.
    private const nint SYS_gettid = 186;
    private const nint SYS_tgkill = 234;

    private const int SIG_SETMASK = 2;

    // Those by which the processor reports faults: blocked, they would end the process.
    private static readonly int[] s_faultSignals = [4, 5, 7, 8, 11];

    /// <summary>
    /// Makes chosen calls fail, for tests: given the call's name and, for ioctl, its request, it returns the errno to fail
    /// with or 0 to let the call happen. Releasing calls (close, munmap) are not asked, a refused one would be a leak.
    /// Unused it costs a load and a branch that is never taken.
    /// </summary>
    internal static volatile Func<string, uint, Errno>? Fault;

    /// <summary>Is told the requests of ioctls that succeeded, for tests; only while there is a <see cref="Fault"/>.</summary>
    internal static volatile Action<uint>? Succeeded;

    internal static Errno LastErrno => (Errno)Marshal.GetLastPInvokeError();

    internal static int Open(string path, int flags) => Fault is not null && Refused("open") ? -1 : NativeOpen(path, flags);

    internal static int Close(int descriptor) => NativeClose(descriptor);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int Ioctl(int descriptor, uint request, nuint argument)
    {
        if (Fault is not null)
            return WatchedIoctl(descriptor, request, argument);
        var result = NativeIoctl(descriptor, request, argument);
        if (result < 0)
            KeepErrno();
        return result;
    }

    internal static nint Map(nint address, nuint length, int protection, int flags, int descriptor, ulong offset = 0) =>
        Fault is not null && Refused("mmap") ? MapFailed : NativeMmap(address, length, protection, flags, descriptor, (nint)offset);

    internal static int Protect(nint address, nuint length, int protection) =>
        Fault is not null && Refused("mprotect") ? -1 : NativeMprotect(address, length, protection);

    internal static int Unmap(nint address, nuint length) => NativeMunmap(address, length);

    /// <summary>Moves a mapping to an address, in one step in the place of what is mapped there.</summary>
    internal static nint MoveMapping(nint address, nuint length, nint newAddress) =>
        Fault is not null && Refused("mremap")
            ? MapFailed
            : NativeMremap(address, length, length, MREMAP_MAYMOVE | MREMAP_FIXED, newAddress);

    internal static int SignalAction(int signal, SignalAction* action, SignalAction* previous) =>
        Fault is not null && Refused("sigaction") ? -1 : NativeSigaction(signal, action, previous);

    internal static int ThreadId() => (int)NativeSyscall(SYS_gettid, 0, 0, 0);

    internal static int SignalThread(int process, int thread, int signal) =>
        Fault is not null && Refused("tgkill") ? -1 : (int)NativeSyscall(SYS_tgkill, process, thread, signal);

    /// <summary>What the calling thread blocks, as the kernel's set: bit 0 is signal 1.</summary>
    internal static ulong BlockedSignals()
    {
        SignalSet set = default;
        _ = NativePthreadSigmask(SIG_SETMASK, null, &set); // Fails for an invalid first argument only.
        return set[0];
    }

    /// <summary>Takes away what is pending of a signal that the calling thread blocks.</summary>
    internal static void DiscardSignal(int signal)
    {
        SignalSet set = default;
        set[0] = 1UL << (signal - 1);
        TimeSpecification none = default;
        while (NativeSigtimedwait(&set, null, &none) == signal) { }
    }

    /// <summary>Issues an ioctl that no signal interrupts. Those that come meanwhile are handled after it.</summary>
    internal static int IoctlUninterrupted(int descriptor, uint request, nuint argument)
    {
        SignalSet all = default;
        all[0] = ulong.MaxValue;
        foreach (var signal in s_faultSignals)
            all[0] &= ~(1UL << (signal - 1));
        SignalSet before;
        _ = NativePthreadSigmask(SIG_SETMASK, &all, &before); // As above.
        var result = Ioctl(descriptor, request, argument);
        _ = NativePthreadSigmask(SIG_SETMASK, &before, null);
        return result;
    }

    // errno is read where the marshalling of SetLastError reads it too: right after the call, before anything can change it. That
    // would read and store it after each success as well, which the fastest ioctls would feel.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void KeepErrno() => Marshal.SetLastPInvokeError(Marshal.GetLastSystemError());

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int WatchedIoctl(int descriptor, uint request, nuint argument)
    {
        if (Refused("ioctl", request))
            return -1;
        var result = NativeIoctl(descriptor, request, argument);
        if (result < 0)
            KeepErrno();
        else
            Succeeded?.Invoke(request);
        return result;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool Refused(string call, uint request = 0)
    {
        var errno = Fault?.Invoke(call, request) ?? 0;
        if (errno == 0)
            return false;
        Marshal.SetLastPInvokeError((int)errno);
        return true;
    }

    [LibraryImport(Library, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeOpen(string path, int flags);

    [LibraryImport(Library, EntryPoint = "close", SetLastError = true)]
    private static partial int NativeClose(int descriptor);

    // fcntl, ioctl, mremap, open and syscall are variadic in C. On x86-64 such a call passes integers as any other call does.
    [LibraryImport(Library, EntryPoint = "ioctl")]
    private static partial int NativeIoctl(int descriptor, nuint request, nuint argument);

    [LibraryImport(Library, EntryPoint = "mmap", SetLastError = true)]
    private static partial nint NativeMmap(nint address, nuint length, int protection, int flags, int descriptor, nint offset);

    [LibraryImport(Library, EntryPoint = "mprotect", SetLastError = true)]
    private static partial int NativeMprotect(nint address, nuint length, int protection);

    [LibraryImport(Library, EntryPoint = "munmap", SetLastError = true)]
    private static partial int NativeMunmap(nint address, nuint length);

    [LibraryImport(Library, EntryPoint = "mremap", SetLastError = true)]
    private static partial nint NativeMremap(nint address, nuint oldLength, nuint newLength, int flags, nint newAddress);

    [LibraryImport(Library, EntryPoint = "sigaction", SetLastError = true)]
    private static partial int NativeSigaction(int signal, SignalAction* action, SignalAction* previous);

    [LibraryImport(Library, EntryPoint = "pthread_sigmask")]
    private static partial int NativePthreadSigmask(int how, SignalSet* set, SignalSet* previous);

    [LibraryImport(Library, EntryPoint = "sigtimedwait")]
    private static partial int NativeSigtimedwait(SignalSet* set, void* information, TimeSpecification* timeout);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    private static partial nint NativeSyscall(nint number, nint argument1, nint argument2, nint argument3);

    /// <summary><c>struct timespec</c>.</summary>
    private struct TimeSpecification
    {
        internal long Seconds;
        internal long Nanoseconds;
    }
}
