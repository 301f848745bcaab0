namespace VmcsGen.Tool.Clang;

/// <summary>A line of a C file.</summary>
/// <param name="File">The file's path.</param>
/// <param name="Line">The line, from 1.</param>
internal readonly record struct ClangPlace(string File, int Line);
