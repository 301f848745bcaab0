using System;

namespace VmcsGen.Kvm;

/// <summary>
/// Where the pages of a guest memory come from when they are first touched: a compressed
/// snapshot, a connection to the host that the guest was on before.
/// </summary>
public interface IPageSource
{
    /// <summary>
    /// Reads pages. The calls come one at a time, mostly from a thread of the library's, while a vCPU waits. It must not touch
    /// the memory that it supplies. A call that does not return holds up who waits; kicks need not end that on each kernel.
    /// </summary>
    /// <param name="offset">Where they begin, in bytes from the start of the memory: a multiple of 4096.</param>
    /// <param name="destination">
    /// Receives them: one page or several. All of it has to be written; what it holds before has no meaning.
    /// </param>
    void Read(ulong offset, Span<byte> destination);
}
