using System.Collections.Generic;
using System.Linq;
using VmcsGen.Vmx;

namespace VmcsGen.Tool.Probing;

/// <summary>A processor's private layout of VMCS regions, as far as it could be found.</summary>
/// <param name="Processor">The processor, in words.</param>
/// <param name="Revision">The revision identifier.</param>
/// <param name="Size">Bytes of a region.</param>
/// <param name="Fields">The fields that VMWRITE takes.</param>
/// <param name="NotWritable">The fields that the processor has but does not let be written.</param>
internal sealed record ProbedLayout(
    string Processor,
    uint Revision,
    int Size,
    IReadOnlyList<ProbedField> Fields,
    IReadOnlyList<VmcsField> NotWritable
)
{
    /// <summary>The fields that lie there as VMREAD gives them.</summary>
    public IEnumerable<ProbedField> Plain => Fields.Where(static one => one is { Offset: not null, Transformation: null });
}
