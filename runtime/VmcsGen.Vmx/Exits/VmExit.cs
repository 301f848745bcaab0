using System;
using System.Runtime.CompilerServices;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Vmx;

/// <summary>
/// A VM exit: the VM-exit information fields of a VMCS, taken at one moment, with the exit qualification and the instruction
/// information as what they are for its exit reason. A property that belongs to other exit reasons throws and names both
/// (SDM 3C 25.9 and 28.2).
/// </summary>
/// <example><code>
/// var exit = VmExit.Read(vmcs);
/// switch (exit.BasicReason)
/// {
///     case BasicExitReason.CrAccess:
///         EmulateMovToCr(exit.CrAccess.ControlRegister, exit.CrAccess.GeneralPurposeRegister);
///         vmcs.GuestRip += exit.InstructionLength;
///         break;
///     case BasicExitReason.EptViolation:
///         Map(exit.GuestPhysicalAddress, write: exit.EptViolation.DataWrite);
///         break;
///     default:
///         throw new NotSupportedException(exit.Describe());
/// }
/// </code></example>
public readonly partial struct VmExit
{
    private static readonly VmcsField[] s_fields =
    [
        VmcsField.ExitReason,
        VmcsField.ExitQualification,
        VmcsField.GuestLinearAddress,
        VmcsField.GuestPhysicalAddress,
        VmcsField.ExitInstructionLength,
        VmcsField.ExitInstructionInformation,
        VmcsField.ExitInterruptionInformation,
        VmcsField.ExitInterruptionErrorCode,
        VmcsField.IdtVectoringInformation,
        VmcsField.IdtVectoringErrorCode,
    ];

    /// <summary>The exit reason with its flags.</summary>
    public ExitReason Reason { get; init; }

    /// <summary>Why the VM exit occurred; may be a value that this library does not know.</summary>
    public BasicExitReason BasicReason => Reason.BasicReason;

    /// <summary>The exit qualification as it is; the typed properties decode it.</summary>
    public ulong Qualification { get; init; }

    /// <summary>The guest-linear address field; meaningful where <see cref="HasGuestLinearAddress"/> says so.</summary>
    public ulong GuestLinearAddress { get; init; }

    /// <summary>The guest-physical address field; meaningful where <see cref="HasGuestPhysicalAddress"/> says so.</summary>
    public ulong GuestPhysicalAddress { get; init; }

    /// <summary>Bytes of the instruction that caused the VM exit; meaningful where <see cref="HasInstructionLength"/> says so.</summary>
    public uint InstructionLength { get; init; }

    /// <summary>The VM-exit instruction information as it is; the typed properties decode it.</summary>
    public uint InstructionInformation { get; init; }

    /// <summary>The exception, NMI or acknowledged external interrupt that caused the VM exit; not valid for other VM exits.</summary>
    public ExitInterruptionInformation Interruption { get; init; }

    /// <summary>Error code of that exception, if <see cref="Interruption"/> says that there is one.</summary>
    public uint InterruptionErrorCode { get; init; }

    /// <summary>The event whose delivery the VM exit interrupted, if any.</summary>
    public IdtVectoringInformation IdtVectoring { get; init; }

    /// <summary>Error code of that event, if <see cref="IdtVectoring"/> says that there is one.</summary>
    public uint IdtVectoringErrorCode { get; init; }

    /// <summary>What <see cref="Qualification"/> holds.</summary>
    public ExitQualificationFormat QualificationFormat => VmExitFormats.QualificationOf(this);

    /// <summary>What <see cref="InstructionInformation"/> holds.</summary>
    public InstructionInformationFormat InstructionInformationFormat => VmExitFormats.InstructionInformationOf(this);

    /// <summary>
    /// Whether VM entry failed while it loaded the guest. Then only the exit reason and the exit qualification are new; the other
    /// fields still describe an earlier VM exit (SDM 3C 27.8).
    /// </summary>
    public bool IsEntryFailure => Reason.EntryFailure;

    /// <summary>Whether the VM exit is due to an NMI.</summary>
    public bool IsNmi => IsEvent(InterruptionType.Nmi);

    /// <summary>Whether the VM exit is due to a page fault.</summary>
    public bool IsPageFault => IsException(VmExitFormats.PageFault);

    /// <summary>Whether the VM exit interrupted the delivery of an event, which usually has to be injected again.</summary>
    public bool IsDuringEventDelivery => !IsEntryFailure && IdtVectoring.Valid;

    /// <summary>Whether the guest-physical address field describes this VM exit.</summary>
    public bool HasGuestPhysicalAddress =>
        BasicReason is BasicExitReason.EptViolation or BasicExitReason.EptMisconfiguration or BasicExitReason.SppRelatedEvent;

    /// <summary>Whether the guest-linear address field describes this VM exit.</summary>
    public bool HasGuestLinearAddress =>
        BasicReason switch
        {
            BasicExitReason.EptViolation => EptViolation.GuestLinearAddressValid,
            BasicExitReason.CrAccess => CrAccess is { AccessType: CrAccessType.Lmsw, LmswOperandType: LmswOperandType.Memory },
            BasicExitReason.IoInstruction or BasicExitReason.IoSmi => IoInstruction.StringInstruction,
            BasicExitReason.SppRelatedEvent => true,
            _ => false,
        };

    /// <summary>
    /// Whether the instruction length describes this VM exit: an instruction caused it, or it interrupted the delivery of a
    /// software interrupt or software exception (SDM 3C 28.2.5).
    /// </summary>
    public bool HasInstructionLength
    {
        get
        {
            if (IsEntryFailure)
                return false;
            if (VmExitFormats.Of(BasicReason).IsInstruction || (IdtVectoring.Valid && IsSoftware(IdtVectoring.Type)))
                return true;
            return BasicReason switch
            {
                BasicExitReason.ExceptionOrNmi => Interruption.Valid && IsSoftware(Interruption.Type),
                BasicExitReason.TaskSwitch => TaskSwitch.Source != TaskSwitchSource.TaskGate,
                _ => false,
            };
        }
    }

    /// <summary>
    /// Takes the VM-exit information out of a VMCS. Fields that the VMCS does not have are zero: the guest-physical address on a
    /// processor without EPT, most fields of a virtualization-exception information area.
    /// </summary>
    /// <typeparam name="TAccess">How the VMCS is reached.</typeparam>
    /// <param name="vmcs">The VMCS, which must be current where it is reached by VMREAD.</param>
    /// <exception cref="VmxException">There is no current VMCS.</exception>
    public static VmExit Read<TAccess>(Vmcs<TAccess> vmcs)
        where TAccess : struct, IVmcsAccess
    {
        Span<ulong> values = stackalloc ulong[s_fields.Length];
        Span<VmxResult> outcomes = stackalloc VmxResult[s_fields.Length];
        FieldReads.Read(vmcs.Access, s_fields, values, outcomes);
        outcomes[0].ThrowIfFailed("VMREAD of the exit reason");
        return Of(values);
    }

    /// <summary>The fields that a VM exit is made of.</summary>
    internal static ReadOnlySpan<VmcsField> Fields => s_fields;

    /// <summary>The VM exit of the values of <see cref="Fields"/>.</summary>
    internal static VmExit Of(ReadOnlySpan<ulong> values) =>
        new()
        {
            Reason = new ExitReason((uint)values[0]),
            Qualification = values[1],
            GuestLinearAddress = values[2],
            GuestPhysicalAddress = values[3],
            InstructionLength = (uint)values[4],
            InstructionInformation = (uint)values[5],
            Interruption = new ExitInterruptionInformation((uint)values[6]),
            InterruptionErrorCode = (uint)values[7],
            IdtVectoring = new IdtVectoringInformation((uint)values[8]),
            IdtVectoringErrorCode = (uint)values[9],
        };

    /// <summary>Whether the VM exit is due to an exception of a vector, raised by the processor or by INT1, INT3 or INTO.</summary>
    /// <param name="vector">The vector, such as 14 for a page fault.</param>
    public bool IsException(uint vector) =>
        Interruption.Vector == vector
        && (
            IsEvent(InterruptionType.HardwareException)
            || IsEvent(InterruptionType.SoftwareException)
            || IsEvent(InterruptionType.PrivilegedSoftwareException)
        );

    /// <summary>The VM exit in one line: its reason, and in words all that belongs to this reason.</summary>
    public string Describe() => VmExitText.Describe(this);

    /// <inheritdoc cref="Describe"/>
    public override string ToString() => Describe();

    private bool IsEvent(InterruptionType type) =>
        BasicReason == BasicExitReason.ExceptionOrNmi && !IsEntryFailure && Interruption.Valid && Interruption.Type == type;

    private static bool IsSoftware(InterruptionType type) =>
        type is InterruptionType.SoftwareInterrupt or InterruptionType.PrivilegedSoftwareException or InterruptionType.SoftwareException;
}
