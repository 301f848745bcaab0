using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Resolve;

/// <summary>Which items need which others.</summary>
internal sealed class ItemUses
{
    private readonly Dictionary<SpecItem, List<(FileScope Scope, SpecItem Item)>> _users = new(ReferenceComparer<SpecItem>.Instance);

    /// <summary>Says that an item needs another one: it is left out with that.</summary>
    public void Add(FileScope scope, SpecItem item, SpecItem? used)
    {
        if (used is null || used == (object)item)
            return;
        if (!_users.TryGetValue(used, out var users))
            _users.Add(used, users = []);
        users.Add((scope, item));
    }

    /// <summary>Leaves out what needs something that was left out.</summary>
    public void DropUsers(IEnumerable<FileScope> scopes)
    {
        var left = new Queue<SpecItem>(scopes.SelectMany(static scope => scope.File.Items.Where(scope.IsDropped)));
        while (left.Count > 0)
        {
            if (!_users.TryGetValue(left.Dequeue(), out var users))
                continue;
            foreach (var (scope, item) in users)
            {
                if (scope.Drop(item))
                    left.Enqueue(item);
            }
        }
    }
}
