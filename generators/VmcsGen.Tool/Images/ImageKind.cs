namespace VmcsGen.Tool.Images;

/// <summary>What an image can be.</summary>
internal enum ImageKind
{
    /// <summary>A page with KVM's vmcs12.</summary>
    Vmcs12,

    /// <summary>A page with Hyper-V's enlightened VMCS.</summary>
    Evmcs,

    /// <summary>What KVM_GET_NESTED_STATE gives.</summary>
    NestedState,

    /// <summary>What VmState.Save writes.</summary>
    Snapshot,

    /// <summary>The page that a vCPU shares with its VMM.</summary>
    KvmRun,

    /// <summary>Lines of trace-cmd, perf or ftrace.</summary>
    Trace,

    /// <summary>A trace.dat of trace-cmd.</summary>
    TraceFile,

    /// <summary>Pages of ftrace's ring buffer.</summary>
    TracePages,

    /// <summary>A page with a layout that a spec gives.</summary>
    Layout,
}
