using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace VmcsGen.Kvm.Tests.State;

/// <summary>Snapshots are saved and loaded without blocking as they are with it, and a save that fails costs nothing.</summary>
public class SnapshotStreamTests
{
    [Fact]
    public async Task Asynchronous_saving_and_loading_need_no_blocking_call_and_give_the_same_bytes()
    {
        var bytes = SnapshotFileTests.Sample();
        using var source = new AsynchronousStream(bytes);
        using var target = new AsynchronousStream([]);

        var state = await VmState.LoadAsync(source, TestContext.Current.CancellationToken);
        await state.SaveAsync(target, TestContext.Current.CancellationToken);

        Assert.Equal(bytes, target.ToArray());
    }

    [Fact]
    public async Task Source_that_is_cut_off_is_refused_in_the_same_words()
    {
        var bytes = SnapshotFileTests.Sample();
        foreach (var length in Enumerable.Range(0, 60).Concat(Enumerable.Range(1, 40).Select(i => bytes.Length * i / 41)))
        {
            var expected = Assert.Throws<InvalidDataException>(() => VmState.Load(new MemoryStream(bytes[..length]))).Message;
            var refusal = await Assert.ThrowsAsync<InvalidDataException>(() => VmState.LoadAsync(new AsynchronousStream(bytes[..length])));
            Assert.Equal(expected, refusal.Message);
        }
    }

    [Fact]
    public async Task Cancelled_save_leaves_the_old_file_and_nothing_beside_it()
    {
        using var folder = new Folder();
        await File.WriteAllTextAsync(folder.File, "old", TestContext.Current.CancellationToken);
        var state = VmState.Load(new MemoryStream(SnapshotFileTests.Sample()));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => state.SaveAsync(folder.File, new CancellationToken(canceled: true)));

        Assert.Equal("old", await File.ReadAllTextAsync(folder.File, TestContext.Current.CancellationToken));
        Assert.Equal([folder.File], folder.Files);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            VmState.LoadAsync(folder.File, new CancellationToken(canceled: true))
        );
    }

    [Fact]
    public async Task Saved_file_replaces_the_old_one_and_belongs_to_its_owner_alone()
    {
        using var folder = new Folder();
        var bytes = SnapshotFileTests.Sample();
        var state = VmState.Load(new MemoryStream(bytes));
        foreach (var save in new Func<Task>[] { () => state.SaveAsync(folder.File), () => Task.Run(() => state.Save(folder.File)) })
        {
            await File.WriteAllTextAsync(folder.File, "old", TestContext.Current.CancellationToken);
            await save();

            using var packed = new MemoryStream();
            using (var saved = VmState.Load(folder.File))
                saved.Save(packed);
            Assert.Equal(bytes, packed.ToArray());
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder.File));
            Assert.Equal([folder.File], folder.Files);
        }
        var again = await VmState.LoadAsync(folder.File, TestContext.Current.CancellationToken);
        Assert.Equal(state.Vcpus.Select(static vcpu => vcpu.Regs.Rax), again.Vcpus.Select(static vcpu => vcpu.Regs.Rax));
    }

    [Fact]
    public void Folder_that_is_not_there_is_named()
    {
        using var folder = new Folder();
        var state = VmState.Load(new MemoryStream(SnapshotFileTests.Sample()));

        var refusal = Assert.Throws<DirectoryNotFoundException>(() => state.Save(Path.Combine(folder.Path, "missing", "state")));
        Assert.Contains(Path.Combine(folder.Path, "missing"), refusal.Message, StringComparison.Ordinal);
    }

    private sealed class Folder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory().FullName;

        public string File => System.IO.Path.Combine(Path, "state");

        public IEnumerable<string> Files => Directory.EnumerateFileSystemEntries(Path);

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }

    /// <summary>A pipe-like stream: it cannot seek, gives a few bytes at a time, and refuses calls that block.</summary>
    private sealed class AsynchronousStream(byte[] source) : Stream
    {
        private readonly MemoryStream _written = new();
        private int _position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public byte[] ToArray() => _written.ToArray();

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            var count = Math.Min(Math.Min(buffer.Length, source.Length - _position), 1 + _position % 1000);
            source.AsMemory(_position, count).CopyTo(buffer);
            _position += count;
            return count;
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            _written.Write(buffer.Span);
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new InvalidOperationException("This would block.");

        public override void Write(byte[] buffer, int offset, int count) => throw new InvalidOperationException("This would block.");

        public override void Flush() => throw new InvalidOperationException("This would block.");

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
