namespace VmcsGen.Vmm;

/// <summary>A device's interrupt line. May be used from any thread.</summary>
public interface IInterruptLine
{
    /// <summary>Sets the line's level.</summary>
    /// <param name="isRaised">Whether it is raised.</param>
    void SetLevel(bool isRaised);
}
