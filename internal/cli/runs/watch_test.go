package runs

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/internal/smallrun"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/summary"
	"github.com/amgen/amgen/run/train"
)

// A watch ends with the last step, however late that is logged.
func TestWatch(t *testing.T) {
	dir := run.Dir(smallrun.Train(t, func(c *run.Config) { c.Steps, c.LogEvery = 6, 1 }))
	log, err := os.ReadFile(dir.File(run.StatsName))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(dir.File("lock")); err != nil { // or the watch would end, since nothing trains the run here
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(log, []byte("\n"))
	if err := os.WriteFile(dir.File(run.StatsName), bytes.Join(lines[:3], nil), 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := summary.Of(dir)
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	ended := make(chan error)
	go func() { ended <- watch(t.Context(), s, term.Streams{Out: t.Output(), Err: &text}) }()
	later := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(later, log, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(later, dir.File(run.StatsName)); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if got := text.String(); !strings.Contains(got, "step 6/6, loss ") || !strings.HasSuffix(got, "all 6 steps are done\n") {
		t.Errorf("got %q", got)
	}
}

// Noise alone is level most of the time; a slope well above it isn't.
func TestTrend(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, tc := range []struct {
		slope float64
		want  string
	}{{-1, ", falling"}, {1, ", rising"}, {0, ", level"}} {
		count := 0
		for range 200 {
			lines := make([]train.Stat, 30)
			for i := range lines {
				lines[i].Loss = tc.slope*float64(i) + rng.NormFloat64()
			}
			if _, got := trendOf(lines); got == tc.want {
				count++
			}
		}
		if count < 100 {
			t.Errorf("slope %g: %s in %d of 200 cases", tc.slope, tc.want, count)
		}
	}
	if loss, trend := trendOf(make([]train.Stat, 5)); loss != 0 || trend != "" {
		t.Error(fmt.Sprint(loss, trend))
	}
}
