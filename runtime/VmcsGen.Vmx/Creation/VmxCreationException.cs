using System;

namespace VmcsGen.Vmx.Creation;

/// <summary>A vCPU could not be created. What the steps had done was undone.</summary>
public sealed class VmxCreationException : VmxException
{
    internal VmxCreationException(VmxCreationStep step, Exception cause, Exception? undo)
        : base(Describe(step, cause, undo), cause) => (Step, UndoFailure) = (step, undo);

    /// <summary>The step that failed; the inner exception says why.</summary>
    public VmxCreationStep Step { get; }

    /// <summary>What could not be undone, if that failed too.</summary>
    public Exception? UndoFailure { get; }

    private static string Describe(VmxCreationStep step, Exception cause, Exception? undo) =>
        $"Creating a vCPU failed at the step '{step.Name}' ({step.Section}): {cause.Message} "
        + (undo is null ? "Everything before was undone." : $"Not everything before could be undone: {undo.Message}");
}
