using SynapseLab.Runtimes.Images;
using Xunit;

namespace SynapseLab.Tests.Runtimes.Images;

public sealed class PreparedDatabaseTests
{
    private const string Digest = "41bfa2e5b168c6f8c7d0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f6";

    [Theory]
    [InlineData("matrixdotorg/synapse:v1.160.0", "postgres:18", "v1.160.0-18-archive")]
    [InlineData("registry.example:5000/synapse", "postgres", "latest-latest-archive")]
    [InlineData($"registry.example:5000/synapse@sha256:{Digest}", $"postgres@sha256:{Digest}", "41bfa2e5b168-41bfa2e5b168-archive")]
    [InlineData($"registry.example:5000/synapse:v1.160.0@sha256:{Digest}", "postgres:18", "v1.160.0-18-archive")]
    public void A_prepared_image_s_tag_says_what_it_was_made_of_and_fits_whatever_way_its_images_are_named(string synapse, string postgres, string tag) =>
        Assert.Equal($"{PreparedDatabase.Repository}:{tag}", PreparedDatabase.Reference(synapse, postgres));
}
