using System;
using System.Globalization;
using System.Linq;
using VmcsGen.Tool.Tests.Printers;
using VmcsGen.Vmx;
using VmcsGen.Vmx.Entry;
using VmcsGen.Vmx.Fuzz;
using VmcsGen.Vmx.Software;
using VmcsGen.Vmx.Testing;
using Xunit;

namespace VmcsGen.Tool.Tests.Why;

/// <summary>
/// VM entries that fail, made up by the fuzzer of VM entry, printed as each kernel prints them and read back: the findings are those of
/// what was printed, and none is reported that the whole VMCS does not break.
/// </summary>
public class FuzzedEntryTests
{
    // More by VMCSGEN_TOOL_ENTRIES: 20000 take minutes.
    private const int Entries = 300;

    [Fact]
    public void A_failing_entry_is_found_in_what_each_kernel_prints_of_it()
    {
        var target = new EntryTarget(
            new SoftwareVmx(new PhysicalMemory(64 << 20), new SoftwareVmxProfile(), new ScriptedExecutor()),
            0x10_0000
        );
        var random = new Random(1);
        var (failing, found) = (0, 0);
        for (var number = 0; failing < EntryCount(); number++)
        {
            var one = target.Create(seed: 18, number);
            var whole = target.Check(one);
            if (whole.IsValid)
                continue;
            failing++;
            var broken = whole.Violations.Select(static violation => violation.Rule.Name).ToHashSet();
            var fields = target.VmcsOf(one.Guest).ToDictionary();
            foreach (var (field, value) in one.Fields)
                fields[field] = value;
            fields[VmcsField.ExitReason] = 0x8000_0021;
            foreach (var dialect in PrintedLog.Dialects)
            {
                var printed = PrintedLog.Print(fields, dialect);
                var (_, send) = PrintedLog.Ways[random.Next(PrintedLog.Ways.Length)];

                var dump = Assert.Single(PrintedLog.Read(send(printed), out var problems));

                Assert.Empty(problems);
                Assert.Equal(printed.Fields.OrderBy(static field => field.Key), dump.Fields.OrderBy(static field => field.Key));
                // Printers show what the processor lacks as 0, where a kernel would not print it.
                var held = dump.Fields.Where(field => fields.ContainsKey(field.Key)).ToDictionary();
                var report = VmEntryChecker.CheckKnown(held, target.Rig.Processor, target.Context);
                Assert.True(
                    report.Violations.All(violation => broken.Contains(violation.Rule.Name)),
                    $"{dialect}: {one.Describe(target.VmcsOf(one.Guest))}\n{report}\n{whole}"
                );
                found += report.Violations.Count;
            }
        }
        // Dumps leave fields out, but not most of those that matter.
        Assert.True(found > failing * PrintedLog.Dialects.Length / 2, $"{found} findings in {failing} entries.");
    }

    private static int EntryCount() =>
        int.TryParse(
            Environment.GetEnvironmentVariable("VMCSGEN_TOOL_ENTRIES"),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var count
        )
            ? count
            : Entries;
}
