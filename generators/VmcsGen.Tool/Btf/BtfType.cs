using System.Collections.Generic;

namespace VmcsGen.Tool.Btf;

/// <summary>A type in BTF.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Name">Its name; empty for none.</param>
/// <param name="Size">Its bytes, where the kind has them.</param>
/// <param name="Type">The number of the type that it refers to, or that it is an array of.</param>
/// <param name="Length">The elements of an array.</param>
/// <param name="IsSigned">Whether an integer has negative numbers.</param>
/// <param name="Members">The members of a struct or union.</param>
internal sealed record BtfType(BtfKind Kind, string Name, int Size, int Type, int Length, bool IsSigned, IReadOnlyList<BtfMember> Members);

/// <summary>A member of a struct or union in BTF.</summary>
/// <param name="Name">Its name; empty for none.</param>
/// <param name="Type">The number of its type.</param>
/// <param name="Offset">The bit at which it begins.</param>
/// <param name="Bits">The width of a bit-field; 0 for none.</param>
internal readonly record struct BtfMember(string Name, int Type, int Offset, int Bits);
