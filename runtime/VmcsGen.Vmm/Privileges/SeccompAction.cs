namespace VmcsGen.Vmm;

/// <summary>What becomes of a system call that a <see cref="SeccompFilter"/> does not let through.</summary>
public enum SeccompAction
{
    /// <summary>It fails with EPERM.</summary>
    Fail,

    /// <summary>It ends the process with SIGSYS.</summary>
    KillProcess,
}
