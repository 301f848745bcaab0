using System.Collections.Generic;
using VmcsGen.Generators.Model;
using VmcsGen.Tool.Specs;

namespace VmcsGen.Tool.Emission;

/// <summary>What is emitted, in an order in which each struct comes after those that it has as members.</summary>
/// <param name="Specs">Where it comes from.</param>
/// <param name="Constants">Constants of any kind: of headers, enums, bits, request numbers, encodings, MSRs.</param>
/// <param name="Structs">Structs and unions.</param>
/// <param name="Ioctls">The ioctls, which are among the constants too.</param>
internal sealed record EmitSet(
    SpecSet Specs,
    IReadOnlyList<EmitConstant> Constants,
    IReadOnlyList<EmitStruct> Structs,
    IReadOnlyList<(IoctlItem Item, uint Request)> Ioctls
);
