using System.Runtime.CompilerServices;

namespace System;

/// <summary>The base of all classes. Its one field is what ilc's code expects at the start of every object: the type.</summary>
public unsafe class Object
{
    internal nint _type;

    public virtual bool Equals(object? other) => this == other;

    public virtual int GetHashCode() => 0;

    public virtual string ToString() => "an object";
}

public abstract class ValueType;

/// <summary>Names of values are what reflection knows; here there are their numbers.</summary>
public abstract unsafe class Enum : ValueType
{
    public override string ToString() => string.Of(((ulong*)Unsafe.AddressOf(this))[1], 10);
}

public abstract class Type;

// ilc asks for it where values become objects.
internal class RuntimeType : Type;
