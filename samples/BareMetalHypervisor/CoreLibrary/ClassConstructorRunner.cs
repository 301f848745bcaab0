namespace System.Runtime.CompilerServices;

/// <summary>Runs the initialisers of a class before its statics are used for the first time. There is one thread.</summary>
internal static unsafe class ClassConstructorRunner
{
    private static object CheckStaticClassConstructionReturnGCStaticBase(StaticClassConstructionContext* context, object statics)
    {
        Check(context);
        return statics;
    }

    private static nint CheckStaticClassConstructionReturnNonGCStaticBase(StaticClassConstructionContext* context, nint statics)
    {
        Check(context);
        return statics;
    }

    private static void Check(StaticClassConstructionContext* context)
    {
        var constructor = context->Constructor;
        if (constructor == 0)
            return;
        context->Constructor = 0;
        ((delegate* <void>)constructor)();
    }
}

/// <summary>In front of a class's statics: what initialises them, until that was done.</summary>
internal struct StaticClassConstructionContext
{
    public nint Constructor;
}
