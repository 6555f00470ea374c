package kernels

import (
	"math/rand/v2"
	"syscall"
	"testing"
	"unsafe"
)

// atPageEnd is a copy of values that ends where a page begins that nobody may read.
func atPageEnd[T any](t *testing.T, values []T) []T {
	t.Helper()
	if len(values) == 0 {
		return values
	}
	page := syscall.Getpagesize()
	bytes := len(values) * int(unsafe.Sizeof(values[0]))
	whole := (bytes + page - 1) / page * page
	memory, err := syscall.Mmap(-1, 0, whole+page, syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Munmap(memory); err != nil {
			t.Error(err)
		}
	})
	if err := syscall.Mprotect(memory[whole:], syscall.PROT_NONE); err != nil {
		t.Fatal(err)
	}
	at := unsafe.Slice((*T)(unsafe.Pointer(&memory[whole-bytes])), len(values))
	copy(at, values)
	return at
}

// TestNothingBeyondSlices runs kernels on slices that end at a page's end. Whatever reads or writes beyond them kills
// the test.
func TestNothingBeyondSlices(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	random := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = r.Float32() + 0.5
		}
		return atPageEnd(t, x)
	}
	for _, l := range Levels() {
		atLevel(l, func() {
			for _, n := range []int{1, 2, 3, 4, 5, 7, 15, 16, 17, 31, 33, 63, 64, 65, 66, 67, 131} {
				in, dst := [][]float32{random(n), random(n), random(n)}, random(n)
				for _, k := range floatKernels {
					k.call(dst, in[:k.inputs], 1.5)
				}
				Sum(dst)
				ReduceMax(dst)
				ReduceMin(dst)
				bools, halves := atPageEnd(t, make([]bool, n)), atPageEnd(t, make([]uint16, n))
				for _, c := range comparisons {
					c.two(bools, in[0], in[1])
					c.scalar(bools, in[0], 1)
				}
				Where(dst, bools, in[0], in[1])
				Float32ToBFloat16(halves, dst)
				Float32ToFloat16(halves, dst)
				Float16ToFloat32(dst, halves)
				BFloat16ToFloat32(dst, halves)
				Uint8ToFloat32(dst, atPageEnd(t, make([]uint8, n)))
				Int32ToFloat32(dst, atPageEnd(t, make([]int32, n)))
				Uint32ToFloat32(dst, atPageEnd(t, make([]uint32, n)))
				PhiloxBlocks(atPageEnd(t, make([]byte, 16*n)), 1, 2, 3)
				Transpose(random(9*n), n, random(9*n), 9, n, 9)
			}
			gemmAtPageEnd(t, random)
		})
	}
}

// gemmAtPageEnd runs every tile, once with rows of A that go along k and once with columns, and every tile of few
// columns.
func gemmAtPageEnd(t *testing.T, random func(n int) []float32) {
	k, depth := Gemm(), 11
	for columns := 1; columns <= k.MaxColumns(); columns++ {
		b, rows := random(depth*columns), k.MaxRows(columns)
		for row := 1; row <= rows; row++ {
			a, c := random(row*depth), random(row*columns)
			tile := Tile{A: &a[0], B: &b[0], C: &c[0], Segs: &Segment{}, NSegs: 1, K: depth, ARow: 4 * depth, AK: 4,
				BK: 4 * columns, CRow: 4 * columns, Add: uint64(row % 2)}
			strip := k.Strip(&tile, columns)
			strip.Run(&tile, row)
			tile.ARow, tile.AK = 4, 4*row
			strip.Run(&tile, row)
		}
		if columns > DotColumns {
			continue
		}
		for row := 1; row <= k.DotRows(columns); row++ {
			for depth := 1; depth <= 33; depth++ {
				a, b, c := random(row*depth), random(columns*depth), random(row*columns)
				tile := Tile{A: &a[0], B: &b[0], C: &c[0], Segs: &Segment{}, NSegs: 1, K: depth, ARow: 4 * depth,
					BK: 4 * depth, CRow: 4 * columns, CCol: 4}
				strip := k.DotStrip(columns)
				strip.Run(&tile, row)
			}
		}
	}
}
