package kernels

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestWinogradAlgorithm holds the matrices, in float64, against the definition: outputs of a tile, and the gradient of
// its kernel.
func TestWinogradAlgorithm(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	random := func(n int) [][]float64 {
		x := make([][]float64, n)
		for i := range x {
			for range n {
				x[i] = append(x[i], r.Float64()-0.5)
			}
		}
		return x
	}
	transform := func(kind winogradKind, x [][]float64) [][]float64 {
		m := winogradMatrices[kind]
		out := make([][]float64, len(m))
		for i := range m {
			for j := range m {
				var sum float64
				for k, a := range m[i] {
					for l, b := range m[j] {
						sum += float64(a) * float64(b) * x[k][l]
					}
				}
				out[i] = append(out[i], sum)
			}
		}
		return out
	}
	product := func(x, y [][]float64) [][]float64 {
		p := make([][]float64, len(x))
		for i := range x {
			for j := range x[i] {
				p[i] = append(p[i], x[i][j]*y[i][j])
			}
		}
		return p
	}
	check := func(what string, got [][]float64, in, kernel [][]float64) {
		for y := range got {
			for x, v := range got[y] {
				var want float64
				for i := range kernel {
					for j, k := range kernel[i] {
						want += k * in[y+i][x+j]
					}
				}
				if math.Abs(v-want) > 1e-6 { // the matrices are rounded to float32
					t.Errorf("%s: element (%d, %d) is %g, want %g", what, y, x, v, want)
				}
			}
		}
	}
	d, g, y := random(6), random(3), random(4)
	planes := transform(winogradInput, d)
	check("output", transform(winogradOutput, product(planes, transform(winogradWeights, g))), d, g)
	check("gradient", transform(winogradGradient, product(planes, transform(winogradCotangent, y))), d, y)
}

// TestWinogradTransforms compares the transforms of every level with the generic ones, and those in assembly with a
// twin to the bit. NaNs lie between and after what may be read and written, and must stay where nothing is written.
func TestWinogradTransforms(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	guarded := func(n int) []float32 { return slices.Repeat([]float32{float32(math.NaN())}, n) }
	for _, level := range Levels()[1:] {
		old := SetLevel(level)
		defer SetLevel(old)
		for kind := range winogradKinds {
			for _, channels := range []int{1, 7, 8, 16, 24, 32, 48} {
				for _, tiles := range []int{1, 2, 5} {
					side := winogradSide[kind]
					w := WinogradTiles{Tiles: tiles, Channels: channels, Col: channels + 3, Step: tiles*channels + 5}
					w.Next = side*w.Col + 1
					w.Row = tiles*w.Next + 2
					w.Image, w.Planes = guarded(side*w.Row+20), guarded(36*w.Step+20)
					each := func(do func(image, plane int)) {
						for tile := range tiles {
							for c := range channels {
								for i := range 6 {
									for j := range 6 {
										image := -1
										if i < side && j < side {
											image = i*w.Row + j*w.Col + tile*w.Next + c
										}
										do(image, (6*i+j)*w.Step+tile*channels+c)
									}
								}
							}
						}
					}
					each(func(image, plane int) {
						if kind >= winogradOutput {
							w.Planes[plane] = r.Float32() - 0.5
						} else if image >= 0 {
							w.Image[image] = r.Float32() - 0.5
						}
					})
					want := w
					want.Image, want.Planes = slices.Clone(w.Image), slices.Clone(w.Planes)
					w.run(kind)
					winogradGeneric(kind, &want)
					what := fmt.Sprintf("%v, transform %d, %d channels, %d tiles", level, kind, channels, tiles)
					alike(t, what+", image", w.Image, want.Image)
					alike(t, what+", planes", w.Planes, want.Planes)
					if channels%8 != 0 {
						continue // no vectors, or not at every level
					}
					winogradTwin(kind, &want)
					all := slices.Concat(w.Image, w.Planes)
					for i, v := range slices.Concat(want.Image, want.Planes) {
						if got := all[i]; !sameBits(got, v) {
							t.Fatalf("%s: element %d is %g, by the twin %g", what, i, got, v)
						}
					}
				}
			}
		}
	}
}

// alike allows for fused multiply-adds: sums of 36 products below 12 differ by rounding errors of 1e-6.
func alike(t *testing.T, what string, got, want []float32) {
	t.Helper()
	for i := range want {
		g, v := float64(got[i]), float64(want[i])
		if math.IsNaN(g) != math.IsNaN(v) || math.Abs(g-v) > 1e-5 {
			t.Fatalf("%s: element %d is %g, want %g", what, i, g, v)
		}
	}
}
