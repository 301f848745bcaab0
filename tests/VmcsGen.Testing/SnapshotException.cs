using System;

namespace VmcsGen.Testing;

/// <summary>What the generator gave is not what was reviewed.</summary>
public sealed class SnapshotException(string message) : Exception(message);
