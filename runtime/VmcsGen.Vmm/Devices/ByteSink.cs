using System;

namespace VmcsGen.Vmm;

/// <summary>Takes bytes, as many as there is room for, and says how many.</summary>
internal delegate int ByteSink(ReadOnlySpan<byte> bytes);
