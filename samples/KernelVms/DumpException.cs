using System;

namespace KernelVms;

/// <summary>The dump, or the kernel in it, is not as it should be: what is wrong, where, and what to do.</summary>
internal sealed class DumpException(string message) : Exception(message);
