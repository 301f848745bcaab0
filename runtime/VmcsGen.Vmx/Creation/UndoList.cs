using System;
using System.Collections.Generic;

namespace VmcsGen.Vmx.Creation;

/// <summary>What has been done, to be undone in reverse.</summary>
internal sealed class UndoList
{
    private readonly Stack<Action> _actions = new();

    internal void Add(Action action) => _actions.Push(action);

    /// <summary>Undoes everything; what fails does not keep the rest from being undone.</summary>
    /// <returns>What failed, if anything.</returns>
    internal Exception? Undo()
    {
        List<Exception>? failures = null;
        while (_actions.TryPop(out var action))
        {
            try
            {
                action();
            }
#pragma warning disable CA1031 // Collected: the rest must be undone whatever this was.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                (failures ??= []).Add(failure);
            }
        }
        return failures switch
        {
            null => null,
            [var only] => only,
            _ => new AggregateException(failures),
        };
    }
}
