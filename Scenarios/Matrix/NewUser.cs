using System.Security.Cryptography;

namespace SynapseLab.Scenarios.Matrix;

/// <summary>A user who is to be registered.</summary>
/// <param name="Localpart">The user ID without <c>@</c> and server name: <c>alice</c>.</param>
/// <param name="Password">To log in with.</param>
/// <param name="Admin">Whether the user administers the server.</param>
public sealed record NewUser(string Localpart, string Password, bool Admin = false)
{
    /// <summary>A password that nobody guesses: 16 hexadecimal digits.</summary>
    public static string RandomPassword() => RandomNumberGenerator.GetHexString(16, lowercase: true);
}
