namespace System;

// The compiler knows these types by name and their contents by itself.
public struct Void;

public struct Boolean;

public struct Char;

public struct SByte;

public struct Byte;

public struct Int16;

public struct UInt16;

public struct Int32
{
    public override string ToString() => this < 0 ? string.Concat("-", string.Of((ulong)-(long)this, 10)) : string.Of((ulong)this, 10);
}

public struct UInt32
{
    public override string ToString() => string.Of(this, 10);
}

public struct Int64;

public struct UInt64
{
    public const ulong MaxValue = 0xFFFF_FFFF_FFFF_FFFF;

    public static bool IsPow2(ulong value) => value != 0 && (value & (value - 1)) == 0;

    public override string ToString() => string.Of(this, 10);
}

public struct IntPtr;

public struct UIntPtr;

public struct Single;

public struct Double;

public struct Nullable<T>
    where T : struct;

public struct RuntimeTypeHandle;

public struct RuntimeMethodHandle;

public struct RuntimeFieldHandle;
