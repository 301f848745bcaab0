namespace VmcsGen.Vmx;

/// <summary>The control registers that MOV to and from CR reaches in 64-bit mode.</summary>
public enum ControlRegister
{
    /// <summary>CR0.</summary>
    Cr0 = 0,

    /// <summary>CR2: the linear address of the last page fault.</summary>
    Cr2 = 2,

    /// <summary>CR3.</summary>
    Cr3 = 3,

    /// <summary>CR4.</summary>
    Cr4 = 4,

    /// <summary>CR8: the task-priority class.</summary>
    Cr8 = 8,
}
