namespace VmcsGen.Vmm;

/// <summary>A device's interrupt line. May be used from any thread.</summary>
public interface IInterruptLine
{
    /// <summary>Sets the line's level. Raising a line that is raised is a further pulse where lines are triggered by their edge.</summary>
    /// <param name="isRaised">Whether it is raised.</param>
    void SetLevel(bool isRaised);
}
