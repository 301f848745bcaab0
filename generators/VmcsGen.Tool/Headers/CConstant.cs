using System;
using System.Collections.Generic;

namespace VmcsGen.Tool.Headers;

/// <summary>An enumerator, or a macro that is a number or a text.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Place">Where it stands.</param>
/// <param name="Value">Its number.</param>
/// <param name="Text">Its text; null for a number.</param>
/// <param name="Expression">The words and signs that it is defined by; empty for an enumerator that follows another.</param>
/// <param name="Enum">The enum that it belongs to; null for a macro.</param>
internal sealed record CConstant(string Name, CPlace Place, Int128 Value, string? Text, IReadOnlyList<string> Expression, CEnum? Enum);

/// <summary>An enum of the header.</summary>
/// <param name="Tag">Its name; empty for one without.</param>
/// <param name="Order">Its number among all declarations.</param>
internal sealed record CEnum(string Tag, int Order);
