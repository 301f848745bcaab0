using System;
using System.ComponentModel;
using System.IO;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using VmcsGen.Vmx.RingZero;

namespace VmcsGen.Vmx.Bochs;

/// <summary>
/// A pseudo-terminal (pty(7)): what is written to one side is read on the other. This process has the master; the slave is a device
/// that only this user can open.
/// </summary>
internal sealed unsafe partial class PseudoTerminal : IDisposable
{
    // Linux, asm-generic/ioctls.h.
    private const nuint TCGETS = 0x5401;
    private const nuint TCSETS = 0x5402;
    private const nuint TIOCEXCL = 0x540C;
    private const nuint TIOCGPTN = 0x8004_5430;
    private const nuint TIOCSPTLCK = 0x4004_5431;
    private const nuint TIOCGPTPEER = 0x5441;

    // asm-generic/fcntl.h, as x86-64 has them.
    private const int O_RDWR = 0x2;
    private const int O_NOCTTY = 0x100;
    private const int O_NONBLOCK = 0x800;
    private const int O_CLOEXEC = 0x8_0000;

    private const short POLLIN = 0x1;
    private const short POLLOUT = 0x4;

    private const int EINTR = 4;
    private const int EIO = 5;
    private const int EAGAIN = 11;

    private readonly SafeFileHandle _master;
    private readonly SafeFileHandle _slave;

    private PseudoTerminal(SafeFileHandle master, SafeFileHandle slave, string path) => (_master, _slave, Path) = (master, slave, path);

    /// <summary>The slave's device.</summary>
    internal string Path { get; }

    /// <summary>Creates a pair.</summary>
    /// <exception cref="IOException">The system has no pseudo-terminal left, or none at all.</exception>
    internal static PseudoTerminal Create()
    {
        var master = Open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
        try
        {
            if (master.IsInvalid)
                throw Failure("Opening /dev/ptmx");
            var locked = 0;
            Control(master, TIOCSPTLCK, (nint)(&locked), "TIOCSPTLCK");
            uint number;
            Control(master, TIOCGPTN, (nint)(&number), "TIOCGPTN");
            var slave = new SafeFileHandle(Control(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC, "TIOCGPTPEER"), ownsHandle: true);
            // The group of terminals may write to others.
            if (Fchmod(slave, UnixFileMode.UserRead | UnixFileMode.UserWrite) != 0)
                throw Failure("fchmod on a pseudo-terminal");
            return new PseudoTerminal(master, slave, $"/dev/pts/{number}");
        }
        catch
        {
            master.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Transmits every byte as it is from now on, lets nobody else open the slave, and leaves it to the one who has.
    /// </summary>
    internal void Connect()
    {
        Termios settings;
        Control(_slave, TCGETS, (nint)(&settings), "TCGETS");
        settings.MakeRaw();
        Control(_slave, TCSETS, (nint)(&settings), "TCSETS");
        Control(_slave, TIOCEXCL, 0, "TIOCEXCL");
        Release();
    }

    /// <summary>From now on reading ends when nobody else has the slave open.</summary>
    internal void Release() => _slave.Dispose();

    /// <summary>Takes what is there, at least a byte; 0 when nobody has the slave open any more.</summary>
    /// <exception cref="IOException">None came in time.</exception>
    internal int Read(Span<byte> buffer, int milliseconds)
    {
        if (buffer.IsEmpty)
            return 0;
        var deadline = Deadline.In(milliseconds);
        while (true)
        {
            nint count;
            fixed (byte* bytes = buffer)
                count = Read(_master, bytes, (nuint)buffer.Length);
            if (count >= 0)
                return (int)count;
            switch (Marshal.GetLastPInvokeError())
            {
                case EAGAIN:
                    Await(POLLIN, deadline, milliseconds);
                    break;
                case EIO:
                    return 0;
                case EINTR:
                    break;
                default:
                    throw Failure("Reading from the pseudo-terminal");
            }
        }
    }

    /// <summary>Writes all of it.</summary>
    /// <exception cref="IOException">Not all of it was taken in time.</exception>
    internal void Write(ReadOnlySpan<byte> buffer, int milliseconds)
    {
        var deadline = Deadline.In(milliseconds);
        while (!buffer.IsEmpty)
        {
            nint count;
            fixed (byte* bytes = buffer)
                count = Write(_master, bytes, (nuint)buffer.Length);
            if (count >= 0)
                buffer = buffer[(int)count..];
            else if (Marshal.GetLastPInvokeError() is var error && error == EAGAIN)
                Await(POLLOUT, deadline, milliseconds);
            else if (error != EINTR)
                throw Failure("Writing to the pseudo-terminal");
        }
    }

    public void Dispose()
    {
        _slave.Dispose();
        _master.Dispose();
    }

    private void Await(short events, Deadline deadline, int milliseconds)
    {
        var added = false;
        try
        {
            _master.DangerousAddRef(ref added);
            PollDescriptor poll = new() { Descriptor = (int)_master.DangerousGetHandle(), Events = events };
            if (deadline.IsOver || Poll(&poll, 1, deadline.Left) == 0)
                throw new IOException($"The other side let {milliseconds} ms pass.", new TimeoutException());
        }
        finally
        {
            if (added)
                _master.DangerousRelease();
        }
    }

    private static int Control(SafeFileHandle handle, nuint request, nint argument, string name) =>
        Ioctl(handle, request, argument) is >= 0 and var result ? result : throw Failure($"{name} on a pseudo-terminal");

    private static IOException Failure(string what)
    {
        var cause = new Win32Exception(Marshal.GetLastPInvokeError());
        return new IOException($"{what} failed: {cause.Message}.", cause);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fchmod", SetLastError = true)]
    private static partial int Fchmod(SafeFileHandle handle, UnixFileMode mode);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Ioctl(SafeFileHandle handle, nuint request, nint argument);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(SafeFileHandle handle, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(SafeFileHandle handle, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(PollDescriptor* descriptors, nuint count, int milliseconds);

    /// <summary><c>struct pollfd</c>.</summary>
    private struct PollDescriptor
    {
        internal int Descriptor;
        internal short Events;
        internal short ReturnedEvents;
    }
}
