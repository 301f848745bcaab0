namespace VmcsGen.Kvm;

/// <summary>The system registers that KVM checks before it takes any.</summary>
internal readonly record struct RefusableSregs(ulong Cr0, ulong Cr3, ulong Cr4, ulong Efer, ulong ApicBase, bool IsCodeSegment64);
