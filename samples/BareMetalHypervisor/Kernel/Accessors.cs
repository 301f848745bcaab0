using System;
using VmcsGen.Vmx;

namespace BareMetal;

/// <summary>Every generated property of a VMCS, by its field. A test compares this list with the properties that there are.</summary>
internal static class Accessors
{
    /// <summary>The fields that have a property.</summary>
    public static ReadOnlySpan<VmcsField> Fields =>
        [
            VmcsField.VirtualProcessorIdentifier,
            VmcsField.PostedInterruptNotificationVector,
            VmcsField.EptpIndex,
            VmcsField.HlatPrefixSize,
            VmcsField.LastPidPointerIndex,
            VmcsField.VirtualTimerVector,
            VmcsField.GuestEsSelector,
            VmcsField.GuestCsSelector,
            VmcsField.GuestSsSelector,
            VmcsField.GuestDsSelector,
            VmcsField.GuestFsSelector,
            VmcsField.GuestGsSelector,
            VmcsField.GuestLdtrSelector,
            VmcsField.GuestTrSelector,
            VmcsField.GuestInterruptStatus,
            VmcsField.PmlIndex,
            VmcsField.GuestUinv,
            VmcsField.HostEsSelector,
            VmcsField.HostCsSelector,
            VmcsField.HostSsSelector,
            VmcsField.HostDsSelector,
            VmcsField.HostFsSelector,
            VmcsField.HostGsSelector,
            VmcsField.HostTrSelector,
            VmcsField.IoBitmapA,
            VmcsField.IoBitmapB,
            VmcsField.MsrBitmap,
            VmcsField.VmExitMsrStoreAddress,
            VmcsField.VmExitMsrLoadAddress,
            VmcsField.VmEntryMsrLoadAddress,
            VmcsField.ExecutiveVmcsPointer,
            VmcsField.PmlAddress,
            VmcsField.TscOffset,
            VmcsField.VirtualApicAddress,
            VmcsField.ApicAccessAddress,
            VmcsField.PostedInterruptDescriptorAddress,
            VmcsField.VmFunctionControls,
            VmcsField.EptPointer,
            VmcsField.EoiExitBitmap0,
            VmcsField.EoiExitBitmap1,
            VmcsField.EoiExitBitmap2,
            VmcsField.EoiExitBitmap3,
            VmcsField.EptpListAddress,
            VmcsField.VmreadBitmap,
            VmcsField.VmwriteBitmap,
            VmcsField.VirtualizationExceptionInformationAddress,
            VmcsField.XssExitingBitmap,
            VmcsField.EnclsExitingBitmap,
            VmcsField.SubPagePermissionTablePointer,
            VmcsField.TscMultiplier,
            VmcsField.TertiaryProcessorBasedControls,
            VmcsField.EnclvExitingBitmap,
            VmcsField.LowPasidDirectoryAddress,
            VmcsField.HighPasidDirectoryAddress,
            VmcsField.SharedEptPointer,
            VmcsField.PconfigExitingBitmap,
            VmcsField.HlatPointer,
            VmcsField.PidPointerTableAddress,
            VmcsField.SecondaryVmExitControls,
            VmcsField.Ia32SpecCtrlMask,
            VmcsField.Ia32SpecCtrlShadow,
            VmcsField.GuestDeadlineShadow,
            VmcsField.InjectedEventData,
            VmcsField.GuestPhysicalAddress,
            VmcsField.MsrData,
            VmcsField.OriginalEventData,
            VmcsField.ExtendedInstructionInformation,
            VmcsField.VmcsLinkPointer,
            VmcsField.GuestIa32Debugctl,
            VmcsField.GuestIa32Pat,
            VmcsField.GuestIa32Efer,
            VmcsField.GuestIa32PerfGlobalCtrl,
            VmcsField.GuestPdpte0,
            VmcsField.GuestPdpte1,
            VmcsField.GuestPdpte2,
            VmcsField.GuestPdpte3,
            VmcsField.GuestIa32Bndcfgs,
            VmcsField.GuestIa32RtitCtl,
            VmcsField.GuestIa32LbrCtl,
            VmcsField.GuestIa32Pkrs,
            VmcsField.GuestIa32FredConfig,
            VmcsField.GuestIa32FredRsp1,
            VmcsField.GuestIa32FredRsp2,
            VmcsField.GuestIa32FredRsp3,
            VmcsField.GuestIa32FredStklvls,
            VmcsField.GuestIa32FredSsp1,
            VmcsField.GuestIa32FredSsp2,
            VmcsField.GuestIa32FredSsp3,
            VmcsField.GuestIa32SpecCtrl,
            VmcsField.GuestDeadline,
            VmcsField.HostIa32Pat,
            VmcsField.HostIa32Efer,
            VmcsField.HostIa32PerfGlobalCtrl,
            VmcsField.HostIa32Pkrs,
            VmcsField.HostIa32FredConfig,
            VmcsField.HostIa32FredRsp1,
            VmcsField.HostIa32FredRsp2,
            VmcsField.HostIa32FredRsp3,
            VmcsField.HostIa32FredStklvls,
            VmcsField.HostIa32FredSsp1,
            VmcsField.HostIa32FredSsp2,
            VmcsField.HostIa32FredSsp3,
            VmcsField.HostIa32SpecCtrl,
            VmcsField.PinBasedControls,
            VmcsField.PrimaryProcessorBasedControls,
            VmcsField.ExceptionBitmap,
            VmcsField.PageFaultErrorCodeMask,
            VmcsField.PageFaultErrorCodeMatch,
            VmcsField.Cr3TargetCount,
            VmcsField.PrimaryVmExitControls,
            VmcsField.VmExitMsrStoreCount,
            VmcsField.VmExitMsrLoadCount,
            VmcsField.VmEntryControls,
            VmcsField.VmEntryMsrLoadCount,
            VmcsField.EntryInterruptionInformation,
            VmcsField.EntryExceptionErrorCode,
            VmcsField.EntryInstructionLength,
            VmcsField.TprThreshold,
            VmcsField.SecondaryProcessorBasedControls,
            VmcsField.PleGap,
            VmcsField.PleWindow,
            VmcsField.InstructionTimeoutControl,
            VmcsField.SeamGuestKeyId,
            VmcsField.VmInstructionError,
            VmcsField.ExitReason,
            VmcsField.ExitInterruptionInformation,
            VmcsField.ExitInterruptionErrorCode,
            VmcsField.IdtVectoringInformation,
            VmcsField.IdtVectoringErrorCode,
            VmcsField.ExitInstructionLength,
            VmcsField.ExitInstructionInformation,
            VmcsField.GuestEsLimit,
            VmcsField.GuestCsLimit,
            VmcsField.GuestSsLimit,
            VmcsField.GuestDsLimit,
            VmcsField.GuestFsLimit,
            VmcsField.GuestGsLimit,
            VmcsField.GuestLdtrLimit,
            VmcsField.GuestTrLimit,
            VmcsField.GuestGdtrLimit,
            VmcsField.GuestIdtrLimit,
            VmcsField.GuestEsAccessRights,
            VmcsField.GuestCsAccessRights,
            VmcsField.GuestSsAccessRights,
            VmcsField.GuestDsAccessRights,
            VmcsField.GuestFsAccessRights,
            VmcsField.GuestGsAccessRights,
            VmcsField.GuestLdtrAccessRights,
            VmcsField.GuestTrAccessRights,
            VmcsField.GuestInterruptibilityState,
            VmcsField.GuestActivityState,
            VmcsField.GuestSmbase,
            VmcsField.GuestIa32SysenterCs,
            VmcsField.VmxPreemptionTimerValue,
            VmcsField.HostIa32SysenterCs,
            VmcsField.Cr0GuestHostMask,
            VmcsField.Cr4GuestHostMask,
            VmcsField.Cr0ReadShadow,
            VmcsField.Cr4ReadShadow,
            VmcsField.Cr3TargetValue0,
            VmcsField.Cr3TargetValue1,
            VmcsField.Cr3TargetValue2,
            VmcsField.Cr3TargetValue3,
            VmcsField.ExitQualification,
            VmcsField.IoRcx,
            VmcsField.IoRsi,
            VmcsField.IoRdi,
            VmcsField.IoRip,
            VmcsField.GuestLinearAddress,
            VmcsField.GuestCr0,
            VmcsField.GuestCr3,
            VmcsField.GuestCr4,
            VmcsField.GuestEsBase,
            VmcsField.GuestCsBase,
            VmcsField.GuestSsBase,
            VmcsField.GuestDsBase,
            VmcsField.GuestFsBase,
            VmcsField.GuestGsBase,
            VmcsField.GuestLdtrBase,
            VmcsField.GuestTrBase,
            VmcsField.GuestGdtrBase,
            VmcsField.GuestIdtrBase,
            VmcsField.GuestDr7,
            VmcsField.GuestRsp,
            VmcsField.GuestRip,
            VmcsField.GuestRflags,
            VmcsField.GuestPendingDebugExceptions,
            VmcsField.GuestIa32SysenterEsp,
            VmcsField.GuestIa32SysenterEip,
            VmcsField.GuestIa32SCet,
            VmcsField.GuestSsp,
            VmcsField.GuestIa32InterruptSspTableAddr,
            VmcsField.HostCr0,
            VmcsField.HostCr3,
            VmcsField.HostCr4,
            VmcsField.HostFsBase,
            VmcsField.HostGsBase,
            VmcsField.HostTrBase,
            VmcsField.HostGdtrBase,
            VmcsField.HostIdtrBase,
            VmcsField.HostIa32SysenterEsp,
            VmcsField.HostIa32SysenterEip,
            VmcsField.HostRsp,
            VmcsField.HostRip,
            VmcsField.HostIa32SCet,
            VmcsField.HostSsp,
            VmcsField.HostIa32InterruptSspTableAddr,
        ];

    /// <summary>Writes a field by its property; false if the field is read-only and has no setter.</summary>
    public static bool Write(VmcsField field, ulong value)
    {
        var vmcs = ProcessorVmcs.Current;
        switch (field)
        {
            case VmcsField.VirtualProcessorIdentifier:
                vmcs.VirtualProcessorIdentifier = (ushort)value;
                return true;
            case VmcsField.PostedInterruptNotificationVector:
                vmcs.PostedInterruptNotificationVector = (ushort)value;
                return true;
            case VmcsField.EptpIndex:
                vmcs.EptpIndex = (ushort)value;
                return true;
            case VmcsField.HlatPrefixSize:
                vmcs.HlatPrefixSize = (ushort)value;
                return true;
            case VmcsField.LastPidPointerIndex:
                vmcs.LastPidPointerIndex = (ushort)value;
                return true;
            case VmcsField.VirtualTimerVector:
                vmcs.VirtualTimerVector = (ushort)value;
                return true;
            case VmcsField.GuestEsSelector:
                vmcs.GuestEsSelector = (ushort)value;
                return true;
            case VmcsField.GuestCsSelector:
                vmcs.GuestCsSelector = (ushort)value;
                return true;
            case VmcsField.GuestSsSelector:
                vmcs.GuestSsSelector = (ushort)value;
                return true;
            case VmcsField.GuestDsSelector:
                vmcs.GuestDsSelector = (ushort)value;
                return true;
            case VmcsField.GuestFsSelector:
                vmcs.GuestFsSelector = (ushort)value;
                return true;
            case VmcsField.GuestGsSelector:
                vmcs.GuestGsSelector = (ushort)value;
                return true;
            case VmcsField.GuestLdtrSelector:
                vmcs.GuestLdtrSelector = (ushort)value;
                return true;
            case VmcsField.GuestTrSelector:
                vmcs.GuestTrSelector = (ushort)value;
                return true;
            case VmcsField.GuestInterruptStatus:
                vmcs.GuestInterruptStatus = new((ushort)value);
                return true;
            case VmcsField.PmlIndex:
                vmcs.PmlIndex = (ushort)value;
                return true;
            case VmcsField.GuestUinv:
                vmcs.GuestUinv = (ushort)value;
                return true;
            case VmcsField.HostEsSelector:
                vmcs.HostEsSelector = (ushort)value;
                return true;
            case VmcsField.HostCsSelector:
                vmcs.HostCsSelector = (ushort)value;
                return true;
            case VmcsField.HostSsSelector:
                vmcs.HostSsSelector = (ushort)value;
                return true;
            case VmcsField.HostDsSelector:
                vmcs.HostDsSelector = (ushort)value;
                return true;
            case VmcsField.HostFsSelector:
                vmcs.HostFsSelector = (ushort)value;
                return true;
            case VmcsField.HostGsSelector:
                vmcs.HostGsSelector = (ushort)value;
                return true;
            case VmcsField.HostTrSelector:
                vmcs.HostTrSelector = (ushort)value;
                return true;
            case VmcsField.IoBitmapA:
                vmcs.IoBitmapA = value;
                return true;
            case VmcsField.IoBitmapB:
                vmcs.IoBitmapB = value;
                return true;
            case VmcsField.MsrBitmap:
                vmcs.MsrBitmap = value;
                return true;
            case VmcsField.VmExitMsrStoreAddress:
                vmcs.VmExitMsrStoreAddress = value;
                return true;
            case VmcsField.VmExitMsrLoadAddress:
                vmcs.VmExitMsrLoadAddress = value;
                return true;
            case VmcsField.VmEntryMsrLoadAddress:
                vmcs.VmEntryMsrLoadAddress = value;
                return true;
            case VmcsField.ExecutiveVmcsPointer:
                vmcs.ExecutiveVmcsPointer = value;
                return true;
            case VmcsField.PmlAddress:
                vmcs.PmlAddress = value;
                return true;
            case VmcsField.TscOffset:
                vmcs.TscOffset = value;
                return true;
            case VmcsField.VirtualApicAddress:
                vmcs.VirtualApicAddress = value;
                return true;
            case VmcsField.ApicAccessAddress:
                vmcs.ApicAccessAddress = value;
                return true;
            case VmcsField.PostedInterruptDescriptorAddress:
                vmcs.PostedInterruptDescriptorAddress = value;
                return true;
            case VmcsField.VmFunctionControls:
                vmcs.VmFunctionControls = new(value);
                return true;
            case VmcsField.EptPointer:
                vmcs.EptPointer = new(value);
                return true;
            case VmcsField.EoiExitBitmap0:
                vmcs.EoiExitBitmap0 = value;
                return true;
            case VmcsField.EoiExitBitmap1:
                vmcs.EoiExitBitmap1 = value;
                return true;
            case VmcsField.EoiExitBitmap2:
                vmcs.EoiExitBitmap2 = value;
                return true;
            case VmcsField.EoiExitBitmap3:
                vmcs.EoiExitBitmap3 = value;
                return true;
            case VmcsField.EptpListAddress:
                vmcs.EptpListAddress = value;
                return true;
            case VmcsField.VmreadBitmap:
                vmcs.VmreadBitmap = value;
                return true;
            case VmcsField.VmwriteBitmap:
                vmcs.VmwriteBitmap = value;
                return true;
            case VmcsField.VirtualizationExceptionInformationAddress:
                vmcs.VirtualizationExceptionInformationAddress = value;
                return true;
            case VmcsField.XssExitingBitmap:
                vmcs.XssExitingBitmap = value;
                return true;
            case VmcsField.EnclsExitingBitmap:
                vmcs.EnclsExitingBitmap = value;
                return true;
            case VmcsField.SubPagePermissionTablePointer:
                vmcs.SubPagePermissionTablePointer = value;
                return true;
            case VmcsField.TscMultiplier:
                vmcs.TscMultiplier = value;
                return true;
            case VmcsField.TertiaryProcessorBasedControls:
                vmcs.TertiaryProcessorBasedControls = new(value);
                return true;
            case VmcsField.EnclvExitingBitmap:
                vmcs.EnclvExitingBitmap = value;
                return true;
            case VmcsField.LowPasidDirectoryAddress:
                vmcs.LowPasidDirectoryAddress = value;
                return true;
            case VmcsField.HighPasidDirectoryAddress:
                vmcs.HighPasidDirectoryAddress = value;
                return true;
            case VmcsField.SharedEptPointer:
                vmcs.SharedEptPointer = new(value);
                return true;
            case VmcsField.PconfigExitingBitmap:
                vmcs.PconfigExitingBitmap = value;
                return true;
            case VmcsField.HlatPointer:
                vmcs.HlatPointer = value;
                return true;
            case VmcsField.PidPointerTableAddress:
                vmcs.PidPointerTableAddress = value;
                return true;
            case VmcsField.SecondaryVmExitControls:
                vmcs.SecondaryVmExitControls = new(value);
                return true;
            case VmcsField.Ia32SpecCtrlMask:
                vmcs.Ia32SpecCtrlMask = value;
                return true;
            case VmcsField.Ia32SpecCtrlShadow:
                vmcs.Ia32SpecCtrlShadow = value;
                return true;
            case VmcsField.GuestDeadlineShadow:
                vmcs.GuestDeadlineShadow = value;
                return true;
            case VmcsField.InjectedEventData:
                vmcs.InjectedEventData = value;
                return true;
            case VmcsField.VmcsLinkPointer:
                vmcs.VmcsLinkPointer = value;
                return true;
            case VmcsField.GuestIa32Debugctl:
                vmcs.GuestIa32Debugctl = value;
                return true;
            case VmcsField.GuestIa32Pat:
                vmcs.GuestIa32Pat = value;
                return true;
            case VmcsField.GuestIa32Efer:
                vmcs.GuestIa32Efer = value;
                return true;
            case VmcsField.GuestIa32PerfGlobalCtrl:
                vmcs.GuestIa32PerfGlobalCtrl = value;
                return true;
            case VmcsField.GuestPdpte0:
                vmcs.GuestPdpte0 = value;
                return true;
            case VmcsField.GuestPdpte1:
                vmcs.GuestPdpte1 = value;
                return true;
            case VmcsField.GuestPdpte2:
                vmcs.GuestPdpte2 = value;
                return true;
            case VmcsField.GuestPdpte3:
                vmcs.GuestPdpte3 = value;
                return true;
            case VmcsField.GuestIa32Bndcfgs:
                vmcs.GuestIa32Bndcfgs = value;
                return true;
            case VmcsField.GuestIa32RtitCtl:
                vmcs.GuestIa32RtitCtl = value;
                return true;
            case VmcsField.GuestIa32LbrCtl:
                vmcs.GuestIa32LbrCtl = value;
                return true;
            case VmcsField.GuestIa32Pkrs:
                vmcs.GuestIa32Pkrs = value;
                return true;
            case VmcsField.GuestIa32FredConfig:
                vmcs.GuestIa32FredConfig = value;
                return true;
            case VmcsField.GuestIa32FredRsp1:
                vmcs.GuestIa32FredRsp1 = value;
                return true;
            case VmcsField.GuestIa32FredRsp2:
                vmcs.GuestIa32FredRsp2 = value;
                return true;
            case VmcsField.GuestIa32FredRsp3:
                vmcs.GuestIa32FredRsp3 = value;
                return true;
            case VmcsField.GuestIa32FredStklvls:
                vmcs.GuestIa32FredStklvls = value;
                return true;
            case VmcsField.GuestIa32FredSsp1:
                vmcs.GuestIa32FredSsp1 = value;
                return true;
            case VmcsField.GuestIa32FredSsp2:
                vmcs.GuestIa32FredSsp2 = value;
                return true;
            case VmcsField.GuestIa32FredSsp3:
                vmcs.GuestIa32FredSsp3 = value;
                return true;
            case VmcsField.GuestIa32SpecCtrl:
                vmcs.GuestIa32SpecCtrl = value;
                return true;
            case VmcsField.GuestDeadline:
                vmcs.GuestDeadline = value;
                return true;
            case VmcsField.HostIa32Pat:
                vmcs.HostIa32Pat = value;
                return true;
            case VmcsField.HostIa32Efer:
                vmcs.HostIa32Efer = value;
                return true;
            case VmcsField.HostIa32PerfGlobalCtrl:
                vmcs.HostIa32PerfGlobalCtrl = value;
                return true;
            case VmcsField.HostIa32Pkrs:
                vmcs.HostIa32Pkrs = value;
                return true;
            case VmcsField.HostIa32FredConfig:
                vmcs.HostIa32FredConfig = value;
                return true;
            case VmcsField.HostIa32FredRsp1:
                vmcs.HostIa32FredRsp1 = value;
                return true;
            case VmcsField.HostIa32FredRsp2:
                vmcs.HostIa32FredRsp2 = value;
                return true;
            case VmcsField.HostIa32FredRsp3:
                vmcs.HostIa32FredRsp3 = value;
                return true;
            case VmcsField.HostIa32FredStklvls:
                vmcs.HostIa32FredStklvls = value;
                return true;
            case VmcsField.HostIa32FredSsp1:
                vmcs.HostIa32FredSsp1 = value;
                return true;
            case VmcsField.HostIa32FredSsp2:
                vmcs.HostIa32FredSsp2 = value;
                return true;
            case VmcsField.HostIa32FredSsp3:
                vmcs.HostIa32FredSsp3 = value;
                return true;
            case VmcsField.HostIa32SpecCtrl:
                vmcs.HostIa32SpecCtrl = value;
                return true;
            case VmcsField.PinBasedControls:
                vmcs.PinBasedControls = new((uint)value);
                return true;
            case VmcsField.PrimaryProcessorBasedControls:
                vmcs.PrimaryProcessorBasedControls = new((uint)value);
                return true;
            case VmcsField.ExceptionBitmap:
                vmcs.ExceptionBitmap = (uint)value;
                return true;
            case VmcsField.PageFaultErrorCodeMask:
                vmcs.PageFaultErrorCodeMask = (uint)value;
                return true;
            case VmcsField.PageFaultErrorCodeMatch:
                vmcs.PageFaultErrorCodeMatch = (uint)value;
                return true;
            case VmcsField.Cr3TargetCount:
                vmcs.Cr3TargetCount = (uint)value;
                return true;
            case VmcsField.PrimaryVmExitControls:
                vmcs.PrimaryVmExitControls = new((uint)value);
                return true;
            case VmcsField.VmExitMsrStoreCount:
                vmcs.VmExitMsrStoreCount = (uint)value;
                return true;
            case VmcsField.VmExitMsrLoadCount:
                vmcs.VmExitMsrLoadCount = (uint)value;
                return true;
            case VmcsField.VmEntryControls:
                vmcs.VmEntryControls = new((uint)value);
                return true;
            case VmcsField.VmEntryMsrLoadCount:
                vmcs.VmEntryMsrLoadCount = (uint)value;
                return true;
            case VmcsField.EntryInterruptionInformation:
                vmcs.EntryInterruptionInformation = new((uint)value);
                return true;
            case VmcsField.EntryExceptionErrorCode:
                vmcs.EntryExceptionErrorCode = (uint)value;
                return true;
            case VmcsField.EntryInstructionLength:
                vmcs.EntryInstructionLength = (uint)value;
                return true;
            case VmcsField.TprThreshold:
                vmcs.TprThreshold = (uint)value;
                return true;
            case VmcsField.SecondaryProcessorBasedControls:
                vmcs.SecondaryProcessorBasedControls = new((uint)value);
                return true;
            case VmcsField.PleGap:
                vmcs.PleGap = (uint)value;
                return true;
            case VmcsField.PleWindow:
                vmcs.PleWindow = (uint)value;
                return true;
            case VmcsField.InstructionTimeoutControl:
                vmcs.InstructionTimeoutControl = (uint)value;
                return true;
            case VmcsField.SeamGuestKeyId:
                vmcs.SeamGuestKeyId = (uint)value;
                return true;
            case VmcsField.GuestEsLimit:
                vmcs.GuestEsLimit = (uint)value;
                return true;
            case VmcsField.GuestCsLimit:
                vmcs.GuestCsLimit = (uint)value;
                return true;
            case VmcsField.GuestSsLimit:
                vmcs.GuestSsLimit = (uint)value;
                return true;
            case VmcsField.GuestDsLimit:
                vmcs.GuestDsLimit = (uint)value;
                return true;
            case VmcsField.GuestFsLimit:
                vmcs.GuestFsLimit = (uint)value;
                return true;
            case VmcsField.GuestGsLimit:
                vmcs.GuestGsLimit = (uint)value;
                return true;
            case VmcsField.GuestLdtrLimit:
                vmcs.GuestLdtrLimit = (uint)value;
                return true;
            case VmcsField.GuestTrLimit:
                vmcs.GuestTrLimit = (uint)value;
                return true;
            case VmcsField.GuestGdtrLimit:
                vmcs.GuestGdtrLimit = (uint)value;
                return true;
            case VmcsField.GuestIdtrLimit:
                vmcs.GuestIdtrLimit = (uint)value;
                return true;
            case VmcsField.GuestEsAccessRights:
                vmcs.GuestEsAccessRights = new((uint)value);
                return true;
            case VmcsField.GuestCsAccessRights:
                vmcs.GuestCsAccessRights = new((uint)value);
                return true;
            case VmcsField.GuestSsAccessRights:
                vmcs.GuestSsAccessRights = new((uint)value);
                return true;
            case VmcsField.GuestDsAccessRights:
                vmcs.GuestDsAccessRights = new((uint)value);
                return true;
            case VmcsField.GuestFsAccessRights:
                vmcs.GuestFsAccessRights = new((uint)value);
                return true;
            case VmcsField.GuestGsAccessRights:
                vmcs.GuestGsAccessRights = new((uint)value);
                return true;
            case VmcsField.GuestLdtrAccessRights:
                vmcs.GuestLdtrAccessRights = new((uint)value);
                return true;
            case VmcsField.GuestTrAccessRights:
                vmcs.GuestTrAccessRights = new((uint)value);
                return true;
            case VmcsField.GuestInterruptibilityState:
                vmcs.GuestInterruptibilityState = new((uint)value);
                return true;
            case VmcsField.GuestActivityState:
                vmcs.GuestActivityState = (ActivityState)value;
                return true;
            case VmcsField.GuestSmbase:
                vmcs.GuestSmbase = (uint)value;
                return true;
            case VmcsField.GuestIa32SysenterCs:
                vmcs.GuestIa32SysenterCs = (uint)value;
                return true;
            case VmcsField.VmxPreemptionTimerValue:
                vmcs.VmxPreemptionTimerValue = (uint)value;
                return true;
            case VmcsField.HostIa32SysenterCs:
                vmcs.HostIa32SysenterCs = (uint)value;
                return true;
            case VmcsField.Cr0GuestHostMask:
                vmcs.Cr0GuestHostMask = (nuint)value;
                return true;
            case VmcsField.Cr4GuestHostMask:
                vmcs.Cr4GuestHostMask = (nuint)value;
                return true;
            case VmcsField.Cr0ReadShadow:
                vmcs.Cr0ReadShadow = (nuint)value;
                return true;
            case VmcsField.Cr4ReadShadow:
                vmcs.Cr4ReadShadow = (nuint)value;
                return true;
            case VmcsField.Cr3TargetValue0:
                vmcs.Cr3TargetValue0 = (nuint)value;
                return true;
            case VmcsField.Cr3TargetValue1:
                vmcs.Cr3TargetValue1 = (nuint)value;
                return true;
            case VmcsField.Cr3TargetValue2:
                vmcs.Cr3TargetValue2 = (nuint)value;
                return true;
            case VmcsField.Cr3TargetValue3:
                vmcs.Cr3TargetValue3 = (nuint)value;
                return true;
            case VmcsField.GuestCr0:
                vmcs.GuestCr0 = (nuint)value;
                return true;
            case VmcsField.GuestCr3:
                vmcs.GuestCr3 = (nuint)value;
                return true;
            case VmcsField.GuestCr4:
                vmcs.GuestCr4 = (nuint)value;
                return true;
            case VmcsField.GuestEsBase:
                vmcs.GuestEsBase = (nuint)value;
                return true;
            case VmcsField.GuestCsBase:
                vmcs.GuestCsBase = (nuint)value;
                return true;
            case VmcsField.GuestSsBase:
                vmcs.GuestSsBase = (nuint)value;
                return true;
            case VmcsField.GuestDsBase:
                vmcs.GuestDsBase = (nuint)value;
                return true;
            case VmcsField.GuestFsBase:
                vmcs.GuestFsBase = (nuint)value;
                return true;
            case VmcsField.GuestGsBase:
                vmcs.GuestGsBase = (nuint)value;
                return true;
            case VmcsField.GuestLdtrBase:
                vmcs.GuestLdtrBase = (nuint)value;
                return true;
            case VmcsField.GuestTrBase:
                vmcs.GuestTrBase = (nuint)value;
                return true;
            case VmcsField.GuestGdtrBase:
                vmcs.GuestGdtrBase = (nuint)value;
                return true;
            case VmcsField.GuestIdtrBase:
                vmcs.GuestIdtrBase = (nuint)value;
                return true;
            case VmcsField.GuestDr7:
                vmcs.GuestDr7 = (nuint)value;
                return true;
            case VmcsField.GuestRsp:
                vmcs.GuestRsp = (nuint)value;
                return true;
            case VmcsField.GuestRip:
                vmcs.GuestRip = (nuint)value;
                return true;
            case VmcsField.GuestRflags:
                vmcs.GuestRflags = (nuint)value;
                return true;
            case VmcsField.GuestPendingDebugExceptions:
                vmcs.GuestPendingDebugExceptions = new(value);
                return true;
            case VmcsField.GuestIa32SysenterEsp:
                vmcs.GuestIa32SysenterEsp = (nuint)value;
                return true;
            case VmcsField.GuestIa32SysenterEip:
                vmcs.GuestIa32SysenterEip = (nuint)value;
                return true;
            case VmcsField.GuestIa32SCet:
                vmcs.GuestIa32SCet = (nuint)value;
                return true;
            case VmcsField.GuestSsp:
                vmcs.GuestSsp = (nuint)value;
                return true;
            case VmcsField.GuestIa32InterruptSspTableAddr:
                vmcs.GuestIa32InterruptSspTableAddr = (nuint)value;
                return true;
            case VmcsField.HostCr0:
                vmcs.HostCr0 = (nuint)value;
                return true;
            case VmcsField.HostCr3:
                vmcs.HostCr3 = (nuint)value;
                return true;
            case VmcsField.HostCr4:
                vmcs.HostCr4 = (nuint)value;
                return true;
            case VmcsField.HostFsBase:
                vmcs.HostFsBase = (nuint)value;
                return true;
            case VmcsField.HostGsBase:
                vmcs.HostGsBase = (nuint)value;
                return true;
            case VmcsField.HostTrBase:
                vmcs.HostTrBase = (nuint)value;
                return true;
            case VmcsField.HostGdtrBase:
                vmcs.HostGdtrBase = (nuint)value;
                return true;
            case VmcsField.HostIdtrBase:
                vmcs.HostIdtrBase = (nuint)value;
                return true;
            case VmcsField.HostIa32SysenterEsp:
                vmcs.HostIa32SysenterEsp = (nuint)value;
                return true;
            case VmcsField.HostIa32SysenterEip:
                vmcs.HostIa32SysenterEip = (nuint)value;
                return true;
            case VmcsField.HostRsp:
                vmcs.HostRsp = (nuint)value;
                return true;
            case VmcsField.HostRip:
                vmcs.HostRip = (nuint)value;
                return true;
            case VmcsField.HostIa32SCet:
                vmcs.HostIa32SCet = (nuint)value;
                return true;
            case VmcsField.HostSsp:
                vmcs.HostSsp = (nuint)value;
                return true;
            case VmcsField.HostIa32InterruptSspTableAddr:
                vmcs.HostIa32InterruptSspTableAddr = (nuint)value;
                return true;
            default:
                return false;
        }
    }

    /// <summary>Reads a field by its property.</summary>
    public static ulong Read(VmcsField field)
    {
        var vmcs = ProcessorVmcs.Current;
        return field switch
        {
            VmcsField.VirtualProcessorIdentifier => vmcs.VirtualProcessorIdentifier,
            VmcsField.PostedInterruptNotificationVector => vmcs.PostedInterruptNotificationVector,
            VmcsField.EptpIndex => vmcs.EptpIndex,
            VmcsField.HlatPrefixSize => vmcs.HlatPrefixSize,
            VmcsField.LastPidPointerIndex => vmcs.LastPidPointerIndex,
            VmcsField.VirtualTimerVector => vmcs.VirtualTimerVector,
            VmcsField.GuestEsSelector => vmcs.GuestEsSelector,
            VmcsField.GuestCsSelector => vmcs.GuestCsSelector,
            VmcsField.GuestSsSelector => vmcs.GuestSsSelector,
            VmcsField.GuestDsSelector => vmcs.GuestDsSelector,
            VmcsField.GuestFsSelector => vmcs.GuestFsSelector,
            VmcsField.GuestGsSelector => vmcs.GuestGsSelector,
            VmcsField.GuestLdtrSelector => vmcs.GuestLdtrSelector,
            VmcsField.GuestTrSelector => vmcs.GuestTrSelector,
            VmcsField.GuestInterruptStatus => vmcs.GuestInterruptStatus.Value,
            VmcsField.PmlIndex => vmcs.PmlIndex,
            VmcsField.GuestUinv => vmcs.GuestUinv,
            VmcsField.HostEsSelector => vmcs.HostEsSelector,
            VmcsField.HostCsSelector => vmcs.HostCsSelector,
            VmcsField.HostSsSelector => vmcs.HostSsSelector,
            VmcsField.HostDsSelector => vmcs.HostDsSelector,
            VmcsField.HostFsSelector => vmcs.HostFsSelector,
            VmcsField.HostGsSelector => vmcs.HostGsSelector,
            VmcsField.HostTrSelector => vmcs.HostTrSelector,
            VmcsField.IoBitmapA => vmcs.IoBitmapA,
            VmcsField.IoBitmapB => vmcs.IoBitmapB,
            VmcsField.MsrBitmap => vmcs.MsrBitmap,
            VmcsField.VmExitMsrStoreAddress => vmcs.VmExitMsrStoreAddress,
            VmcsField.VmExitMsrLoadAddress => vmcs.VmExitMsrLoadAddress,
            VmcsField.VmEntryMsrLoadAddress => vmcs.VmEntryMsrLoadAddress,
            VmcsField.ExecutiveVmcsPointer => vmcs.ExecutiveVmcsPointer,
            VmcsField.PmlAddress => vmcs.PmlAddress,
            VmcsField.TscOffset => vmcs.TscOffset,
            VmcsField.VirtualApicAddress => vmcs.VirtualApicAddress,
            VmcsField.ApicAccessAddress => vmcs.ApicAccessAddress,
            VmcsField.PostedInterruptDescriptorAddress => vmcs.PostedInterruptDescriptorAddress,
            VmcsField.VmFunctionControls => vmcs.VmFunctionControls.Value,
            VmcsField.EptPointer => vmcs.EptPointer.Value,
            VmcsField.EoiExitBitmap0 => vmcs.EoiExitBitmap0,
            VmcsField.EoiExitBitmap1 => vmcs.EoiExitBitmap1,
            VmcsField.EoiExitBitmap2 => vmcs.EoiExitBitmap2,
            VmcsField.EoiExitBitmap3 => vmcs.EoiExitBitmap3,
            VmcsField.EptpListAddress => vmcs.EptpListAddress,
            VmcsField.VmreadBitmap => vmcs.VmreadBitmap,
            VmcsField.VmwriteBitmap => vmcs.VmwriteBitmap,
            VmcsField.VirtualizationExceptionInformationAddress => vmcs.VirtualizationExceptionInformationAddress,
            VmcsField.XssExitingBitmap => vmcs.XssExitingBitmap,
            VmcsField.EnclsExitingBitmap => vmcs.EnclsExitingBitmap,
            VmcsField.SubPagePermissionTablePointer => vmcs.SubPagePermissionTablePointer,
            VmcsField.TscMultiplier => vmcs.TscMultiplier,
            VmcsField.TertiaryProcessorBasedControls => vmcs.TertiaryProcessorBasedControls.Value,
            VmcsField.EnclvExitingBitmap => vmcs.EnclvExitingBitmap,
            VmcsField.LowPasidDirectoryAddress => vmcs.LowPasidDirectoryAddress,
            VmcsField.HighPasidDirectoryAddress => vmcs.HighPasidDirectoryAddress,
            VmcsField.SharedEptPointer => vmcs.SharedEptPointer.Value,
            VmcsField.PconfigExitingBitmap => vmcs.PconfigExitingBitmap,
            VmcsField.HlatPointer => vmcs.HlatPointer,
            VmcsField.PidPointerTableAddress => vmcs.PidPointerTableAddress,
            VmcsField.SecondaryVmExitControls => vmcs.SecondaryVmExitControls.Value,
            VmcsField.Ia32SpecCtrlMask => vmcs.Ia32SpecCtrlMask,
            VmcsField.Ia32SpecCtrlShadow => vmcs.Ia32SpecCtrlShadow,
            VmcsField.GuestDeadlineShadow => vmcs.GuestDeadlineShadow,
            VmcsField.InjectedEventData => vmcs.InjectedEventData,
            VmcsField.GuestPhysicalAddress => vmcs.GuestPhysicalAddress,
            VmcsField.MsrData => vmcs.MsrData,
            VmcsField.OriginalEventData => vmcs.OriginalEventData,
            VmcsField.ExtendedInstructionInformation => vmcs.ExtendedInstructionInformation.Value,
            VmcsField.VmcsLinkPointer => vmcs.VmcsLinkPointer,
            VmcsField.GuestIa32Debugctl => vmcs.GuestIa32Debugctl,
            VmcsField.GuestIa32Pat => vmcs.GuestIa32Pat,
            VmcsField.GuestIa32Efer => vmcs.GuestIa32Efer,
            VmcsField.GuestIa32PerfGlobalCtrl => vmcs.GuestIa32PerfGlobalCtrl,
            VmcsField.GuestPdpte0 => vmcs.GuestPdpte0,
            VmcsField.GuestPdpte1 => vmcs.GuestPdpte1,
            VmcsField.GuestPdpte2 => vmcs.GuestPdpte2,
            VmcsField.GuestPdpte3 => vmcs.GuestPdpte3,
            VmcsField.GuestIa32Bndcfgs => vmcs.GuestIa32Bndcfgs,
            VmcsField.GuestIa32RtitCtl => vmcs.GuestIa32RtitCtl,
            VmcsField.GuestIa32LbrCtl => vmcs.GuestIa32LbrCtl,
            VmcsField.GuestIa32Pkrs => vmcs.GuestIa32Pkrs,
            VmcsField.GuestIa32FredConfig => vmcs.GuestIa32FredConfig,
            VmcsField.GuestIa32FredRsp1 => vmcs.GuestIa32FredRsp1,
            VmcsField.GuestIa32FredRsp2 => vmcs.GuestIa32FredRsp2,
            VmcsField.GuestIa32FredRsp3 => vmcs.GuestIa32FredRsp3,
            VmcsField.GuestIa32FredStklvls => vmcs.GuestIa32FredStklvls,
            VmcsField.GuestIa32FredSsp1 => vmcs.GuestIa32FredSsp1,
            VmcsField.GuestIa32FredSsp2 => vmcs.GuestIa32FredSsp2,
            VmcsField.GuestIa32FredSsp3 => vmcs.GuestIa32FredSsp3,
            VmcsField.GuestIa32SpecCtrl => vmcs.GuestIa32SpecCtrl,
            VmcsField.GuestDeadline => vmcs.GuestDeadline,
            VmcsField.HostIa32Pat => vmcs.HostIa32Pat,
            VmcsField.HostIa32Efer => vmcs.HostIa32Efer,
            VmcsField.HostIa32PerfGlobalCtrl => vmcs.HostIa32PerfGlobalCtrl,
            VmcsField.HostIa32Pkrs => vmcs.HostIa32Pkrs,
            VmcsField.HostIa32FredConfig => vmcs.HostIa32FredConfig,
            VmcsField.HostIa32FredRsp1 => vmcs.HostIa32FredRsp1,
            VmcsField.HostIa32FredRsp2 => vmcs.HostIa32FredRsp2,
            VmcsField.HostIa32FredRsp3 => vmcs.HostIa32FredRsp3,
            VmcsField.HostIa32FredStklvls => vmcs.HostIa32FredStklvls,
            VmcsField.HostIa32FredSsp1 => vmcs.HostIa32FredSsp1,
            VmcsField.HostIa32FredSsp2 => vmcs.HostIa32FredSsp2,
            VmcsField.HostIa32FredSsp3 => vmcs.HostIa32FredSsp3,
            VmcsField.HostIa32SpecCtrl => vmcs.HostIa32SpecCtrl,
            VmcsField.PinBasedControls => vmcs.PinBasedControls.Value,
            VmcsField.PrimaryProcessorBasedControls => vmcs.PrimaryProcessorBasedControls.Value,
            VmcsField.ExceptionBitmap => vmcs.ExceptionBitmap,
            VmcsField.PageFaultErrorCodeMask => vmcs.PageFaultErrorCodeMask,
            VmcsField.PageFaultErrorCodeMatch => vmcs.PageFaultErrorCodeMatch,
            VmcsField.Cr3TargetCount => vmcs.Cr3TargetCount,
            VmcsField.PrimaryVmExitControls => vmcs.PrimaryVmExitControls.Value,
            VmcsField.VmExitMsrStoreCount => vmcs.VmExitMsrStoreCount,
            VmcsField.VmExitMsrLoadCount => vmcs.VmExitMsrLoadCount,
            VmcsField.VmEntryControls => vmcs.VmEntryControls.Value,
            VmcsField.VmEntryMsrLoadCount => vmcs.VmEntryMsrLoadCount,
            VmcsField.EntryInterruptionInformation => vmcs.EntryInterruptionInformation.Value,
            VmcsField.EntryExceptionErrorCode => vmcs.EntryExceptionErrorCode,
            VmcsField.EntryInstructionLength => vmcs.EntryInstructionLength,
            VmcsField.TprThreshold => vmcs.TprThreshold,
            VmcsField.SecondaryProcessorBasedControls => vmcs.SecondaryProcessorBasedControls.Value,
            VmcsField.PleGap => vmcs.PleGap,
            VmcsField.PleWindow => vmcs.PleWindow,
            VmcsField.InstructionTimeoutControl => vmcs.InstructionTimeoutControl,
            VmcsField.SeamGuestKeyId => vmcs.SeamGuestKeyId,
            VmcsField.VmInstructionError => (ulong)vmcs.VmInstructionError,
            VmcsField.ExitReason => vmcs.ExitReason.Value,
            VmcsField.ExitInterruptionInformation => vmcs.ExitInterruptionInformation.Value,
            VmcsField.ExitInterruptionErrorCode => vmcs.ExitInterruptionErrorCode,
            VmcsField.IdtVectoringInformation => vmcs.IdtVectoringInformation.Value,
            VmcsField.IdtVectoringErrorCode => vmcs.IdtVectoringErrorCode,
            VmcsField.ExitInstructionLength => vmcs.ExitInstructionLength,
            VmcsField.ExitInstructionInformation => vmcs.ExitInstructionInformation,
            VmcsField.GuestEsLimit => vmcs.GuestEsLimit,
            VmcsField.GuestCsLimit => vmcs.GuestCsLimit,
            VmcsField.GuestSsLimit => vmcs.GuestSsLimit,
            VmcsField.GuestDsLimit => vmcs.GuestDsLimit,
            VmcsField.GuestFsLimit => vmcs.GuestFsLimit,
            VmcsField.GuestGsLimit => vmcs.GuestGsLimit,
            VmcsField.GuestLdtrLimit => vmcs.GuestLdtrLimit,
            VmcsField.GuestTrLimit => vmcs.GuestTrLimit,
            VmcsField.GuestGdtrLimit => vmcs.GuestGdtrLimit,
            VmcsField.GuestIdtrLimit => vmcs.GuestIdtrLimit,
            VmcsField.GuestEsAccessRights => vmcs.GuestEsAccessRights.Value,
            VmcsField.GuestCsAccessRights => vmcs.GuestCsAccessRights.Value,
            VmcsField.GuestSsAccessRights => vmcs.GuestSsAccessRights.Value,
            VmcsField.GuestDsAccessRights => vmcs.GuestDsAccessRights.Value,
            VmcsField.GuestFsAccessRights => vmcs.GuestFsAccessRights.Value,
            VmcsField.GuestGsAccessRights => vmcs.GuestGsAccessRights.Value,
            VmcsField.GuestLdtrAccessRights => vmcs.GuestLdtrAccessRights.Value,
            VmcsField.GuestTrAccessRights => vmcs.GuestTrAccessRights.Value,
            VmcsField.GuestInterruptibilityState => vmcs.GuestInterruptibilityState.Value,
            VmcsField.GuestActivityState => (ulong)vmcs.GuestActivityState,
            VmcsField.GuestSmbase => vmcs.GuestSmbase,
            VmcsField.GuestIa32SysenterCs => vmcs.GuestIa32SysenterCs,
            VmcsField.VmxPreemptionTimerValue => vmcs.VmxPreemptionTimerValue,
            VmcsField.HostIa32SysenterCs => vmcs.HostIa32SysenterCs,
            VmcsField.Cr0GuestHostMask => vmcs.Cr0GuestHostMask,
            VmcsField.Cr4GuestHostMask => vmcs.Cr4GuestHostMask,
            VmcsField.Cr0ReadShadow => vmcs.Cr0ReadShadow,
            VmcsField.Cr4ReadShadow => vmcs.Cr4ReadShadow,
            VmcsField.Cr3TargetValue0 => vmcs.Cr3TargetValue0,
            VmcsField.Cr3TargetValue1 => vmcs.Cr3TargetValue1,
            VmcsField.Cr3TargetValue2 => vmcs.Cr3TargetValue2,
            VmcsField.Cr3TargetValue3 => vmcs.Cr3TargetValue3,
            VmcsField.ExitQualification => vmcs.ExitQualification,
            VmcsField.IoRcx => vmcs.IoRcx,
            VmcsField.IoRsi => vmcs.IoRsi,
            VmcsField.IoRdi => vmcs.IoRdi,
            VmcsField.IoRip => vmcs.IoRip,
            VmcsField.GuestLinearAddress => vmcs.GuestLinearAddress,
            VmcsField.GuestCr0 => vmcs.GuestCr0,
            VmcsField.GuestCr3 => vmcs.GuestCr3,
            VmcsField.GuestCr4 => vmcs.GuestCr4,
            VmcsField.GuestEsBase => vmcs.GuestEsBase,
            VmcsField.GuestCsBase => vmcs.GuestCsBase,
            VmcsField.GuestSsBase => vmcs.GuestSsBase,
            VmcsField.GuestDsBase => vmcs.GuestDsBase,
            VmcsField.GuestFsBase => vmcs.GuestFsBase,
            VmcsField.GuestGsBase => vmcs.GuestGsBase,
            VmcsField.GuestLdtrBase => vmcs.GuestLdtrBase,
            VmcsField.GuestTrBase => vmcs.GuestTrBase,
            VmcsField.GuestGdtrBase => vmcs.GuestGdtrBase,
            VmcsField.GuestIdtrBase => vmcs.GuestIdtrBase,
            VmcsField.GuestDr7 => vmcs.GuestDr7,
            VmcsField.GuestRsp => vmcs.GuestRsp,
            VmcsField.GuestRip => vmcs.GuestRip,
            VmcsField.GuestRflags => vmcs.GuestRflags,
            VmcsField.GuestPendingDebugExceptions => vmcs.GuestPendingDebugExceptions.Value,
            VmcsField.GuestIa32SysenterEsp => vmcs.GuestIa32SysenterEsp,
            VmcsField.GuestIa32SysenterEip => vmcs.GuestIa32SysenterEip,
            VmcsField.GuestIa32SCet => vmcs.GuestIa32SCet,
            VmcsField.GuestSsp => vmcs.GuestSsp,
            VmcsField.GuestIa32InterruptSspTableAddr => vmcs.GuestIa32InterruptSspTableAddr,
            VmcsField.HostCr0 => vmcs.HostCr0,
            VmcsField.HostCr3 => vmcs.HostCr3,
            VmcsField.HostCr4 => vmcs.HostCr4,
            VmcsField.HostFsBase => vmcs.HostFsBase,
            VmcsField.HostGsBase => vmcs.HostGsBase,
            VmcsField.HostTrBase => vmcs.HostTrBase,
            VmcsField.HostGdtrBase => vmcs.HostGdtrBase,
            VmcsField.HostIdtrBase => vmcs.HostIdtrBase,
            VmcsField.HostIa32SysenterEsp => vmcs.HostIa32SysenterEsp,
            VmcsField.HostIa32SysenterEip => vmcs.HostIa32SysenterEip,
            VmcsField.HostRsp => vmcs.HostRsp,
            VmcsField.HostRip => vmcs.HostRip,
            VmcsField.HostIa32SCet => vmcs.HostIa32SCet,
            VmcsField.HostSsp => vmcs.HostSsp,
            VmcsField.HostIa32InterruptSspTableAddr => vmcs.HostIa32InterruptSspTableAddr,
            _ => 0,
        };
    }

    /// <summary>What a field is called.</summary>
    public static string NameOf(VmcsField field) =>
        field switch
        {
            VmcsField.VirtualProcessorIdentifier => nameof(VmcsField.VirtualProcessorIdentifier),
            VmcsField.PostedInterruptNotificationVector => nameof(VmcsField.PostedInterruptNotificationVector),
            VmcsField.EptpIndex => nameof(VmcsField.EptpIndex),
            VmcsField.HlatPrefixSize => nameof(VmcsField.HlatPrefixSize),
            VmcsField.LastPidPointerIndex => nameof(VmcsField.LastPidPointerIndex),
            VmcsField.VirtualTimerVector => nameof(VmcsField.VirtualTimerVector),
            VmcsField.GuestEsSelector => nameof(VmcsField.GuestEsSelector),
            VmcsField.GuestCsSelector => nameof(VmcsField.GuestCsSelector),
            VmcsField.GuestSsSelector => nameof(VmcsField.GuestSsSelector),
            VmcsField.GuestDsSelector => nameof(VmcsField.GuestDsSelector),
            VmcsField.GuestFsSelector => nameof(VmcsField.GuestFsSelector),
            VmcsField.GuestGsSelector => nameof(VmcsField.GuestGsSelector),
            VmcsField.GuestLdtrSelector => nameof(VmcsField.GuestLdtrSelector),
            VmcsField.GuestTrSelector => nameof(VmcsField.GuestTrSelector),
            VmcsField.GuestInterruptStatus => nameof(VmcsField.GuestInterruptStatus),
            VmcsField.PmlIndex => nameof(VmcsField.PmlIndex),
            VmcsField.GuestUinv => nameof(VmcsField.GuestUinv),
            VmcsField.HostEsSelector => nameof(VmcsField.HostEsSelector),
            VmcsField.HostCsSelector => nameof(VmcsField.HostCsSelector),
            VmcsField.HostSsSelector => nameof(VmcsField.HostSsSelector),
            VmcsField.HostDsSelector => nameof(VmcsField.HostDsSelector),
            VmcsField.HostFsSelector => nameof(VmcsField.HostFsSelector),
            VmcsField.HostGsSelector => nameof(VmcsField.HostGsSelector),
            VmcsField.HostTrSelector => nameof(VmcsField.HostTrSelector),
            VmcsField.IoBitmapA => nameof(VmcsField.IoBitmapA),
            VmcsField.IoBitmapB => nameof(VmcsField.IoBitmapB),
            VmcsField.MsrBitmap => nameof(VmcsField.MsrBitmap),
            VmcsField.VmExitMsrStoreAddress => nameof(VmcsField.VmExitMsrStoreAddress),
            VmcsField.VmExitMsrLoadAddress => nameof(VmcsField.VmExitMsrLoadAddress),
            VmcsField.VmEntryMsrLoadAddress => nameof(VmcsField.VmEntryMsrLoadAddress),
            VmcsField.ExecutiveVmcsPointer => nameof(VmcsField.ExecutiveVmcsPointer),
            VmcsField.PmlAddress => nameof(VmcsField.PmlAddress),
            VmcsField.TscOffset => nameof(VmcsField.TscOffset),
            VmcsField.VirtualApicAddress => nameof(VmcsField.VirtualApicAddress),
            VmcsField.ApicAccessAddress => nameof(VmcsField.ApicAccessAddress),
            VmcsField.PostedInterruptDescriptorAddress => nameof(VmcsField.PostedInterruptDescriptorAddress),
            VmcsField.VmFunctionControls => nameof(VmcsField.VmFunctionControls),
            VmcsField.EptPointer => nameof(VmcsField.EptPointer),
            VmcsField.EoiExitBitmap0 => nameof(VmcsField.EoiExitBitmap0),
            VmcsField.EoiExitBitmap1 => nameof(VmcsField.EoiExitBitmap1),
            VmcsField.EoiExitBitmap2 => nameof(VmcsField.EoiExitBitmap2),
            VmcsField.EoiExitBitmap3 => nameof(VmcsField.EoiExitBitmap3),
            VmcsField.EptpListAddress => nameof(VmcsField.EptpListAddress),
            VmcsField.VmreadBitmap => nameof(VmcsField.VmreadBitmap),
            VmcsField.VmwriteBitmap => nameof(VmcsField.VmwriteBitmap),
            VmcsField.VirtualizationExceptionInformationAddress => nameof(VmcsField.VirtualizationExceptionInformationAddress),
            VmcsField.XssExitingBitmap => nameof(VmcsField.XssExitingBitmap),
            VmcsField.EnclsExitingBitmap => nameof(VmcsField.EnclsExitingBitmap),
            VmcsField.SubPagePermissionTablePointer => nameof(VmcsField.SubPagePermissionTablePointer),
            VmcsField.TscMultiplier => nameof(VmcsField.TscMultiplier),
            VmcsField.TertiaryProcessorBasedControls => nameof(VmcsField.TertiaryProcessorBasedControls),
            VmcsField.EnclvExitingBitmap => nameof(VmcsField.EnclvExitingBitmap),
            VmcsField.LowPasidDirectoryAddress => nameof(VmcsField.LowPasidDirectoryAddress),
            VmcsField.HighPasidDirectoryAddress => nameof(VmcsField.HighPasidDirectoryAddress),
            VmcsField.SharedEptPointer => nameof(VmcsField.SharedEptPointer),
            VmcsField.PconfigExitingBitmap => nameof(VmcsField.PconfigExitingBitmap),
            VmcsField.HlatPointer => nameof(VmcsField.HlatPointer),
            VmcsField.PidPointerTableAddress => nameof(VmcsField.PidPointerTableAddress),
            VmcsField.SecondaryVmExitControls => nameof(VmcsField.SecondaryVmExitControls),
            VmcsField.Ia32SpecCtrlMask => nameof(VmcsField.Ia32SpecCtrlMask),
            VmcsField.Ia32SpecCtrlShadow => nameof(VmcsField.Ia32SpecCtrlShadow),
            VmcsField.GuestDeadlineShadow => nameof(VmcsField.GuestDeadlineShadow),
            VmcsField.InjectedEventData => nameof(VmcsField.InjectedEventData),
            VmcsField.GuestPhysicalAddress => nameof(VmcsField.GuestPhysicalAddress),
            VmcsField.MsrData => nameof(VmcsField.MsrData),
            VmcsField.OriginalEventData => nameof(VmcsField.OriginalEventData),
            VmcsField.ExtendedInstructionInformation => nameof(VmcsField.ExtendedInstructionInformation),
            VmcsField.VmcsLinkPointer => nameof(VmcsField.VmcsLinkPointer),
            VmcsField.GuestIa32Debugctl => nameof(VmcsField.GuestIa32Debugctl),
            VmcsField.GuestIa32Pat => nameof(VmcsField.GuestIa32Pat),
            VmcsField.GuestIa32Efer => nameof(VmcsField.GuestIa32Efer),
            VmcsField.GuestIa32PerfGlobalCtrl => nameof(VmcsField.GuestIa32PerfGlobalCtrl),
            VmcsField.GuestPdpte0 => nameof(VmcsField.GuestPdpte0),
            VmcsField.GuestPdpte1 => nameof(VmcsField.GuestPdpte1),
            VmcsField.GuestPdpte2 => nameof(VmcsField.GuestPdpte2),
            VmcsField.GuestPdpte3 => nameof(VmcsField.GuestPdpte3),
            VmcsField.GuestIa32Bndcfgs => nameof(VmcsField.GuestIa32Bndcfgs),
            VmcsField.GuestIa32RtitCtl => nameof(VmcsField.GuestIa32RtitCtl),
            VmcsField.GuestIa32LbrCtl => nameof(VmcsField.GuestIa32LbrCtl),
            VmcsField.GuestIa32Pkrs => nameof(VmcsField.GuestIa32Pkrs),
            VmcsField.GuestIa32FredConfig => nameof(VmcsField.GuestIa32FredConfig),
            VmcsField.GuestIa32FredRsp1 => nameof(VmcsField.GuestIa32FredRsp1),
            VmcsField.GuestIa32FredRsp2 => nameof(VmcsField.GuestIa32FredRsp2),
            VmcsField.GuestIa32FredRsp3 => nameof(VmcsField.GuestIa32FredRsp3),
            VmcsField.GuestIa32FredStklvls => nameof(VmcsField.GuestIa32FredStklvls),
            VmcsField.GuestIa32FredSsp1 => nameof(VmcsField.GuestIa32FredSsp1),
            VmcsField.GuestIa32FredSsp2 => nameof(VmcsField.GuestIa32FredSsp2),
            VmcsField.GuestIa32FredSsp3 => nameof(VmcsField.GuestIa32FredSsp3),
            VmcsField.GuestIa32SpecCtrl => nameof(VmcsField.GuestIa32SpecCtrl),
            VmcsField.GuestDeadline => nameof(VmcsField.GuestDeadline),
            VmcsField.HostIa32Pat => nameof(VmcsField.HostIa32Pat),
            VmcsField.HostIa32Efer => nameof(VmcsField.HostIa32Efer),
            VmcsField.HostIa32PerfGlobalCtrl => nameof(VmcsField.HostIa32PerfGlobalCtrl),
            VmcsField.HostIa32Pkrs => nameof(VmcsField.HostIa32Pkrs),
            VmcsField.HostIa32FredConfig => nameof(VmcsField.HostIa32FredConfig),
            VmcsField.HostIa32FredRsp1 => nameof(VmcsField.HostIa32FredRsp1),
            VmcsField.HostIa32FredRsp2 => nameof(VmcsField.HostIa32FredRsp2),
            VmcsField.HostIa32FredRsp3 => nameof(VmcsField.HostIa32FredRsp3),
            VmcsField.HostIa32FredStklvls => nameof(VmcsField.HostIa32FredStklvls),
            VmcsField.HostIa32FredSsp1 => nameof(VmcsField.HostIa32FredSsp1),
            VmcsField.HostIa32FredSsp2 => nameof(VmcsField.HostIa32FredSsp2),
            VmcsField.HostIa32FredSsp3 => nameof(VmcsField.HostIa32FredSsp3),
            VmcsField.HostIa32SpecCtrl => nameof(VmcsField.HostIa32SpecCtrl),
            VmcsField.PinBasedControls => nameof(VmcsField.PinBasedControls),
            VmcsField.PrimaryProcessorBasedControls => nameof(VmcsField.PrimaryProcessorBasedControls),
            VmcsField.ExceptionBitmap => nameof(VmcsField.ExceptionBitmap),
            VmcsField.PageFaultErrorCodeMask => nameof(VmcsField.PageFaultErrorCodeMask),
            VmcsField.PageFaultErrorCodeMatch => nameof(VmcsField.PageFaultErrorCodeMatch),
            VmcsField.Cr3TargetCount => nameof(VmcsField.Cr3TargetCount),
            VmcsField.PrimaryVmExitControls => nameof(VmcsField.PrimaryVmExitControls),
            VmcsField.VmExitMsrStoreCount => nameof(VmcsField.VmExitMsrStoreCount),
            VmcsField.VmExitMsrLoadCount => nameof(VmcsField.VmExitMsrLoadCount),
            VmcsField.VmEntryControls => nameof(VmcsField.VmEntryControls),
            VmcsField.VmEntryMsrLoadCount => nameof(VmcsField.VmEntryMsrLoadCount),
            VmcsField.EntryInterruptionInformation => nameof(VmcsField.EntryInterruptionInformation),
            VmcsField.EntryExceptionErrorCode => nameof(VmcsField.EntryExceptionErrorCode),
            VmcsField.EntryInstructionLength => nameof(VmcsField.EntryInstructionLength),
            VmcsField.TprThreshold => nameof(VmcsField.TprThreshold),
            VmcsField.SecondaryProcessorBasedControls => nameof(VmcsField.SecondaryProcessorBasedControls),
            VmcsField.PleGap => nameof(VmcsField.PleGap),
            VmcsField.PleWindow => nameof(VmcsField.PleWindow),
            VmcsField.InstructionTimeoutControl => nameof(VmcsField.InstructionTimeoutControl),
            VmcsField.SeamGuestKeyId => nameof(VmcsField.SeamGuestKeyId),
            VmcsField.VmInstructionError => nameof(VmcsField.VmInstructionError),
            VmcsField.ExitReason => nameof(VmcsField.ExitReason),
            VmcsField.ExitInterruptionInformation => nameof(VmcsField.ExitInterruptionInformation),
            VmcsField.ExitInterruptionErrorCode => nameof(VmcsField.ExitInterruptionErrorCode),
            VmcsField.IdtVectoringInformation => nameof(VmcsField.IdtVectoringInformation),
            VmcsField.IdtVectoringErrorCode => nameof(VmcsField.IdtVectoringErrorCode),
            VmcsField.ExitInstructionLength => nameof(VmcsField.ExitInstructionLength),
            VmcsField.ExitInstructionInformation => nameof(VmcsField.ExitInstructionInformation),
            VmcsField.GuestEsLimit => nameof(VmcsField.GuestEsLimit),
            VmcsField.GuestCsLimit => nameof(VmcsField.GuestCsLimit),
            VmcsField.GuestSsLimit => nameof(VmcsField.GuestSsLimit),
            VmcsField.GuestDsLimit => nameof(VmcsField.GuestDsLimit),
            VmcsField.GuestFsLimit => nameof(VmcsField.GuestFsLimit),
            VmcsField.GuestGsLimit => nameof(VmcsField.GuestGsLimit),
            VmcsField.GuestLdtrLimit => nameof(VmcsField.GuestLdtrLimit),
            VmcsField.GuestTrLimit => nameof(VmcsField.GuestTrLimit),
            VmcsField.GuestGdtrLimit => nameof(VmcsField.GuestGdtrLimit),
            VmcsField.GuestIdtrLimit => nameof(VmcsField.GuestIdtrLimit),
            VmcsField.GuestEsAccessRights => nameof(VmcsField.GuestEsAccessRights),
            VmcsField.GuestCsAccessRights => nameof(VmcsField.GuestCsAccessRights),
            VmcsField.GuestSsAccessRights => nameof(VmcsField.GuestSsAccessRights),
            VmcsField.GuestDsAccessRights => nameof(VmcsField.GuestDsAccessRights),
            VmcsField.GuestFsAccessRights => nameof(VmcsField.GuestFsAccessRights),
            VmcsField.GuestGsAccessRights => nameof(VmcsField.GuestGsAccessRights),
            VmcsField.GuestLdtrAccessRights => nameof(VmcsField.GuestLdtrAccessRights),
            VmcsField.GuestTrAccessRights => nameof(VmcsField.GuestTrAccessRights),
            VmcsField.GuestInterruptibilityState => nameof(VmcsField.GuestInterruptibilityState),
            VmcsField.GuestActivityState => nameof(VmcsField.GuestActivityState),
            VmcsField.GuestSmbase => nameof(VmcsField.GuestSmbase),
            VmcsField.GuestIa32SysenterCs => nameof(VmcsField.GuestIa32SysenterCs),
            VmcsField.VmxPreemptionTimerValue => nameof(VmcsField.VmxPreemptionTimerValue),
            VmcsField.HostIa32SysenterCs => nameof(VmcsField.HostIa32SysenterCs),
            VmcsField.Cr0GuestHostMask => nameof(VmcsField.Cr0GuestHostMask),
            VmcsField.Cr4GuestHostMask => nameof(VmcsField.Cr4GuestHostMask),
            VmcsField.Cr0ReadShadow => nameof(VmcsField.Cr0ReadShadow),
            VmcsField.Cr4ReadShadow => nameof(VmcsField.Cr4ReadShadow),
            VmcsField.Cr3TargetValue0 => nameof(VmcsField.Cr3TargetValue0),
            VmcsField.Cr3TargetValue1 => nameof(VmcsField.Cr3TargetValue1),
            VmcsField.Cr3TargetValue2 => nameof(VmcsField.Cr3TargetValue2),
            VmcsField.Cr3TargetValue3 => nameof(VmcsField.Cr3TargetValue3),
            VmcsField.ExitQualification => nameof(VmcsField.ExitQualification),
            VmcsField.IoRcx => nameof(VmcsField.IoRcx),
            VmcsField.IoRsi => nameof(VmcsField.IoRsi),
            VmcsField.IoRdi => nameof(VmcsField.IoRdi),
            VmcsField.IoRip => nameof(VmcsField.IoRip),
            VmcsField.GuestLinearAddress => nameof(VmcsField.GuestLinearAddress),
            VmcsField.GuestCr0 => nameof(VmcsField.GuestCr0),
            VmcsField.GuestCr3 => nameof(VmcsField.GuestCr3),
            VmcsField.GuestCr4 => nameof(VmcsField.GuestCr4),
            VmcsField.GuestEsBase => nameof(VmcsField.GuestEsBase),
            VmcsField.GuestCsBase => nameof(VmcsField.GuestCsBase),
            VmcsField.GuestSsBase => nameof(VmcsField.GuestSsBase),
            VmcsField.GuestDsBase => nameof(VmcsField.GuestDsBase),
            VmcsField.GuestFsBase => nameof(VmcsField.GuestFsBase),
            VmcsField.GuestGsBase => nameof(VmcsField.GuestGsBase),
            VmcsField.GuestLdtrBase => nameof(VmcsField.GuestLdtrBase),
            VmcsField.GuestTrBase => nameof(VmcsField.GuestTrBase),
            VmcsField.GuestGdtrBase => nameof(VmcsField.GuestGdtrBase),
            VmcsField.GuestIdtrBase => nameof(VmcsField.GuestIdtrBase),
            VmcsField.GuestDr7 => nameof(VmcsField.GuestDr7),
            VmcsField.GuestRsp => nameof(VmcsField.GuestRsp),
            VmcsField.GuestRip => nameof(VmcsField.GuestRip),
            VmcsField.GuestRflags => nameof(VmcsField.GuestRflags),
            VmcsField.GuestPendingDebugExceptions => nameof(VmcsField.GuestPendingDebugExceptions),
            VmcsField.GuestIa32SysenterEsp => nameof(VmcsField.GuestIa32SysenterEsp),
            VmcsField.GuestIa32SysenterEip => nameof(VmcsField.GuestIa32SysenterEip),
            VmcsField.GuestIa32SCet => nameof(VmcsField.GuestIa32SCet),
            VmcsField.GuestSsp => nameof(VmcsField.GuestSsp),
            VmcsField.GuestIa32InterruptSspTableAddr => nameof(VmcsField.GuestIa32InterruptSspTableAddr),
            VmcsField.HostCr0 => nameof(VmcsField.HostCr0),
            VmcsField.HostCr3 => nameof(VmcsField.HostCr3),
            VmcsField.HostCr4 => nameof(VmcsField.HostCr4),
            VmcsField.HostFsBase => nameof(VmcsField.HostFsBase),
            VmcsField.HostGsBase => nameof(VmcsField.HostGsBase),
            VmcsField.HostTrBase => nameof(VmcsField.HostTrBase),
            VmcsField.HostGdtrBase => nameof(VmcsField.HostGdtrBase),
            VmcsField.HostIdtrBase => nameof(VmcsField.HostIdtrBase),
            VmcsField.HostIa32SysenterEsp => nameof(VmcsField.HostIa32SysenterEsp),
            VmcsField.HostIa32SysenterEip => nameof(VmcsField.HostIa32SysenterEip),
            VmcsField.HostRsp => nameof(VmcsField.HostRsp),
            VmcsField.HostRip => nameof(VmcsField.HostRip),
            VmcsField.HostIa32SCet => nameof(VmcsField.HostIa32SCet),
            VmcsField.HostSsp => nameof(VmcsField.HostSsp),
            VmcsField.HostIa32InterruptSspTableAddr => nameof(VmcsField.HostIa32InterruptSspTableAddr),
            _ => "",
        };
}
