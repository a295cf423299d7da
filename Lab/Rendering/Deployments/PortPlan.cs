namespace SynapseLab.Deployments;

/// <summary>Ports on 127.0.0.1. Homeserver n (from 0) has client port <c>Client + n</c> and federation port
/// <c>Federation + n</c>.</summary>
/// <param name="Client">First client port.</param>
/// <param name="Federation">First federation port.</param>
/// <param name="Operator">Port of the operator's listener: health and metrics of every process.</param>
/// <param name="Sql">Port of Postgres.</param>
public sealed record PortPlan(int Client, int Federation, int Operator, int Sql)
{
    /// <summary>8008 and 8448 as Synapse's documentation has them; 8090 for the operator,
    /// 5442 for Postgres beside one that the machine may have.</summary>
    public static PortPlan Default { get; } = new(8008, 8448, 8090, 5442);
}
