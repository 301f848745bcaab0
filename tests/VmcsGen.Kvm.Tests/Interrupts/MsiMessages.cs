using System;
using Xunit;

namespace VmcsGen.Kvm.Tests.Interrupts;

/// <summary>The address and data of interrupt messages. Source: SDM 3A 12.11.</summary>
public class MsiMessages
{
    [Theory]
    [InlineData(0u, 0x10, ApicDeliveryMode.Fixed, ApicDestinationMode.Physical, false, 0xFEE0_0000u, 0x10u)]
    [InlineData(3u, 0x41, ApicDeliveryMode.Fixed, ApicDestinationMode.Physical, false, 0xFEE0_3000u, 0x41u)]
    [InlineData(0xFFu, 0xFE, ApicDeliveryMode.Fixed, ApicDestinationMode.Physical, true, 0xFEEF_F000u, 0xC0FEu)]
    [InlineData(0x81u, 0x20, ApicDeliveryMode.LowestPriority, ApicDestinationMode.Logical, false, 0xFEE8_100Cu, 0x120u)]
    [InlineData(1u, 0, ApicDeliveryMode.Smi, ApicDestinationMode.Physical, false, 0xFEE0_1000u, 0x200u)]
    [InlineData(1u, 0, ApicDeliveryMode.Nmi, ApicDestinationMode.Physical, false, 0xFEE0_1000u, 0x400u)]
    [InlineData(1u, 0, ApicDeliveryMode.Init, ApicDestinationMode.Physical, false, 0xFEE0_1000u, 0x500u)]
    [InlineData(1u, 0, ApicDeliveryMode.ExtInt, ApicDestinationMode.Physical, false, 0xFEE0_1000u, 0x700u)]
    public void Message_is_composed_and_taken_apart_as_the_SDM_lays_it_out(
        uint destination,
        byte vector,
        ApicDeliveryMode delivery,
        ApicDestinationMode mode,
        bool isLevel,
        uint address,
        uint data
    )
    {
        var message = MsiMessage.Create(
            mode == ApicDestinationMode.Logical ? ApicDestination.Logical(destination) : ApicDestination.Physical(destination),
            vector,
            delivery,
            isLevel
        );

        Assert.Equal(new MsiMessage(address, data), message);
        Assert.True(message.IsInterrupt);
        Assert.Equal(
            (destination, vector, delivery, mode, isLevel),
            (message.Destination.Id, message.Vector, message.DeliveryMode, message.Destination.Mode, message.IsLevelTriggered)
        );
    }

    [Fact]
    public void Destination_of_32_bits_has_its_high_part_where_KVM_wants_it()
    {
        var message = MsiMessage.Create(ApicDestination.Physical(0x1234_5678), 0x41, x2Apic: true);

        Assert.Equal(new MsiMessage(0x1234_5600_FEE7_8000, 0x41), message);
        Assert.Equal(ApicDestination.Physical(0x1234_5678), message.Destination);
    }

    [Fact]
    public void What_no_message_can_say_is_refused()
    {
        var large = Assert.Throws<ArgumentOutOfRangeException>(() => MsiMessage.Create(ApicDestination.Physical(256), 0x41));
        Assert.Contains("KVM_X2APIC_API_USE_32BIT_IDS", large.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => MsiMessage.Create(ApicDestination.Physical(0), 0x0F));
        Assert.Throws<ArgumentOutOfRangeException>(() => MsiMessage.Create(ApicDestination.Physical(0), 0xFF));
        Assert.Throws<ArgumentOutOfRangeException>(() => MsiMessage.Create(ApicDestination.Physical(0), 0x41, ApicDeliveryMode.Nmi));
        Assert.Throws<ArgumentOutOfRangeException>(() => MsiMessage.Create(ApicDestination.Physical(0), 0x41, (ApicDeliveryMode)3));
        Assert.Throws<ArgumentException>(() =>
            MsiMessage.Create(ApicDestination.Physical(0), 0, ApicDeliveryMode.Nmi, isLevelTriggered: true)
        );
    }

    [Fact]
    public void Address_that_no_local_APIC_listens_to_is_known()
    {
        Assert.False(new MsiMessage(0xFED0_0000, 0x41).IsInterrupt);
        Assert.True(new MsiMessage(0x1200_FEE0_0000, 0x41).IsInterrupt);
    }
}
