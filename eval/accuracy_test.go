package eval_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/tensors"

	"github.com/amgen/amgen/eval"
)

// By hand: rows say 1, 0, 2, 2, 0, and of two zeros, two ones and a two, one each is right.
func TestAccuracy(t *testing.T) {
	scores := []float32{0.1, 0.9, 0, 3, 1, 2, 0, 0, 5, 1, 1, 2, 7, 7, 7}
	got, err := eval.Accuracy(scores, 3, []int32{0, 0, 2, 1, 1})
	if err != nil {
		t.Fatal(err)
	}
	stderr := math.Sqrt(2.5 / 6 * 3.5 / 6 / 5)
	if off(got.Value, 0.4, 1e-15) || off(*got.StdErr, stderr, 1e-15) || got.Lowest != 1 || got.LowestShare != 0 {
		t.Errorf("%+v with error %g, want 0.4 ± %g and class 1 the lowest with 0", got, *got.StdErr, stderr)
	}
	all, err := eval.Accuracy(scores, 3, []int32{1, 0, 2, 2, 0})
	if err != nil || all.Value != 1 || !(*all.StdErr > 0.1 && *all.StdErr < 0.2) || all.LowestShare != 1 {
		t.Errorf("%+v, %v: want 1 with an error that isn't 0", all, err)
	}
	for words, labels := range map[string][]int32{"4 labels of 5 samples": {1, 0, 2, 2}, "sample 1 has label 3": {0, 3,
		0, 0, 0}, "sample 4 has label -1": {0, 0, 0, 0, -1}} {
		_, err := eval.Accuracy(scores, 3, labels)
		checkError(t, words, err, words)
	}
	_, err = eval.Accuracy(scores, 4, []int32{0, 0, 0, 0})
	checkError(t, "part of a row", err, "15 scores of 4 classes")
}

// byValue is a network that takes the first pixel of an image for its class, of three.
type byValue struct{ eval.Pixels }

func (byValue) Name() string { return "first pixel" }
func (byValue) Classes() int { return 3 }

func (n byValue) Extract(pixels *tensors.Tensor) (features, logits []float32, err error) {
	features, _, err = n.Pixels.Extract(pixels)
	flat := tensors.MustCopyFlatData[uint8](pixels)
	for at := 0; at < len(flat); at += n.Dim() {
		row := make([]float32, 3)
		row[flat[at]] = 1
		logits = append(logits, row...)
	}
	return features, logits, err
}

// TestJudgeAccuracy: labels go with their images where some of an array are taken, and those of shards are merged.
func TestJudgeAccuracy(t *testing.T) {
	const n = 2*eval.ChunkLen + 10
	array := &eval.ImageArray{Height: 1, Width: 1, Channels: 1}
	for i := range 2 * n {
		array.Pixels = append(array.Pixels, uint8(i%3))
		array.Labels = append(array.Labels, int32(i%3))
	}
	for i := 0; i < 2*n; i += 8 { // those that are taken are even
		array.Labels[i] = (array.Labels[i] + 1) % 3
	}
	set, err := eval.ArraySet("array", array, n)
	if err != nil {
		t.Fatal(err)
	}
	judge := eval.Judge{Metric: "accuracy", Network: byValue{eval.Pixels{Height: 1, Width: 1, Channels: 1}}}
	want, err := judge.Report(t.Context(), set, nil)
	wrong := math.Ceil(n / 4.)
	if err != nil || off(want.Value, (n-wrong)/n, 1e-12) || want.Stderr == nil ||
		want.Measure.Network != "first pixel" {
		t.Fatalf("%+v, %v; want %g", want, err, (n-wrong)/n)
	}
	dirs := []string{t.TempDir(), t.TempDir()}
	for i, dir := range dirs {
		judge.Open = func(about eval.About, _ bool) (*eval.Store, error) { return eval.OpenStore(dir, about) }
		if _, err := judge.Fill(t.Context(), set, eval.Shard{Index: i, Count: 2}); err != nil {
			t.Fatal(err)
		}
	}
	judge.Open = nil
	store, err := eval.OpenShards(dirs, n)
	if err != nil {
		t.Fatal(err)
	}
	merged := &eval.Set{Name: "array", Count: n, Features: store, Height: 1, Width: 1, Channels: 1, Labels: set.Labels}
	if got, err := judge.Report(t.Context(), merged, nil); err != nil || got.Value != want.Value {
		t.Errorf("merged %g, %v; want %g", got.Value, err, want.Value)
	}
	for words, change := range map[string]func(s *eval.Set){
		"nothing tells those of": func(s *eval.Set) { s.Labels = nil },
		"labels; give one each":  func(s *eval.Set) { s.Labels = s.Labels[1:] },
		"of any class":           func(s *eval.Set) { s.Labels = append([]int32{-1}, s.Labels[1:]...) },
		"takes all samples for":  func(s *eval.Set) { s.Weights, s.WeightedBy = make([]float64, n), "weights" },
	} {
		other := *set
		change(&other)
		_, err := judge.Report(context.Background(), &other, nil)
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: error %v", words, err)
		}
	}
}
