using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.Json.Nodes;
using VmcsGen.Vmx;
using VmcsGen.Vmx.Bochs;
using VmcsGen.Vmx.Creation;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Facts;

/// <summary>The encodings of VMCS fields that VMREAD takes on processors of Bochs: <c>bochs_fields.json</c>.</summary>
internal static class BochsRecord
{
    // They have 15 bits (SDM 3C 25.11.2).
    private const int Encodings = 0x8000;
    private const int Batch = 0x400;

    /// <summary>Makes it: every encoding is tried.</summary>
    /// <param name="models">The processors, as Bochs calls them.</param>
    public static JsonObject Of(IReadOnlyList<string> models) =>
        new() { ["models"] = new JsonObject(models.Select(static model => KeyValuePair.Create(model, (JsonNode?)Lines(Accepted(model))))) };

    private static JsonArray Lines(IEnumerable<VmcsField> fields) =>
        new([
            .. fields
                .Select(static field => string.Create(CultureInfo.InvariantCulture, $"0x{(uint)field:x4}"))
                .Chunk(16)
                .Select(static some => (JsonNode)string.Join(' ', some)),
        ]);

    private static VmcsField[] Accepted(string model)
    {
        using var machine = BochsMachine.Start(model);
        IVmxProcessor processor = machine.Cpu;
        var pages = new PhysicalPageAllocator(processor.Memory, machine.Cpu.FreeMemory);
        var capabilities = processor.Capabilities;
        var operation = VmxOperation.Join(processor);
        VmxOperation.Allow(processor);
        operation.SetFixedBits(processor, capabilities);
        operation.Enter(processor, pages, capabilities);
        var region = new byte[VmxPage.Size];
        new VmcsRegion(region).Initialize(capabilities.Basic);
        var address = pages.Allocate();
        processor.Memory.Write(address, region);
        processor.Vmclear(address).ThrowIfFailed("VMCLEAR");
        processor.Vmptrld(address).ThrowIfFailed("VMPTRLD");
        var fields = Enumerable.Range(0, Encodings).Select(static encoding => (VmcsField)encoding).ToArray();
        var outcomes = new VmxResult[Encodings];
        // Bochs writes a line for each field that it has not: some at a time, so that the agent answers soon.
        for (var at = 0; at < Encodings; at += Batch)
            processor.Vmread(fields.AsSpan(at, Batch), new ulong[Batch], outcomes.AsSpan(at, Batch));
        return [.. fields.Where((_, i) => outcomes[i].IsSuccess)];
    }
}
