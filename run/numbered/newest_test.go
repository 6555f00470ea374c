package numbered

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gomlx/gomlx/pkg/core/dtypes"

	"github.com/amgen/amgen/weights"
)

// TestNewest: a run of any name counts, the latest written wins, and one without a checkpoint doesn't count.
func TestNewest(t *testing.T) {
	base := filepath.Join(t.TempDir(), "runs")
	checkpoints := func(run string) string { return filepath.Join(run, "checkpoints") }
	if _, err := Newest(base, checkpoints); !errors.Is(err, weights.ErrNoCheckpoint) {
		t.Errorf("no runs: error %v, want weights.ErrNoCheckpoint", err)
	}
	one := weights.Tensor{Name: "/w", DType: dtypes.Float32, Shape: []int{1}, Data: make([]byte, 4)}
	if err := os.MkdirAll(filepath.Join(base, "00041-x-am"), 0o755); err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"00002-my-cats-eam", "first", "00001-mnist-am"} {
		run := filepath.Join(base, name)
		if err := os.MkdirAll(run, 0o755); err != nil {
			t.Fatal(err)
		}
		state := weights.State{Meta: weights.Meta{Architecture: json.RawMessage("{}"), Step: 1},
			Tensors: []weights.Tensor{one}}
		if _, _, err := weights.Save(checkpoints(run), state); err != nil {
			t.Fatal(err)
		}
		when := time.Unix(1_000_000_000+int64(i), 0)
		if err := os.Chtimes(checkpoints(run), when, when); err != nil {
			t.Fatal(err)
		}
		if got, err := Newest(base, checkpoints); err != nil || got != run {
			t.Errorf("got %s, %v; want %s", got, err, run)
		}
	}
}
