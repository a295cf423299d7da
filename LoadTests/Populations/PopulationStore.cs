using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Machine;

namespace SynapseLab.LoadTests.Populations;

/// <summary>Remembers populations in the lab's folder, so that the next run finds them; they go when the lab goes. Holds access tokens:
/// readable by the owner only.</summary>
/// <param name="folder">The lab's folder.</param>
internal sealed class PopulationStore(LabFolder folder)
{
    /// <summary>What was remembered for a shape; null: nothing, or nothing readable.</summary>
    public Population? TryLoad(PopulationShape shape)
    {
        try
        {
            using var stream = File.OpenRead(folder.File(RelativePath(shape)));
            return JsonSerializer.Deserialize(stream, PopulationJson.Default.Population);
        }
        catch (Exception e) when (e is IOException or JsonException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Remembers a population. In one step: a run that is killed leaves the old file or the new one.</summary>
    public void Save(PopulationShape shape, Population population)
    {
        var file = RelativePath(shape);
        folder.CreateFolderOf(file, ownerOnly: true);
        AtomicFile.Write(
            folder.File(file),
            stream => JsonSerializer.Serialize(stream, population, PopulationJson.Default.Population),
            ownerOnly: true);
    }

    /// <summary>Forgets a population, because the lab does not know it any more.</summary>
    public void Forget(PopulationShape shape) => File.Delete(folder.File(RelativePath(shape)));

    // Profiles of one shape share their users, and a profile whose shape changed gets new ones.
    private static string RelativePath(PopulationShape shape)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(shape.ToString())))[..16];
        return $"load/{hash}.json";
    }
}
