using Xunit;

namespace VmcsGen.Vmx.Bochs.Tests.Testing;

/// <summary>CPU models of Bochs 2.7 that have VMX.</summary>
public static class Models
{
    /// <summary>All of them.</summary>
    public static TheoryData<string> All { get; } =
    [
        "bx_generic",
        "core2_penryn_t9600",
        "corei5_lynnfield_750",
        "corei5_arrandale_m520",
        "corei7_sandy_bridge_2600k",
        "corei7_ivy_bridge_3770k",
        "corei7_haswell_4770",
        "broadwell_ult",
        "corei7_skylake_x",
        "corei3_cnl",
        "corei7_icelake_u",
        "tigerlake",
    ];

    /// <summary>One without EPT, one without VMWRITE to read-only fields, one with VMCS shadowing and more, the newest.</summary>
    public static TheoryData<string> Different { get; } =
    ["core2_penryn_t9600", "corei7_sandy_bridge_2600k", "corei7_skylake_x", "tigerlake"];
}
