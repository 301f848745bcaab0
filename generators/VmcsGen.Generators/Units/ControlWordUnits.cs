using VmcsGen.Generators.Model;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Units;

/// <summary>The control words of VMX, for the classes of the runtime that know them all.</summary>
internal sealed record ControlWordsUnit(EmitTarget Target, EquatableArray<ControlWord> Words) : EmitUnit(Target);

/// <param name="Name">What members are called that are about the word.</param>
/// <param name="Type">Its bit-field.</param>
/// <param name="Bits">How many bits it has.</param>
/// <param name="Field">The VMCS field that holds it.</param>
/// <param name="Msr">The MSR with its allowed settings.</param>
/// <param name="TrueMsr">The MSR with its allowed settings on processors that have TRUE capability MSRs, if that is another.</param>
/// <param name="Activator">The control that makes the processor look at the word; null if it always does.</param>
internal sealed record ControlWord(
    string Name,
    string Type,
    ItemDoc Doc,
    int Bits,
    string Field,
    string Msr,
    string? TrueMsr,
    ControlBit? Activator
);
