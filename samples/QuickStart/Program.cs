using System;
using System.Globalization;
using QuickStart;

// Two numbers for the guests to calculate with; try others: dotnet run --project samples/QuickStart -- 12 34
if (!TryReadOperands(args, out var a, out var b))
{
    Console.Error.WriteLine("QuickStart takes two whole numbers from 0 to 65535, or none.");
    return 2;
}

Heading("1. Virtual machines on /dev/kvm");
var isRight = KvmTour.Run(a, b);

Heading("2. A vmcs12 through typed properties");
isRight &= VmcsTour.Run();

Heading("3. Fields of our own: acme-*.vmcs.yaml");
isRight &= OwnSpecTour.Run();

return isRight ? 0 : 1;

static void Heading(string text) => Console.WriteLine($"\n{text}\n{new string('─', text.Length)}");

static bool TryReadOperands(string[] args, out ushort a, out ushort b)
{
    (a, b) = (1234, 567);
    return args.Length == 0
        || (
            args.Length == 2
            && ushort.TryParse(args[0], CultureInfo.InvariantCulture, out a)
            && ushort.TryParse(args[1], CultureInfo.InvariantCulture, out b)
        );
}
