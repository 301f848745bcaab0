using System;
using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Oracle.Tests.Facts;

/// <summary>MSRs and CPUID features, as several public sources have them.</summary>
/// <param name="Canonical">MSRs, as Bochs calls them, of which it refuses values that are not canonical addresses.</param>
/// <param name="MemoryTypes">MSRs, as Bochs calls them, of which it refuses values that are not memory types of the PAT.</param>
/// <param name="Msrs">The MSRs.</param>
/// <param name="Cpuid">The features.</param>
internal sealed record X86Facts(
    IReadOnlyList<string> Canonical,
    IReadOnlyList<string> MemoryTypes,
    IReadOnlyList<MsrFact> Msrs,
    IReadOnlyList<CpuidFact> Cpuid
)
{
    private static readonly Lazy<X86Facts> LazyAll = new(static () => FactsFile.Read<X86Facts>("x86.json"));

    public static X86Facts All => LazyAll.Value;
}

/// <summary>An MSR.</summary>
/// <param name="Index">Its index.</param>
/// <param name="Names">Its names by source.</param>
internal sealed record MsrFact(uint Index, IReadOnlyDictionary<string, string[]> Names)
{
    public IEnumerable<string> AllNames => Names.Values.SelectMany(static names => names);
}

/// <summary>A CPUID feature.</summary>
/// <param name="Leaf">EAX.</param>
/// <param name="Subleaf">ECX.</param>
/// <param name="Register">The register of the answer: eax, ebx, ecx or edx.</param>
/// <param name="Bit">Its bit.</param>
/// <param name="Names">Its names by source.</param>
internal sealed record CpuidFact(uint Leaf, uint Subleaf, string Register, int Bit, IReadOnlyDictionary<string, string[]> Names)
{
    public IEnumerable<string> AllNames => Names.Values.SelectMany(static names => names);
}
