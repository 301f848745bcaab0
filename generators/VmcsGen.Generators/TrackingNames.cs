namespace VmcsGen.Generators;

/// <summary>Names of the pipeline's steps, by which tests see what ran again.</summary>
internal static class TrackingNames
{
    public const string Options = nameof(Options);
    public const string Texts = nameof(Texts);
    public const string Read = nameof(Read);
    public const string Models = nameof(Models);
    public const string References = nameof(References);
    public const string Surroundings = nameof(Surroundings);
    public const string Resolution = nameof(Resolution);
    public const string Units = nameof(Units);
    public const string Diagnostics = nameof(Diagnostics);
}
