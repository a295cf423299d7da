using System.Security.Cryptography;
using System.Text;

namespace SynapseLab.Runtimes.Machine;

/// <summary>A short word for a path, for names that are unique on a machine: names of containers, of Compose projects.</summary>
internal static class PathMark
{
    private const int Length = 6;

    /// <summary>Six hexadecimal digits, always the same for the same path: <c>3f2a9c</c>.</summary>
    public static string Of(string path) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(path)))[..Length];
}
