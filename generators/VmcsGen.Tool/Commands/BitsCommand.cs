using System.CommandLine;
using System.Linq;
using VmcsGen.Tool.Facts;
using VmcsGen.Tool.Findings;
using VmcsGen.Vmx;

namespace VmcsGen.Tool.Commands;

/// <summary><c>vmcsgen bits</c>: a field's value in words.</summary>
internal static class BitsCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        var field = new Argument<string>("FIELD") { HelpName = "FIELD", Description = "A VMCS field, by name or encoding." };
        field.CompletionSources.Add(static _ =>
            VmcsFields.All.ToArray().Select(static info => new System.CommandLine.Completions.CompletionItem(info.Name))
        );
        var value = new Argument<string>("VALUE") { Description = "Its value: 0x30, 30h or 48." };
        var other = new Option<string?>("--diff", "-d") { Description = "Another value, to compare.", HelpName = "VALUE" };
        var command = new ToolCommand(
            "bits",
            "Shows a value of a VMCS field bit by bit, and what differs in another.",
            ("vmcsgen bits GUEST_CS_AR_BYTES 0xA09B", "An access-rights word:"),
            ("vmcsgen bits SecondaryProcessorBasedControls 0x7EB --diff 0x20128E2", "Two values of control words:")
        )
        {
            field,
            value,
            other,
        };
        command.SetAction(parsed => Run(terminal, parsed.GetValue(field)!, parsed.GetValue(value)!, parsed.GetValue(other)));
        return command;
    }

    private static int Run(Terminal terminal, string name, string text, string? otherText)
    {
        if (
            !VmcsFields.TryFind(name, out var info)
            && !(
                Fact.TryReadNumber(name, out var encoding)
                && encoding <= ushort.MaxValue
                && VmcsFields.TryFind((VmcsField)encoding, out info)
            )
        )
            throw new InputException($"there is no VMCS field '{name}'. 'vmcsgen search TEXT' finds parts of names.");
        var value = Read(info, text);
        var page = terminal.NewPage();
        page.Heading($"{info} = 0x{value:X}");
        page.Rows(FieldWords.Parts(info, value).Select(static part => new[] { part }));
        if (otherText is null)
            return ExitCodes.Good;
        var other = Read(info, otherText);
        var (before, after) = (FieldWords.Parts(info, value), FieldWords.Parts(info, other));
        page.Heading($"0x{other:X} differs in the bits 0x{value ^ other:X}");
        page.Rows(
            before
                .Except(after)
                .Select(static part => new[] { "-", part })
                .Concat(after.Except(before).Select(static part => new[] { "+", part }))
        );
        return ExitCodes.Good;
    }

    private static ulong Read(VmcsFieldInfo info, string text)
    {
        if (!Fact.TryReadNumber(text, out var value))
            throw new InputException($"'{text}' is no number. Write 0x30, 30h or 48.");
        var bits = 8 * info.Field.Size;
        return bits == 64 || value >> bits == 0 ? value : throw new InputException($"'{text}' does not fit: {info.Name} has {bits} bits.");
    }
}
