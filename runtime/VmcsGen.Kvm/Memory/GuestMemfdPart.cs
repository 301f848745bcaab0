using System.Runtime.InteropServices;

namespace VmcsGen.Kvm;

/// <summary>Where a slot's private memory lies: a guest_memfd, and the offset in bytes in it.</summary>
internal sealed record GuestMemfdPart(SafeHandle File, ulong Offset);
