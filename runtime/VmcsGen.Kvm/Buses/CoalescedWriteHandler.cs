namespace VmcsGen.Kvm;

/// <summary>Takes a write that KVM collected.</summary>
/// <param name="write">The write.</param>
public delegate void CoalescedWriteHandler(CoalescedWrite write);
