namespace SynapseLab.LoadTests.Measurement;

/// <summary>
/// Takes samples from any number of threads. Each thread has pages of its own, so that recording is a write into an array: no lock,
/// no shared cache line, and no allocation as long as the reader hands pages back. One reader at a time takes the samples out, while they
/// still come in.
/// </summary>
public sealed class Recorder : IDisposable
{
    private const int PageSize = 4096;
    private readonly ThreadLocal<Lane> _lanes;
    private readonly Lock _pageGate = new();
    private readonly Stack<Page> _free = new();

    /// <summary>An empty recorder.</summary>
    public Recorder() => _lanes = new ThreadLocal<Lane>(() => new Lane(TakePage()), trackAllValues: true);

    /// <summary>Adds a sample. Any thread.</summary>
    public void Record(in Sample sample)
    {
        var lane = _lanes.Value!;
        var page = lane.Writing;
        var count = page.Count;
        if (count == PageSize)
        {
            page = Turn(lane);
            count = 0;
        }

        page.Samples[count] = sample;

        // The reader sees the count only after the sample.
        Volatile.Write(ref page.Count, count + 1);
    }

    /// <summary>Hands every sample that was recorded up to now and not handed out before to <paramref name="take"/>. One thread at a time;
    /// order holds per recording thread only.</summary>
    /// <param name="take">Called with runs of samples; the memory is reused after the call.</param>
    /// <returns>How many samples were handed out.</returns>
    public int Drain(Action<ReadOnlySpan<Sample>> take)
    {
        var total = 0;
        foreach (var lane in _lanes.Values)
        {
            while (true)
            {
                var page = lane.Reading;

                // Next before count: once there is a next page, this one's count is final.
                var next = Volatile.Read(ref page.Next);
                var count = Volatile.Read(ref page.Count);
                if (count > lane.Read)
                {
                    take(page.Samples.AsSpan(lane.Read, count - lane.Read));
                    total += count - lane.Read;
                    lane.Read = count;
                }

                if (next is null)
                {
                    break;
                }

                lane.Reading = next;
                lane.Read = 0;
                GiveBack(page);
            }
        }

        return total;
    }

    /// <inheritdoc />
    public void Dispose() => _lanes.Dispose();

    private Page Turn(Lane lane)
    {
        var page = TakePage();
        var full = lane.Writing;
        lane.Writing = page;
        Volatile.Write(ref full.Next, page);
        return page;
    }

    private Page TakePage()
    {
        lock (_pageGate)
        {
            return _free.TryPop(out var page) ? page : new Page();
        }
    }

    private void GiveBack(Page page)
    {
        page.Next = null;
        page.Count = 0;
        lock (_pageGate)
        {
            _free.Push(page);
        }
    }

    private sealed class Page
    {
        public readonly Sample[] Samples = new Sample[PageSize];
        public int Count;
        public Page? Next;
    }

    private sealed class Lane(Page first)
    {
        // Written by the recording thread only.
        public Page Writing = first;

        // Written by the reader only.
        public Page Reading = first;
        public int Read;
    }
}
