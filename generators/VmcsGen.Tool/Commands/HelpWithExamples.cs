using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace VmcsGen.Tool.Commands;

/// <summary>Help that ends with examples.</summary>
/// <param name="help">The help without them.</param>
internal sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
{
    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        var result = help.Invoke(parseResult);
        if (parseResult.CommandResult.Command is ToolCommand { Examples.Count: > 0 } command)
        {
            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (var (line, purpose) in command.Examples)
            {
                output.WriteLine($"  {purpose}");
                output.WriteLine($"    {line}");
            }
            output.WriteLine();
        }
        return result;
    }
}
