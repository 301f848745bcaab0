using VmcsGen.Generators.Model;

namespace VmcsGen.Generators.Resolve;

/// <summary>The runtime classes that own the descriptors ioctls are called on.</summary>
internal static class IoctlOwners
{
    public static string ClassName(IoctlOwner owner) =>
        owner switch
        {
            IoctlOwner.System => "KvmHost",
            IoctlOwner.Vm => "KvmVm",
            IoctlOwner.Vcpu => "KvmVcpu",
            _ => "KvmDevice",
        };
}
