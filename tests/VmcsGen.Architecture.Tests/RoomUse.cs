namespace VmcsGen.Architecture.Tests;

/// <summary>A place at which one room uses another.</summary>
/// <param name="From">The room that uses.</param>
/// <param name="To">The room that is used.</param>
/// <param name="What">What of it is used.</param>
/// <param name="Place">File and line.</param>
internal sealed record RoomUse(string From, string To, string What, string Place)
{
    public override string ToString() => $"{Place}: {From} uses {What} of {To}";
}
