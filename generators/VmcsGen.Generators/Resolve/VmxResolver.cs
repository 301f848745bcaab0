namespace VmcsGen.Generators.Resolve;

/// <summary>Resolves the VMX kinds, in the order in which they can refer to each other.</summary>
internal sealed class VmxResolver(Resolver resolver)
{
    private readonly EnumResolver _enums = new(resolver);
    private readonly MsrResolver _msrs = new(resolver);
    private readonly BitFieldResolver _bitFields = new(resolver);
    private readonly FieldResolver _fields = new(resolver);
    private readonly LayoutResolver _layouts = new(resolver);
    private readonly ControlWordResolver _controlWords = new(resolver);

    public void Declare()
    {
        _enums.Declare();
        _msrs.Declare();
        _bitFields.Declare();
        _fields.Declare();
        _layouts.Declare();
    }

    /// <summary>Checks what can only be checked when everything is declared.</summary>
    public void Check()
    {
        _msrs.Check();
        _controlWords.Check();
        _fields.Check();
        _layouts.Check();
    }

    public void Emit()
    {
        _enums.Emit();
        _bitFields.Emit();
        _fields.Emit();
        _layouts.Emit();
        _msrs.Emit();
        _controlWords.Emit();
    }
}
