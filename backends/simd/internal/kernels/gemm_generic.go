package kernels

import "unsafe"

var genericGemm = GemmKernels{MaxRows: 4, Lanes: 8, run: runGenericGemm}

func runGenericGemm(_ *GemmKernels, t *Tile, rows, columns int) { gemmGeneric(t, rows, columns) }

// gemmGeneric is what the generated micro-kernels compute, but for the rounding of their fused multiply-adds.
func gemmGeneric(t *Tile, rows, columns int) {
	var sums [14][32]float32
	segs := unsafe.Slice(t.Segs, t.NSegs)
	for _, seg := range segs {
		for k := range t.K {
			b := unsafe.Slice(at(t.B, seg.B+k*t.BK), columns)
			for i := range rows {
				a := *at(t.A, seg.A+i*t.ARow+k*t.AK)
				row := &sums[i]
				for j, bj := range b {
					row[j] += a * bj
				}
			}
		}
	}
	for i := range rows {
		c := unsafe.Slice(at(t.C, i*t.CRow), columns)
		for j := range c {
			if t.Add != 0 {
				c[j] += sums[i][j]
			} else {
				c[j] = sums[i][j]
			}
		}
	}
}

// at is the element a number of bytes after p.
func at(p *float32, bytes int) *float32 {
	return (*float32)(unsafe.Add(unsafe.Pointer(p), bytes))
}
