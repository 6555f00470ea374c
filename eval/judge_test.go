package eval_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amgen/amgen/eval"
)

func imageSet(t *testing.T, n int) *eval.Set {
	t.Helper()
	return eval.ImageSet("random", &counting{n: n}, 2, 2, 1)
}

// TestJudgeShards: features that shards left are judged as those that come at once, to the last bit, by each metric
// that takes pixels; and nothing is computed for it.
func TestJudgeShards(t *testing.T) {
	const n = 2*eval.ChunkLen + 44
	reference := imageSet(t, 300)
	for _, m := range eval.Metrics() {
		if m.Classes {
			continue
		}
		judge := eval.Judge{Metric: m.Name, Seed: 3, Options: eval.Options{Subsets: 3, Projections: 7}}
		want, err := judge.Report(t.Context(), imageSet(t, n), reference)
		if err != nil {
			t.Fatal(err)
		}
		dirs := []string{t.TempDir(), t.TempDir()}
		for i, dir := range dirs {
			judge.Open = func(about eval.About, _ bool) (*eval.Store, error) { return eval.OpenStore(dir, about) }
			if _, err := judge.Fill(t.Context(), imageSet(t, n), eval.Shard{Index: i, Count: 2}); err != nil {
				t.Fatal(err)
			}
		}
		judge.Open = nil
		store, err := eval.OpenShards(dirs, n)
		if err != nil {
			t.Fatal(err)
		}
		merged := &eval.Set{Name: "random", Hash: "random", Count: n, Features: store, Height: 2, Width: 2, Channels: 1}
		got, err := judge.Report(t.Context(), merged, reference)
		if got.Seconds = want.Seconds; err != nil || !cmp.Equal(want, got) {
			t.Errorf("%s: %v\n%s", m.Name, err, cmp.Diff(want, got))
		}
	}
}

// TestJudgeKeeps: with a store, another metric reads no image again.
func TestJudgeKeeps(t *testing.T) {
	open := eval.StoresIn(t.TempDir())
	for i, metric := range []string{"fid", "kid", "prdc", "fid"} {
		images := &counting{n: 300}
		samples := eval.ImageSet("random", images, 2, 2, 1)
		if _, err := (eval.Judge{Metric: metric, Open: open}).Report(t.Context(), samples, samples); err != nil {
			t.Fatal(err)
		}
		if read := images.read > 0; read != (i == 0) {
			t.Errorf("%s, judge %d: %d images were read", metric, i, images.read)
		}
	}
}

// TestJudgeRefuses: what doesn't go together is told before anything is computed, and without flags of a command.
func TestJudgeRefuses(t *testing.T) {
	points := func(dim, n int) *eval.Set {
		return eval.PointSet("points", eval.Cloud{Dim: dim, X: make([]float64, dim*n)}, 0)
	}
	weighted := points(2, 3)
	weighted.Weights, weighted.WeightedBy = []float64{1, 2, 3}, "weights"
	weighted.Points.Weights = weighted.Weights
	statistics := eval.StatisticsSet("statistics", eval.Gaussian{Mean: []float64{0, 0},
		Covariance: []float64{1, 0, 0, 1}})
	for _, tc := range []struct {
		judge              eval.Judge
		samples, reference *eval.Set
		says               string
	}{
		{eval.Judge{Metric: "fud"}, points(2, 3), points(2, 3), `unknown metric "fud" (known: fid, kid`},
		{eval.Judge{Metric: "fid"}, points(2, 3), nil, "fid compares with a reference"},
		{eval.Judge{Metric: "fid"}, points(2, 3), imageSet(t, 3), "compare like with like"},
		{eval.Judge{Metric: "fid"}, points(2, 3), &eval.Set{Name: "nothing"},
			"neither images nor points nor statistics"},
		{eval.Judge{Metric: "kid"}, weighted, points(2, 3), "takes all samples for equal"},
		{eval.Judge{Metric: "kid"}, points(2, 3), statistics, "compares features one by one"},
		{eval.Judge{Metric: "balance"}, points(2, 3), points(2, 3), "has no classes"},
		{eval.Judge{Metric: "is"}, imageSet(t, 30), nil, "is needs a network that classifies, and pixels doesn't"},
		{eval.Judge{Metric: "prdc"}, points(2, 4), points(2, 9), "prdc of 4 samples: it takes more samples than the " +
			"5 neighbours"},
		{eval.Judge{Metric: "prdc", Options: eval.Options{Neighbours: -1}}, points(2, 9), points(2, 9),
			"neighbours of prdc must be at least 1, got -1"},
	} {
		_, err := tc.judge.Report(t.Context(), tc.samples, tc.reference)
		if err == nil || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: %v, want %q", tc.judge.Metric, err, tc.says)
		}
	}
}

// TestShardsOfOthers: directories are read together where their features are of one network and list, and told apart.
func TestShardsOfOthers(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	fill(t, dir, &counting{n: 5}, eval.Shard{})
	about := eval.Describe(pixels, &counting{n: 5})
	about.Network = "another"
	if _, err := eval.OpenStore(other, about); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		dirs []string
		says string
	}{{[]string{dir, other}, "by another network"}, {[]string{t.TempDir()}, "compute the shard again"},
		{nil, "give one at least"}} {
		if _, err := eval.OpenShards(tc.dirs, 5); err == nil || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%v: %v, want %q", tc.dirs, err, tc.says)
		}
	}
	store, err := eval.OpenShards([]string{other}, 5)
	if err != nil {
		t.Fatal(err)
	}
	set := &eval.Set{Name: "other", Count: 5, Features: store, Height: 2, Width: 2, Channels: 1}
	if _, err := (eval.Judge{Metric: "w2"}).Report(t.Context(), set, set); err == nil ||
		!strings.Contains(err.Error(), "features of other are by another") {
		t.Errorf("features of another network: %v", err)
	}
}

// TestHashOfPoints: points that no file gave have a hash that tells them apart.
func TestHashOfPoints(t *testing.T) {
	seen := map[string]bool{}
	for seed := range 3 {
		r := rand.New(rand.NewPCG(uint64(seed), 0))
		for _, c := range []eval.Cloud{{Dim: 1, X: []float64{r.Float64(), 1}}, {Dim: 2, X: []float64{r.Float64(), 1}},
			{Dim: 1, X: []float64{1, 2}, Weights: []float64{1, r.Float64()}}} {
			seen[eval.PointSet("points", c, 0).Reported().Hash] = true
		}
	}
	if len(seen) != 9 {
		t.Errorf("%d hashes of 9 sets", len(seen))
	}
}

// FuzzOpenShards: what a stranger put into a directory of features is opened or refused.
func FuzzOpenShards(f *testing.F) {
	dir := f.TempDir()
	s, err := eval.OpenStore(dir, eval.Describe(pixels, &counting{n: 5}))
	if err == nil {
		err = s.Fill(f.Context(), pixels, &counting{n: 5}, eval.Shard{}, nil)
	}
	about, err2 := os.ReadFile(filepath.Join(dir, "about.json"))
	chunk, err3 := os.ReadFile(filepath.Join(dir, "00000000.npz"))
	if err := errors.Join(err, err2, err3); err != nil {
		f.Fatal(err)
	}
	f.Add(about, chunk)
	f.Add([]byte(`{"dim":-1,"chunk_len":256}`), chunk)
	f.Add([]byte(`{"dim":4,"classes":1,"chunk_len":256}`), chunk[:40])
	f.Fuzz(func(t *testing.T, about, chunk []byte) {
		for name, data := range map[string][]byte{"about.json": about, "00000000.npz": chunk} {
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		s, err := eval.OpenShards([]string{dir}, 5)
		if err != nil {
			return
		}
		if c, err := s.Cloud(); err == nil && c.Len() != 5 {
			t.Errorf("%d features of 5 images", c.Len())
		}
	})
}

// TestJudgeMemory: a metric that takes all features refuses what memory doesn't hold, by the bytes that they take twice
// over for either set; one that takes their moments doesn't.
func TestJudgeMemory(t *testing.T) {
	images := &eval.ImageArray{Pixels: make([]uint8, 10*4*4), Height: 4, Width: 4, Channels: 1}
	for i := range images.Pixels {
		images.Pixels[i] = uint8(i * i)
	}
	set := func() *eval.Set {
		s, err := eval.ArraySet("ten", images, 0)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	const fits = 2 * 12 * 10 * 4 * 4
	for _, c := range []struct {
		metric  string
		memory  int64
		refused bool
	}{{"w2", fits, false}, {"w2", fits - 1, true}, {"w2", 0, false}, {"fid", 1, false}} {
		_, err := eval.Judge{Metric: c.metric, Memory: c.memory}.Report(t.Context(), set(), set())
		if refused := err != nil && strings.Contains(err.Error(), "take fewer images"); refused != c.refused ||
			err != nil && !refused {
			t.Errorf("%s with %d bytes: %v", c.metric, c.memory, err)
		}
	}
}
