namespace System
{
    public class Attribute;

    public enum AttributeTargets
    {
        All = 0x7FFF,
    }

    public sealed class AttributeUsageAttribute(AttributeTargets targets) : Attribute
    {
        public bool AllowMultiple { get; set; }
        public bool Inherited { get; set; }
        public AttributeTargets ValidOn => targets;
    }

    public sealed class FlagsAttribute : Attribute;

    public sealed class ParamArrayAttribute : Attribute;
}

namespace System.Diagnostics.CodeAnalysis
{
    public sealed class DoesNotReturnAttribute : Attribute;
}

namespace System.Reflection
{
    public sealed class DefaultMemberAttribute(string name) : Attribute
    {
        public string MemberName => name;
    }
}

namespace System.Runtime
{
    /// <summary>A method that is somebody else's symbol.</summary>
    public sealed class RuntimeImportAttribute(string library, string entry) : Attribute
    {
        public string DllName => library;
        public string EntryPoint => entry;
    }

    /// <summary>A method that others know by this symbol.</summary>
    public sealed class RuntimeExportAttribute(string entry) : Attribute
    {
        public string EntryPoint => entry;
    }
}

namespace System.Runtime.InteropServices
{
    public enum LayoutKind
    {
        Sequential = 0,
        Explicit = 2,
        Auto = 3,
    }

    public sealed class StructLayoutAttribute(LayoutKind kind) : Attribute
    {
        public int Pack;
        public int Size;
        public LayoutKind Value => kind;
    }

    public sealed class FieldOffsetAttribute(int offset) : Attribute
    {
        public int Value => offset;
    }

    public sealed class UnmanagedCallersOnlyAttribute : Attribute
    {
        public string? EntryPoint;
    }

    public sealed class InAttribute : Attribute;

    public sealed class OutAttribute : Attribute;

    public enum UnmanagedType;
}

namespace System.Runtime.CompilerServices
{
    public enum MethodImplOptions
    {
        NoInlining = 8,
        AggressiveInlining = 0x100,
        InternalCall = 0x1000,
    }

    public sealed class MethodImplAttribute(MethodImplOptions options) : Attribute
    {
        public MethodImplOptions Value => options;
    }

    public sealed class IntrinsicAttribute : Attribute;

    public sealed class CallerArgumentExpressionAttribute(string parameter) : Attribute
    {
        public string ParameterName => parameter;
    }

    public sealed class ExtensionAttribute : Attribute;

    public sealed class InlineArrayAttribute(int length) : Attribute
    {
        public int Length => length;
    }

    public sealed class InterpolatedStringHandlerAttribute : Attribute;

    public sealed class IsByRefLikeAttribute : Attribute;

    public sealed class IsExternalInit;

    public sealed class IsVolatile;

    public sealed class UnsafeValueTypeAttribute : Attribute;

    public static class RuntimeFeature
    {
        public const string ByRefFields = nameof(ByRefFields);
        public const string DefaultImplementationsOfInterfaces = nameof(DefaultImplementationsOfInterfaces);
        public const string InlineArrayTypes = nameof(InlineArrayTypes);
        public const string NumericIntPtr = nameof(NumericIntPtr);
        public const string UnmanagedSignatureCallingConvention = nameof(UnmanagedSignatureCallingConvention);
        public const string VirtualStaticsInInterfaces = nameof(VirtualStaticsInInterfaces);
    }
}
