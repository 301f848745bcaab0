using System;

namespace VmcsGen.Tool.Clang;

/// <summary>The value of an expression: a number, a text, or neither.</summary>
internal readonly record struct ClangValue(Int128? Number, string? Text);
