using System;
using System.IO;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Host;

/// <summary>Hosts without KVM are told apart, and each is told what to do. No /dev/kvm is needed here.</summary>
public class UnavailableHostTests
{
    private const string ContainerVariable = "container";

    [Fact]
    public void Missing_device_is_told_with_its_path_and_a_remedy()
    {
        var unavailable = Refused("/dev/kvm-that-is-missing");

        Assert.True(unavailable.Reason is KvmUnavailableReason.NoDevice or KvmUnavailableReason.NoDeviceInContainer);
        Assert.Equal(Errno.ENOENT, unavailable.Errno);
        Assert.Contains("/dev/kvm-that-is-missing", unavailable.Message, StringComparison.Ordinal);
        Assert.Equal($"{unavailable.Message} {unavailable.Remedy}", unavailable.ToString());
    }

    [Fact]
    public void Missing_device_in_a_container_is_to_be_passed_to_the_container()
    {
        var before = Environment.GetEnvironmentVariable(ContainerVariable);
        Environment.SetEnvironmentVariable(ContainerVariable, "podman");
        try
        {
            var unavailable = Refused("/dev/kvm-that-is-missing");

            Assert.Equal(KvmUnavailableReason.NoDeviceInContainer, unavailable.Reason);
            Assert.Contains("--device=/dev/kvm-that-is-missing", unavailable.Remedy, StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable(ContainerVariable, before);
        }
    }

    [Fact]
    public void Device_that_the_user_may_not_open_is_told_with_the_group_or_the_device_option()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.SetUnixFileMode(path, UnixFileMode.None);
            KvmUnavailable? unavailable = null;
            Worker.Do(() =>
            {
                HostLimits.GiveUpFilePrivileges();
                unavailable = Refused(path);
            });

            Assert.Equal(KvmUnavailableReason.NoPermission, unavailable!.Reason);
            Assert.Equal(Errno.EACCES, unavailable.Errno);
            Assert.Contains(path, unavailable.Message, StringComparison.Ordinal);
            Assert.Matches("usermod -aG kvm|--device=", unavailable.Remedy);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("/dev/null")]
    [InlineData("/dev/zero")]
    public void Other_device_is_not_KVM(string path)
    {
        var unavailable = Refused(path);

        Assert.Equal(KvmUnavailableReason.NotKvm, unavailable.Reason);
        Assert.Contains(path, unavailable.Message, StringComparison.Ordinal);
        Assert.Contains("KVM_GET_API_VERSION", unavailable.Message, StringComparison.Ordinal);
        Assert.Contains(KvmHost.DefaultPath, unavailable.Remedy, StringComparison.Ordinal);
        var refusal = Assert.Throws<KvmException>(() => KvmHost.Open(path));
        Assert.Equal($"open {path}", refusal.Operation);
        Assert.Equal(Errno.ENOTTY, refusal.Errno);
        Assert.Equal(unavailable.Remedy, refusal.Remedy);
        Assert.Equal(unavailable.ToString(), refusal.Message);
    }

    [Fact]
    public void Ordinary_file_is_not_KVM()
    {
        var path = Path.GetTempFileName();
        try
        {
            Assert.Equal(KvmUnavailableReason.NotKvm, Refused(path).Reason);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Directory_is_told_by_the_errno()
    {
        var unavailable = Refused("/tmp");

        Assert.Equal(KvmUnavailableReason.Failed, unavailable.Reason);
        Assert.Equal(Errno.EISDIR, unavailable.Errno);
        Assert.Contains("EISDIR", unavailable.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Limit_on_open_files_is_told_with_how_to_raise_it()
    {
        using (LibcFault.Of("open", Errno.EMFILE))
        {
            var unavailable = Refused(KvmHost.DefaultPath);

            Assert.Equal(KvmUnavailableReason.Failed, unavailable.Reason);
            Assert.Contains("ulimit -n", unavailable.Remedy, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(13)]
    public void Another_API_version_is_named(int version)
    {
        var unavailable = KvmAvailability.OfAnswers("/dev/kvm", version, 0x3000);

        Assert.Equal(KvmUnavailableReason.WrongApiVersion, unavailable!.Reason);
        Assert.Contains($"version {version} ", unavailable.Message, StringComparison.Ordinal);
        Assert.Null(unavailable.Errno);
    }

    [Fact]
    public void Good_answers_are_nothing_to_complain_about() => Assert.Null(KvmAvailability.OfAnswers("/dev/kvm", 12, 0x3000));

    [Theory]
    [InlineData(KvmIoctl.KVM_GET_API_VERSION)]
    [InlineData(KvmIoctl.KVM_GET_VCPU_MMAP_SIZE)]
    public void Device_that_does_not_answer_is_told_by_the_errno_and_closed_again(uint request)
    {
        using var host = TestHost.Open();
        var before = KvmResources.Count();
        using (LibcFault.OfIoctl(request, Errno.EIO))
        {
            var unavailable = Refused(KvmHost.DefaultPath);

            Assert.Equal(KvmUnavailableReason.Failed, unavailable.Reason);
            Assert.Equal(Errno.EIO, unavailable.Errno);
            Assert.Contains("EIO", unavailable.Message, StringComparison.Ordinal);
        }
        Assert.Equal(before, KvmResources.CountWithoutCollecting());
    }

    [Fact]
    public void Path_is_required()
    {
        Assert.Throws<ArgumentNullException>(() => KvmHost.Open(null!));
        Assert.Throws<ArgumentException>(() => KvmHost.Open(""));
    }

    private static KvmUnavailable Refused(string path)
    {
        Assert.False(KvmHost.TryOpen(path, out var host, out var unavailable));
        Assert.Null(host);
        Assert.NotEmpty(unavailable.Remedy);
        return unavailable;
    }
}
