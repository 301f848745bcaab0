using System;
using System.Linq;
using System.Reflection;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Exits;

// [BelongsTo] says for tools what the properties themselves do.
public class PayloadReasons
{
    private delegate T Getter<T>(ref KvmExit exit)
        where T : allows ref struct;

    private delegate void Touch(ref KvmExit exit);

    public static TheoryData<string> Properties { get; } =
    [
        .. typeof(KvmExit)
            .GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(static property => !property.PropertyType.IsByRef)
            .Select(static property => property.Name),
    ];

    [Theory, MemberData(nameof(Properties))]
    public void The_attribute_of_a_payload_names_the_reasons_for_which_it_does_not_throw(string name)
    {
        var property = typeof(KvmExit).GetProperty(name)!;
        var touch = TouchOf(property);
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt());
        var exit = guest.RunTo(KvmExitReason.Hlt);
        var stated = property.GetCustomAttribute<BelongsToAttribute<KvmExitReason>>();

        foreach (var reason in Enum.GetValues<KvmExitReason>())
        {
            exit.RunPage.ExitReason = reason;
            var isReadable = false;
            // Hyper-V and Xen exits have types of their own, of which one fits.
            for (uint type = 0; type < 5; type++)
            {
                if (reason == KvmExitReason.Hyperv)
                    exit.RunPage.Hyperv.Type = (KvmHypervExitType)type;
                if (reason == KvmExitReason.Xen)
                    exit.RunPage.Xen.Type = (KvmXenExitType)type;
                isReadable |= IsReadable(touch, ref exit);
            }
            Assert.True(isReadable == (stated is null || stated.Reasons.Contains(reason)), $"{reason}: {isReadable}");
        }
    }

    private static bool IsReadable(Touch touch, ref KvmExit exit)
    {
        try
        {
            touch(ref exit);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    // Exits and their payloads live on the stack, where reflection does not reach; a delegate of the getter does.
    private static Touch TouchOf(PropertyInfo property)
    {
        var getter = property.GetMethod!.CreateDelegate(typeof(Getter<>).MakeGenericType(property.PropertyType));
        var call = typeof(PayloadReasons)
            .GetMethod(nameof(Call), BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(property.PropertyType);
        return call.CreateDelegate<Touch>(getter);
    }

    private static void Call<T>(Getter<T> getter, ref KvmExit exit)
        where T : allows ref struct => getter(ref exit);
}
