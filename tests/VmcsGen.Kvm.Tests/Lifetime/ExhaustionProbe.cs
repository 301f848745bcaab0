using System;
using System.Globalization;
using System.IO;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm.Tests.Lifetime;

/// <summary>
/// What <see cref="ExhaustionTests"/> has a process of its own do: a call to the library, the first one that fails there, when the
/// process has nothing left of what it could need.
/// </summary>
internal static unsafe partial class ExhaustionProbe
{
    /// <summary>Set to what is used up and what is called, it makes this assembly's process a probe.</summary>
    public const string Variable = "VMCSGEN_EXHAUSTION_PROBE";

    private const int RLIMIT_NOFILE = 7;
    private const int RLIMIT_AS = 9;

    [ModuleInitializer]
    internal static void RunIfAsked()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { } asked)
            return;
        // All that the probe itself needs, once before.
        Report(static () => throw new InvalidOperationException("none"), "rehearsal");
        Run(asked);
        exitNow(0);
    }

    private static void Run(string asked)
    {
        switch (asked)
        {
            case "descriptors open":
                Exhaust(RLIMIT_NOFILE);
                Report(static () => KvmHost.Open(), asked);
                break;
            case "descriptors memfd":
                Exhaust(RLIMIT_NOFILE);
                Report(static () => GuestMemory.AllocateShared(0x1000), asked);
                break;
            case "descriptors eventfd":
                Exhaust(RLIMIT_NOFILE);
                Report(static () => Eventfd.Create(), asked);
                break;
            case "descriptors ioctl":
                // An ioctl that /dev/zero does not know takes the way of every refused ioctl.
                var descriptor = new KvmDescriptor();
                descriptor.Adopt(Libc.Open("/dev/zero", Libc.O_RDWR));
                _ = KvmHost.TryOpen("/dev/zero/none", out _, out _); // So that the library is in use.
                Exhaust(RLIMIT_NOFILE);
                Report(() => descriptor.Ioctl(KvmIoctl.KVM_CREATE_VM, (nuint)0), asked);
                break;
            case "descriptors CreateVm":
                var host = KvmHost.Open();
                Exhaust(RLIMIT_NOFILE);
                Report(() => host.CreateVm(), asked);
                break;
            case "descriptors hugepages":
                Eventfd.Create().Dispose(); // So that the library is in use.
                Exhaust(RLIMIT_NOFILE);
                Report(static () => GuestMemory.Allocate(1ul << 45, GuestMemory.HugePageSize), asked);
                break;
            case "memory allocate":
                // Room for what is compiled on the way, not for the memory.
                Exhaust(RLIMIT_AS, VirtualSize() + 0x400_0000);
                Report(static () => GuestMemory.Allocate(0x1000_0000), asked);
                break;
            default:
                Tell($"unknown probe {asked}");
                break;
        }
    }

    private static void Exhaust(int resource, ulong left = 0)
    {
        Limit limit;
        _ = getrlimit(resource, &limit);
        limit.Soft = left;
        if (setrlimit(resource, &limit) != 0)
            Tell("setrlimit failed");
    }

    private static ulong VirtualSize()
    {
        var pages = File.ReadAllText("/proc/self/statm").Split(' ')[0];
        return ulong.Parse(pages, CultureInfo.InvariantCulture) * GuestMemory.PageSize;
    }

    private static void Report(Action use, string what)
    {
        try
        {
            use();
            Tell(what + "|done");
        }
        catch (KvmException refusal)
        {
            Tell(what + "|" + refusal.Operation + "|" + refusal.ErrnoName + "|" + refusal.Message);
        }
        catch (Exception other) when (other is not null)
        {
            Tell(what + "|" + other.GetType().Name + "|" + other.Message);
        }
    }

    private static void Tell(string line)
    {
        var bytes = stackalloc byte[1024];
        var length = Encoding.UTF8.GetBytes(line + "\n", new Span<byte>(bytes, 1024));
        _ = Libc.Write(1, bytes, (nuint)length);
    }

    [LibraryImport("libc")]
    private static partial int getrlimit(int resource, Limit* limit);

    [LibraryImport("libc")]
    private static partial int setrlimit(int resource, Limit* limit);

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void exitNow(int status);

    /// <summary><c>struct rlimit</c>.</summary>
    private struct Limit
    {
        public ulong Soft;
        public ulong Hard;
    }
}
