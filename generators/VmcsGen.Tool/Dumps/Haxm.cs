using System;
using System.Collections.Generic;
using VmcsGen.Vmx;

namespace VmcsGen.Tool.Dumps;

/// <summary>
/// What dump_vmcs of HAXM prints: encoding, HAXM's name and value, a field a line, without sections (core/dump_vmcs.c, core/vmx.c).
/// </summary>
internal static class Haxm
{
    private const int EncodingDigits = 4;

    private static readonly string[] s_names = ["VMX_", "VM_EXIT_INFO_", "HOST_", "GUEST_"];

    /// <summary>Compares a line with what stands in a log: <c>681e GUEST_RIP: fff0</c>.</summary>
    /// <param name="tokens">The log.</param>
    /// <param name="start">Where the line may begin.</param>
    public static DumpMatch? Match(IReadOnlyList<Token> tokens, int start)
    {
        if (
            tokens[start].Text.Length != EncodingDigits
            || start + 1 == tokens.Count
            || !Array.Exists(s_names, name => tokens[start + 1].Text.StartsWith(name, StringComparison.Ordinal))
            || !DumpFormPart.TryRead(tokens[start].Text, out var encoding)
            || !VmcsFields.TryFind((VmcsField)encoding, out var info)
            || encoding != (uint)info.Field
        )
            return null;
        var form = new DumpForm(
            DumpDialect.Haxm,
            DumpSection.Unknown,
            [
                DumpFormPart.Word(tokens[start].Text),
                DumpFormPart.Word(tokens[start + 1].Text),
                DumpFormPart.Word(":"),
                DumpFormPart.Value(info.Field),
            ]
        );
        return form.Match(tokens, start);
    }
}
