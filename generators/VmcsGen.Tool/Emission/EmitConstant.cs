namespace VmcsGen.Tool.Emission;

/// <summary>A named number, or a text.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Bits">The bits of the number.</param>
/// <param name="Width">How many bits the number's type has.</param>
/// <param name="IsSigned">Whether the type has negative values.</param>
/// <param name="Text">The text that it is instead of a number.</param>
/// <param name="Doc">What is said about it.</param>
internal sealed record EmitConstant(string Name, ulong Bits, int Width, bool IsSigned, string? Text, string? Doc)
{
    /// <summary>The number as every language writes it: decimal if it is negative, else hexadecimal.</summary>
    public string Number => IsNegative ? $"{Signed}" : $"0x{Bits:X}";

    /// <summary>Whether it is below zero.</summary>
    public bool IsNegative => IsSigned && Signed < 0;

    private long Signed => (long)(Bits << (64 - Width)) >> (64 - Width);
}
