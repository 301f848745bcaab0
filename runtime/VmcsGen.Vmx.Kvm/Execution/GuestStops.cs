using System;
using VmcsGen.Kvm;
using VmcsGen.Vmx.Entry;

namespace VmcsGen.Vmx.Kvm;

/// <summary>
/// Where one instruction can lead without passing TF on: handlers and system-call targets. The guest is stopped there by other means,
/// since a processor clears TF on the way.
/// </summary>
internal ref struct GuestStops
{
    /// <summary>The most addresses there are.</summary>
    internal const int MaxCount = GuestExceptions.MaxVectors + 1;

    private readonly Span<ulong> _addresses;
    private readonly Span<GuestFrame> _frames;
    private int _count;

    private GuestStops(Span<ulong> addresses, Span<GuestFrame> frames)
    {
        _addresses = addresses;
        _frames = frames;
    }

    /// <summary>Linear addresses, the likely ones first.</summary>
    internal readonly ReadOnlySpan<ulong> Addresses => _addresses[.._count];

    /// <summary>Finds them.</summary>
    /// <param name="map">Guest-physical memory.</param>
    /// <param name="sregs">The guest's registers.</param>
    /// <param name="systemCall">The target of SYSCALL or SYSENTER, if the instruction is one.</param>
    /// <param name="code">The instruction.</param>
    /// <param name="addresses">Room for the addresses; where there is less than <see cref="MaxCount"/>, the last are left out.</param>
    /// <param name="frames">Room for as many frames.</param>
    internal static GuestStops Find(
        GuestPhysicalMap map,
        in KvmSregs sregs,
        ulong? systemCall,
        ReadOnlySpan<byte> code,
        Span<ulong> addresses,
        Span<GuestFrame> frames
    )
    {
        var stops = new GuestStops(addresses, frames);
        if (systemCall is { } target)
            stops.Add(target, GuestFrame.None);
        var mode = GuestRegisters.CodeSize(sregs);
        Span<byte> vectors = stackalloc byte[GuestExceptions.MaxVectors];
        var isSoftwareInterrupt = GuestInstructionDecoder.FindOpcode(code, mode, out _) is 0xCC or 0xCD or 0xCE or 0xF1;
        var count = GuestExceptions.Find(code, mode, vectors);
        for (var i = 0; i < count; i++)
        {
            if (GuestHandlers.Find(map, sregs, vectors[i]) is not { } handler)
                continue;
            // Never in real mode, and not of INT n, whatever n is.
            var hasErrorCode =
                (sregs.Cr0 & RegisterBits.Cr0Pe) != 0 && GuestExceptions.HasErrorCode(vectors[i]) && !(isSoftwareInterrupt && i == 0);
            stops.Add(handler.Address, new GuestFrame(handler.WordSize, hasErrorCode));
        }
        return stops;
    }

    /// <summary>What was pushed on the way to an address.</summary>
    internal readonly GuestFrame FrameAt(ulong address)
    {
        var index = Addresses.IndexOf(address);
        return index < 0 ? GuestFrame.None : _frames[index];
    }

    private void Add(ulong address, GuestFrame frame)
    {
        if (_count == _addresses.Length || Addresses.Contains(address))
            return;
        _addresses[_count] = address;
        _frames[_count++] = frame;
    }
}
