using System.Collections.Generic;
using System.Linq;
using VmcsGen.Oracle.Tests.Support;

namespace VmcsGen.Oracle.Tests.Headers;

/// <summary>
/// What headers of some kernel versions hold and the specs leave out on purpose, by name. Which of it is met depends on the
/// machine's headers; what is certain on every machine is that none of it is generated.
/// </summary>
internal static class HeaderExceptions
{
    /// <summary>Names that the specs leave out, with the reason.</summary>
    public static IReadOnlyDictionary<string, string> LeftOut { get; } =
        new (string Reason, string Names)[]
        {
            (
                "tracing by KVM itself, long gone from the kernel",
                """
                kvm_user_trace_setup KVM_TRACE_ENABLE KVM_TRACE_PAUSE KVM_TRACE_DISABLE
                __KVM_DEPRECATED_MAIN_W_0x06 __KVM_DEPRECATED_MAIN_0x07 __KVM_DEPRECATED_MAIN_0x08
                KVM_TRC_SHIFT KVM_TRC_ENTRYEXIT KVM_TRC_HANDLER KVM_TRC_VMENTRY KVM_TRC_VMEXIT KVM_TRC_PAGE_FAULT KVM_TRC_HEAD_SIZE
                KVM_TRC_CYCLE_SIZE KVM_TRC_EXTRA_MAX KVM_TRC_INJ_VIRQ KVM_TRC_REDELIVER_EVT KVM_TRC_PEND_INTR KVM_TRC_IO_READ
                KVM_TRC_IO_WRITE KVM_TRC_CR_READ KVM_TRC_CR_WRITE KVM_TRC_DR_READ KVM_TRC_DR_WRITE KVM_TRC_MSR_READ KVM_TRC_MSR_WRITE
                KVM_TRC_CPUID KVM_TRC_INTR KVM_TRC_NMI KVM_TRC_VMMCALL KVM_TRC_HLT KVM_TRC_CLTS KVM_TRC_LMSW KVM_TRC_APIC_ACCESS
                KVM_TRC_TDP_FAULT KVM_TRC_GTLB_WRITE KVM_TRC_STLB_WRITE KVM_TRC_STLB_INVAL KVM_TRC_PPC_INSTR
                """
            ),
            (
                "assignment of devices without VFIO, gone from the kernel",
                """
                kvm_assigned_pci_dev kvm_assigned_irq kvm_assigned_msix_nr kvm_assigned_msix_entry
                KVM_ASSIGN_PCI_DEVICE KVM_ASSIGN_IRQ KVM_ASSIGN_DEV_IRQ KVM_DEASSIGN_PCI_DEVICE KVM_ASSIGN_SET_MSIX_NR
                KVM_ASSIGN_SET_MSIX_ENTRY KVM_DEASSIGN_DEV_IRQ KVM_ASSIGN_SET_INTX_MASK __KVM_DEPRECATED_VM_R_0x70
                KVM_DEV_ASSIGN_ENABLE_IOMMU KVM_DEV_ASSIGN_PCI_2_3 KVM_DEV_ASSIGN_MASK_INTX
                KVM_DEV_IRQ_HOST_INTX KVM_DEV_IRQ_HOST_MSI KVM_DEV_IRQ_HOST_MSIX KVM_DEV_IRQ_HOST_MASK
                KVM_DEV_IRQ_GUEST_INTX KVM_DEV_IRQ_GUEST_MSI KVM_DEV_IRQ_GUEST_MSIX KVM_DEV_IRQ_GUEST_MASK KVM_MAX_MSIX_PER_DEV
                """
            ),
            ("replaced by KVM_SET_USER_MEMORY_REGION", "kvm_memory_region kvm_memory_alias KVM_SET_MEMORY_REGION KVM_SET_MEMORY_ALIAS"),
            ("replaced by KVM_SET_GUEST_DEBUG", "kvm_debug_guest kvm_breakpoint KVM_DEBUG_GUEST __KVM_DEPRECATED_VCPU_W_0x87"),
            ("grows with every bit; KVM_CHECK_EXTENSION tells the bits", "KVM_X86_DISABLE_VALID_EXITS"),
            ("Arm, which has no use on x86-64", "KVM_ARM_DEV_EL1_VTIMER KVM_ARM_DEV_EL1_PTIMER KVM_ARM_DEV_PMU"),
            (
                "PowerPC, later moved to that architecture's header",
                """
                kvm_ppc_pvinfo kvm_ppc_one_page_size kvm_ppc_one_seg_page_size kvm_ppc_smmu_info kvm_ppc_resize_hpt
                KVM_PPC_GET_PVINFO KVM_PPC_GET_SMMU_INFO KVM_PPC_RESIZE_HPT_PREPARE KVM_PPC_RESIZE_HPT_COMMIT
                KVM_PPC_PVINFO_FLAGS_EV_IDLE KVM_PPC_PAGE_SIZES_MAX_SZ KVM_PPC_PAGE_SIZES_REAL KVM_PPC_1T_SEGMENTS KVM_PPC_NO_HASH
                """
            ),
            (
                "s390, later moved to that architecture's header",
                """
                kvm_s390_skeys kvm_s390_cmma_log kvm_s390_mem_op kvm_s390_psw kvm_s390_interrupt kvm_s390_io_info kvm_s390_ext_info
                kvm_s390_pgm_info kvm_s390_prefix_info kvm_s390_extcall_info kvm_s390_emerg_info kvm_s390_stop_info kvm_s390_mchk_info
                kvm_s390_irq kvm_s390_irq_state kvm_s390_ucas_mapping kvm_s390_zpci_op kvm_pv_cmd kvm_s390_pv_sec_parm kvm_s390_pv_unp
                kvm_s390_pv_dmp kvm_s390_pv_info_dump kvm_s390_pv_info_vm kvm_s390_pv_info_header kvm_s390_pv_info
                KVM_S390_UCAS_MAP KVM_S390_UCAS_UNMAP KVM_S390_INTERRUPT KVM_S390_SET_INITIAL_PSW KVM_S390_MEM_OP KVM_S390_GET_SKEYS
                KVM_S390_SET_SKEYS KVM_S390_IRQ KVM_S390_SET_IRQ_STATE KVM_S390_GET_IRQ_STATE KVM_S390_GET_CMMA_BITS
                KVM_S390_SET_CMMA_BITS KVM_S390_PV_COMMAND KVM_S390_PV_CPU_COMMAND KVM_S390_ZPCI_OP
                KVM_S390_CMMA_PEEK KVM_S390_RESET_POR KVM_S390_RESET_CLEAR KVM_S390_RESET_SUBSYSTEM KVM_S390_RESET_CPU_INIT
                KVM_S390_RESET_IPL KVM_S390_MEMOP_LOGICAL_READ KVM_S390_MEMOP_LOGICAL_WRITE KVM_S390_MEMOP_SIDA_READ
                KVM_S390_MEMOP_SIDA_WRITE KVM_S390_MEMOP_ABSOLUTE_READ KVM_S390_MEMOP_ABSOLUTE_WRITE KVM_S390_MEMOP_F_CHECK_ONLY
                KVM_S390_MEMOP_F_INJECT_EXCEPTION KVM_S390_MEMOP_F_SKEY_PROTECTION KVM_S390_SIGP_STOP KVM_S390_PROGRAM_INT
                KVM_S390_SIGP_SET_PREFIX KVM_S390_RESTART KVM_S390_INT_PFAULT_INIT KVM_S390_INT_PFAULT_DONE KVM_S390_MCHK
                KVM_S390_INT_CLOCK_COMP KVM_S390_INT_CPU_TIMER KVM_S390_INT_VIRTIO KVM_S390_INT_SERVICE KVM_S390_INT_EMERGENCY
                KVM_S390_INT_EXTERNAL_CALL KVM_S390_INT_IO_MIN KVM_S390_INT_IO_MAX KVM_S390_INT_IO_AI_MASK
                KVM_S390_PGM_FLAGS_ILC_VALID KVM_S390_PGM_FLAGS_ILC_0 KVM_S390_PGM_FLAGS_ILC_1 KVM_S390_PGM_FLAGS_ILC_MASK
                KVM_S390_PGM_FLAGS_NO_REWIND KVM_S390_STOP_FLAG_STORE_STATUS
                KVM_S390_ZPCIOP_REG_AEN KVM_S390_ZPCIOP_DEREG_AEN KVM_S390_ZPCIOP_REGAEN_HOST
                KVM_PV_DUMP_INIT KVM_PV_DUMP_CONFIG_STOR_STATE KVM_PV_DUMP_COMPLETE KVM_PV_DUMP_CPU KVM_PV_INFO_VM KVM_PV_INFO_DUMP
                KVM_PV_ENABLE KVM_PV_DISABLE KVM_PV_SET_SEC_PARMS KVM_PV_UNPACK KVM_PV_VERIFY KVM_PV_PREP_RESET KVM_PV_UNSHARE_ALL
                KVM_PV_INFO KVM_PV_DUMP
                """
            ),
        }
            .SelectMany(static group => Words.In(group.Names).Select(name => (name, group.Reason)))
            .ToDictionary(static entry => entry.name, static entry => entry.Reason);

    /// <summary>Structs that later kernels changed, within the space that they had.</summary>
    public static (string Item, string Reason)[] Structs { get; } = [("kvm_svm_nested_state_hdr, size", "gpat was added later")];

    /// <summary>Members that later kernels changed, and those that C# has in another form.</summary>
    public static (string Item, string Reason)[] Members { get; } =
    [
        ("kvm_nested_state.hdr.svm, size", "gpat was added later"),
        ("kvm_nested_state.data", "a union without a size: its flexible arrays are compared one by one"),
        ("kvm_nested_state.data.svm, size", "C# has one type of entry: Intel's"),
        ("kvm_run.hypercall.pad", "became part of flags in Linux 6.4"),
    ];

    /// <summary>Constants that count others, of which later kernels have more.</summary>
    public static (string Item, string Reason)[] Constants { get; } =
    [
        ("KVM_DEV_TYPE_MAX, value", "counts the device types, of which there are more now"),
        ("KVM_SEV_NR_MAX, value", "counts the commands, of which there are more now"),
    ];
}
