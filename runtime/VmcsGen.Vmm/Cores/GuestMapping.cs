namespace VmcsGen.Vmm;

/// <summary>A range of linear addresses that leads to a range of guest memory.</summary>
/// <param name="Linear">The first linear address.</param>
/// <param name="Physical">The guest physical address that it leads to.</param>
/// <param name="Size">Bytes.</param>
internal readonly record struct GuestMapping(ulong Linear, ulong Physical, ulong Size);
