namespace VmcsGen.Vmx;

/// <summary>
/// A VMCS with one typed property per field. Each property is one access by its encoding: a load or store on an image, a
/// VMREAD or VMWRITE on a processor.
/// </summary>
/// <typeparam name="TAccess">How the VMCS is reached.</typeparam>
/// <param name="access">The access that all properties use.</param>
public readonly partial struct Vmcs<TAccess>(TAccess access)
    where TAccess : struct, IVmcsAccess
{
    private readonly TAccess _access = access;

    /// <summary>The access behind the properties, for fields by encoding and for results instead of exceptions.</summary>
    public TAccess Access => _access;
}
