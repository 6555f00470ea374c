//go:build !purego

package kernels

import "math"

// vecAssembly puts the assembly in place of the twins, level by level.
func vecAssembly(t *[AVX512 + 1]vecTable) {
	t[AVX2].useArithAVX2()
	t[AVX512].useArithAVX512()
	t[AVX2].useMathAVX2()
	t[AVX512].useMathAVX512()
}

func (t *vecTable) useArithAVX2() {
	t.add = addAVX2
	t.sub = subAVX2
	t.mul = mulAVX2
	t.div = divAVX2
	t.max = maxAVX2
	t.min = minAVX2
	t.addScalar = addScalarAVX2
	t.subScalar = subScalarAVX2
	t.mulScalar = mulScalarAVX2
	t.divScalar = divScalarAVX2
	t.maxScalar = maxScalarAVX2
	t.minScalar = minScalarAVX2
	t.scalarSub = scalarSubAVX2
	t.scalarDiv = scalarDivAVX2
	t.mulAdd = mulAddAVX2
	t.neg = negAVX2
	t.abs = absAVX2
	t.sqrt = sqrtAVX2
	t.rsqrt = rsqrtAVX2
	t.recip = recipAVX2
	t.sign = signAVX2
	t.floor = floorAVX2
	t.ceil = ceilAVX2
	t.round = roundAVX2
	t.fill = fillAVX2
}

func (t *vecTable) useArithAVX512() {
	t.add = addAVX512
	t.sub = subAVX512
	t.mul = mulAVX512
	t.div = divAVX512
	t.max = maxAVX512
	t.min = minAVX512
	t.addScalar = addScalarAVX512
	t.subScalar = subScalarAVX512
	t.mulScalar = mulScalarAVX512
	t.divScalar = divScalarAVX512
	t.maxScalar = maxScalarAVX512
	t.minScalar = minScalarAVX512
	t.scalarSub = scalarSubAVX512
	t.scalarDiv = scalarDivAVX512
	t.mulAdd = mulAddAVX512
	t.neg = negAVX512
	t.abs = absAVX512
	t.sqrt = sqrtAVX512
	t.rsqrt = rsqrtAVX512
	t.recip = recipAVX512
	t.sign = signAVX512
	t.floor = floorAVX512
	t.ceil = ceilAVX512
	t.round = roundAVX512
	t.fill = fillAVX512
}

func (t *vecTable) useMathAVX2() {
	t.exp = expAVX2
	t.expm1 = expm1AVX2
	t.log = logAVX2
	t.log1p = log1pAVX2
	t.tanh = tanhAVX2
	t.logistic = logisticAVX2
	t.erf = erfAVX2
	t.sin = patchFar(sinAVX2, math.Sin)
	t.cos = patchFar(cosAVX2, math.Cos)
}

func (t *vecTable) useMathAVX512() {
	t.exp = expAVX512
	t.expm1 = expm1AVX512
	t.log = logAVX512
	t.log1p = log1pAVX512
	t.tanh = tanhAVX512
	t.logistic = logisticAVX512
	t.erf = erfAVX512
	t.sin = patchFar(sinAVX512, math.Sin)
	t.cos = patchFar(cosAVX512, math.Cos)
}

// patchFar completes a kernel that leaves arguments too large for it, which lie outside [-1, 1], as they are and
// reports whether there were any.
func patchFar(near func(dst, a []float32) (far bool), exact func(float64) float64) func(dst, a []float32) {
	return func(dst, a []float32) {
		if !near(dst, a) {
			return
		}
		for i, x := range dst {
			if x > 1 || x < -1 {
				dst[i] = float32(exact(float64(x)))
			}
		}
	}
}
