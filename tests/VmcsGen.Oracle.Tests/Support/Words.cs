using System;
using System.Collections.Generic;

namespace VmcsGen.Oracle.Tests.Support;

/// <summary>Lists of names, written as text.</summary>
internal static class Words
{
    /// <summary>The words between blanks and line ends.</summary>
    public static IReadOnlyList<string> In(string text) => text.Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries);
}
