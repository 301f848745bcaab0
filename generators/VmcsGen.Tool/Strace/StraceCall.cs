namespace VmcsGen.Tool.Strace;

/// <summary>A call of ioctl, as strace prints it.</summary>
/// <param name="Line">The line.</param>
/// <param name="Descriptor">The descriptor, with its path if strace prints that.</param>
/// <param name="Request">The request number.</param>
/// <param name="Argument">The argument, as strace prints it; empty for none.</param>
/// <param name="Result">What it returned, as strace prints it; empty if the line ends before.</param>
/// <param name="Error">The name of the error; empty for none.</param>
internal sealed record StraceCall(int Line, string Descriptor, uint Request, string Argument, string Result, string Error);
