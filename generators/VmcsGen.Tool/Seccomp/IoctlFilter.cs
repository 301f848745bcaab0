using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Vmm;

namespace VmcsGen.Tool.Seccomp;

/// <summary>
/// A filter of seccomp for x86-64 that lets some ioctls through. It looks at request numbers alone: BPF sees no descriptor's kind. Other
/// system calls pass, so that it can stand beside filters for them.
/// </summary>
internal static class IoctlFilter
{
    private const uint Ioctl = 16; // __NR_ioctl (asm/unistd_64.h)
    private const int RequestArgument = 1;

    // The type byte of a request number (asm-generic/ioctl.h).
    private const uint TypeBits = 0xFF00;

    /// <summary>Instructions that the kernel takes at most (BPF_MAXINSNS).</summary>
    public const int MostInstructions = 4096;

    /// <summary>Makes the filter.</summary>
    /// <param name="requests">The requests that pass.</param>
    /// <param name="otherTypesPass">Whether requests pass whose type byte none of the requests has: those of terminals and sockets.</param>
    /// <param name="kill">Whether another request ends the process; else it fails with EPERM.</param>
    public static IReadOnlyList<BpfInstruction> Make(IEnumerable<uint> requests, bool otherTypesPass, bool kill)
    {
        var all = requests.Distinct().Order().ToArray();
        var refuse = BpfInstruction.Return(kill ? SeccompData.KillProcess : SeccompData.FailWith | SeccompData.OperationNotPermitted);
        var pass = BpfInstruction.Return(SeccompData.Allow);
        var filter = new List<BpfInstruction>
        {
            BpfInstruction.Load(SeccompData.Architecture),
            BpfInstruction.UnlessEqualSkip(SeccompData.X86_64),
            BpfInstruction.Jump(1),
            BpfInstruction.Return(SeccompData.KillProcess),
            BpfInstruction.Load(SeccompData.Number),
            BpfInstruction.IfBelowSkip(SeccompData.X32Bit),
            refuse,
            BpfInstruction.UnlessEqualSkip(Ioctl),
            BpfInstruction.Jump(1),
            pass,
        };
        if (otherTypesPass)
            filter.AddRange(TypeCheck(all, pass));
        // The kernel takes the lower 32 bits of the argument for the request (fs/ioctl.c).
        filter.Add(BpfInstruction.Load(SeccompData.Argument(RequestArgument)));
        filter.AddRange(BpfSearch.Make(all, pass, refuse));
        return filter.Count <= MostInstructions
            ? filter
            : throw new InputException(
                $"{all.Length} ioctls make a filter of {filter.Count} instructions. The kernel takes {MostInstructions}."
            );
    }

    private static IEnumerable<BpfInstruction> TypeCheck(uint[] requests, BpfInstruction pass)
    {
        var types = requests.Select(static request => request & TypeBits).Distinct().ToArray();
        yield return BpfInstruction.Load(SeccompData.Argument(RequestArgument));
        yield return BpfInstruction.And(TypeBits);
        // Each that fits skips what is left of this part: the others, two instructions each, and the end.
        for (var i = 0; i < types.Length; i++)
        {
            yield return BpfInstruction.UnlessEqualSkip(types[i]);
            yield return BpfInstruction.Jump((2 * (types.Length - 1 - i)) + 1);
        }
        yield return pass;
    }
}
