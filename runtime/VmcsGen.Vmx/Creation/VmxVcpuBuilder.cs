using System;
using System.Collections.Generic;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Vmx.Creation;

/// <summary>
/// Creates vCPUs on a processor with VMX, in the steps that <see cref="Steps"/> lists. If one fails, those before are undone in
/// reverse: pages, VPID, current VMCS, VMX operation and control registers are as before.
/// </summary>
/// <example><code>
/// var builder = new VmxVcpuBuilder(processor, pages)
/// {
///     Guest = VmxGuestState.RealMode(cs: 0, ip: 0x7C00, sp: 0x7000),
///     Memory = [EptMapping.Identity(0, 1 &lt;&lt; 20)],
///     Required = new() { PrimaryProcessorBased = new() { HltExiting = true } },
/// };
/// using var vcpu = builder.Build();
/// var exit = vcpu.Run();
/// </code></example>
public sealed class VmxVcpuBuilder
{
    /// <summary>Creates vCPUs on a processor.</summary>
    /// <param name="processor">The processor, in 64-bit mode at CPL 0.</param>
    /// <param name="pages">Where VMXON region, VMCS regions, bitmaps, areas and EPT tables are taken from.</param>
    public VmxVcpuBuilder(IVmxProcessor processor, PhysicalPageAllocator pages)
    {
        ArgumentNullException.ThrowIfNull(processor);
        ArgumentNullException.ThrowIfNull(pages);
        Processor = processor;
        Pages = pages;
    }

    /// <summary>The steps, in order.</summary>
    public static IReadOnlyList<VmxCreationStep> Steps => VmxCreationSteps.All;

    /// <summary>The processor.</summary>
    public IVmxProcessor Processor { get; }

    /// <summary>Where pages are taken from.</summary>
    public PhysicalPageAllocator Pages { get; }

    /// <summary>Where VPIDs are taken from; vCPUs of one processor share one.</summary>
    public VpidAllocator Vpids { get; init; } = new();

    /// <summary>What the guest begins with.</summary>
    public required VmxGuestState Guest { get; init; }

    /// <summary>
    /// Controls that have to be 1, besides those that follow from the other properties: those of the guest's mode, of EPT if there
    /// is <see cref="Memory"/>, and of bitmaps that are given.
    /// </summary>
    public VmxControlSet Required { get; init; }

    /// <summary>Controls that shall be 1 where the processor supports that. VPIDs and loading IA32_EFER and IA32_PAT always are.</summary>
    public VmxControlSet Optional { get; init; }

    /// <summary>
    /// EPT paging structures that the vCPU shares with others, of this processor or of more; they stay when the vCPU goes. Null for its
    /// own, made from <see cref="Memory"/>.
    /// </summary>
    public EptMap? Ept { get; init; }

    /// <summary>
    /// What EPT maps. Without any mapping, and without <see cref="Ept"/>, EPT is off, and guest-physical addresses are physical addresses.
    /// </summary>
    public IReadOnlyList<EptMapping> Memory { get; init; } = [];

    /// <summary>Physical-address width that the guest sees in CPUID 80000008H, which decides how many levels EPT has.</summary>
    public int GuestPhysicalAddressWidth { get; init; } = 36;

    /// <summary>
    /// The MSR bitmaps, one page; see <see cref="Structures.MsrBitmap"/>. Without them every RDMSR and WRMSR causes a VM exit.
    /// </summary>
    public ReadOnlyMemory<byte> MsrBitmap { get; init; }

    /// <summary>The I/O bitmaps A and B, two pages; see <see cref="Structures.IoBitmaps"/>.</summary>
    public ReadOnlyMemory<byte> IoBitmaps { get; init; }

    /// <summary>
    /// MSRs with the guest's values: VM entries load them, VM exits store them and load those that the processor has now.
    /// </summary>
    public IReadOnlyDictionary<uint, ulong> GuestMsrs { get; init; } = new Dictionary<uint, ulong>();

    /// <summary>Creates a vCPU. Its VMCS is current and clear; the first <see cref="VmxVcpu.Run"/> launches it.</summary>
    /// <exception cref="InvalidOperationException">
    /// Bitmaps have another size, or both <see cref="Ept"/> and <see cref="Memory"/> are given.
    /// </exception>
    /// <exception cref="VmxCreationException">A step failed; everything before it was undone.</exception>
    public VmxVcpu Build()
    {
        Check(MsrBitmap, VmxPage.Size, nameof(MsrBitmap));
        Check(IoBitmaps, 2 * VmxPage.Size, nameof(IoBitmaps));
        if (Ept is not null && Memory.Count != 0)
            throw new InvalidOperationException(
                $"Either {nameof(Ept)} says what is mapped or {nameof(Memory)} does: map it in the shared one."
            );
        var creation = new VmxCreation(this);
        foreach (var step in Steps)
        {
            try
            {
                step.Perform(creation);
            }
            catch (Exception cause)
            {
                throw new VmxCreationException(step, cause, creation.Undo.Undo());
            }
        }
        return new VmxVcpu(creation);
    }

    private static void Check(ReadOnlyMemory<byte> bitmap, int size, string name)
    {
        if (bitmap.Length != 0 && bitmap.Length != size)
            throw new InvalidOperationException($"{name} has {bitmap.Length} bytes instead of {size}.");
    }
}
