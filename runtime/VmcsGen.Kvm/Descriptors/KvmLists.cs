using System;
using System.Runtime.InteropServices;

namespace VmcsGen.Kvm.Interop;

/// <summary>
/// Reads lists whose length only the kernel knows: a buffer that turns out too small is replaced by a larger one.
/// </summary>
internal static unsafe class KvmLists
{
    /// <summary>More entries than any KVM has had so far, so that the first try succeeds; KVM takes 256 at most.</summary>
    internal const int LikelyCpuidEntries = 256;

    /// <summary>Beyond this the kernel asks for room that no list of its needs.</summary>
    private const int MostEntries = 1 << 20;

    private const int FewestToTryNext = 16;

    /// <summary>Issues an ioctl that fills in a list, and returns the list without unused room.</summary>
    /// <param name="descriptor">What the ioctl is called on.</param>
    /// <param name="request">The request number.</param>
    /// <param name="guess">Number of entries to try first.</param>
    /// <param name="unwritten">
    /// An entry that the kernel never writes, for ioctls that do not always say how many they wrote; null for the others.
    /// </param>
    /// <exception cref="KvmException">The ioctl failed for another reason than too little room.</exception>
    internal static KvmBuffer<THeader, TEntry> Read<THeader, TEntry>(
        KvmDescriptor descriptor,
        uint request,
        int guess,
        TEntry? unwritten = null
    )
        where THeader : unmanaged, IKvmFlexible<TEntry>
        where TEntry : unmanaged
    {
        var list = new KvmBuffer<THeader, TEntry>(guess);
        while (true)
        {
            if (unwritten is { } mark)
                list.Entries.Fill(mark);
            int result = descriptor.TryIoctl(request, (nuint)list.UnsafePointer);
            GC.KeepAlive(list);
            if (result >= 0)
            {
                int written = unwritten is { } rest ? CountBefore(list.Entries, rest) : list.Count;
                return written == list.Capacity ? list : new KvmBuffer<THeader, TEntry>(list.Entries[..written]);
            }

            // Some tell by the count how much room is needed, and others leave it as it was.
            int next = list.Count > list.Capacity ? list.Count : Math.Max(2 * list.Capacity, FewestToTryNext);
            var errno = (Errno)(-result);
            if (errno != Errno.E2BIG || next > MostEntries)
                throw descriptor.Failure(request, errno, $"room for {list.Capacity} entries");
            list = new KvmBuffer<THeader, TEntry>(next);
        }
    }

    private static int CountBefore<TEntry>(ReadOnlySpan<TEntry> entries, TEntry unwritten)
        where TEntry : unmanaged
    {
        var mark = MemoryMarshal.AsBytes(new ReadOnlySpan<TEntry>(in unwritten));
        int count = entries.Length;
        while (count > 0 && MemoryMarshal.AsBytes(entries.Slice(count - 1, 1)).SequenceEqual(mark))
            count--;
        return count;
    }
}
