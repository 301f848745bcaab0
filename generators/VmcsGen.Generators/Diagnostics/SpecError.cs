using System;
using System.Globalization;
using System.Linq;
using VmcsGen.Generators.Names;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Diagnostics;

/// <summary>A mistake in a spec: a diagnostic id, the token it is about, and the arguments of the diagnostic's message.</summary>
internal readonly record struct SpecError(string Id, int At, EquatableArray<string> Arguments)
{
    /// <summary>The part of the token that is wrong; null for all of it.</summary>
    public TokenPart? Part { get; init; }

    // What a spec says may stand in a message, and it may say a lot.
    private const int MaximumArgument = 1000;

    public static SpecError Of(string id, int at, params object[] arguments) =>
        new(
            id,
            at,
            arguments.Select(static argument => Clip(Convert.ToString(argument, CultureInfo.InvariantCulture) ?? "")).ToEquatable()
        );

    /// <summary>A failure of the generator itself, at the beginning of the file.</summary>
    public static SpecError Internal(Exception e) => Of(DiagnosticIds.InternalError, 0, $"{e.GetType().Name}: {e.Message}");

    // What cannot be seen, or turns the order of the text around it, is shown by its number.
    private static string Clip(string text) => Short(InvisibleText.Replace(text, static code => $"\\u{code:X4}"));

    private static string Short(string text) => text.Length <= MaximumArgument ? text : text.Substring(0, MaximumArgument - 1) + "…";
}
