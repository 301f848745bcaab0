using System;

namespace VmcsGen.Kvm;

/// <summary>Takes a write as <see cref="IBusDevice.Write"/> does.</summary>
/// <param name="offset">Where, from the beginning of the range.</param>
/// <param name="data">The bytes: 1 to 8.</param>
public delegate void BusWrite(ulong offset, ReadOnlySpan<byte> data);
