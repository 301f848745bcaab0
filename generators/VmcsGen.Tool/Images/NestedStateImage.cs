using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using VmcsGen.Kvm;
using VmcsGen.Tool.Machine;
using VmcsGen.Tool.Regions;

namespace VmcsGen.Tool.Images;

/// <summary>What KVM_GET_NESTED_STATE gives: a header, and for VMX the current vmcs12 and the shadow vmcs12.</summary>
internal static class NestedStateImage
{
    private const int HeaderSize = 128;
    private const int RegionSize = 4096;
    private const int FormatOffset = 2;
    private const int SizeOffset = 4;

    // Documentation/virt/kvm/api.rst 4.114: a header alone, one control structure, two of VMX.
    private static readonly uint[] s_sizes = [HeaderSize, HeaderSize + RegionSize, HeaderSize + (2 * RegionSize)];

    /// <summary>Whether bytes look like one.</summary>
    public static bool Fits(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= HeaderSize
        && FormatOf(bytes) is KvmNestedStateFormat.Vmx or KvmNestedStateFormat.Svm
        && SizeOf(bytes) is var size
        && Array.IndexOf(s_sizes, size) >= 0
        && bytes.Length >= size
        && (BinaryPrimitives.ReadUInt16LittleEndian(bytes) & ~AllFlags) == 0;

    /// <summary>Reads it.</summary>
    /// <param name="bytes">The image.</param>
    /// <param name="machine">The machine that it is of; null if that is not known.</param>
    /// <param name="offset">Where the image begins in its file.</param>
    /// <param name="prefix">What the titles of parts begin with.</param>
    public static IEnumerable<DecodedPart> Read(ReadOnlySpan<byte> bytes, MachineFacts? machine, long offset = 0, string prefix = "")
    {
        var parts = new List<DecodedPart>();
        var isVmx = bytes.Length > FormatOffset + 1 && FormatOf(bytes) == KvmNestedStateFormat.Vmx;
        var header = StructImage.Read(
            "kvm_nested_state",
            bytes,
            isValid: member => member.Native != (isVmx ? "svm" : "vmx"),
            offset: offset
        );
        parts.Add(new($"{prefix}header of the nested state", header));
        var size = SizeOf(bytes);
        if (size > bytes.Length)
        {
            throw new InputException(
                $"byte {offset + SizeOffset}: the nested state says that it has {size} bytes, but it ends at byte {offset + bytes.Length}. It is cut off, or something else."
            );
        }
        if (!isVmx)
            return parts;
        var rest = bytes[..(int)size];
        foreach (var (start, title) in ((int, string)[])[(HeaderSize, "current vmcs12"), (HeaderSize + RegionSize, "shadow vmcs12")])
        {
            if (rest.Length < start + RegionSize)
                break;
            parts.Add(RegionImage.Read(RegionLayout.Vmcs12, rest, start, prefix + title, machine, offset));
        }
        return parts;
    }

    private const ushort AllFlags = (ushort)(
        KvmNestedStateFlags.GuestMode
        | KvmNestedStateFlags.RunPending
        | KvmNestedStateFlags.Evmcs
        | KvmNestedStateFlags.MtfPending
        | KvmNestedStateFlags.GifSet
    );

    private static KvmNestedStateFormat FormatOf(ReadOnlySpan<byte> bytes) =>
        (KvmNestedStateFormat)BinaryPrimitives.ReadUInt16LittleEndian(bytes[FormatOffset..]);

    private static uint SizeOf(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[SizeOffset..]);
}
