using System;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm;

/// <summary>
/// The descriptor by which the kernel tells of accesses to pages that are missing, and takes the pages. Source: userfaultfd(2);
/// Documentation/admin-guide/mm/userfaultfd.rst; include/uapi/linux/userfaultfd.h.
/// </summary>
internal sealed unsafe class Userfaultfd : IDisposable
{
    private const string Device = "/dev/userfaultfd"; // Since Linux 6.1.
    private const uint USERFAULTFD_IOC_NEW = 0xAA00;
    private const uint UFFDIO_API = 0xC018_AA3F;
    private const uint UFFDIO_REGISTER = 0xC020_AA00;
    private const uint UFFDIO_UNREGISTER = 0x8010_AA01;
    private const uint UFFDIO_WAKE = 0x8010_AA02;
    private const uint UFFDIO_COPY = 0xC028_AA03;
    private const uint UFFDIO_ZEROPAGE = 0xC020_AA04;

    private const ulong UFFD_API = 0xAA;
    private const ulong UFFDIO_REGISTER_MODE_MISSING = 1;
    private const byte UFFD_EVENT_PAGEFAULT = 0x12;

    private readonly SafeFileHandle _handle;
    private readonly SafeFileHandle _end; // An eventfd, for the thread that waits.

    private Userfaultfd(SafeFileHandle handle, SafeFileHandle end) => (_handle, _end) = (handle, end);

    /// <summary>Opens one that tells of the kernel's accesses too, as KVM makes them for a guest.</summary>
    /// <exception cref="KvmException">The host does not allow it.</exception>
    internal static Userfaultfd Open()
    {
        var end = Own(Libc.Eventfd(0, Libc.EFD_CLOEXEC | Libc.EFD_NONBLOCK), "eventfd");
        Userfaultfd faults;
        try
        {
            faults = new(OpenDescriptor(Libc.O_CLOEXEC | Libc.O_NONBLOCK), end);
        }
        catch
        {
            end.Dispose();
            throw;
        }
        Api api = new() { Version = UFFD_API };
        if (faults.Ioctl(UFFDIO_API, &api) == 0)
            return faults;
        var refusal = Refusal("UFFDIO_API");
        faults.Dispose();
        throw refusal;
    }

    /// <summary>Asks to be told of missing pages of a range.</summary>
    /// <exception cref="KvmException">The kernel refused.</exception>
    internal void Register(nint address, nuint length)
    {
        Registration registration = new()
        {
            Start = (ulong)address,
            Length = length,
            Mode = UFFDIO_REGISTER_MODE_MISSING,
        };
        if (Ioctl(UFFDIO_REGISTER, &registration) < 0)
            throw Refusal("UFFDIO_REGISTER");
    }

    /// <summary>Is told no more: missing pages are pages of zeros again. Threads that wait go on.</summary>
    internal void Unregister(nint address, nuint length) => OnRange(UFFDIO_UNREGISTER, address, length);

    /// <summary>Lets threads go on that wait for pages of a range, to try again.</summary>
    internal void Wake(nint address, nuint length) => OnRange(UFFDIO_WAKE, address, length);

    /// <summary>Puts pages where they are missing, and lets threads go on that wait for them.</summary>
    /// <returns>How many bytes; less than all if there is a page already, or the memory is gone.</returns>
    internal nuint Copy(nint destination, byte* source, nuint length)
    {
        Copying copying = new()
        {
            Destination = (ulong)destination,
            Source = (ulong)source,
            Length = length,
        };
        _ = Ioctl(UFFDIO_COPY, &copying);
        return copying.Copied > 0 ? (nuint)copying.Copied : 0;
    }

    /// <summary>Puts pages of zeros, as <see cref="Copy"/> puts others. They take no memory until somebody writes to them.</summary>
    internal nuint Zero(nint destination, nuint length)
    {
        Zeroing zeroing = new() { Start = (ulong)destination, Length = length };
        _ = Ioctl(UFFDIO_ZEROPAGE, &zeroing);
        return zeroing.Zeroed > 0 ? (nuint)zeroing.Zeroed : 0;
    }

    /// <summary>Ends <see cref="Wait"/>, from now on for ever.</summary>
    internal void End()
    {
        using var end = new HeldDescriptor(_end);
        var one = 1ul;
        _ = Libc.Write(end.Number, &one, sizeof(ulong));
    }

    /// <summary>Waits until a thread touches a page that is missing.</summary>
    /// <param name="address">Which address it touched.</param>
    /// <returns>False if the waiting was ended.</returns>
    internal bool Wait(out nint address)
    {
        using var descriptor = new HeldDescriptor(_handle);
        using var ending = new HeldDescriptor(_end);
        Message message;
        while (true)
        {
            _ = Libc.Poll(ending.Number, descriptor.Number, Libc.POLLIN, -1, out var isEnd);
            if (isEnd)
            {
                address = 0;
                return false;
            }
            if (Libc.Read(descriptor.Number, &message, (nuint)sizeof(Message)) != sizeof(Message))
                continue; // A signal came, or another thread had the page put there meanwhile.
            address = (nint)message.Address;
            if (message.Event == UFFD_EVENT_PAGEFAULT)
                return true;
        }
    }

    public void Dispose()
    {
        _handle.Dispose();
        _end.Dispose();
    }

    private static SafeFileHandle OpenDescriptor(int flags)
    {
        // The device is for whom its mode says; the call for who has CAP_SYS_PTRACE, or for all where the administrator says so.
        if (Libc.Open(Device, Libc.O_RDWR | Libc.O_CLOEXEC) is >= 0 and var device)
        {
            using var opened = Own(device, Device);
            return Own(Libc.Ioctl(device, USERFAULTFD_IOC_NEW, (nuint)flags), "USERFAULTFD_IOC_NEW");
        }
        return Own(Libc.Userfaultfd(flags), "userfaultfd");
    }

    private static SafeFileHandle Own(int descriptor, string call) =>
        descriptor >= 0 ? new(descriptor, ownsHandle: true) : throw Refusal(call);

    private static KvmException Refusal(string call)
    {
        var errno = Libc.LastErrno;
        const string Subject = "guest memory whose pages are supplied";
        var remedy = errno switch
        {
            Errno.EPERM or Errno.EACCES =>
                $"Give the user access to {Device}, or the process CAP_SYS_PTRACE, or set the sysctl vm.unprivileged_userfaultfd to 1.",
            Errno.ENOSYS => "The kernel was built without CONFIG_USERFAULTFD, or a filter of system calls refuses it.",
            _ => SystemCallRemedy.For(call, errno),
        };
        return new(call, errno, remedy, SystemCallException.Describe(call, errno, Subject));
    }

    private int OnRange(uint request, nint address, nuint length)
    {
        var range = stackalloc ulong[] { (ulong)address, length };
        return Ioctl(request, range);
    }

    private int Ioctl(uint request, void* argument)
    {
        using var held = new HeldDescriptor(_handle);
        return Libc.Ioctl(held.Number, request, (nuint)argument);
    }

    /// <summary><c>struct uffdio_api</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Api
    {
        internal ulong Version;
        internal ulong Features;
        internal ulong Ioctls;
    }

    /// <summary><c>struct uffdio_register</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Registration
    {
        internal ulong Start;
        internal ulong Length;
        internal ulong Mode;
        internal ulong Ioctls;
    }

    /// <summary><c>struct uffdio_copy</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Copying
    {
        internal ulong Destination;
        internal ulong Source;
        internal ulong Length;
        internal ulong Mode;
        internal long Copied;
    }

    /// <summary><c>struct uffdio_zeropage</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Zeroing
    {
        internal ulong Start;
        internal ulong Length;
        internal ulong Mode;
        internal long Zeroed;
    }

    /// <summary><c>struct uffd_msg</c>, of a page fault.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 32)]
    private struct Message
    {
        [FieldOffset(0)]
        internal byte Event;

        [FieldOffset(16)]
        internal ulong Address;
    }
}
