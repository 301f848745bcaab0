namespace VmcsGen.Tool.TraceFiles;

/// <summary>A field of an event, as the kernel's <c>format</c> file describes it.</summary>
/// <param name="Name">Its name: <c>exit_reason</c>.</param>
/// <param name="Offset">Where it begins, in bytes.</param>
/// <param name="Size">How many bytes it has.</param>
internal readonly record struct EventField(string Name, int Offset, int Size);
