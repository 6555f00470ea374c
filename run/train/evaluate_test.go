package train_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/tensors"
	"github.com/google/go-cmp/cmp"

	"github.com/amgen/amgen/backends/engine"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/draw"
	"github.com/amgen/amgen/run/train"
)

// squares makes a folder of 8×8 pictures, some of them to validate by unless all are to train on, and the configuration
// of a small network for it.
func squares(t *testing.T, held bool) run.Config {
	t.Helper()
	dir := t.TempDir()
	for i := range 12 {
		sub := "train"
		if i%3 == 0 && held {
			sub = "val"
		}
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
		img := image.NewGray(image.Rect(0, 0, 8, 8))
		for at := range 64 {
			img.SetGray(at%8, at/8, color.Gray{Y: uint8(20*i + at%8*at/8)})
		}
		if err := imaging.WritePNG(filepath.Join(dir, sub, fmt.Sprintf("%d.png", i)), img); err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := run.Preset("folder:"+dir, "tiny")
	if err != nil {
		t.Fatal(err)
	}
	cfg.Size, cfg.Base, cfg.Multipliers, cfg.Blocks, cfg.Attention = 8, 8, []int{1}, 1, []int{}
	cfg.Batch, cfg.Steps, cfg.SampleEvery, cfg.LogEvery, cfg.CheckpointEvery = 4, 9, 0, 2, 3
	cfg.LRDecay, cfg.Dropout, cfg.KeepCheckpoints = "constant", 0.1, 9
	return cfg
}

// trained trains a configuration in a new directory.
func trained(t *testing.T, cfg run.Config, o train.Options) (run.Dir, error) {
	t.Helper()
	return again(t, cfg, run.Dir(filepath.Join(t.TempDir(), "run")), o)
}

func again(t *testing.T, cfg run.Config, dir run.Dir, o train.Options) (run.Dir, error) {
	t.Helper()
	plan, err := cfg.Resolve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if fid := o.FID; fid != nil { // it gets what ends training
		o.FID = func(c context.Context, e *engine.Engine) (train.FID, error) {
			return fid(context.WithValue(c, cancelKey{}, cancel), e)
		}
	}
	return dir, train.Train(ctx, plan, dir, o)
}

type cancelKey struct{}

// brightness makes a FID that is the mean of all pixels. Asked for the time that stops is, it ends training instead.
func brightness(stops int) func(context.Context, *engine.Engine) (train.FID, error) {
	asked := 0
	return func(ctx context.Context, _ *engine.Engine) (train.FID, error) {
		cancel, _ := ctx.Value(cancelKey{}).(context.CancelFunc)
		return func(ctx context.Context, p train.Pictures) (float64, error) {
			if asked++; asked == stops {
				cancel()
			}
			x, _, err := p.Read(ctx, 0, p.Count)
			if err != nil {
				return 0, err
			}
			return mean(tensors.MustCopyFlatData[uint8](x)), nil
		}, nil
	}
}

func mean(pixels []uint8) float64 {
	sum := 0.0
	for _, v := range pixels {
		sum += float64(v)
	}
	return sum / float64(len(pixels))
}

// found are the evaluations in a log, by their steps.
func found(t *testing.T, dir run.Dir) map[int][2]float64 {
	t.Helper()
	lines, damaged, err := train.ReadStats(dir.File(run.StatsName))
	if err != nil || damaged > 0 {
		t.Fatalf("%d damaged lines, %v", damaged, err)
	}
	list := map[int][2]float64{}
	for _, l := range lines {
		if l.HeldOutLoss != nil && l.FID != nil {
			list[l.Step] = [2]float64{*l.HeldOutLoss, *l.FID}
		}
	}
	return list
}

// sameTraining compares the last checkpoints.
func sameTraining(t *testing.T, a, b run.Dir, what string) {
	t.Helper()
	for _, file := range []string{"state.safetensors", "ema.safetensors"} {
		x, errX := os.ReadFile(filepath.Join(a.Checkpoints(), "step-000009", file))
		y, errY := os.ReadFile(filepath.Join(b.Checkpoints(), "step-000009", file))
		if errX != nil || errY != nil || !bytes.Equal(x, y) {
			t.Errorf("%s: %s is another (%v, %v)", what, file, errX, errY)
		}
	}
}

// TestEvaluationsKeepBits: evaluations change no bit of training, and a run that is stopped in the middle of one goes
// on to the same evaluations.
func TestEvaluationsKeepBits(t *testing.T) {
	cfg := squares(t, true)
	plain, err := trained(t, cfg, train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	cfg.EvalEvery, cfg.EvalSamples = 4, 5
	var events []int
	whole, err := trained(t, cfg, train.Options{FID: brightness(0), Events: func(e train.Event) {
		if at, ok := e.(train.Evaluated); ok {
			events = append(events, at.Step)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	sameTraining(t, plain, whole, "with evaluations")
	all := found(t, whole)
	if want := []int{4, 8, 9}; !cmp.Equal(events, want) || len(all) != 3 {
		t.Errorf("evaluated %v, in the log %v; want steps %v", events, all, want)
	}
	if all[4][0] == all[9][0] || all[4][1] == all[9][1] {
		t.Errorf("nothing changes from step 4 to step 9: %v", all)
	}
	for stops := 1; stops <= 2; stops++ {
		cut, err := trained(t, cfg, train.Options{FID: brightness(stops)})
		var stopped *train.StopError
		if !errors.As(err, &stopped) || stopped.Saved != 4*stops {
			t.Fatalf("stopped in evaluation %d: %v", stops, err)
		}
		if _, err = again(t, cfg, cut, train.Options{FID: brightness(0), Resume: true}); err != nil {
			t.Fatal(err)
		}
		sameTraining(t, plain, cut, "stopped and resumed")
		if diff := cmp.Diff(all, found(t, cut)); diff != "" {
			t.Errorf("stopped in evaluation %d and resumed:\n%s", stops, diff)
		}
	}
}

// TestPicturesOfEvaluations: the pictures of an evaluation are those that the checkpoint of the step draws.
func TestPicturesOfEvaluations(t *testing.T) {
	cfg := squares(t, true)
	cfg.EvalEvery, cfg.EvalSamples = 3, 5
	dir, err := trained(t, cfg, train.Options{FID: brightness(0)})
	if err != nil {
		t.Fatal(err)
	}
	for step, want := range found(t, dir) {
		r, err := run.Open(t.Context(), string(dir), run.Options{Checkpoint: fmt.Sprint(step)})
		if err != nil {
			t.Fatal(err)
		}
		samples, err := draw.Collect(draw.Draw(t.Context(), r, draw.Options{N: 5}))
		if err != nil {
			t.Fatal(err)
		}
		pixels := make([]uint8, len(samples.X))
		imaging.Quantize(pixels, samples.X)
		if got := mean(pixels); got != want[1] {
			t.Errorf("step %d: the mean of the pixels is %g, and of the checkpoint's %g", step, want[1], got)
		}
		r.Close()
	}
}

// TestNothingHeldOut: without examples that aren't trained on, a run isn't begun.
func TestNothingHeldOut(t *testing.T) {
	cfg := squares(t, false)
	cfg.EvalEvery = 3
	dir, err := trained(t, cfg, train.Options{})
	if err == nil || !strings.Contains(err.Error(), "folder val") || errors.As(err, new(*train.StopError)) {
		t.Errorf("without a validation split: %v", err)
	}
	if _, err := os.Stat(string(dir)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the directory was made: %v", err)
	}
}
