using System;
using System.Collections.Generic;
using VmcsGen.Vmx.Entry;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>Makes up cases: by seed and number always the same.</summary>
/// <param name="guests">The guests with their VMCSs.</param>
/// <param name="memory">What lies in memory.</param>
/// <param name="capabilities">Of the processor.</param>
/// <param name="context">Of the processor.</param>
internal sealed class CaseGenerator(
    IReadOnlyList<(GuestKind Kind, IReadOnlyDictionary<VmcsField, ulong> Fields)> guests,
    FuzzMemory memory,
    VmxCapabilities capabilities,
    VmEntryContext context
)
{
    // How often each kind of mutation is made, out of the sum.
    private static readonly (int Weight, Action<CaseBuilder> Mutate)[] s_kinds =
    [
        (14, AnyMutations.FlipBit),
        (6, AnyMutations.Boundary),
        (4, AnyMutations.ValueOfAnotherField),
        (10, ControlMutations.FlipControl),
        (4, ControlMutations.FlipReservedControl),
        (6, ControlMutations.ChangeAddress),
        (3, ControlMutations.ChangeEptPointer),
        (4, ControlMutations.ChangeCounts),
        (16, SegmentMutations.ChangeAccessRights),
        (8, SegmentMutations.ChangeSelector),
        (6, SegmentMutations.ChangeBaseOrLimit),
        (3, SegmentMutations.ChangePrivilege),
        (8, RegisterMutations.ChangeControlRegister),
        (5, RegisterMutations.ChangeMsr),
        (4, RegisterMutations.ChangeRipOrRflags),
        (10, EventMutations.Inject),
        (8, EventMutations.ChangeState),
        (5, MemoryMutations.LoadMsrs),
        (8, MemoryMutations.ChangePdptes),
        (4, MemoryMutations.ChangeLinkPointer),
        (8, HostMutations.Change),
    ];

    private static readonly int s_sum = Sum();

    /// <summary>A case.</summary>
    public FuzzCase Create(int seed, int number)
    {
        // Case numbers of one seed and seeds of one number lie apart.
        var random = new Random(unchecked((seed * 1_000_003) + number));
        var (guest, fields) = guests[random.Next(guests.Count)];
        while (true)
        {
            var builder = new CaseBuilder(random, fields, memory, capabilities, context);
            var mutations = random.Next(10) switch
            {
                < 5 => 1,
                < 8 => 2,
                < 9 => 3,
                _ => 4,
            };
            for (var i = 0; i < mutations && !builder.IsFull; i++)
                AnyKind(random)(builder);
            if (builder.Fields.Count != 0)
                return new FuzzCase(seed, number, guest, builder.Fields, builder.Patches);
        }
    }

    private static Action<CaseBuilder> AnyKind(Random random)
    {
        var place = random.Next(s_sum);
        foreach (var (weight, mutate) in s_kinds)
        {
            place -= weight;
            if (place < 0)
                return mutate;
        }
        throw new InvalidOperationException("The weights have another sum.");
    }

    private static int Sum()
    {
        var sum = 0;
        foreach (var (weight, _) in s_kinds)
            sum += weight;
        return sum;
    }
}
