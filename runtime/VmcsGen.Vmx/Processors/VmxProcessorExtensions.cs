namespace VmcsGen.Vmx;

/// <summary>What every VMX processor offers on top of its instructions.</summary>
public static class VmxProcessorExtensions
{
    extension(IVmxProcessor processor)
    {
        /// <summary>The current VMCS, as typed properties; each is a VMREAD or VMWRITE.</summary>
        public Vmcs<CurrentVmcs> CurrentVmcs => new(new CurrentVmcs(processor));

        /// <summary>
        /// Whether the processor has a VMCS field: it is asked by VMREAD, with any VMCS current. <see cref="VmxCapabilities.Supports"/>
        /// tells beforehand what its capability MSRs announce, and a hypervisor that offers VMX to its guest may have less.
        /// </summary>
        /// <param name="field">The field's encoding; an odd one asks for the high half of a 64-bit field.</param>
        /// <exception cref="VmxFailException">There is no current VMCS to ask about.</exception>
        /// <exception cref="ProcessorFaultException">#UD: not in VMX operation.</exception>
        public bool Has(VmcsField field)
        {
            var outcome = processor.Vmread(field, out _);
            if (outcome.Error != VmInstructionError.UnsupportedVmcsComponent)
                outcome.ThrowIfFailed($"VMREAD of {VmcsFields.NameOf(field)}");
            return outcome.IsSuccess;
        }
    }
}
