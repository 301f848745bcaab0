using System;
using System.IO;
using System.Runtime.InteropServices;

namespace VmcsGen.Vmm;

/// <summary>A descriptor of epoll. Source: epoll(7).</summary>
internal sealed unsafe partial class Epoll : SafeHandle
{
    private const string Library = "libc.so.6";
    private const int CloseOnExec = 0x8_0000; // EPOLL_CLOEXEC
    private const int Interrupted = 4; // EINTR

    internal Epoll()
        : base(-1, ownsHandle: true) { }

    public override bool IsInvalid => handle < 0;

    /// <exception cref="IOException">The process or the system has too many open files.</exception>
    internal static Epoll Create()
    {
        Epoll epoll = new();
        epoll.SetHandle(EpollCreate(CloseOnExec));
        if (!epoll.IsInvalid)
            return epoll;
        epoll.Dispose();
        throw Failure("epoll_create1");
    }

    /// <exception cref="IOException">The kernel refused: the descriptor is of a kind that is always ready, or is there already.</exception>
    internal void Control(EpollOperation operation, int descriptor, EventKinds kinds, ulong token)
    {
        EpollEvent wanted = new() { Events = kinds, Data = token };
        if (EpollControl((int)handle, (int)operation, descriptor, &wanted) != 0)
            throw Failure($"epoll_ctl({operation}) of descriptor {descriptor}");
    }

    /// <summary>Waits until something happens and gives the number of events.</summary>
    /// <exception cref="IOException">The descriptor cannot be waited for.</exception>
    internal int Wait(Span<EpollEvent> events)
    {
        fixed (EpollEvent* first = events)
        {
            while (true)
            {
                var count = EpollWait((int)handle, first, events.Length, -1);
                if (count >= 0)
                    return count;
                if (Marshal.GetLastPInvokeError() != Interrupted)
                    throw Failure("epoll_wait");
            }
        }
    }

    protected override bool ReleaseHandle() => Close((int)handle) == 0;

    private static IOException Failure(string call)
    {
        var errno = Marshal.GetLastPInvokeError();
        return new($"{call} failed: {Marshal.GetPInvokeErrorMessage(errno)}.", errno);
    }

    [LibraryImport(Library, EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int EpollCreate(int flags);

    [LibraryImport(Library, EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int EpollControl(int epoll, int operation, int descriptor, EpollEvent* wanted);

    [LibraryImport(Library, EntryPoint = "epoll_wait", SetLastError = true)]
    private static partial int EpollWait(int epoll, EpollEvent* events, int count, int milliseconds);

    [LibraryImport(Library, EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
