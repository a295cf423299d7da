using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace SynapseLab.Runtimes.OptionalPackages;

/// <summary>Whether an assembly of the lab was built with a package that the machine's NuGet sources may or may not have (eng/OptionalPackages.targets).</summary>
/// <param name="Name">For example <c>Aspire</c>.</param>
/// <param name="Version">The version in use; null: it was built without.</param>
/// <param name="Reason">Why without: <c>NU1101 Unable to find package Aspire.Hosting.AppHost</c>; null: it is in use.</param>
public sealed record OptionalPackage(string Name, string? Version, string? Reason)
{
    // [assembly: AssemblyMetadata("Optional:Aspire", "13.5.2")] or ("Optional:Aspire", "absent: NU1101 Unable to find package ...")
    private const string Key = "Optional:";
    private const string Absent = "absent: ";

    /// <summary>What an assembly says of itself. It is not loaded for that: the AppHost's, say, may need what this process has not.</summary>
    /// <param name="assemblyPath">A .dll file.</param>
    /// <returns>Empty where there is no such file, or it says nothing.</returns>
    public static IReadOnlyList<OptionalPackage> ReadFrom(string assemblyPath)
    {
        if (!File.Exists(assemblyPath))
        {
            return [];
        }

        using var portable = new PEReader(File.OpenRead(assemblyPath));
        if (!portable.HasMetadata)
        {
            return [];
        }

        var metadata = portable.GetMetadataReader();
        return [.. metadata.GetAssemblyDefinition().GetCustomAttributes()
            .Select(handle => metadata.GetCustomAttribute(handle))
            .Where(attribute => IsAssemblyMetadata(attribute, metadata))
            .Select(attribute => Parse(metadata.GetBlobReader(attribute.Value)))
            .OfType<OptionalPackage>()];
    }

    private static bool IsAssemblyMetadata(CustomAttribute attribute, MetadataReader metadata)
    {
        if (attribute.Constructor.Kind != HandleKind.MemberReference)
        {
            return false;
        }

        var parent = metadata.GetMemberReference((MemberReferenceHandle)attribute.Constructor).Parent;
        return parent.Kind == HandleKind.TypeReference
            && metadata.StringComparer.Equals(metadata.GetTypeReference((TypeReferenceHandle)parent).Name, nameof(AssemblyMetadataAttribute));
    }

    // ECMA-335 II.23.3: the value of an attribute is a prolog of two bytes, then the constructor's arguments.
    private static OptionalPackage? Parse(BlobReader value)
    {
        value.ReadUInt16();
        var key = value.ReadSerializedString();
        var state = value.ReadSerializedString();
        if (key is null || state is null || !key.StartsWith(Key, StringComparison.Ordinal))
        {
            return null;
        }

        return state.StartsWith(Absent, StringComparison.Ordinal)
            ? new OptionalPackage(key[Key.Length..], null, state[Absent.Length..])
            : new OptionalPackage(key[Key.Length..], state, null);
    }
}
