using System;

namespace VmcsGen.Vmm;

/// <summary>Where a register of a debugger is among those of a vCPU.</summary>
/// <param name="registers">The registers of a vCPU.</param>
/// <returns>Its bytes, empty if it is not known.</returns>
internal delegate Span<byte> GdbRegisterPlace(VcpuRegisters registers);

/// <summary>A register of the target description.</summary>
/// <param name="Name">Its name, which gdb knows.</param>
/// <param name="Size">Its size in bytes, as the debugger sees it; the vCPU's may be shorter.</param>
/// <param name="Type">Its type.</param>
/// <param name="Feature">The feature that it belongs to.</param>
/// <param name="Place">Where it is.</param>
internal sealed record GdbRegister(string Name, int Size, string Type, string Feature, GdbRegisterPlace Place)
{
    internal void Read(VcpuRegisters registers, System.Text.StringBuilder text)
    {
        var place = Place(registers);
        if (place.IsEmpty)
        {
            text.Append('x', Size * 2);
            return;
        }
        text.Append(GdbHex.Of(place[..Math.Min(place.Length, Size)])).Append('0', 2 * Math.Max(0, Size - place.Length));
    }

    /// <summary>Writes it; false if it cannot be written or the value has another size.</summary>
    internal bool TryWrite(VcpuRegisters registers, ReadOnlySpan<byte> value)
    {
        var place = Place(registers);
        if (place.IsEmpty || value.Length != Size)
            return false;
        var kept = Math.Min(place.Length, Size);
        if (value[kept..].ContainsAnyExcept((byte)0))
            return false; // More than the register holds.
        value[..kept].CopyTo(place);
        return true;
    }
}
