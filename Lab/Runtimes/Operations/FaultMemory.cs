using System.Text.Json;
using System.Text.Json.Serialization;
using SynapseLab.Runtimes.Folders;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Runtimes.Parts;
using SynapseLab.Waiting;

namespace SynapseLab.Runtimes.Operations;

/// <summary>
/// Remembers the faults that commands imposed on a lab, in <c>faults.json</c> of its folder. It says who and since when;
/// what is the case now the engine says, which somebody may have talked to past the lab (see <see cref="PartState"/>).
/// </summary>
/// <param name="folder">The lab's folder.</param>
/// <param name="waiter">Waits for other commands that write it.</param>
public sealed class FaultMemory(LabFolder folder, Waiter waiter)
{
    /// <summary>Its name in the lab's folder.</summary>
    public const string FileName = "faults.json";

    private static readonly TimeSpan TurnDeadline = TimeSpan.FromSeconds(10);

    /// <summary>All that is remembered, oldest first; none where the file is missing or can't be read.</summary>
    public IReadOnlyList<ImposedFault> Load()
    {
        try
        {
            using var stream = File.OpenRead(folder.File(FileName));
            return JsonSerializer.Deserialize(stream, FaultsJson.Default.IReadOnlyListImposedFault) ?? [];
        }
        catch (Exception e) when (e is IOException or JsonException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Adds faults, each in place of one of the same kind on the same part.</summary>
    public Task RememberAsync(IReadOnlyCollection<ImposedFault> added, CancellationToken cancellationToken) =>
        ChangeAsync(
            faults => [.. faults.Where(one => !added.Any(fault => (fault.Part, fault.Kind) == (one.Part, one.Kind))), .. added],
            cancellationToken);

    /// <summary>Removes what is remembered of some parts.</summary>
    /// <param name="parts">Their names.</param>
    /// <param name="kinds">Which kinds.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public Task ForgetAsync(IReadOnlyCollection<string> parts, IReadOnlyCollection<FaultKind> kinds, CancellationToken cancellationToken) =>
        ChangeAsync(faults => [.. faults.Where(one => !parts.Contains(one.Part) || !kinds.Contains(one.Kind))], cancellationToken);

    // One command at a time reads and writes; who only reads sees the old file or the new one.
    private async Task ChangeAsync(
        Func<IReadOnlyList<ImposedFault>, IReadOnlyList<ImposedFault>> change, CancellationToken cancellationToken)
    {
        using var turn = await FileLock.TakeAsync(
            folder.File(FileName + ".lock"), "another command has noted its fault", TurnDeadline, waiter, cancellationToken);
        var before = Load();
        var after = change(before);
        if (after.SequenceEqual(before))
        {
            return;
        }

        AtomicFile.Write(
            folder.File(FileName), stream => JsonSerializer.Serialize(stream, after, FaultsJson.Default.IReadOnlyListImposedFault));
    }
}

/// <summary>Made at compile time, as <see cref="LabStateJson"/> is.</summary>
[JsonSourceGenerationOptions(IgnoreReadOnlyProperties = true, WriteIndented = true, UseStringEnumConverter = true)]
[JsonSerializable(typeof(IReadOnlyList<ImposedFault>))]
internal sealed partial class FaultsJson : JsonSerializerContext;
