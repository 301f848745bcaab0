using System;
using System.Collections.Generic;
using System.Text;

namespace VmcsGen.Vmm;

/// <summary>A kernel's command line, built of parameters. Each is checked when it is added.</summary>
public sealed class CommandLine
{
    private readonly List<string> _parameters = [];

    /// <summary>Adds a flag, such as <c>quiet</c>.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>This.</returns>
    /// <exception cref="ArgumentException">The name is empty or has characters that a name cannot have.</exception>
    public CommandLine Add(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Check(name, nameof(name), mayHaveBlanks: false, forbidden: '=');
        _parameters.Add(name);
        return this;
    }

    /// <summary>Adds a parameter, such as <c>console=ttyS0</c>. A value with blanks gets quotation marks.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value.</param>
    /// <returns>This.</returns>
    /// <exception cref="ArgumentException">The name or the value has characters that cannot be written.</exception>
    public CommandLine Add(string name, string value)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(value);
        Check(name, nameof(name), mayHaveBlanks: false, forbidden: '=');
        Check(value, nameof(value), mayHaveBlanks: true, forbidden: '"');
        _parameters.Add(value.Contains(' ', StringComparison.Ordinal) ? $"{name}=\"{value}\"" : $"{name}={value}");
        return this;
    }

    /// <summary>Adds text as it is: several parameters, or what is meant for the first program behind <c>--</c>.</summary>
    /// <param name="text">The text.</param>
    /// <returns>This.</returns>
    /// <exception cref="ArgumentException">It has characters that cannot be written.</exception>
    public CommandLine AddText(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        Check(text, nameof(text), mayHaveBlanks: true, forbidden: '\0');
        if (!string.IsNullOrWhiteSpace(text))
            _parameters.Add(text.Trim());
        return this;
    }

    /// <summary>The command line.</summary>
    public override string ToString() => string.Join(' ', _parameters);

    /// <summary>The command line as a guest gets it, with a zero at its end.</summary>
    internal byte[] ToBytes(uint longest)
    {
        var text = ToString();
        if (text.Length > longest)
            throw new ArgumentException($"The command line has {text.Length} characters, and this kernel takes {longest}.");
        return Encoding.ASCII.GetBytes(text + '\0');
    }

    private static void Check(string text, string parameter, bool mayHaveBlanks, char forbidden)
    {
        foreach (var character in text)
        {
            if (character is < ' ' or > '~' || character == forbidden || (character == ' ' && !mayHaveBlanks))
                throw new ArgumentException($"The character U+{(int)character:X4} cannot stand in '{text}' on a command line.", parameter);
        }
    }
}
