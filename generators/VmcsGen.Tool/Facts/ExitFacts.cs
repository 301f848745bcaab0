using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using VmcsGen.Kvm;
using VmcsGen.Tool.Specs;
using VmcsGen.Vmx;

namespace VmcsGen.Tool.Facts;

/// <summary>Exit reasons: VMX's basic ones, and those that KVM_RUN returns with.</summary>
internal static class ExitFacts
{
    /// <summary>The group of VMX's.</summary>
    public const string Vmx = "VM exits of VMX";

    /// <summary>The group of KVM's.</summary>
    public const string Kvm = "exits of KVM_RUN";

    /// <summary>All of them.</summary>
    public static IEnumerable<Fact> All => Enum.GetValues<BasicExitReason>().Select(Of).Concat(Enum.GetValues<KvmExitReason>().Select(Of));

    private static Fact Of(BasicExitReason reason) =>
        new(
            "exit",
            reason.ToString(),
            BasicExitReasonTexts.NativeNameOf(reason),
            (uint)reason,
            $"exit reason {(uint)reason}",
            () => Describe(reason)
        )
        {
            Group = Vmx,
        };

    private static IEnumerable<(string, string)> Describe(BasicExitReason reason)
    {
        var exit = new VmExit { Reason = new ExitReason { BasicReason = reason } };
        var doc = SpecSet.Processor.FindEnum(nameof(BasicExitReason))?.Members.FirstOrDefault(member => member.Value == (uint)reason)?.Doc;
        return
        [
            .. ItemWords.Meaning(doc),
            ("exit qualification", exit.QualificationFormat.ToString()),
            ("instruction information", exit.InstructionInformationFormat.ToString()),
            ("in C#", $"{nameof(BasicExitReason)}.{reason}"),
            .. ItemWords.Origin(doc),
        ];
    }

    private static Fact Of(KvmExitReason reason) =>
        new(
            "exit",
            reason.ToString(),
            NativeNames.Of(typeof(KvmExitReason).GetField(reason.ToString())!),
            (uint)reason,
            $"exit reason {(uint)reason} of KVM_RUN",
            () => Describe(reason)
        )
        {
            Group = Kvm,
        };

    private static IEnumerable<(string, string)> Describe(KvmExitReason reason)
    {
        var doc = SpecSet.Kvm.FindEnum(nameof(KvmExitReason))?.Members.FirstOrDefault(member => member.Value == (uint)reason)?.Doc;
        var payloads = typeof(KvmExit)
            .GetProperties()
            .Where(property => BelongsTo(property, reason))
            .Select(static property => property.Name);
        return
        [
            .. ItemWords.Meaning(doc),
            .. payloads.Select(static name => ("payload", $"{nameof(KvmExit)}.{name}")),
            ("in C#", $"{nameof(KvmExitReason)}.{reason}"),
            .. ItemWords.Origin(doc),
        ];
    }

    // The attribute is internal to each assembly; tools know it by its name.
    private static bool BelongsTo(PropertyInfo property, KvmExitReason reason) =>
        property
            .GetCustomAttributesData()
            .Where(static data => data.AttributeType.Name == "BelongsToAttribute`1")
            .SelectMany(static data => data.ConstructorArguments)
            .SelectMany(static argument => (IEnumerable<CustomAttributeTypedArgument>)argument.Value!)
            .Any(value => (uint)value.Value! == (uint)reason);
}
