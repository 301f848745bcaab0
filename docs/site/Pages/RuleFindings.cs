using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using VmcsGen.Vmx;
using VmcsGen.Vmx.Entry;
using VmcsGen.Vmx.Tests;

namespace VmcsGen.Site.Pages;

/// <summary>What the checker says of VMCSs that break the rules of VM entry one by one.</summary>
internal sealed class RuleFindings
{
    private readonly WitnessFile _file;

    private RuleFindings(WitnessFile file) => _file = file;

    /// <summary>Reads the witnesses.</summary>
    public static RuleFindings Read(string repository) =>
        new(WitnessFile.Parse(File.ReadAllText(Path.Combine(repository, "tests", "witnesses", "vm-entry.json"))));

    /// <summary>An entry that breaks a rule, and what the checker says of it.</summary>
    public string SectionOf(string rule, string path, Links links)
    {
        var witness = _file.Witnesses.Single(witness => witness.Rule == rule);
        var violation = Check(witness).Violations.First(violation => violation.Rule.Name == rule);
        var text = new StringBuilder();
        text.Append("## An entry that breaks it\n\n");
        text.Append(CultureInfo.InvariantCulture, $"{links.Text(violation.Finding, path)}\n\n");
        text.Append(
            Markdown.Table(
                ["field", "value"],
                violation.Fields.Select(field => new[] { links.Text(field.Name, path), $"0x{field.Value:X}" })
            )
        );
        text.Append(CultureInfo.InvariantCulture, $"\nTo satisfy it: {links.Text(violation.Remedy, path)}\n\n");
        text.Append(CultureInfo.InvariantCulture, $"VMLAUNCH reports: {links.Text(witness.Outcome, path)}.\n\n");
        text.Append(
            CultureInfo.InvariantCulture,
            $"The whole VMCS is in [vm-entry.json]({Markdown.Relative(path, "tests/witnesses/vm-entry.json")}), and [a table]({Markdown.Relative(path, "docs/vm-entry-rules.md")}) names the machines on which the rule decided an entry.\n"
        );
        return text.ToString();
    }

    private VmEntryReport Check(Witness witness)
    {
        var msrs = new MsrValues();
        foreach (var (index, value) in _file.Processors[witness.Processor])
            msrs.Add((uint)Witness.Number(index), Witness.Number(value));
        var vmcs = new Vmcs<TestVmcs>(new TestVmcs());
        foreach (var (field, value) in _file.Starts[witness.Start].Concat(witness.Change))
            vmcs.Access.Write((VmcsField)Witness.Number(field), Witness.Number(value));
        return VmEntryChecker.Check(vmcs, VmxCapabilities.Read(msrs), witness.ReadContext());
    }
}
