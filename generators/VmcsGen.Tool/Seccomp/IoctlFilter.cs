using System;
using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Tool.Seccomp;

/// <summary>
/// A filter of seccomp for x86-64 that lets some ioctls through. It looks at request numbers alone: BPF sees no descriptor's kind. Other
/// system calls pass, so that it can stand beside filters for them.
/// </summary>
internal static class IoctlFilter
{
    // struct seccomp_data (linux/seccomp.h): int nr; __u32 arch; __u64 instruction_pointer; __u64 args[6].
    private const uint NumberOffset = 0;
    private const uint ArchitectureOffset = 4;
    private const uint RequestOffset = 16 + 8;

    // linux/audit.h, asm/unistd_64.h, and the bit of the x32 interface, whose calls have the same architecture.
    private const uint X86_64 = 0xC000_003E;
    private const uint Ioctl = 16;
    private const uint X32Bit = 0x4000_0000;

    private const uint Allow = 0x7FFF_0000;
    private const uint KillProcess = 0x8000_0000;
    private const uint FailWith = 0x0005_0000;
    private const uint OperationNotPermitted = 1;

    // The type byte of a request number (asm-generic/ioctl.h).
    private const uint TypeBits = 0xFF00;

    // Fewer are compared one by one.
    private const int MostInRow = 4;

    /// <summary>Instructions that the kernel takes at most (BPF_MAXINSNS).</summary>
    public const int MostInstructions = 4096;

    /// <summary>Makes the filter.</summary>
    /// <param name="requests">The requests that pass.</param>
    /// <param name="otherTypesPass">Whether requests pass whose type byte none of the requests has: those of terminals and sockets.</param>
    /// <param name="kill">Whether another request ends the process; else it fails with EPERM.</param>
    public static IReadOnlyList<BpfInstruction> Make(IEnumerable<uint> requests, bool otherTypesPass, bool kill)
    {
        var all = requests.Distinct().Order().ToArray();
        var refuse = BpfInstruction.Return(kill ? KillProcess : FailWith | OperationNotPermitted);
        var pass = BpfInstruction.Return(Allow);
        var filter = new List<BpfInstruction>
        {
            BpfInstruction.Load(ArchitectureOffset),
            BpfInstruction.UnlessEqualSkip(X86_64),
            BpfInstruction.Jump(1),
            BpfInstruction.Return(KillProcess),
            BpfInstruction.Load(NumberOffset),
            BpfInstruction.IfBelowSkip(X32Bit),
            refuse,
            BpfInstruction.UnlessEqualSkip(Ioctl),
            BpfInstruction.Jump(1),
            pass,
        };
        if (otherTypesPass)
            filter.AddRange(TypeCheck(all, pass));
        // The kernel takes the lower 32 bits of the argument for the request (fs/ioctl.c).
        filter.Add(BpfInstruction.Load(RequestOffset));
        filter.AddRange(Search(all, pass, refuse));
        return filter.Count <= MostInstructions
            ? filter
            : throw new InputException(
                $"{all.Length} ioctls make a filter of {filter.Count} instructions. The kernel takes {MostInstructions}."
            );
    }

    private static IEnumerable<BpfInstruction> TypeCheck(uint[] requests, BpfInstruction pass)
    {
        var types = requests.Select(static request => request & TypeBits).Distinct().ToArray();
        yield return BpfInstruction.Load(RequestOffset);
        yield return BpfInstruction.And(TypeBits);
        // Each that fits skips what is left of this part: the others, two instructions each, and the end.
        for (var i = 0; i < types.Length; i++)
        {
            yield return BpfInstruction.UnlessEqualSkip(types[i]);
            yield return BpfInstruction.Jump((2 * (types.Length - 1 - i)) + 1);
        }
        yield return pass;
    }

    // Half by half, so that any request takes few comparisons.
    private static List<BpfInstruction> Search(ReadOnlySpan<uint> requests, BpfInstruction pass, BpfInstruction refuse)
    {
        var code = new List<BpfInstruction>();
        if (requests.Length <= MostInRow)
        {
            foreach (var request in requests)
            {
                code.Add(BpfInstruction.UnlessEqualSkip(request));
                code.Add(pass);
            }
            code.Add(refuse);
            return code;
        }
        var middle = requests.Length / 2;
        var below = Search(requests[..middle], pass, refuse);
        code.Add(BpfInstruction.IfBelowSkip(requests[middle]));
        code.Add(BpfInstruction.Jump(below.Count));
        code.AddRange(below);
        code.AddRange(Search(requests[middle..], pass, refuse));
        return code;
    }
}
