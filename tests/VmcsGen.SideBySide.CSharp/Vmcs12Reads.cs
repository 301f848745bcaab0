using System.Linq;
using VmcsGen.Vmx;

namespace VmcsGen.SideBySide;

// A vmcs12 in memory, as vmcs.h has it.

internal abstract class Vmcs12Reads : RepeatedOperation
{
    protected static Vmcs12Image Create(int number)
    {
        var image = Vmcs12Image.Create();
        for (var i = 0; i < image.Bytes.Length; i++)
            image.Bytes[i] = (byte)((i * 7) + number);
        return image;
    }
}

internal sealed class ReadsByEncoding : Vmcs12Reads
{
    private readonly Vmcs12Image _image = Create(0);
    private readonly VmcsField[] _sequence = new VmcsField[1024];

    public ReadsByEncoding()
    {
        VmcsField[] fields = [.. Vmcs12.Members.ToArray().Where(static m => m.Field is not null).Select(static m => m.Field!.Value)];
        var number = 1u;
        for (var i = 0; i < _sequence.Length; i++)
        {
            number = unchecked((number * 1_664_525) + 1_013_904_223);
            _sequence[i] = fields[(number >> 16) % fields.Length];
        }
    }

    protected override void Repeat(int count)
    {
        var image = _image;
        var sequence = _sequence;
        ulong sum = 0;
        for (var done = 0; done < count; done += sequence.Length)
        {
            foreach (var field in sequence)
            {
                if (image.TryRead(field, out var value).IsSuccess)
                    sum += value;
            }
        }
        Use(sum);
    }
}

internal sealed class TypedReads : Vmcs12Reads
{
    private readonly Vmcs12Image[] _images = [.. Enumerable.Range(0, 64).Select(Create)];

    protected override void Repeat(int count)
    {
        var images = _images;
        ulong sum = 0;
        for (var done = 0; done < count; done += images.Length)
        {
            foreach (var image in images)
                sum += image.Vmcs.GuestRip;
        }
        Use(sum);
    }
}
