namespace VmcsGen.Kvm;

/// <summary>
/// An AMD SEV-SNP guest wants the certificates that go with an attestation report.
/// Source: Documentation/virt/kvm/api.rst 5, KVM_EXIT_SNP_REQ_CERTS.
/// </summary>
public readonly unsafe ref struct KvmSnpCertificatesExit
{
    private readonly KvmExit _exit;

    internal KvmSnpCertificatesExit(KvmExit exit) => _exit = exit;

    /// <summary>Guest physical address of the buffer; a multiple of 4 KiB.</summary>
    public ulong Address => _exit.Page->SnpReqCerts.Gpa;

    /// <summary>Size of the buffer in pages of 4 KiB.</summary>
    public ulong PageCount => _exit.Page->SnpReqCerts.Npages;

    /// <summary>Answers that the certificates are in the buffer.</summary>
    public void Answer() => _exit.Page->SnpReqCerts.Ret = 0;

    /// <summary>Answers that the buffer is too small.</summary>
    /// <param name="neededPages">How many pages are needed.</param>
    public void AnswerTooSmall(ulong neededPages)
    {
        var page = _exit.Page;
        page->SnpReqCerts.Npages = neededPages;
        page->SnpReqCerts.Ret = (ulong)Errno.ENOSPC;
    }

    /// <summary>Answers that there are no certificates.</summary>
    /// <param name="tryAgain">Whether the guest should ask again later.</param>
    public void Fail(bool tryAgain = false) => _exit.Page->SnpReqCerts.Ret = (ulong)(tryAgain ? Errno.EAGAIN : Errno.EIO);
}
