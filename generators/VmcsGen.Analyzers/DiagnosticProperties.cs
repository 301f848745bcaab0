namespace VmcsGen.Analyzers;

/// <summary>Keys of what diagnostics carry for their code fixes.</summary>
internal static class DiagnosticProperties
{
    /// <summary>The name to write instead.</summary>
    public const string Name = nameof(Name);

    /// <summary>What the instruction does, in the words of the runtime's exceptions.</summary>
    public const string Operation = nameof(Operation);
}
