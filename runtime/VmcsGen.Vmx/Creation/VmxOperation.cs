using System.Runtime.CompilerServices;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Vmx.Creation;

/// <summary>
/// VMX operation of a processor, as far as vCPUs here turned it on: the first one does, and the last one to go turns it off. If it
/// was on before, it is left alone.
/// </summary>
internal sealed class VmxOperation
{
    private const ulong Cr4Vmxe = 1UL << 13;

    private static readonly ConditionalWeakTable<IVmxProcessor, VmxOperation> s_operations = [];

    private readonly UndoList _undo = new();
    private int _users;

    /// <summary>Whether VMX operation still has to be entered.</summary>
    internal bool IsNew => _users == 1 && !WasOn;

    private bool WasOn { get; set; }

    /// <summary>Takes part in the VMX operation of a processor.</summary>
    internal static VmxOperation Join(IVmxProcessor processor)
    {
        var operation = s_operations.GetOrCreateValue(processor);
        if (operation._users == 0)
            operation.WasOn = IsOn(processor);
        operation._users++;
        return operation;
    }

    internal void Leave()
    {
        if (--_users == 0 && _undo.Undo() is { } failure)
            throw failure;
    }

    /// <summary>Lets the processor execute VMXON, if that is still open (SDM 3C 24.7).</summary>
    /// <exception cref="System.NotSupportedException">It is closed.</exception>
    internal static void Allow(IVmxProcessor processor)
    {
        const uint Msr = (uint)VmxMsr.Ia32FeatureControl;
        var control = new FeatureControl(processor.ReadMsr(Msr));
        if (!control.Locked)
            processor.WriteMsr(Msr, (control with { Locked = true, VmxOutsideSmx = true }).Value);
        else if (!control.VmxOutsideSmx)
            throw new System.NotSupportedException("IA32_FEATURE_CONTROL is locked and does not allow VMX: enable VMX in the firmware.");
    }

    /// <summary>SDM 3C 24.8: the bits of CR0 and CR4 that VMX operation fixes, CR4.VMXE among them.</summary>
    internal void SetFixedBits(IVmxProcessor processor, VmxCapabilities capabilities)
    {
        Set(ControlRegister.Cr0, capabilities.Cr0.Adjust);
        Set(ControlRegister.Cr4, value => capabilities.Cr4.Adjust(value | Cr4Vmxe));

        void Set(ControlRegister register, System.Func<ulong, ulong> adjust)
        {
            var before = processor.ReadControlRegister(register);
            if (adjust(before) == before)
                return;
            processor.WriteControlRegister(register, adjust(before));
            _undo.Add(() => processor.WriteControlRegister(register, before));
        }
    }

    /// <summary>SDM 3C 25.11.5: VMXON with a region of its own.</summary>
    internal void Enter(IVmxProcessor processor, PhysicalPageAllocator pages, VmxCapabilities capabilities)
    {
        var region = pages.Allocate();
        _undo.Add(() => pages.Free(region));
        var page = new byte[VmxPage.Size];
        new VmxonRegion(page).Initialize(capabilities.Basic);
        processor.Memory.Write(region, page);
        processor.Vmxon(region).ThrowIfFailed($"VMXON 0x{region:X}");
        _undo.Add(() => processor.Vmxoff().ThrowIfFailed("VMXOFF"));
    }

    // Outside of VMX operation VMPTRST raises #UD.
    private static bool IsOn(IVmxProcessor processor)
    {
        if ((processor.ReadControlRegister(ControlRegister.Cr4) & Cr4Vmxe) == 0)
            return false;
        try
        {
            return processor.Vmptrst(out _).IsSuccess;
        }
        catch (ProcessorFaultException)
        {
            return false;
        }
    }
}
