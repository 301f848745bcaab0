using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>The registers of x86-64 in the order of the target description. Source: GDB manual, G.5.7 i386 Features.</summary>
internal static class GdbRegisters
{
    private const string Core = "org.gnu.gdb.i386.core";
    private const string Sse = "org.gnu.gdb.i386.sse";
    private const string Segments = "org.gnu.gdb.i386.segments";
    private const string System = "org.vmcsgen.x86.system";

    internal static readonly IReadOnlyList<GdbRegister> All = [.. General(), .. X87(), .. Vectors(), .. SystemRegisters()];

    /// <summary>The description, as XML.</summary>
    internal static string Description { get; } = Describe();

    private static IEnumerable<GdbRegister> General()
    {
        yield return Number("rax", static r => Bytes(ref r.General.Rax));
        yield return Number("rbx", static r => Bytes(ref r.General.Rbx));
        yield return Number("rcx", static r => Bytes(ref r.General.Rcx));
        yield return Number("rdx", static r => Bytes(ref r.General.Rdx));
        yield return Number("rsi", static r => Bytes(ref r.General.Rsi));
        yield return Number("rdi", static r => Bytes(ref r.General.Rdi));
        yield return Number("rbp", static r => Bytes(ref r.General.Rbp), "data_ptr");
        yield return Number("rsp", static r => Bytes(ref r.General.Rsp), "data_ptr");
        yield return Number("r8", static r => Bytes(ref r.General.R8));
        yield return Number("r9", static r => Bytes(ref r.General.R9));
        yield return Number("r10", static r => Bytes(ref r.General.R10));
        yield return Number("r11", static r => Bytes(ref r.General.R11));
        yield return Number("r12", static r => Bytes(ref r.General.R12));
        yield return Number("r13", static r => Bytes(ref r.General.R13));
        yield return Number("r14", static r => Bytes(ref r.General.R14));
        yield return Number("r15", static r => Bytes(ref r.General.R15));
        yield return Number("rip", static r => Bytes(ref r.General.Rip), "code_ptr");
        yield return Word("eflags", static r => Bytes(ref r.General.Rflags), "i386_eflags");
        yield return Word("cs", static r => Bytes(ref r.Special.Cs.Selector));
        yield return Word("ss", static r => Bytes(ref r.Special.Ss.Selector));
        yield return Word("ds", static r => Bytes(ref r.Special.Ds.Selector));
        yield return Word("es", static r => Bytes(ref r.Special.Es.Selector));
        yield return Word("fs", static r => Bytes(ref r.Special.Fs.Selector));
        yield return Word("gs", static r => Bytes(ref r.Special.Gs.Selector));
    }

    private static IEnumerable<GdbRegister> X87()
    {
        for (var i = 0; i < 8; i++)
        {
            var index = i;
            yield return new($"st{i}", 10, "i387_ext", Core, r => Bytes(ref r.FloatingPoint.Fpr[index])[..10]);
        }
        yield return Word("fctrl", static r => Bytes(ref r.FloatingPoint.Fcw));
        yield return Word("fstat", static r => Bytes(ref r.FloatingPoint.Fsw));
        yield return Word("ftag", static _ => default); // KVM has its abridged form alone.
        yield return Word("fiseg", static _ => default);
        yield return Word("fioff", static r => Bytes(ref r.FloatingPoint.LastIp)[..4]);
        yield return Word("foseg", static _ => default);
        yield return Word("fooff", static r => Bytes(ref r.FloatingPoint.LastDp)[..4]);
        yield return Word("fop", static r => Bytes(ref r.FloatingPoint.LastOpcode));
    }

    private static IEnumerable<GdbRegister> Vectors()
    {
        for (var i = 0; i < 16; i++)
        {
            var index = i;
            yield return new($"xmm{i}", 16, "vec128", Sse, r => Bytes(ref r.FloatingPoint.Xmm[index]));
        }
        yield return new("mxcsr", 4, "int", Sse, static _ => default); // KVM does not tell it here.
    }

    private static IEnumerable<GdbRegister> SystemRegisters()
    {
        yield return new("fs_base", 8, "int64", Segments, static r => Bytes(ref r.Special.Fs.Base));
        yield return new("gs_base", 8, "int64", Segments, static r => Bytes(ref r.Special.Gs.Base));
        yield return new("cr0", 8, "int64", System, static r => Bytes(ref r.Special.Cr0));
        yield return new("cr2", 8, "int64", System, static r => Bytes(ref r.Special.Cr2));
        yield return new("cr3", 8, "int64", System, static r => Bytes(ref r.Special.Cr3));
        yield return new("cr4", 8, "int64", System, static r => Bytes(ref r.Special.Cr4));
        yield return new("cr8", 8, "int64", System, static r => Bytes(ref r.Special.Cr8));
        yield return new("efer", 8, "int64", System, static r => Bytes(ref r.Special.Efer));
    }

    private static GdbRegister Number(string name, GdbRegisterPlace place, string type = "int64") => new(name, 8, type, Core, place);

    private static GdbRegister Word(string name, GdbRegisterPlace place, string type = "int32") => new(name, 4, type, Core, place);

    private static Span<byte> Bytes<T>(ref T field)
        where T : unmanaged => MemoryMarshal.AsBytes(new Span<T>(ref field));

    private static string Describe()
    {
        StringBuilder xml = new(
            "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\"><target><architecture>i386:x86-64</architecture>"
        );
        foreach (var feature in All.GroupBy(static register => register.Feature))
        {
            xml.Append("<feature name=\"").Append(feature.Key).Append("\">").Append(TypesOf(feature.Key));
            foreach (var register in feature)
            {
                xml.Append("<reg name=\"").Append(register.Name);
                xml.Append("\" bitsize=\"").Append(register.Size * 8);
                xml.Append("\" type=\"").Append(register.Type).Append("\"/>");
            }
            xml.Append("</feature>");
        }
        return xml.Append("</target>").ToString();
    }

    private static string TypesOf(string feature) =>
        feature switch
        {
            Core => """
                <flags id="i386_eflags" size="4"><field name="CF" start="0" end="0"/><field name="PF" start="2" end="2"/><field name="AF" start="4" end="4"/><field name="ZF" start="6" end="6"/><field name="SF" start="7" end="7"/><field name="TF" start="8" end="8"/><field name="IF" start="9" end="9"/><field name="DF" start="10" end="10"/><field name="OF" start="11" end="11"/></flags>
                """,
            Sse => """
                <vector id="v4f" type="ieee_single" count="4"/><vector id="v2d" type="ieee_double" count="2"/><vector id="v16i8" type="int8" count="16"/><vector id="v4i32" type="int32" count="4"/><vector id="v2i64" type="int64" count="2"/><union id="vec128"><field name="v4_float" type="v4f"/><field name="v2_double" type="v2d"/><field name="v16_int8" type="v16i8"/><field name="v4_int32" type="v4i32"/><field name="v2_int64" type="v2i64"/><field name="uint128" type="uint128"/></union>
                """,
            _ => "",
        };
}
