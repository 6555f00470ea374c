package kernels

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"
)

// TestTileLayout fixes the offsets that the assembly's generator assumes.
func TestTileLayout(t *testing.T) {
	var x Tile
	offsets := []uintptr{
		unsafe.Offsetof(x.A), unsafe.Offsetof(x.B), unsafe.Offsetof(x.C), unsafe.Offsetof(x.Segs),
		unsafe.Offsetof(x.NSegs), unsafe.Offsetof(x.K), unsafe.Offsetof(x.ARow), unsafe.Offsetof(x.AK),
		unsafe.Offsetof(x.BK), unsafe.Offsetof(x.CRow), unsafe.Offsetof(x.Mask), unsafe.Offsetof(x.Add),
		unsafe.Offsetof(x.CCol), unsafe.Offsetof(x.Next), unsafe.Offsetof(x.NextStep),
	}
	for i, got := range offsets {
		if want := uintptr(8 * i); got != want {
			t.Errorf("field %d of Tile at %d, the assembly has it at %d", i, got, want)
		}
	}
	if got := unsafe.Sizeof(Segment{}); got != 16 {
		t.Errorf("a Segment takes %d bytes, the assembly steps by 16", got)
	}
}

// TestGemmKernels compares every micro-kernel, at every width, with sums in float64 over two separate segments.
// Guard values sit in every gap of the operands: one that is read makes the result NaN, one that is written is seen.
// The kernels in assembly must have the bits of a twin.
func TestGemmKernels(t *testing.T) {
	for _, level := range Levels() {
		old := SetLevel(level)
		defer SetLevel(old)
		k := Gemm()
		for columns := 1; columns <= k.MaxColumns(); columns++ {
			for rows := 1; rows <= k.MaxRows(columns); rows++ {
				for _, add := range []uint64{0, 1} {
					t.Run(fmt.Sprintf("%v/%dx%d/add=%d", level, rows, columns, add), func(t *testing.T) {
						testTile(t, k, rows, columns, add)
					})
				}
			}
		}
	}
}

func testTile(t *testing.T, k *GemmKernels, rows, columns int, add uint64) {
	const depth, gap = 5, 3
	r := rand.New(rand.NewPCG(uint64(rows), uint64(columns)))
	guard := float32(math.NaN())
	fill := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = guard
		}
		return x
	}
	aRow, aK := depth*2+gap, 2
	bK, cRow := columns+gap, columns+gap
	segs := []Segment{{A: 4 * 7, B: 4 * 9}, {A: 4 * (7 + rows*aRow + 20), B: 4 * (9 + depth*bK + 11)}}
	a, b, c := fill(2*rows*aRow+80), fill(2*depth*bK+80), fill(rows*cRow+gap)
	want := make([]float64, rows*columns)
	for i := range want {
		if add != 0 {
			c[gap+i/columns*cRow+i%columns] = float32(i)
			want[i] = float64(i)
		}
	}
	for _, s := range segs {
		for x := range depth {
			for i := range rows {
				a[s.A/4+i*aRow+x*aK] = r.Float32() - 0.5
			}
			for j := range columns {
				b[s.B/4+x*bK+j] = r.Float32() - 0.5
			}
			for i := range want {
				want[i] += float64(a[s.A/4+i/columns*aRow+x*aK]) * float64(b[s.B/4+x*bK+i%columns])
			}
		}
	}
	tile := &Tile{A: &a[0], B: &b[0], C: &c[gap], Segs: &segs[0], NSegs: len(segs), K: depth,
		ARow: 4 * aRow, AK: 4 * aK, BK: 4 * bK, CRow: 4 * cRow, Add: add}
	bits := make([]float32, rows*columns)
	for x := range bits {
		bits[x] = fusedSum(tile, segs, x/columns, x%columns)
	}
	strip := k.Strip(tile, columns)
	strip.Run(tile, rows)
	for at, got := range c {
		i, j := (at-gap)/cRow, (at-gap)%cRow
		if at < gap || j >= columns {
			if !math.IsNaN(float64(got)) {
				t.Fatalf("wrote %g outside of the tile, at %d", got, at)
			}
			continue
		}
		// Ten products below 1/4, and up to 512 in C to begin with: float32 rounds by less than 1e-4 in all.
		if diff := math.Abs(float64(got) - want[i*columns+j]); !(diff < 1e-4) {
			t.Fatalf("c[%d,%d] = %g, want %g", i, j, got, want[i*columns+j])
		}
		if v := bits[i*columns+j]; Active() != Generic && !sameBits(got, v) {
			t.Fatalf("c[%d,%d] = %g (%#08x), by the twin %g (%#08x)", i, j, got, math.Float32bits(got), v,
				math.Float32bits(v))
		}
	}
}

// fusedSum is element (i, j) of C after the tile's product to the bit, at every level above Generic: gemmGeneric with
// products and sums rounded at once.
func fusedSum(t *Tile, segs []Segment, i, j int) (sum float32) {
	for _, s := range segs {
		for k := range t.K {
			sum = fma1(*at(t.A, s.A+i*t.ARow+k*t.AK), *at(t.B, s.B+k*t.BK+4*j), sum)
		}
	}
	if t.Add != 0 {
		sum = *at(t.C, i*t.CRow+4*j) + sum
	}
	return sum
}

// TestDotKernels does the same for the kernels of few columns, on segments of many lengths.
func TestDotKernels(t *testing.T) {
	for _, level := range Levels() {
		old := SetLevel(level)
		defer SetLevel(old)
		k := Gemm()
		for columns := 1; columns <= DotColumns; columns++ {
			for rows := 1; rows <= k.DotRows(columns); rows++ {
				for _, depth := range []int{1, 5, 7, 8, 9, 15, 16, 17, 31, 32, 50} {
					t.Run(fmt.Sprintf("%v/%dx%dx%d", level, rows, columns, depth), func(t *testing.T) {
						testDot(t, k, rows, columns, depth, uint64(depth%2))
					})
				}
			}
		}
	}
}

func testDot(t *testing.T, k *GemmKernels, rows, columns, depth int, add uint64) {
	const gap = 3
	guarded := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(math.NaN())
		}
		return x
	}
	r := rand.New(rand.NewPCG(uint64(rows), uint64(depth)))
	aRow, bCol, cRow, cCol := 2*depth+2*gap, 2*depth+3*gap, 11, 3
	a, b, c := guarded(rows*aRow+gap), guarded(columns*bCol+gap), guarded(rows*cRow+gap)
	segs := []Segment{{A: 4 * gap, B: 4 * (depth + 2*gap)}, {A: 4 * (depth + 2*gap), B: 4 * gap}}
	want := make([]float64, rows*columns)
	for x := range want {
		i, j := x/columns, x%columns
		if add != 0 {
			c[gap+i*cRow+j*cCol] = float32(x)
			want[x] = float64(x)
		}
	}
	for _, s := range segs {
		for x := range depth {
			for i := range rows {
				a[s.A/4+i*aRow+x] = r.Float32() - 0.5
			}
			for j := range columns {
				b[s.B/4+j*bCol+x] = r.Float32() - 0.5
			}
			for i := range want {
				want[i] += float64(a[s.A/4+i/columns*aRow+x]) * float64(b[s.B/4+i%columns*bCol+x])
			}
		}
	}
	tile := &Tile{A: &a[0], B: &b[0], C: &c[gap], Segs: &segs[0], NSegs: len(segs), K: depth,
		ARow: 4 * aRow, BK: 4 * bCol, CRow: 4 * cRow, CCol: 4 * cCol, Add: add}
	bits := make([]float32, rows*columns)
	for x := range bits {
		bits[x] = fusedDot(tile, segs, x/columns, x%columns)
	}
	strip := k.DotStrip(columns)
	strip.Run(tile, rows)
	for at, got := range c {
		i, j := (at-gap)/cRow, (at-gap)%cRow
		if at < gap || j%cCol != 0 || j/cCol >= columns {
			if !math.IsNaN(float64(got)) {
				t.Fatalf("wrote %g outside of the tile, at %d", got, at)
			}
			continue
		}
		// A hundred products below 1/4 and at most 24 in C: float32 rounds by less than 1e-4 in all.
		if diff := math.Abs(float64(got) - want[i*columns+j/cCol]); !(diff < 1e-4) {
			t.Fatalf("c[%d,%d] = %g, want %g", i, j/cCol, got, want[i*columns+j/cCol])
		}
		if v := bits[i*columns+j/cCol]; Active() != Generic && !sameBits(got, v) {
			t.Fatalf("c[%d,%d] = %g (%#08x), by the twin %g (%#08x)", i, j/cCol, got, math.Float32bits(got), v,
				math.Float32bits(v))
		}
	}
}

// fusedDot is element (i, j) of C after the tile's product by DotStrip, to the bit, at every level above Generic. Step
// k of a segment goes to partial sum k mod 16, or at AVX2 and NEON k mod 8. The sums are added by halves down to four,
// then neighbours are.
func fusedDot(t *Tile, segs []Segment, i, j int) float32 {
	lanes := 8
	if Active() == AVX512 {
		lanes = 16
	}
	var sums [16]float32
	for _, s := range segs {
		for k := range t.K {
			l := k % lanes
			sums[l] = fma1(*at(t.A, s.A+i*t.ARow+4*k), *at(t.B, s.B+j*t.BK+4*k), sums[l])
		}
	}
	for half := lanes / 2; half >= 4; half /= 2 {
		for l := range half {
			sums[l] += sums[l+half]
		}
	}
	sum := (sums[0] + sums[1]) + (sums[2] + sums[3])
	if t.Add != 0 {
		sum = *at(t.C, i*t.CRow+j*t.CCol) + sum
	}
	return sum
}
