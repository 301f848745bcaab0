using System.Runtime;
using Internal.Runtime.CompilerHelpers;

namespace System;

/// <summary>There is nobody to catch one: its message is the last that the machine says.</summary>
public class Exception
{
    public Exception() => Message = "An exception.";

    public Exception(string message) => Message = message;

    public string Message { get; }

    [RuntimeExport("RhpThrowEx")]
    internal static void Throw(Exception exception) => ThrowHelpers.Stop(exception.Message);
}

public class NotSupportedException : Exception;

public class ArgumentException(string message, string parameter) : Exception(string.Concat(string.Concat(parameter, ": "), message));

public class ArgumentOutOfRangeException(string parameter, string message) : ArgumentException(message, parameter);
