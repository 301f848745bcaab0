using System.Runtime.InteropServices;

namespace VmcsGen.Kvm.Interop;

/// <summary>The libc calls behind memory that has a file, and behind huge pages.</summary>
internal static unsafe partial class Libc
{
    internal const int MAP_HUGETLB = 0x4_0000;

    internal const uint MFD_CLOEXEC = 0x1;
    internal const uint MFD_ALLOW_SEALING = 0x2;
    internal const uint MFD_HUGETLB = 0x4;

    internal const int F_SEAL_SEAL = 0x1;
    internal const int F_SEAL_SHRINK = 0x2;
    internal const int F_SEAL_GROW = 0x4;

    internal const int SEEK_DATA = 3;
    internal const int SEEK_HOLE = 4;

    private const int O_DIRECTORY = 0x1_0000;
    private const int F_DUPFD_CLOEXEC = 1030;
    private const int F_ADD_SEALS = 1033;

    // A libc function late (glibc 2.33); its number never changes.
    private const nint SYS_fstat = 5;

    // No libc function.
    private const nint SYS_userfaultfd = 323;

    private const long HUGETLBFS_MAGIC = 0x9584_58F6;

    internal static int CreateMemoryFile(string name, uint flags) =>
        Fault is not null && Refused("memfd_create") ? -1 : NativeMemfdCreate(name, flags);

    internal static int SetLength(int descriptor, ulong length) =>
        Fault is not null && Refused("ftruncate") ? -1 : NativeFtruncate(descriptor, (nint)length);

    internal static int Seal(int descriptor, int seals) =>
        Fault is not null && Refused("fcntl") ? -1 : NativeFcntl(descriptor, F_ADD_SEALS, seals);

    internal static long Seek(int descriptor, long offset, int origin) => NativeLseek(descriptor, (nint)offset, origin);

    internal static int Duplicate(int descriptor) =>
        Fault is not null && Refused("fcntl") ? -1 : NativeFcntl(descriptor, F_DUPFD_CLOEXEC, 0);

    internal static int Advise(nint address, nuint length, int advice) =>
        Fault is not null && Refused("madvise") ? -1 : NativeMadvise(address, length, advice);

    internal static int Userfaultfd(int flags) =>
        Fault is not null && Refused("userfaultfd") ? -1 : (int)NativeSyscall(SYS_userfaultfd, flags, 0, 0);

    /// <summary>
    /// Brings the entries of a folder to the disk, after a file there got its name. A folder that cannot be read is left to the system.
    /// </summary>
    internal static void SynchronizeFolder(string path)
    {
        var descriptor = NativeOpen(path, O_DIRECTORY | O_CLOEXEC);
        if (descriptor < 0)
            return;
        _ = NativeFsync(descriptor);
        _ = NativeClose(descriptor);
    }

    /// <summary>The length of a file in bytes; 0 for what has none. The BCL does not tell that of a guest_memfd.</summary>
    internal static ulong LengthOf(int descriptor)
    {
        FileStatus status = default;
        _ = NativeSyscall(SYS_fstat, descriptor, (nint)(&status), 0); // Fails for a closed descriptor only.
        return (ulong)status.Length;
    }

    /// <summary>The unit in which a file is mapped: more than a page on hugetlbfs.</summary>
    internal static ulong PageSizeOf(int descriptor)
    {
        FileSystem fileSystem;
        var isHuge = NativeFstatfs(descriptor, &fileSystem) == 0 && fileSystem.Type == HUGETLBFS_MAGIC;
        return isHuge ? (ulong)fileSystem.BlockSize : PageSize;
    }

    [LibraryImport(Library, EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeMemfdCreate(string name, uint flags);

    [LibraryImport(Library, EntryPoint = "ftruncate", SetLastError = true)]
    private static partial int NativeFtruncate(int descriptor, nint length);

    [LibraryImport(Library, EntryPoint = "fsync")]
    private static partial int NativeFsync(int descriptor);

    [LibraryImport(Library, EntryPoint = "lseek", SetLastError = true)]
    private static partial nint NativeLseek(int descriptor, nint offset, int origin);

    [LibraryImport(Library, EntryPoint = "fcntl", SetLastError = true)]
    private static partial int NativeFcntl(int descriptor, int command, nint argument);

    [LibraryImport(Library, EntryPoint = "madvise", SetLastError = true)]
    private static partial int NativeMadvise(nint address, nuint length, int advice);

    [LibraryImport(Library, EntryPoint = "fstatfs")]
    private static partial int NativeFstatfs(int descriptor, FileSystem* fileSystem);

    /// <summary>What is wanted of <c>struct stat</c>.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 144)]
    private struct FileStatus
    {
        [FieldOffset(48)]
        internal long Length;
    }

    /// <summary>The beginning of <c>struct statfs</c>, which has 120 bytes on x86-64.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 120)]
    private struct FileSystem
    {
        internal long Type;
        internal long BlockSize;
    }
}
