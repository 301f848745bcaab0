namespace VmcsGen.Vmm;

/// <summary>An instruction of classic BPF: struct sock_filter (linux/filter.h).</summary>
/// <param name="Code">What it does.</param>
/// <param name="IfTrue">Instructions to skip if a comparison holds.</param>
/// <param name="IfFalse">Instructions to skip if it does not.</param>
/// <param name="Operand">A number, offset or distance.</param>
internal readonly record struct BpfInstruction(ushort Code, byte IfTrue, byte IfFalse, uint Operand)
{
    /// <summary>Loads 32 bits of struct seccomp_data.</summary>
    public static BpfInstruction Load(uint offset) => new(0x20, 0, 0, offset);

    /// <summary>Skips instructions.</summary>
    public static BpfInstruction Jump(int distance) => new(0x05, 0, 0, (uint)distance);

    /// <summary>Skips the next instruction unless the loaded number is equal to one.</summary>
    public static BpfInstruction UnlessEqualSkip(uint number) => new(0x15, 0, 1, number);

    /// <summary>Skips the next instruction if the loaded number is below one.</summary>
    public static BpfInstruction IfBelowSkip(uint number) => new(0x35, 0, 1, number);

    /// <summary>Keeps some bits of the loaded number.</summary>
    public static BpfInstruction And(uint bits) => new(0x54, 0, 0, bits);

    /// <summary>Ends with an action.</summary>
    public static BpfInstruction Return(uint action) => new(0x06, 0, 0, action);

    /// <summary>The instruction as C has it.</summary>
    public override string ToString() => $"{{ 0x{Code:x2}, {IfTrue}, {IfFalse}, 0x{Operand:x8} }}";
}
