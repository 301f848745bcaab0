using BareMetalHypervisor;

namespace VmcsGen.Vmx.Bochs.Tests.BareMetal;

/// <summary>The image that runs guests of its own.</summary>
public sealed class StoryFixture() : ImageFixture(ImageForm.Story);
