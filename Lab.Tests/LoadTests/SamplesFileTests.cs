using SynapseLab.LoadTests.Measurement;
using SynapseLab.LoadTests.Reports;
using Xunit;

namespace SynapseLab.Tests.LoadTests;

public sealed class SamplesFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lab-samples-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_sample_is_a_line()
    {
        var path = Path.Combine(_folder, "samples.csv");
        using (var file = new SamplesFile(path, ["main", "generic_worker1"]))
        {
            file.Add([
                new Sample(16_720_000, 19_402_000, 40_132_000, OperationKind.Typing, 200, 1, 2),
                new Sample(2_000_000_000, 2_000_000_000, 62_000_000_000, OperationKind.Sync, 0, Sample.NoWorker, 0)]);
            Assert.False(File.Exists(path), "has its name before it is whole");
            file.Close();
        }

        Assert.Equal(
            "intended_s,latency_ms,service_ms,operation,status,worker,bytes\n0.016720,23.412,20.730,typing,200,generic_worker1,2\n"
                + "2.000000,60000.000,60000.000,sync,0,,0\n",
            File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_folder));
    }

    [Fact]
    public void A_full_disk_ends_the_file_with_a_whole_line_and_is_told()
    {
        var path = Path.Combine(_folder, "full.csv");
        using var file = new SamplesFile(new FullDisk(path, 150_000), ["main"]);
        for (var i = 0; i < 10_000; i++)
        {
            file.Add([new Sample(i, i, i + 1, OperationKind.Send, 200, 0, 10)]);
        }

        file.Close();

        Assert.Equal("No space left on device", file.Failure);
        var text = File.ReadAllText(path);
        Assert.InRange(text.Length, 150_000 - 100, 150_000);
        Assert.EndsWith(",main,10\n", text);
    }

    [Fact]
    public void Results_are_written_whole_or_not_at_all()
    {
        var folder = ResultFolder.Create(_folder, "chat", new DateTimeOffset(2026, 11, 21, 7, 5, 0, TimeSpan.Zero));
        Assert.Equal("20261121-070500-chat", Path.GetFileName(folder.Path));
        folder.Write("result.json", "{}");
        Assert.Equal("{}", File.ReadAllText(Path.Combine(folder.Path, "result.json")));

        // A folder in the file's place is an error of the system like a full disk, and can be made without one.
        Directory.CreateDirectory(Path.Combine(folder.Path, "index.html"));
        var error = Assert.Throws<LabException>(() => folder.Write("index.html", "<html>"));
        Assert.Equal(ExitCodes.Failed, error.ExitCode);
        Assert.StartsWith($"{folder.Path}: index.html was not written: ", error.Message);
        Assert.False(File.Exists(Path.Combine(folder.Path, "index.html")));
    }

    [Fact]
    public void Room_for_the_numbers_is_held_until_they_are_written()
    {
        var folder = ResultFolder.Create(_folder, "chat", DateTimeOffset.UnixEpoch);
        Assert.Equal(1024 * 1024, new FileInfo(Path.Combine(folder.Path, "reserve.part")).Length);

        folder.Write("result.json", "{}");

        Assert.Equal([Path.Combine(folder.Path, "result.json")], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Two_results_of_one_second_have_a_folder_each()
    {
        var now = new DateTimeOffset(2026, 11, 21, 7, 5, 0, TimeSpan.Zero);
        Assert.NotEqual(ResultFolder.Create(_folder, "chat", now).Path, ResultFolder.Create(_folder, "chat", now).Path);
    }

    [Fact]
    public void What_lies_where_a_result_would_is_left_alone()
    {
        var now = new DateTimeOffset(2026, 11, 21, 7, 5, 0, TimeSpan.Zero);
        var theirs = Path.Combine(_folder, "20261121-070500-chat");
        File.WriteAllText(theirs, "theirs");

        Assert.Equal(theirs + "-2", ResultFolder.Create(_folder, "chat", now).Path);
        Assert.Equal("theirs", File.ReadAllText(theirs));
    }

    [Fact]
    public void A_folder_that_cannot_be_made_takes_nothing_with_it()
    {
        var theirs = Path.Combine(_folder, "file");
        File.WriteAllText(theirs, "theirs");

        Assert.Equal(
            ExitCodes.Failed,
            Assert.Throws<LabException>(() => ResultFolder.Create(theirs, "chat", DateTimeOffset.UnixEpoch)).ExitCode);
        Assert.Equal("theirs", File.ReadAllText(theirs));
    }

    /// <summary>A file on a disk that takes so many bytes and then, in the middle of a write, no more.</summary>
    private sealed class FullDisk(string path, long room) : FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, 0)
    {
        public override void Write(byte[] buffer, int offset, int count)
        {
            var fits = (int)Math.Min(count, room - Length);
            base.Write(buffer, offset, fits);
            if (fits < count)
            {
                throw new IOException("No space left on device");
            }
        }
    }
}
