using Xunit;

namespace SynapseLab.Tests.Cli;

public sealed class DiskProblemTests
{
    [Fact]
    public void A_disk_that_had_no_room_for_a_file_of_known_size_is_full_although_the_error_has_no_number()
    {
        var exception = new IOException(
            "Failed to create '/checkout/.lab/labs/x/proxy/nginx.conf' with allocation size '8274' because the disk was full.");

        Assert.StartsWith("Free space in /checkout/.lab/labs/x/proxy ", DiskProblem.Of(exception)!.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_somebody_else_holds_is_not_about_the_disk() =>
        Assert.Null(
            DiskProblem.Of(
                new IOException(
                    "The process cannot access the file '/checkout/.lab/start.lock' because it is being used by another process.",
                    11)));
}
