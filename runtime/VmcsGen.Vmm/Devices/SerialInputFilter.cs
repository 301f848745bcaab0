using System;

namespace VmcsGen.Vmm;

/// <summary>Looks at what was read for a serial port.</summary>
/// <param name="bytes">What was read; may be changed.</param>
/// <returns>How many of its first bytes go to the port.</returns>
public delegate int SerialInputFilter(Span<byte> bytes);
