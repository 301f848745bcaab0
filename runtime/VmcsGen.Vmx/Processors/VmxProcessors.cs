namespace VmcsGen.Vmx;

/// <summary>What every VMX processor offers on top of its instructions.</summary>
public static class VmxProcessors
{
    extension(IVmxProcessor processor)
    {
        /// <summary>The current VMCS, as typed properties; each is a VMREAD or VMWRITE.</summary>
        public Vmcs<CurrentVmcs> CurrentVmcs => new(new CurrentVmcs(processor));
    }
}
