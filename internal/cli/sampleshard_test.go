package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/internal/cli/term"
)

// result is what amgen prints, of a command that succeeds.
func result(t *testing.T, args ...string) string {
	t.Helper()
	var out, err bytes.Buffer
	if code := execute(t.Context(), args, term.Streams{Out: &out, Err: &err}); code != exitDone {
		t.Fatalf("amgen %v: exit code %d\n%s", args, code, &err)
	}
	return out.String()
}

func mustRead(t *testing.T, path ...string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// discRun is a run on discs, trained for a step: what it draws is no noise and no disc.
func discRun(t *testing.T, dir string) (pictures, out string) {
	t.Helper()
	pictures, out = filepath.Join(dir, "pictures"), filepath.Join(dir, "run")
	writeDiscs(t, pictures, 8)
	mustRun(t, exitDone, trainArgs(pictures, out, "1")...)
	return pictures, out
}

// fid is the value of a report.
func fid(t *testing.T, text string) float64 {
	t.Helper()
	var r eval.Report
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		t.Fatal(err)
	}
	return r.Value
}

// TestSampleShards draws whole and in 1, 3 and 7 shards: the same numbers, picture and FID.
func TestSampleShards(t *testing.T) {
	dir := t.TempDir()
	pictures, out := discRun(t, dir)
	draw := []string{"sample", "--run", out, "-n", "59", "--batch", "8", "--solver", "heun", "--steps", "1", "--seed",
		"3"}
	whole, grid := filepath.Join(dir, "whole.npz"), filepath.Join(dir, "whole.png")
	judge := func(samples string) float64 {
		t.Setenv("AMGEN_CACHE", t.TempDir()) // features are computed anew
		return fid(t, result(t, "eval", "fid", "--samples", samples, "--reference", pictures, "--features",
			"lenet-mnist", "--json"))
	}
	mustRun(t, exitDone, append(draw, "-o", whole)...)
	mustRun(t, exitDone, append(draw, "-o", grid)...)
	want := judge(whole)
	for _, count := range []int{1, 3, 7} {
		merge := []string{"sample", "merge"}
		for i := range count {
			shard := filepath.Join(dir, fmt.Sprintf("%d of %d", i, count))
			mustRun(t, exitDone, append(draw, "--shard", fmt.Sprintf("%d/%d", i, count), "-o", shard)...)
			merge = append(merge, shard)
		}
		merged := filepath.Join(dir, fmt.Sprintf("%d.npz", count))
		mustRun(t, exitDone, append(merge, "-o", merged)...)
		if !bytes.Equal(mustRead(t, whole), mustRead(t, merged)) {
			t.Errorf("%d shards draw other samples than one process", count)
		}
		if picture := result(t, merge...); picture != string(mustRead(t, grid)) {
			t.Errorf("%d shards make another picture than one process", count)
		}
		if got := judge(merged); !(math.Abs(got-want) <= 1e-9) {
			t.Errorf("%d shards: FID %v, want %v", count, got, want)
		}
	}
}

// TestEvalShards judges a run whole and in 1, 3 and 7 shards, each of which draws its own images.
func TestEvalShards(t *testing.T) {
	dir := t.TempDir()
	_, out := discRun(t, dir)
	t.Setenv("AMGEN_CACHE", filepath.Join(dir, "cache"))
	judge := []string{"eval", "fid", "--run", out, "-n", "300", "--batch", "16", "--solver", "euler", "--steps", "1",
		"--features", "lenet-mnist"}
	want := fid(t, result(t, append(judge, "--json")...))
	for _, count := range []int{1, 3, 7} {
		merge := []string{"eval", "merge", "--json"}
		for i := range count {
			shard := filepath.Join(dir, fmt.Sprintf("%d of %d", i, count))
			mustRun(t, exitDone, append(judge, "--shard", fmt.Sprintf("%d/%d", i, count), "--store", shard)...)
			merge = append(merge, shard)
		}
		if got := fid(t, result(t, merge...)); !(math.Abs(got-want) <= 1e-9) {
			t.Errorf("%d shards: FID %v, want %v", count, got, want)
		}
	}
}

// TestSampleAdaptive holds that samples with steps of an adaptive solver don't depend on how many are drawn.
func TestSampleAdaptive(t *testing.T) {
	dir := t.TempDir()
	_, out := discRun(t, dir)
	draw := []string{"sample", "--run", out, "--batch", "4", "--solver", "dopri5", "--rtol", "0.01", "--atol", "0.01"}
	few, many, store := filepath.Join(dir, "few.npy"), filepath.Join(dir, "many.npy"), filepath.Join(dir, "store")
	mustRun(t, exitDone, append(draw, "-n", "6", "-o", few)...)
	mustRun(t, exitDone, append(draw, "-n", "11", "-o", many)...)
	const header = 128
	if a, b := mustRead(t, few)[header:], mustRead(t, many)[header:]; !bytes.HasPrefix(b, a) {
		t.Error("the first 6 of 11 samples are not the 6 that are drawn alone")
	}
	// A directory of fewer samples grows.
	mustRun(t, exitDone, append(draw, "-n", "6", "--shard", "0/1", "-o", store)...)
	text := mustRun(t, exitDone, append(draw, "-n", "11", "--shard", "0/1", "-o", store)...)
	if !strings.Contains(text, "3 of 3 batches, 2 drawn now") {
		t.Errorf("got %q, want the one full batch kept", text)
	}
	mustRun(t, exitDone, "sample", "merge", store, "-o", few)
	if !bytes.Equal(mustRead(t, few), mustRead(t, many)) {
		t.Error("the store has other samples than one process")
	}
}

// TestSampleShardKilled kills a shard, damages what it left, and draws it again: what is intact is kept.
func TestSampleShardKilled(t *testing.T) {
	dir := t.TempDir()
	out, store, whole := filepath.Join(dir, "run"), filepath.Join(dir, "store"), filepath.Join(dir, "whole.npz")
	mustRun(t, exitDone, "train", "--dataset", "moons", "--preset", "mlp", "--steps", "2", "--batch", "8",
		"--sample-every", "0", "--out", out)
	draw := []string{"sample", "--run", out, "-n", "3000", "--batch", "100", "--solver", "rk4", "--steps", "15",
		"--times", "0,0.5,1"}
	shard := append(draw, "--shard", "0/1", "-o", store)

	files := func() []string {
		list, _ := filepath.Glob(filepath.Join(store, "*.npz"))
		return list
	}
	if code := stopWhen(t, func() bool { return len(files()) >= 3 }, syscall.SIGKILL, shard...); code != -1 {
		t.Skipf("exit code %d: over before the signal", code)
	}
	kept := files()
	// As a failing disk would.
	if err := os.WriteFile(kept[1], mustRead(t, kept[1])[:1000], 0o644); err != nil {
		t.Fatal(err)
	}
	if text := mustRun(t, exitFailed, "sample", "merge", store, "-o",
		whole); !strings.Contains(text, "no samples 100 to 199") {
		t.Errorf("got %q, want it to name the first samples that are missing", text)
	}
	text := mustRun(t, exitDone, shard...)
	if want := fmt.Sprintf("30 of 30 batches, %d drawn now", 30-len(kept)+1); !strings.Contains(text, want) {
		t.Errorf("got %q, want %q", text, want)
	}
	merged := filepath.Join(dir, "merged.npz")
	mustRun(t, exitDone, append(draw, "-o", whole)...)
	mustRun(t, exitDone, "sample", "merge", store, "-o", merged)
	if !bytes.Equal(mustRead(t, whole), mustRead(t, merged)) {
		t.Error("the shard that was killed and went on has other samples")
	}
}
