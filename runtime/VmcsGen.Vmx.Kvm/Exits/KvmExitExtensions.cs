using VmcsGen.Kvm;

namespace VmcsGen.Vmx.Kvm;

/// <summary>Exits of KVM in the words of VMX.</summary>
public static class KvmExitExtensions
{
    extension(KvmExit exit)
    {
        /// <summary>
        /// What <see cref="KvmExit.ToString"/> says, and of exits with numbers of VMX in them what those mean: the exit reason or
        /// VM-instruction error of a failed entry, and the exit reason, exit qualification and event of an internal error. On a host with
        /// kvm_amd the numbers are those of SVM and stay as they are.
        /// </summary>
        public string Explain()
        {
            var words = VmxExitWords.IsSvm ? null : VmxWords(exit);
            return words is null ? exit.ToString() : $"{exit.ToString()}. VMX: {words}";
        }
    }

    /// <summary>The words of VMX alone; null where an exit has no numbers of VMX.</summary>
    internal static string? VmxWords(KvmExit exit) =>
        exit.Reason switch
        {
            KvmExitReason.FailEntry => VmxExitWords.OfFailedEntry(exit.FailEntry.HardwareEntryFailureReason),
            KvmExitReason.InternalError => VmxExitWords.OfInternalError(exit.InternalError.SubError, exit.InternalError.Data),
            KvmExitReason.Unknown => VmxExitWords.OfReason(exit.Unknown.HardwareExitReason),
            _ => null,
        };
}
