using System;
using System.Globalization;

namespace VmcsGen.Kvm;

/// <summary>
/// Puts KVM's internal errors other than a failed emulation into words. The data's meaning is KVM's own and has grown: words that
/// are not known are given as they are. Source: Documentation/virt/kvm/api.rst 5; SDM 3C 25.9.2 and 25.9.3 for event information.
/// </summary>
internal static class InternalErrorText
{
    private const string Delivery = "the delivery of an event led to an exit that KVM cannot serve";
    private const string DeliveryCause = ". The guest's IDT or stack probably lies where no memory is";

    private static readonly Field s_processor = new("last host CPU", Decimal);
    private static readonly Field s_event = new("event in delivery", EventText.Describe);
    private static readonly Field s_reason = new("hardware exit reason", Decimal);

    internal static string Describe(KvmInternalError error, ReadOnlySpan<ulong> data) =>
        error switch
        {
            KvmInternalError.SimulEx => "an exception came while another event was delivered, and KVM cannot say which counts"
                + Fields(data, s_event, new("exception", EventText.Describe), new("error code", Hexadecimal), s_processor)
                + ". The guest's IDT, stack or page tables are probably wrong",
            // The address came later, and not with every exit reason.
            KvmInternalError.DeliveryEv when data.Length > 4 => Delivery
                + Fields(data, s_event, s_reason, new("qualification", Hexadecimal), new("guest physical", Hexadecimal), s_processor)
                + DeliveryCause,
            KvmInternalError.DeliveryEv => Delivery
                + Fields(data, s_event, s_reason, new("qualification", Hexadecimal), s_processor)
                + DeliveryCause,
            KvmInternalError.UnexpectedExitReason => "the processor gave an exit reason that KVM has no handler for"
                + Fields(data, s_reason, s_processor)
                + ". The host's KVM is older than its processor, or there is a hypervisor below it; see the kernel log",
            _ => Enum.IsDefined(error) ? $"{error}{Rest(data)}" : $"unknown internal error {error}{Rest(data)}",
        };

    private static string Fields(ReadOnlySpan<ulong> data, params ReadOnlySpan<Field> fields)
    {
        string text = "";
        int known = Math.Min(data.Length, fields.Length);
        for (int i = 0; i < known; i++)
            text += $"{(i == 0 ? ": " : ", ")}{fields[i].Name} {fields[i].Describe(data[i])}";
        return text + Rest(data[known..]);
    }

    private static string Rest(ReadOnlySpan<ulong> data)
    {
        string text = "";
        foreach (ulong word in data)
            text += text.Length == 0 ? $", data {word:X}" : $" {word:X}";
        return text;
    }

    private static string Hexadecimal(ulong value) => $"0x{value:X}";

    private static string Decimal(ulong value) => value.ToString(CultureInfo.InvariantCulture);

    private readonly record struct Field(string Name, Func<ulong, string> Describe);
}
