using System;
using System.IO;

namespace VmcsGen.Tool.Tests.Images;

/// <summary>What KVM_GET_NESTED_STATE gives, by Documentation/virt/kvm/api.rst 4.114.</summary>
internal static class NestedStates
{
    public static byte[] Vmx(params byte[][] regions)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        // flags: KVM_STATE_NESTED_GUEST_MODE; format: KVM_STATE_NESTED_FORMAT_VMX.
        writer.Write((ushort)1);
        writer.Write((ushort)0);
        writer.Write(128 + (4096 * regions.Length));
        writer.Write(0x1000UL);
        writer.Write(regions.Length == 0 ? ulong.MaxValue : 0x2000UL);
        writer.Write(new byte[128 - (int)stream.Position]);
        Array.ForEach(regions, writer.Write);
        return stream.ToArray();
    }
}
