namespace VmcsGen.Kvm;

/// <summary>The name and the meaning of an errno, as messages spell them.</summary>
internal static class ErrnoText
{
    internal static string NameOf(Errno errno)
    {
        string name = errno.ToString();
        return name.StartsWith('E') ? name : $"errno {name}";
    }

    /// <summary>The name, and the meaning if it is known.</summary>
    internal static string Explain(Errno errno) => MeaningOf(errno) is { } meaning ? $"{NameOf(errno)} ({meaning})" : NameOf(errno);

    // A sentence of the specs becomes a part of one: "Bad address." to "bad address".
    private static string? MeaningOf(Errno errno) =>
        ErrnoTexts.MeaningOf(errno) is { } sentence ? char.ToLowerInvariant(sentence[0]) + sentence[1..].TrimEnd('.') : null;
}
