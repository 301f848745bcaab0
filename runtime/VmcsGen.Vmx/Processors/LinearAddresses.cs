namespace VmcsGen.Vmx;

/// <summary>What linear addresses of a processor look like (SDM 1 3.3.7.1).</summary>
internal static class LinearAddresses
{
    /// <summary>
    /// Whether bits 63 to N-1 of an address are alike, for N bits of linear addresses. Without Intel 64 there is no such rule.
    /// </summary>
    /// <param name="address">The address.</param>
    /// <param name="width">N; 32 on a processor without Intel 64.</param>
    internal static bool IsCanonical(ulong address, int width)
    {
        var unused = 64 - width;
        return width <= 32 || (ulong)((long)(address << unused) >> unused) == address;
    }
}
