namespace VmcsGen.Vmx.Kvm;

/// <summary>
/// What the delivery of an exception or interrupt pushed (SDM 3A 7.12 and 7.14): the error code, then RIP, CS and RFLAGS.
/// </summary>
/// <param name="WordSize">Bytes of each value; 0 if nothing was pushed.</param>
/// <param name="HasErrorCode">Whether there is an error code.</param>
internal readonly record struct GuestFrame(int WordSize, bool HasErrorCode)
{
    internal static GuestFrame None => default;

    /// <summary>Offset of RFLAGS from the stack pointer.</summary>
    internal int FlagsOffset => WordSize * (HasErrorCode ? 3 : 2);
}
