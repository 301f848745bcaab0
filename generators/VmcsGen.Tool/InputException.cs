using System;

namespace VmcsGen.Tool;

/// <summary>What the user gave cannot be used. The message says what, where and what to do.</summary>
/// <param name="message">The message.</param>
internal sealed class InputException(string message) : Exception(message);
