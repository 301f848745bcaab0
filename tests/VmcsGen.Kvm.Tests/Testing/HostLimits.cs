using System;
using System.IO;
using System.Runtime.InteropServices;
using Xunit;

namespace VmcsGen.Kvm.Tests.Testing;

/// <summary>Takes rights from this process that a test wants it to be without.</summary>
internal static unsafe partial class HostLimits
{
    private const int RLIMIT_NOFILE = 7;
    private const int SYS_setfsuid = 122;
    private const int Nobody = 65534;

    /// <summary>
    /// Lets the calling thread, which should end soon after, open only what everybody may. The system call, unlike libc's
    /// setuid, concerns the one thread; it has no effect where the user is not root.
    /// </summary>
    public static void GiveUpFilePrivileges() => _ = syscall(SYS_setfsuid, Nobody);

    /// <summary>Makes every new descriptor fail with EMFILE, until disposed.</summary>
    public static IDisposable NoNewDescriptors() => NewDescriptors(0);

    /// <summary>Lets so many new descriptors be opened and makes further ones fail with EMFILE, until disposed.</summary>
    public static IDisposable NewDescriptors(int count)
    {
        // A new descriptor takes the lowest free number, so the limit must be there.
        ulong free;
        using (var next = File.OpenHandle("/dev/null"))
            free = (ulong)next.DangerousGetHandle();
        return new DescriptorLimit(free + (ulong)count);
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint syscall(nint number, nint argument);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int getrlimit(int resource, Limit* limit);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setrlimit(int resource, Limit* limit);

    /// <summary><c>struct rlimit</c>.</summary>
    private struct Limit
    {
        public ulong Soft;
        public ulong Hard;
    }

    private sealed class DescriptorLimit : IDisposable
    {
        private Limit _before;

        public DescriptorLimit(ulong soft)
        {
            fixed (Limit* before = &_before)
                Assert.Equal(0, getrlimit(RLIMIT_NOFILE, before));
            var lowered = _before with { Soft = soft };
            Assert.Equal(0, setrlimit(RLIMIT_NOFILE, &lowered));
        }

        public void Dispose()
        {
            fixed (Limit* before = &_before)
                Assert.Equal(0, setrlimit(RLIMIT_NOFILE, before));
        }
    }
}
