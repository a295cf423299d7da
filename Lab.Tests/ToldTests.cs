using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Xunit;
using Xunit.Abstractions;
using Xunit.Sdk;

[assembly: TestFramework("SynapseLab.Tests.ToldTests", "Lab.Tests")]

namespace SynapseLab.Tests;

/// <summary>
/// xunit's own framework, which also writes what begins and how it ends to the file that LAB_TEST_EVENTS names: <c>./lab test</c> shows it
/// (eng/tests/progress.sh).
/// </summary>
/// <param name="diagnostics">Of xunit.</param>
public sealed class ToldTests(IMessageSink diagnostics) : XunitTestFramework(diagnostics)
{
    /// <inheritdoc/>
    protected override ITestFrameworkExecutor CreateExecutor(AssemblyName assemblyName) =>
        Environment.GetEnvironmentVariable("LAB_TEST_EVENTS") is { Length: > 0 } file
            ? new Executor(assemblyName, SourceInformationProvider, DiagnosticMessageSink, file)
            : base.CreateExecutor(assemblyName);

    private sealed class Executor(AssemblyName assembly, ISourceInformationProvider sources, IMessageSink diagnostics, string file)
        : XunitTestFrameworkExecutor(assembly, sources, diagnostics)
    {
        protected override void RunTestCases(
            IEnumerable<IXunitTestCase> testCases,
            IMessageSink executionMessageSink,
            ITestFrameworkExecutionOptions executionOptions)
        {
            var cases = testCases.ToArray();
            var told = new TestEvents(file, executionMessageSink);
            told.Write("planned", cases.Length.ToString(System.Globalization.CultureInfo.InvariantCulture));
            base.RunTestCases(cases, told, executionOptions);
        }
    }
}

/// <summary>Writes xunit's messages as events, a line each, and passes them on.</summary>
/// <param name="file">Lines are added to it; several processes may do so.</param>
/// <param name="next">Is told everything.</param>
internal sealed class TestEvents(string file, IMessageSink next) : LongLivedMarshalByRefObject, IMessageSink
{
    private readonly Lock _gate = new();
    private readonly FileStream _file = new(file, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);

    // FileMode.Append is where the end was when the file was opened: two processes would write over each other's lines.
    private readonly Mutex _turn = new(
        initiallyOwned: false,
        $"synapse-lab-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(file)))[..16]}");

    public bool OnMessage(IMessageSinkMessage message)
    {
        switch (message)
        {
            case ITestStarting begun:
                Write("begun", begun.Test.DisplayName);
                break;
            case ITestResultMessage result and (ITestPassed or ITestFailed or ITestSkipped):
                Write(
                    result is ITestPassed ? "passed" : result is ITestFailed ? "failed" : "skipped",
                    result.Test.DisplayName,
                    Alone(result.TestMethod));
                Write("ended", result.Test.DisplayName);
                break;
            case ITestClassCleanupFailure failure:
                Write("failed", $"clean-up of {failure.TestClass.Class.Name}: {failure.Messages.FirstOrDefault()}");
                break;
            case ITestCollectionCleanupFailure failure:
                Write("failed", $"clean-up of {failure.TestCollection.DisplayName}: {failure.Messages.FirstOrDefault()}");
                break;
        }

        return next.OnMessage(message);
    }

    /// <summary>Writes an event: its word and its fields.</summary>
    public void Write(params IEnumerable<string> fields)
    {
        // A display name has the arguments of a theory in it, which may hold anything.
        var line = string.Join('\t', fields.Select(field => field.ReplaceLineEndings(" ").Replace('\t', ' '))) + "\n";
        lock (_gate)
        {
            TakeTurn();
            try
            {
                _file.Seek(0, SeekOrigin.End);
                _file.Write(Encoding.UTF8.GetBytes(line));
            }
            finally
            {
                _turn.ReleaseMutex();
            }
        }
    }

    private void TakeTurn()
    {
        try
        {
            _turn.WaitOne();
        }
        catch (AbandonedMutexException)
        {
            // Its holder was killed, and it is ours.
        }
    }

    private static string Alone(ITestMethod method) =>
        $"./lab test --filter FullyQualifiedName={method.TestClass.Class.Name}.{method.Method.Name}";
}
