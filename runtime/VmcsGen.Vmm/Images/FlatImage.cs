using System;

namespace VmcsGen.Vmm;

/// <summary>A file without a header, which is copied to an address and started there.</summary>
public sealed class FlatImage : GuestImage
{
    /// <summary>Says how a file is loaded.</summary>
    /// <param name="file">The file; it must stay open until the image was loaded.</param>
    /// <param name="address">Its guest physical address. In real mode below 1 MiB and a multiple of 16.</param>
    /// <param name="protocol">A protocol that tells nothing.</param>
    /// <exception cref="ArgumentException">The protocol is another one, or the address no address of its mode.</exception>
    /// <exception cref="ImageException">The file is empty.</exception>
    public FlatImage(ImageFile file, ulong address, BootProtocol protocol)
        : base(
            file ?? throw new ArgumentNullException(nameof(file)),
            protocol,
            address,
            Checked(file, file.Length == 0 ? [] : [new ImageSegment(0, file.Length, address, file.Length)])
        )
    {
        if (protocol is not (BootProtocol.RealMode or BootProtocol.ProtectedMode or BootProtocol.LongMode))
            throw new ArgumentException($"A flat image cannot be started by {protocol}: it says nothing of itself.", nameof(protocol));
        if (protocol == BootProtocol.RealMode && (address >= 0x10_0000 || address % 16 != 0))
            throw new ArgumentException($"In real mode nothing can begin at 0x{address:X}.", nameof(address));
        if (protocol == BootProtocol.ProtectedMode && address > uint.MaxValue)
            throw new ArgumentException($"In protected mode nothing can begin at 0x{address:X}.", nameof(address));
    }
}
