using System;

namespace VmcsGen.Tool.Dumps;

/// <summary>Who prints a dump. Much of what KVM prints, Xen prints alike.</summary>
[Flags]
internal enum DumpDialect
{
    /// <summary>Nothing says who.</summary>
    Unknown = 0,

    /// <summary>dump_vmcs of Linux.</summary>
    Kvm = 1,

    /// <summary>vmcs_dump_vcpu of Xen.</summary>
    Xen = 2,

    /// <summary>dump_vmcs of HAXM.</summary>
    Haxm = 4,
}
