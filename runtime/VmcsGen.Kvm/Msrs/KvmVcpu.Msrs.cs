using System;
using System.Collections.Generic;

namespace VmcsGen.Kvm;

// Lists of MSRs of any length. KVM takes 255 at a time and stops at the first it refuses; here the rest is done too.
public sealed partial class KvmVcpu
{
    private const int MostMsrsAtOnce = 255;

    /// <summary>Reads MSRs. One that KVM refuses does not keep the others from being read.</summary>
    /// <remarks>Source: Documentation/virt/kvm/api.rst 4.18.</remarks>
    /// <param name="indices">Their numbers, such as those of <see cref="KvmHost.GetMsrIndexList()"/>.</param>
    /// <param name="refused">The numbers of those that this vCPU does not have.</param>
    /// <returns>The others with their values, in the order of <paramref name="indices"/>.</returns>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    [NativeName("KVM_GET_MSRS")]
    public KvmMsrEntry[] ReadMsrs(ReadOnlySpan<uint> indices, out uint[] refused)
    {
        var wanted = new KvmMsrEntry[indices.Length];
        for (int i = 0; i < wanted.Length; i++)
            wanted[i].Index = indices[i];
        List<KvmMsrEntry> read = new(wanted.Length);
        refused = InParts(
            wanted,
            part =>
            {
                int done = GetMsrs(part);
                read.AddRange(part.Entries[..done]);
                return done;
            }
        );
        return [.. read];
    }

    /// <summary>Writes MSRs in their order. One that KVM refuses does not keep the others from being written.</summary>
    /// <remarks>Source: Documentation/virt/kvm/api.rst 4.19.</remarks>
    /// <param name="msrs">Numbers and values.</param>
    /// <returns>The numbers of those that this vCPU does not have, or whose value it does not take.</returns>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    [NativeName("KVM_SET_MSRS")]
    public uint[] WriteMsrs(ReadOnlySpan<KvmMsrEntry> msrs) => InParts(msrs, SetMsrs);

    private static uint[] InParts(ReadOnlySpan<KvmMsrEntry> msrs, Func<KvmBuffer<KvmMsrs, KvmMsrEntry>, int> move)
    {
        List<uint> refused = [];
        while (!msrs.IsEmpty)
        {
            int length = Math.Min(msrs.Length, MostMsrsAtOnce);
            int done = move(new KvmBuffer<KvmMsrs, KvmMsrEntry>(msrs[..length]));
            if (done < length)
                refused.Add(msrs[done++].Index);
            msrs = msrs[done..];
        }
        return [.. refused];
    }
}
