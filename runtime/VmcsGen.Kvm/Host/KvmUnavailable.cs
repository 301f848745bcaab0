namespace VmcsGen.Kvm;

/// <summary>That KVM cannot be used here, why, and what to do about it.</summary>
public sealed class KvmUnavailable
{
    internal KvmUnavailable(KvmUnavailableReason reason, string message, string remedy, Errno? errno = null)
    {
        Reason = reason;
        Message = message;
        Remedy = remedy;
        Errno = errno;
    }

    /// <summary>The reason, to decide on.</summary>
    public KvmUnavailableReason Reason { get; }

    /// <summary>The reason as a sentence, with the path that was tried.</summary>
    public string Message { get; }

    /// <summary>What to do about it.</summary>
    public string Remedy { get; }

    /// <summary>The error of the system call that failed, or null if none did.</summary>
    public Errno? Errno { get; }

    /// <summary>The reason and the remedy, as for an error message or a skipped test.</summary>
    public override string ToString() => $"{Message} {Remedy}";
}
