// Package golden is for tests that compare a network with another program's: its golden values, and weights that both
// programs make of the same integers.
package golden

import (
	"math"
	"os"
	"testing"

	"github.com/sbinet/npyio/npz"

	"github.com/amgen/amgen/eval/internal/pretrained"
	"github.com/amgen/amgen/eval/internal/pseudo"
	"github.com/amgen/amgen/weights"
)

// Read reads an array of an .npz.
func Read(t testing.TB, path, name string) []float32 {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	r, err := npz.NewReader(f, st.Size())
	if err != nil {
		t.Fatal(err)
	}
	var values []float32
	if err := r.Read(name+".npy", &values); err != nil {
		t.Fatal(err)
	}
	return values
}

// Apart is the largest difference, as a part of the value or, where this is small, of the root mean square of all.
func Apart(got, want []float32) float64 {
	if len(got) != len(want) {
		return math.Inf(1)
	}
	squares, worst := 0.0, 0.0
	for _, w := range want {
		squares += float64(w) * float64(w)
	}
	rms := math.Sqrt(squares / float64(len(want)))
	for i, w := range want {
		worst = max(worst, math.Abs(float64(got[i]-w))/max(math.Abs(float64(w)), rms))
	}
	return worst
}

// StateDict is a PyTorch state dictionary of pseudo-random weights.
type StateDict []weights.Tensor

// Uniform adds a tensor of values from low to low + width.
func (d *StateDict) Uniform(name string, salt uint32, low, width float64, shape ...int) {
	n := 1
	for _, size := range shape {
		n *= size
	}
	values := make([]float32, n)
	for i, u := range pseudo.Uniform(salt, n) {
		values[i] = float32(low + width*u)
	}
	*d = append(*d, pretrained.Tensor(name, values, shape...))
}

// Symmetric adds a tensor of values from −bound to bound.
func (d *StateDict) Symmetric(name string, salt uint32, bound float64, shape ...int) {
	n := 1
	for _, size := range shape {
		n *= size
	}
	values := make([]float32, n)
	for i, u := range pseudo.Uniform(salt, n) {
		values[i] = float32((2*u - 1) * bound)
	}
	*d = append(*d, pretrained.Tensor(name, values, shape...))
}

// Layer adds a convolution [out, in, height, width] with weights of variance gain/(in·height·width), and the batch
// normalisation behind it, from five salts on.
func (d *StateDict) Layer(convolution, normalisation string, salt uint32, gain float64, out, in, height, width int) {
	d.Symmetric(convolution+".weight", salt, math.Sqrt(3*gain/float64(in*height*width)), out, in, height, width)
	d.Uniform(normalisation+".weight", salt+1, 0.6, 0.7, out)
	d.Uniform(normalisation+".bias", salt+2, -0.2, 0.4, out)
	d.Uniform(normalisation+".running_mean", salt+3, -0.2, 0.4, out)
	d.Uniform(normalisation+".running_var", salt+4, 0.5, 1, out)
}
