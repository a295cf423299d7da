using System.CommandLine;
using System.Globalization;
using SynapseLab.Runtimes.Images;
using SynapseLab.Runtimes.Machine;
using SynapseLab.Runtimes.Starting;
using SynapseLab.Waiting;

namespace SynapseLab.Cli.Commands;

/// <summary><c>./lab doctor</c>: what this machine has, which images and packages are in use and why, and what is missing.</summary>
internal sealed class DoctorCommand : ILabCommand
{
    // A lab's images are 900 MB together, a running lab writes some hundred.
    private const long LeastFreeBytes = 3L << 30;
    private const long LeastMemoryBytes = 2L << 30;

    public Command Build(LabServices services)
    {
        var command = new Command("doctor", "Say what this machine has, which images and packages are in use and why, and what is missing");
        command.SetAction((_, cancellationToken) => RunAsync(services, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(LabServices services, CancellationToken cancellationToken)
    {
        var report = new DoctorReport(services.Output);
        report.Section("machine");
        report.Line("dotnet", Environment.Version.ToString());
        report.Line("system", System.Runtime.InteropServices.RuntimeInformation.OSDescription);
        try
        {
            await EngineAsync(services, report, cancellationToken);
        }
        catch (LabException e)
        {
            report.Missing("engine", e.Problems[0].ToString());
        }

        report.Section("load");
        var withoutNBomber = services.Drivers.HaveNBomber ? "" : "; NBomber is not in this build";
        report.Line("drivers", string.Join(", ", services.Drivers.Names) + withoutNBomber);

        services.Output.WriteLine();
        services.Output.WriteLine(report.IsWell ? "all is well" : "something is missing, see above");
        return report.IsWell ? ExitCodes.Fine : ExitCodes.Failed;
    }

    private static async Task EngineAsync(LabServices services, DoctorReport report, CancellationToken cancellationToken)
    {
        using var engine = services.CreateEngine();
        var info = await engine.InfoAsync(cancellationToken);
        report.Line("cores", info.Cpus.ToString(CultureInfo.InvariantCulture));
        report.Check("memory", Gigabytes(info.MemoryBytes), info.MemoryBytes >= LeastMemoryBytes, "the reference topology needs 2 GB");
        report.Line("cgroup", $"version {info.CgroupVersion}");
        var free = new DriveInfo(Directory.Exists(info.RootFolder) ? info.RootFolder : "/").AvailableFreeSpace;
        var wanted = $"images and a lab want {Gigabytes(LeastFreeBytes)}";
        report.Check("disk", $"{Gigabytes(free)} free at {info.RootFolder}", free >= LeastFreeBytes, wanted);

        report.Section("engine");
        report.Line("socket", $"{engine.Socket.Host}: {engine.Socket.Reason}");
        report.Line("engine", $"{info.Version}, API {info.ApiVersion}, {info.StorageDriver}");
        string[] version = ["compose", "version", "--short"];
        var compose = await ExternalCommand.RunAsync("docker", version, engine.Socket.Environment, cancellationToken);
        report.Check("compose", compose.Output.Trim(), compose.ExitCode == 0, "docker has no Compose plugin. Run ./lab setup");

        report.Section("images");
        var machineImages = new MachineImages(services.Root.Value, engine);
        var images = machineImages.Read();
        if (images.Count == 0)
        {
            await BeforeSetUpAsync(machineImages, report, cancellationToken);
        }

        foreach (var image in images)
        {
            var there = await engine.ImageAsync(image.Reference, cancellationToken);
            var origin = image.Origin == "debian" ? "built from Debian packages" : "from its registry";
            var text = $"{image.Reference,-32} {image.Version,-10} {origin}";
            report.Check(image.Part, text, there is not null, $"{image.Reference} is gone. Run ./lab setup");
        }

        if (images.Count > 0)
        {
            var prepared = await new PreparedDatabase(services.Root.Value, engine, new Waiter(services.Time))
                .FindAsync(ReferenceOf("synapse"), ReferenceOf("postgres"), cancellationToken);
            report.Line("prepared", prepared ?? "no database with this Synapse's schema yet; the first ./lab up makes it");
        }

        report.Section("labs");
        var names = await new LabStarter(services.Root.Value, engine, services.Time, new ProcessTable()).NamesAsync(cancellationToken);
        report.Line("running", names.Count == 0 ? "none" : string.Join(", ", names));

        string ReferenceOf(string part) => images.Single(image => image.Part == part).Reference;
    }

    // Set-up has kept no record yet, and what a lab needs may be here all the same: of another checkout, or pulled by hand.
    private static async Task BeforeSetUpAsync(MachineImages images, DoctorReport report, CancellationToken cancellationToken)
    {
        foreach (var (part, reference, isThere) in await images.WantedAsync(cancellationToken))
        {
            var text = $"{reference,-32} {(isThere ? "on this machine; the first ./lab up takes it" : "")}";
            report.Check(part, text, isThere, "not on this machine. Run ./lab setup, or let the first ./lab up do it");
        }
    }

    private static string Gigabytes(long bytes) => (bytes / (double)(1L << 30)).ToString("0.0", CultureInfo.InvariantCulture) + " GiB";
}
