using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Specs;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Resolve;

/// <summary>Leaves out what another file says too.</summary>
internal static class Repetitions
{
    /// <summary>Of files that say the same, the one nearest to the project counts.</summary>
    public static void LeaveCopiesOut(IEnumerable<FileScope> scopes)
    {
        var same = scopes
            .Where(static scope => scope.File.Items.Count > 0)
            .GroupBy(static scope =>
                (scope.File.Kind, scope.File.Namespace, scope.File.Items.Select(static item => item.Fingerprint).ToEquatable())
            );
        foreach (var files in same.Where(static files => files.Skip(1).Any()))
        {
            var ordered = files
                .OrderBy(static scope => scope.File.Path.Count(static c => c is '/' or '\\'))
                .ThenBy(static scope => scope.File.Path, StringComparer.Ordinal)
                .ToArray();
            foreach (var copy in ordered.Skip(1))
            {
                copy.Errors.Add(SpecError.Of(DiagnosticIds.CopiedFile, 0, ordered[0].File.Path));
                copy.File.Items.ToList().ForEach(copy.LeaveOut);
            }
        }
    }

    /// <summary>What a file about one machine says counts, and not what one about several says.</summary>
    public static void LeaveSharedOut(IReadOnlyList<FileScope> scopes)
    {
        var own = new HashSet<(Type, string)>(
            scopes
                .Where(static scope => !scope.File.IsShared)
                .SelectMany(static scope => scope.File.Items)
                .Select(static item => (item.GetType(), item.Name.Value))
        );
        foreach (var scope in scopes.Where(static scope => scope.File.IsShared))
        {
            foreach (var item in scope.File.Items.Where(item => own.Contains((item.GetType(), item.Name.Value))))
                scope.LeaveOut(item);
        }
    }
}
