using System;
using System.Collections.Generic;

namespace VmcsGen.Oracle.Tests.Headers;

/// <summary>What a C compiler says of headers: of those on this machine, or of others when they were recorded.</summary>
/// <param name="Structs">Structs and unions by tag.</param>
/// <param name="Numbers">Macros, enumerators and request numbers.</param>
internal sealed record HeaderFacts(IReadOnlyDictionary<string, HeaderStructFacts> Structs, IReadOnlyDictionary<string, Int128> Numbers);

/// <param name="Size">Bytes.</param>
/// <param name="Alignment">Its alignment.</param>
/// <param name="Members">Members by path, as in <c>redirtbl[].fields.mask</c>.</param>
internal sealed record HeaderStructFacts(int Size, int Alignment, IReadOnlyDictionary<string, HeaderMemberFacts> Members);

/// <param name="Kind">What it is.</param>
/// <param name="Offset">Where it begins: in bits for a bit-field, else in bytes.</param>
/// <param name="Size">How much it has: bits of a bit-field, bytes of an entry of a flexible array, else bytes.</param>
internal sealed record HeaderMemberFacts(MemberKind Kind, int Offset, int Size);
