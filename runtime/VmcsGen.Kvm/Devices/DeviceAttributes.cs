using System;
using System.Runtime.CompilerServices;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm;

/// <summary>
/// The three ioctls about attributes, which every kind of descriptor shares. The value's size is known to KVM alone: the
/// methods here are for attributes of 64 and 32 bits.
/// </summary>
internal static unsafe class DeviceAttributes
{
    internal static bool Has(KvmDescriptor descriptor, uint group, ulong attribute)
    {
        KvmDeviceAttr named = new() { Group = group, Attr = attribute };
        int result = descriptor.TryIoctl(KvmIoctl.KVM_HAS_DEVICE_ATTR, (nuint)(&named));
        return result switch
        {
            >= 0 => true,
            -(int)Errno.ENXIO => false,
            _ => throw descriptor.Failure(KvmIoctl.KVM_HAS_DEVICE_ATTR, (Errno)(-result), Subject(named)),
        };
    }

    /// <summary>The number of an attribute, if this library knows it and so how many bytes KVM reads or writes for it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The attribute has no name here.</exception>
    internal static ulong Known<TAttribute>(TAttribute attribute)
        where TAttribute : unmanaged, Enum
    {
        if (!Enum.IsDefined(attribute))
        {
            throw new ArgumentOutOfRangeException(
                nameof(attribute),
                attribute,
                "How long this attribute is, is not known here. Use the method whose name has Unsafe."
            );
        }
        return Unsafe.BitCast<TAttribute, ulong>(attribute);
    }

    internal static ulong GetUInt64(KvmDescriptor descriptor, uint group, ulong attribute)
    {
        ulong value = 0;
        Get(
            descriptor,
            new()
            {
                Group = group,
                Attr = attribute,
                Addr = (ulong)&value,
            }
        );
        return value;
    }

    internal static void SetUInt64(KvmDescriptor descriptor, uint group, ulong attribute, ulong value) =>
        Set(
            descriptor,
            new()
            {
                Group = group,
                Attr = attribute,
                Addr = (ulong)&value,
            }
        );

    internal static void SetInt32(KvmDescriptor descriptor, uint group, ulong attribute, int value) =>
        Set(
            descriptor,
            new()
            {
                Group = group,
                Attr = attribute,
                Addr = (ulong)&value,
            }
        );

    internal static void Get(KvmDescriptor descriptor, KvmDeviceAttr attribute) =>
        descriptor.Ioctl(KvmIoctl.KVM_GET_DEVICE_ATTR, &attribute, attribute, Subject);

    internal static void Set(KvmDescriptor descriptor, KvmDeviceAttr attribute) =>
        descriptor.Ioctl(KvmIoctl.KVM_SET_DEVICE_ATTR, &attribute, attribute, Subject);

    private static string Subject(KvmDeviceAttr attribute) => $"group {attribute.Group}, attribute {attribute.Attr}";
}
