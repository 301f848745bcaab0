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

public abstract class Enum : ValueType;

public abstract class Delegate;

public abstract class MulticastDelegate : Delegate;

public class Exception;

public class NotSupportedException : Exception;

public class Type;
