package arrays

import "github.com/amgen/amgen/backends/simd/internal/pool"

// ArgMinMax writes, for [outer, n, inner] data, the index along the middle axis of its least or greatest element
// for each outer and inner. The first of equal elements wins, and the first NaN wins over everything.
// n is at least 1.
func ArgMinMax[T Real](p *pool.Pool, dst []int64, src []T, outer, n, inner int, isMin bool) {
	per := max(1, grain/(n*max(1, inner)))
	p.Run(ceilDiv(outer, per), func(piece int) {
		best := make([]T, inner)
		for o := piece * per; o < min(outer, (piece+1)*per); o++ {
			from, to := src[o*n*inner:(o+1)*n*inner], dst[o*inner:(o+1)*inner]
			copy(best, from[:inner])
			Fill(to, 0)
			for k := 1; k < n; k++ {
				for c, v := range from[k*inner : (k+1)*inner] {
					b := best[c]
					if beats(v, b, isMin) {
						best[c], to[c] = v, int64(k)
					}
				}
			}
		}
	})
}

// beats reports whether v replaces b, which came first.
func beats[T Real](v, b T, isMin bool) bool {
	if b != b {
		return false
	}
	if isMin {
		return v < b || v != v
	}
	return v > b || v != v
}
