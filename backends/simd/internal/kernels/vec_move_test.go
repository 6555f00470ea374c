package kernels

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// TestBlocks moves blocks of any size, stride and alignment with CopyRows and Transpose; what lies between the rows
// of the destination must not change.
func TestBlocks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.OneOf(rapid.IntRange(0, 40), rapid.IntRange(0, 200))
		rows, cols := size.Draw(t, "rows"), size.Draw(t, "cols")
		srcStride := cols + rapid.IntRange(0, 20).Draw(t, "src gap")
		gap := rapid.IntRange(0, 20).Draw(t, "dst gap")
		shift := rapid.IntRange(0, 15).Draw(t, "shift")
		src := make([]float32, rows*srcStride)
		for i := range src {
			src[i] = float32(i + 1)
		}
		in := newGuarded(src, 15-shift, -1).inside
		for _, l := range Levels() {
			copied := newGuarded(make([]float32, rows*(cols+gap)), shift, -2)
			turned := newGuarded(make([]float32, cols*(rows+gap)), shift, -2)
			atLevel(l, func() {
				CopyRows(copied.inside, cols+gap, in, srcStride, rows, cols)
				Transpose(turned.inside, rows+gap, in, srcStride, rows, cols)
			})
			copied.check(t)
			turned.check(t)
			for i, got := range copied.inside {
				want := float32(0)
				if r, c := i/(cols+gap), i%(cols+gap); c < cols {
					want = src[r*srcStride+c]
				}
				if got != want {
					t.Fatalf("%v: CopyRows of %d×%d: element %d is %v, want %v", l, rows, cols, i, got, want)
				}
			}
			for i, got := range turned.inside {
				want := float32(0)
				if c, r := i/(rows+gap), i%(rows+gap); r < rows {
					want = src[r*srcStride+c]
				}
				if got != want {
					t.Fatalf("%v: Transpose of %d×%d: element %d is %v, want %v", l, rows, cols, i, got, want)
				}
			}
		}
	})
}

func TestBlockTooLarge(t *testing.T) {
	for _, c := range []struct {
		name string
		call func()
	}{
		{"stride below columns", func() { Transpose(make([]float32, 100), 10, make([]float32, 100), 5, 10, 10) }},
		{"src too short", func() { Transpose(make([]float32, 100), 10, make([]float32, 99), 10, 10, 10) }},
		{"dst too short", func() { CopyRows(make([]float32, 99), 10, make([]float32, 100), 10, 10, 10) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("didn't panic")
				}
			}()
			c.call()
		})
	}
}

func BenchmarkTranspose(b *testing.B) {
	for _, shape := range [][2]int{{64, 64}, {256, 1024}, {1024, 1024}, {3136, 32}} {
		rows, cols := shape[0], shape[1]
		src, dst := make([]float32, rows*cols), make([]float32, rows*cols)
		for _, l := range Levels() {
			b.Run(fmt.Sprintf("shape=%dx%d/impl=%v", rows, cols, l), func(b *testing.B) {
				defer SetLevel(SetLevel(l))
				b.SetBytes(int64(8 * rows * cols))
				for b.Loop() {
					Transpose(dst, rows, src, cols, rows, cols)
				}
			})
		}
	}
}
