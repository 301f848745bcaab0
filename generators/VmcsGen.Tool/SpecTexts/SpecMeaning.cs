using System;
using System.Collections.Generic;
using VmcsGen.Tool.Headers;

namespace VmcsGen.Tool.SpecTexts;

/// <summary>What the compiler makes of specs.</summary>
/// <param name="Specs">The specs.</param>
/// <param name="Records">Their structs by tag, with layout.</param>
/// <param name="Values">The number of each <see cref="SpecConstant"/>, and the request number of each <see cref="SpecIoctl"/>.</param>
/// <param name="Problems">What is no C.</param>
internal sealed record SpecMeaning(
    SpecSet Specs,
    IReadOnlyDictionary<string, CRecord> Records,
    IReadOnlyDictionary<object, Int128> Values,
    IReadOnlyList<SpecProblem> Problems
);

/// <summary>A part of a spec that the compiler refuses.</summary>
/// <param name="File">The spec.</param>
/// <param name="Node">The part.</param>
/// <param name="Item">The name of the item.</param>
/// <param name="Message">What the compiler says.</param>
internal sealed record SpecProblem(SpecFile File, YamlNode Node, string Item, string Message);
