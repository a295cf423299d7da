using System.Net;
using System.Net.Sockets;
using SynapseLab.Runtimes.Machine;

namespace SynapseLab.AppHost.AspireRuntime;

/// <summary>Loopback addresses of Aspire's dashboard. Usually launchSettings.json holds them; the lab sets them in code, so that the built program runs
/// without that file and two labs can run at once.</summary>
internal sealed record DashboardAddresses(int Frontend, int Telemetry, int Resources)
{
    private const int Usual = 15888;

    /// <summary>The settings that Aspire reads (its docs, "AppHost configuration").</summary>
    public IEnumerable<KeyValuePair<string, string?>> Settings =>
    [
        new("ASPNETCORE_URLS", Url(Frontend)),
        new("ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", Url(Telemetry)),
        new("ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL", Url(Resources)),
    ];

    /// <summary>The dashboard on its usual port, or a free one where that is taken.</summary>
    public static DashboardAddresses Choose() => new(LoopbackPort.IsFree(Usual) ? Usual : Free(), Free(), Free());

    /// <summary>The page that logs in a browser.</summary>
    /// <param name="token">Made by Aspire for this run.</param>
    public Uri Login(string? token) => new($"{Url(Frontend)}/login?t={token}");

    private static string Url(int port) => $"http://127.0.0.1:{port}";

    private static int Free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
