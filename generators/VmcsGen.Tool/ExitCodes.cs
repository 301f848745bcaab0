namespace VmcsGen.Tool;

/// <summary>What the process returns.</summary>
internal static class ExitCodes
{
    /// <summary>An answer; of <c>why</c>: no rule of VM entry is known to be broken.</summary>
    public const int Good = 0;

    /// <summary>Of <c>why</c>: a rule is broken. Of a look-up: nothing has that name.</summary>
    public const int Found = 1;

    /// <summary>The command line or the input cannot be used.</summary>
    public const int BadInput = 2;
}
