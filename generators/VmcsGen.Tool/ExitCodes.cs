namespace VmcsGen.Tool;

/// <summary>What the process returns.</summary>
internal static class ExitCodes
{
    /// <summary>An answer; of <c>why</c>: no rule of VM entry is known to be broken.</summary>
    public const int Good = 0;

    /// <summary>
    /// Of <c>why</c> and <c>decode</c>: a rule is broken. Of a look-up or search: there is nothing. Of a comparison: a difference.
    /// </summary>
    public const int Found = 1;

    /// <summary>The command line or the input cannot be used.</summary>
    public const int BadInput = 2;

    /// <summary>The user ended it: 128 and the number of SIGINT, as shells have it.</summary>
    public const int Interrupted = 130;
}
