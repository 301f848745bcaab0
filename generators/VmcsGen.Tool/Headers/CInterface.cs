using System.Collections.Generic;

namespace VmcsGen.Tool.Headers;

/// <summary>What headers declare.</summary>
/// <param name="Records">Structs and unions, in the order of the headers.</param>
/// <param name="Constants">Enumerators and macros that are numbers or texts, in the same order.</param>
/// <param name="Ioctls">Request numbers.</param>
/// <param name="Others">What no spec can say.</param>
internal sealed record CInterface(
    IReadOnlyList<CRecord> Records,
    IReadOnlyList<CConstant> Constants,
    IReadOnlyList<CIoctl> Ioctls,
    IReadOnlyList<COther> Others
)
{
    /// <summary>Macros that are no numbers by themselves, because they have parameters.</summary>
    public IReadOnlyList<string> MacrosWithParameters { get; init; } = [];
}
