using System;
using System.Linq;
using VmcsGen.Generators.Model;

namespace VmcsGen.Generators.Specs;

/// <summary>A mistake in a spec: a diagnostic id, the token it is about, and the arguments of the diagnostic's message.</summary>
internal readonly record struct SpecError(string Id, int At, EquatableArray<string> Arguments)
{
    public static SpecError Of(string id, int at, params object[] arguments) =>
        new(id, at, arguments.Select(static argument => Convert.ToString(argument, System.Globalization.CultureInfo.InvariantCulture) ?? "").ToEquatable());
}
