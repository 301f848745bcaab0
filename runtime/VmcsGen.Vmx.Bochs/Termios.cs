namespace VmcsGen.Vmx.Bochs;

/// <summary>The kernel's <c>struct termios</c> (asm-generic/termbits.h).</summary>
internal unsafe struct Termios
{
    private const uint CSIZE = 0x30;
    private const uint CS8 = 0x30;
    private const uint PARENB = 0x100;
    private const int VTIME = 5;
    private const int VMIN = 6;
    private const int FirstCharacter = 1;

    internal uint InputModes;
    internal uint OutputModes;
    internal uint ControlModes;
    internal uint LocalModes;

    // c_line, the line discipline, and c_cc, the control characters.
    private fixed byte _lineAndControlCharacters[1 + 19];

    /// <summary>Bytes pass as they are, eight bits each, and one is enough to be read.</summary>
    internal void MakeRaw()
    {
        InputModes = 0;
        OutputModes = 0;
        LocalModes = 0;
        ControlModes = (ControlModes & ~(CSIZE | PARENB)) | CS8;
        _lineAndControlCharacters[FirstCharacter + VMIN] = 1;
        _lineAndControlCharacters[FirstCharacter + VTIME] = 0;
    }
}
