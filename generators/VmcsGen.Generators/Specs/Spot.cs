using System;

namespace VmcsGen.Generators.Specs;

/// <summary>A value and the token it was read from.</summary>
internal readonly record struct Spot<T>(T Value, int At)
    where T : IEquatable<T>;
