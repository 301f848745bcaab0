using VmcsGen.Vmx;

namespace VmcsGen.Tool.Regions;

/// <summary>A member of a VMCS region.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Offset">Bytes from the start of the region.</param>
/// <param name="Size">Its bytes.</param>
/// <param name="Field">The VMCS field that it stores; null for none.</param>
internal readonly record struct RegionMember(string Name, int Offset, int Size, VmcsField? Field);
