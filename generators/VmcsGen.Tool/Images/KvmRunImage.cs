using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Abi;
using VmcsGen.Kvm;
using VmcsGen.Tool.Specs;

namespace VmcsGen.Tool.Images;

/// <summary>The page that a vCPU shares with its VMM.</summary>
internal static class KvmRunImage
{
    private const int ExitReasonOffset = 8;
    private const int IfFlagOffset = 13;
    private const int ApicBaseOffset = 24;
    private const int PayloadOffset = 32;

    // Beyond it no data of a port access is shown.
    private const int MostData = 64;

    /// <summary>Whether bytes look like one: what are truth values, padding and addresses in it are so.</summary>
    public static bool Fits(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= 4096
        && bytes[0] <= 1
        && bytes[1] <= 1
        && !bytes[2..ExitReasonOffset].ContainsAnyExcept((byte)0)
        && ReasonOf(bytes) is var reason
        && Enum.IsDefined(reason)
        && bytes[IfFlagOffset - 1] <= 1
        && bytes[IfFlagOffset] <= 1
        // IA32_APIC_BASE (SDM 3A 11.4.4): bits 7:0 and 9 are reserved, and it is never 0 on a processor with an APIC.
        && BinaryPrimitives.ReadUInt64LittleEndian(bytes[ApicBaseOffset..]) is not 0 and var apic
        && (apic & 0x2FF) == 0
        && apic >> 52 == 0;

    /// <summary>Reads it.</summary>
    public static IEnumerable<DecodedPart> Read(ReadOnlySpan<byte> bytes)
    {
        var values = StructImage.Read("kvm_run", bytes, isValid: Validity(bytes));
        var data = Data(bytes);
        return [new("kvm_run", data is null ? values : [.. values, data])];
    }

    // Of the payload, the member whose description begins with the exit reason counts. The registers count if the VMM asked for them.
    private static Func<MemberShape, bool> Validity(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < PayloadOffset)
            return static _ => true;
        var reason = ReasonOf(bytes);
        var specs = SpecSet.Kvm;
        var name = EnumWords.Of(specs.FindEnum(nameof(KvmExitReason))!, (ulong)reason);
        var payload = new HashSet<MemberShape>(ReferenceEqualityComparer.Instance);
        var run = specs.FindStruct("kvm_run")!;
        payload.UnionWith(run.Members.Where(static member => member.Offset == PayloadOffset));
        var isInternalError = reason == KvmExitReason.InternalError;
        var isEmulation =
            isInternalError
            && bytes.Length >= PayloadOffset + sizeof(uint)
            && BinaryPrimitives.ReadUInt32LittleEndian(bytes[PayloadOffset..]) == (uint)KvmInternalError.Emulation;
        return member =>
            !payload.Contains(member)
            || (Reasons(member).Contains(name) && (!isInternalError || member.Native == (isEmulation ? "emulation_failure" : "internal")));
    }

    private static string[] Reasons(MemberShape member)
    {
        var text = member.Doc.Text ?? "";
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return text[..Math.Max(colon, 0)].Split([' ', ','], StringSplitOptions.RemoveEmptyEntries);
    }

    // Port accesses have their data behind the struct.
    private static DecodedValue? Data(ReadOnlySpan<byte> bytes)
    {
        if (ReasonOf(bytes) != KvmExitReason.Io)
            return null;
        var size = bytes[PayloadOffset + 1];
        var count = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(PayloadOffset + 4)..]);
        var start = BinaryPrimitives.ReadUInt64LittleEndian(bytes[(PayloadOffset + 8)..]);
        if (start >= (ulong)bytes.Length)
        {
            return new("io.data", PayloadOffset + 8, "", $"at byte 0x{start:X}, which is behind the end of the image", IsZero: false);
        }
        var rest = bytes[(int)start..];
        var data = rest[..(int)Math.Min(Math.Min((ulong)size * count, MostData), (ulong)rest.Length)];
        return new("io.data", (long)start, Convert.ToHexString(data), "", IsZero: false);
    }

    private static KvmExitReason ReasonOf(ReadOnlySpan<byte> bytes) =>
        (KvmExitReason)BinaryPrimitives.ReadUInt32LittleEndian(bytes[ExitReasonOffset..]);
}
