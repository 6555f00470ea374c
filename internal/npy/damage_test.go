package npy_test

import (
	"bytes"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/amgen/amgen/internal/damage"
	"github.com/amgen/amgen/internal/npy"
)

// readAll tells the arrays of an archive that were asked for.
func readAll(data []byte, names ...string) (any, error) {
	archive, err := npy.OpenArchive(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	out := map[string]any{}
	for _, name := range names {
		shape, values, err := npy.Named[float64](archive, name)
		if err != nil {
			return nil, err
		}
		out[name] = []any{shape, values}
	}
	return maps.Clone(out), nil
}

// TestDamagedArrays: an archive has checksums; an array alone has none, so that its numbers, and what its header says
// of them, may become others that fit as well.
func TestDamagedArrays(t *testing.T) {
	small := archiveOf(t, npy.Array{Name: "mu", Shape: []int{4}, Values: []float64{1, 2, 3, 4}},
		npy.Array{Name: "sigma", Shape: []int{2, 3}, Values: []float32{1, 2, 3, 4, 5, 6}})
	damage.File{Name: "npz", Data: small, Read: func(data []byte) (any,
		error) {
		return readAll(data, "mu", "sigma")
	}}.Check(t)
	rng, noise := rand.New(rand.NewPCG(1, 3)), make([]float64, 1<<17)
	for i := range noise {
		noise[i] = rng.Float64()
	}
	large := archiveOf(t, npy.Array{Name: "mu", Shape: []int{1 << 17}, Values: noise})
	damage.File{Name: "npz, larger", Data: large, Trials: 150,
		Read: func(data []byte) (any, error) { return readAll(data, "mu") }}.Check(t)

	var alone bytes.Buffer
	if err := (npy.Array{Shape: []int{5, 2}, Values: slices.Repeat([]float64{0.5, -3}, 5)}).Write(&alone); err != nil {
		t.Fatal(err)
	}
	damage.File{Name: "npy", Data: alone.Bytes(), Open: func(int) bool { return true },
		Read: func(data []byte) (any, error) {
			shape, values, err := npy.Parse(data)
			return []any{shape, values}, err
		}}.Check(t)
}
