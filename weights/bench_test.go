package weights

import (
	"path/filepath"
	"testing"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
)

// benchmarkState has 64 tensors of a megabyte and their averages.
func benchmarkState() State {
	s := State{}
	for i := range 64 {
		t := Tensor{"/unet/w" + string(rune('0'+i)), dtypes.Float32, []int{512, 512}, make([]byte, 1<<20)}
		for j := range t.Data {
			t.Data[j] = byte(i * j)
		}
		s.Tensors = append(s.Tensors, t)
	}
	s.EMA = s.Tensors
	return s
}

func stateBytes(s State) (n int64) {
	for _, list := range [][]Tensor{s.Tensors, s.EMA} {
		for _, t := range list {
			n += int64(len(t.Data))
		}
	}
	return n
}

func BenchmarkSave(b *testing.B) {
	s, dir := benchmarkState(), b.TempDir()
	b.SetBytes(stateBytes(s))
	for b.Loop() {
		if _, _, err := Save(dir, s); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	s := benchmarkState()
	path, _, err := Save(filepath.Join(b.TempDir(), "checkpoints"), s)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(stateBytes(s))
	for b.Loop() {
		if _, err := Load(path); err != nil {
			b.Fatal(err)
		}
	}
}
