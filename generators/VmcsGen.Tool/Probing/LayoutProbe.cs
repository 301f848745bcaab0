using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Vmx;
using VmcsGen.Vmx.Creation;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Tool.Probing;

/// <summary>
/// Finds a processor's private layout of VMCS regions: VMWRITE gives every field a value that no other has, VMCLEAR brings the region to
/// memory, and there the values are looked for. Several times, with other values, so that nothing is found by chance.
/// </summary>
internal static class LayoutProbe
{
    // 16 bits of a field, five times: no chance is left among 4096 places.
    private const int Pictures = 5;

    /// <summary>Finds the layout.</summary>
    /// <param name="processor">The processor, whose VMX operation this begins and ends if nobody else has.</param>
    /// <param name="pages">Memory for the regions.</param>
    /// <param name="description">The processor, in words.</param>
    public static ProbedLayout Run(IVmxProcessor processor, PhysicalPageAllocator pages, string description)
    {
        var capabilities = processor.Capabilities;
        var operation = VmxOperation.Join(processor);
        try
        {
            if (operation.IsNew)
            {
                VmxOperation.Allow(processor);
                operation.SetFixedBits(processor, capabilities);
                operation.Enter(processor, pages, capabilities);
            }
            return Run(processor, pages.Allocate(), capabilities, description);
        }
        finally
        {
            operation.Leave();
        }
    }

    private static ProbedLayout Run(IVmxProcessor processor, ulong address, VmxCapabilities capabilities, string description)
    {
        var fields = VmcsFields.All.ToArray().Select(static info => info.Field).ToArray();
        var values = new ulong[Pictures][];
        var images = new byte[Pictures][];
        var outcomes = new VmxResult[fields.Length];
        for (var picture = 0; picture < Pictures; picture++)
        {
            var page = new byte[VmxPage.Size];
            new VmcsRegion(page).Initialize(capabilities.Basic);
            processor.Memory.Write(address, page);
            processor.Vmclear(address).ThrowIfFailed("VMCLEAR");
            processor.Vmptrld(address).ThrowIfFailed("VMPTRLD");
            processor.Vmwrite(fields, [.. fields.Select(field => Distinct(field, picture))], outcomes);
            values[picture] = new ulong[fields.Length];
            var read = new VmxResult[fields.Length];
            processor.Vmread(fields, values[picture], read);
            processor.Vmclear(address).ThrowIfFailed("VMCLEAR");
            processor.Memory.Read(address, page);
            images[picture] = page;
        }
        var size = Math.Min((int)capabilities.Basic.VmcsRegionSize, VmxPage.Size);
        return new(
            description,
            capabilities.Basic.VmcsRevisionIdentifier,
            size,
            Found(fields, outcomes, values, images),
            [.. fields.Where((_, i) => outcomes[i].Error == VmInstructionError.VmwriteReadOnlyVmcsComponent)]
        );
    }

    // Two fields at one place would be one value that both show.
    private static List<ProbedField> Found(VmcsField[] fields, VmxResult[] outcomes, ulong[][] values, byte[][] images)
    {
        var found = new List<ProbedField>();
        for (var i = 0; i < fields.Length; i++)
        {
            if (outcomes[i].IsSuccess)
                found.Add(FieldPlaces.Find(fields[i], [.. values.Select(picture => picture[i])], images));
        }
        return found;
    }

    // As a processor has it: bits that a field lacks are dropped by VMWRITE.
    private static ulong Distinct(VmcsField field, int picture)
    {
        var mixed = ((ulong)field << 8 | (uint)(picture + 1)) * 0x9E37_79B9_7F4A_7C15;
        mixed ^= mixed >> 29;
        mixed *= 0xBF58_476D_1CE4_E5B9;
        mixed ^= mixed >> 32;
        return field.Size == sizeof(ulong) ? mixed : mixed & ((1UL << (8 * field.Size)) - 1);
    }
}
