package train

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/amgen/amgen/run"
)

// TestMaxTimeWhileLoading: data that don't come in time end the session in time, without a trace; a context meanwhile
// is one.
func TestMaxTimeWhileLoading(t *testing.T) {
	defer func(was func(*run.Plan, context.Context, run.Output) (*run.Data, error)) { loadData = was }(loadData)
	loadData = func(_ *run.Plan, ctx context.Context, _ run.Output) (*run.Data, error) {
		<-ctx.Done()
		return nil, fmt.Errorf("fetch: %w", ctx.Err())
	}
	out := filepath.Join(t.TempDir(), "run")
	options := Options{MaxTime: 10 * time.Millisecond, Least: 20 * time.Millisecond}
	err := Train(t.Context(), &run.Plan{}, run.Dir(out), options)
	if want := "time is up, and the data are not here yet"; !errors.Is(err, ErrTimeUp) || err.Error() != want {
		t.Errorf("got %v, want %q", err, want)
	}
	if _, err := os.Stat(out); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it left %s (%v)", out, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Train(ctx, &run.Plan{}, run.Dir(out), Options{MaxTime: time.Hour}); !errors.Is(err, context.Canceled) ||
		errors.Is(err, ErrTimeUp) {
		t.Errorf("interrupted: got %v", err)
	}
}
