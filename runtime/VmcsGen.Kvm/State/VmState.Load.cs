using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace VmcsGen.Kvm;

public sealed partial class VmState
{
    /// <summary>
    /// Reads what <see cref="Save(Stream)"/> wrote. The source need not be trusted: what is wrong with it is told by an
    /// exception, and no more memory is used than it has bytes. Whether the state makes sense, KVM decides when it is restored.
    /// </summary>
    /// <param name="stream">The source; it is left behind the end of the state.</param>
    /// <exception cref="InvalidDataException">
    /// The file is not a snapshot, has another version, is damaged, or cut off; the message says where.
    /// </exception>
    /// <exception cref="IOException">The stream could not be read.</exception>
    public static VmState Load(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var loading = SnapshotLoading.Of(stream);
        return loading.Read();
    }

    /// <summary>Reads a state as <see cref="Load(Stream)"/> does, without blocking the thread on the stream.</summary>
    /// <param name="stream">The source; it is left behind the end of the state.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="InvalidDataException">
    /// The source is not a snapshot, has another version, is damaged, or cut off; the message says where.
    /// </exception>
    /// <exception cref="IOException">The stream could not be read.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async Task<VmState> LoadAsync(Stream stream, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var loading = SnapshotLoading.Of(stream);
        return await loading.ReadAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads a file as <see cref="Load(string, VmState)"/> does, without blocking the thread.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="InvalidDataException">
    /// The file is not a snapshot, has another version, is damaged, or cut off; the message says where.
    /// </exception>
    /// <exception cref="IOException">The file could not be read.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async Task<VmState> LoadAsync(string path, CancellationToken cancellationToken = default)
    {
        var file = Open(path, FileOptions.Asynchronous);
        await using (file.ConfigureAwait(false))
        {
            using var loading = SnapshotLoading.Of(file, earlier: null);
            return await loading.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Reads a file that <see cref="Save(string)"/> or <see cref="VmCapture"/> wrote. Of its memory nothing is read: the state refers to
    /// the file, and VMs map it. <see cref="Verify"/> finds out whether it is whole.
    /// </summary>
    /// <param name="path">The file. Nobody may change it as long as the state, or a VM that was restored from it, is in use.</param>
    /// <param name="earlier">The state that a file holds the differences to; nothing for a file that holds all.</param>
    /// <exception cref="ArgumentException">
    /// The file holds differences, and the state that they belong to was not given, or another one was.
    /// </exception>
    /// <exception cref="InvalidDataException">
    /// The file is not a snapshot, has another version, is damaged, or cut off; the message says where.
    /// </exception>
    /// <exception cref="IOException">The file could not be read.</exception>
    public static VmState Load(string path, VmState? earlier = null)
    {
        using var file = Open(path, FileOptions.None);
        using var loading = SnapshotLoading.Of(file, earlier);
        return loading.Read();
    }

    private static FileStream Open(string path, FileOptions options) =>
        new(path, new FileStreamOptions { Options = options, Share = FileShare.ReadWrite | FileShare.Delete });
}
