using VmcsGen.Tool.Findings;
using VmcsGen.Tool.Regions;
using VmcsGen.Vmx.Entry;

namespace VmcsGen.Tool.Scanning;

/// <summary>A VMCS region in an image.</summary>
/// <param name="Image">The image's name.</param>
/// <param name="Offset">Where it begins.</param>
/// <param name="Signs">What tells regions of its layout.</param>
/// <param name="Found">How many of them are there.</param>
/// <param name="Finding">What the checker says.</param>
internal sealed record FoundRegion(string Image, long Offset, RegionSigns Signs, int Found, Finding Finding)
{
    /// <summary>How it lies there.</summary>
    public RegionLayout Layout => Signs.Layout;

    /// <summary>The rules that are known to hold.</summary>
    public int Held => VmEntryChecker.Rules.Count - Finding.Broken.Count - Finding.Undecided.Count;

    /// <summary>The rules that are known to hold or to be broken.</summary>
    public int Decided => Held + Finding.Broken.Count;

    /// <summary>How likely it is a region that was in use: the signs, and the rules among those that are decided.</summary>
    public double Rank => (double)Found / Signs.Count * Held / Decided;
}
