using System;

namespace VmcsGen.Kvm;

/// <summary>Answers a read as <see cref="IBusDevice.Read"/> does.</summary>
/// <param name="offset">Where, from the beginning of the range.</param>
/// <param name="data">To be filled: 1 to 8 bytes, zero at first.</param>
public delegate void BusRead(ulong offset, Span<byte> data);
