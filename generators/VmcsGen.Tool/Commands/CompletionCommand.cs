using System.CommandLine;

namespace VmcsGen.Tool.Commands;

/// <summary><c>vmcsgen completion</c>: completion for shells. It asks vmcsgen itself, by the directive <c>[suggest]</c>.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        _vmcsgen() {
            local IFS=$'\n'
            COMPREPLY=($(compgen -W "$(vmcsgen "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _vmcsgen vmcsgen
        """;

    private const string Zsh = """
        _vmcsgen() {
            local -a found
            found=("${(@f)$(vmcsgen "[suggest:${#BUFFER}]" "${BUFFER}" 2>/dev/null)}")
            compadd -a found
            _files
        }
        compdef _vmcsgen vmcsgen
        """;

    private const string Fish = """
        complete -c vmcsgen -a '(vmcsgen "[suggest:"(commandline -C)"]" (commandline) 2>/dev/null)'
        """;

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new ToolCommand(
            "completion",
            "Writes what makes a shell complete commands and names.",
            ("source <(vmcsgen completion bash)", "In ~/.bashrc:"),
            ("source <(vmcsgen completion zsh)", "In ~/.zshrc, behind compinit:"),
            ("vmcsgen completion fish | source", "In ~/.config/fish/config.fish:")
        )
        {
            shell,
        };
        command.SetAction(parsed =>
        {
            terminal.Output.WriteLine(
                parsed.GetValue(shell) switch
                {
                    "bash" => Bash,
                    "zsh" => Zsh,
                    _ => Fish,
                }
            );
            return ExitCodes.Good;
        });
        return command;
    }
}
