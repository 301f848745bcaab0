using System;

namespace BareMetalHypervisor;

/// <summary>A tool is missing, or did not do its work.</summary>
internal sealed class ToolException(string message) : Exception(message);
