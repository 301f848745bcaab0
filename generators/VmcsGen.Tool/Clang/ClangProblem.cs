namespace VmcsGen.Tool.Clang;

/// <summary>An error in a C file.</summary>
/// <param name="Place">Where.</param>
/// <param name="Message">What is wrong.</param>
internal sealed record ClangProblem(ClangPlace Place, string Message);
