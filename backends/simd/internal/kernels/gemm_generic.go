package kernels

import "unsafe"

var genericGemm = GemmKernels{Lanes: 8, rows: [2]int{4, 4}, dotRows: [3]int{4, 4, 4}}

// gemmGeneric is what the generated micro-kernels compute, but for the rounding of their fused multiply-adds.
func gemmGeneric(t *Tile, rows, columns int) {
	var sums [16][32]float32
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

// dotGeneric is what the generated kernels of few columns compute, but for the order and the rounding of their sums.
func dotGeneric(t *Tile, rows, columns int) {
	segs := unsafe.Slice(t.Segs, t.NSegs)
	for i := range rows {
		for j := range columns {
			var sum float32
			for _, seg := range segs {
				a := unsafe.Slice(at(t.A, seg.A+i*t.ARow), t.K)
				b := unsafe.Slice(at(t.B, seg.B+j*t.BK), t.K)
				for k, v := range a {
					sum += v * b[k]
				}
			}
			c := at(t.C, i*t.CRow+j*t.CCol)
			if t.Add != 0 {
				sum += *c
			}
			*c = sum
		}
	}
}

// at is the element a number of bytes after p.
func at(p *float32, bytes int) *float32 {
	return (*float32)(unsafe.Add(unsafe.Pointer(p), bytes))
}
