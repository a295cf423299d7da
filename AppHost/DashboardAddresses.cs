using SynapseLab.Runtimes.Machine;

namespace SynapseLab.AppHost;

/// <summary>Where Aspire's dashboard listens. Usually launchSettings.json says it; here it is code, so that the built
/// program runs without that file and two labs can run at once.</summary>
internal static class DashboardAddresses
{
    private const string Frontend = "ASPNETCORE_URLS";
    private const int Usual = 15888;

    /// <summary>Gives the dashboard addresses on loopback, with plain HTTP behind its login token: its usual port, or a
    /// free one where that is taken. What a launch profile, the <c>aspire</c> command or the environment says already, stays.</summary>
    /// <exception cref="LabException">A port that the environment names is taken (exit code 2).</exception>
    public static void UseLoopbackDashboard(this IDistributedApplicationBuilder builder)
    {
        if (builder.Configuration[Frontend]?.Split(';')[0] is { Length: > 0 } wanted
            && Uri.TryCreate(wanted, UriKind.Absolute, out var uri)
            && uri is { IsLoopback: true, Port: > 0 }
            && !LoopbackPort.IsFree(uri.Port))
        {
            throw LabException.WrongUse("the dashboard's port is taken", wanted, $"Name another in {Frontend}, or none");
        }

        // Aspire's docs, "AppHost configuration".
        Default("ASPIRE_ALLOW_UNSECURED_TRANSPORT", "true");
        Default(Frontend, Url(LoopbackPort.IsFree(Usual) ? Usual : LoopbackPort.AnyFree()));
        Default("ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", Url(LoopbackPort.AnyFree()));
        Default("ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL", Url(LoopbackPort.AnyFree()));

        void Default(string name, string value) => builder.Configuration[name] ??= value;
    }

    private static string Url(int port) => $"http://127.0.0.1:{port}";
}
