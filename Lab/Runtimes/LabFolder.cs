namespace SynapseLab.Runtimes;

/// <summary>The folder of one lab, <c>.lab/labs/NAME</c>, readable by its owner only. Holds rendered files, secrets, state and logs; removed with the lab.</summary>
/// <param name="Path">Absolute path.</param>
public sealed record LabFolder(string Path);
