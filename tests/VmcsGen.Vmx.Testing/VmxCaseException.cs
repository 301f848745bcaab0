using System;

namespace VmcsGen.Vmx.Testing;

/// <summary>A value is not what a case expects.</summary>
public sealed class VmxCaseException(string message) : Exception(message);
