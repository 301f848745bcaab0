using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using VmcsGen.Kvm;
using VmcsGen.Tool.Specs;
using VmcsGen.Vmx;

namespace VmcsGen.Tool.Facts;

/// <summary>Exit reasons: VMX's basic ones, SVM's exit codes, and those that KVM_RUN returns with.</summary>
internal static class ExitFacts
{
    /// <summary>The group of VMX's.</summary>
    public const string Vmx = "VM exits of VMX";

    /// <summary>The group of KVM's.</summary>
    public const string Kvm = "exits of KVM_RUN";

    private const string VmxPrefix = "EXIT_REASON_";
    private const string KvmPrefix = "KVM_EXIT_";

    /// <summary>All of them.</summary>
    public static IEnumerable<Fact> All =>
        Enum.GetValues<BasicExitReason>().Select(Of).Concat(SvmExitFacts.All).Concat(Enum.GetValues<KvmExitReason>().Select(Of));

    /// <summary>A name without its prefix, as traces and people write it; none if it has another.</summary>
    public static IReadOnlyList<string> WithoutPrefix(string? name, string prefix) =>
        name?.StartsWith(prefix, StringComparison.Ordinal) == true ? [name[prefix.Length..]] : [];

    // The upper half of an exit reason has flags (SDM 3C 25.9.1), of which bit 31 says that VM entry failed. Only such reasons have it.
    private static bool IsMeant(BasicExitReason basic, ulong number)
    {
        if (number > uint.MaxValue)
            return false;
        var reason = new ExitReason((uint)number);
        return reason.BasicReason == basic
            && (
                !reason.EntryFailure
                || basic
                    is BasicExitReason.EntryFailureInvalidGuestState
                        or BasicExitReason.EntryFailureMsrLoading
                        or BasicExitReason.EntryFailureMachineCheck
            );
    }

    private static Fact Of(BasicExitReason reason) =>
        new(
            "exit",
            reason.ToString(),
            BasicExitReasonTexts.NativeNameOf(reason),
            (uint)reason,
            $"exit reason {(uint)reason} of VMX",
            () => Describe(reason)
        )
        {
            Group = Vmx,
            OtherNames = WithoutPrefix(BasicExitReasonTexts.NativeNameOf(reason), VmxPrefix),
            IsMeantBy = number => IsMeant(reason, number),
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

    private static Fact Of(KvmExitReason reason)
    {
        var native = NativeNames.Of(typeof(KvmExitReason).GetField(reason.ToString())!);
        return new("exit", reason.ToString(), native, (uint)reason, $"exit reason {(uint)reason} of KVM_RUN", () => Describe(reason))
        {
            Group = Kvm,
            OtherNames = WithoutPrefix(native, KvmPrefix),
        };
    }

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
