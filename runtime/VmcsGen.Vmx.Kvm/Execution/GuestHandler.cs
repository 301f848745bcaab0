namespace VmcsGen.Vmx.Kvm;

/// <summary>Where a handler of the guest begins, and what its gate pushes.</summary>
/// <param name="Address">Linear address.</param>
/// <param name="WordSize">Bytes of each value that is pushed: 2, 4 or 8.</param>
internal readonly record struct GuestHandler(ulong Address, int WordSize);
