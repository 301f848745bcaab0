using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Units;

/// <summary>Where the emitted code goes.</summary>
internal enum EmitMode
{
    /// <summary>A user's specs, into the user's assembly, beside a reference to the runtime.</summary>
    Own,

    /// <summary>The built-in specs, into the runtime itself: partial types of the runtime are completed.</summary>
    Runtime,

    /// <summary>The built-in VMX specs, into a user's assembly that has no runtime and perhaps no .NET library either.</summary>
    All,

    /// <summary>Nothing but the table of built-in symbols, into the generator.</summary>
    Symbols,
}

/// <summary>What the project says about emission.</summary>
/// <param name="ProjectDirectory">Where the project lies; empty if that is unknown.</param>
/// <param name="OldLanguage">The C# version, if it is one that generated code cannot be compiled as; else null.</param>
internal sealed record EmitOptions(EmitMode Mode, string RootNamespace, string ProjectDirectory = "", string? OldLanguage = null)
{
    /// <summary>The machines that the project is about, as it names them; none for x86-64.</summary>
    public EquatableArray<string> Architectures { get; init; }
}
