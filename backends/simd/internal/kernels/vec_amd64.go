//go:build !purego

package kernels

// vecAssembly puts the assembly in place of the twins, level by level.
func vecAssembly(t *[AVX512 + 1]vecTable) {
	t[AVX2].useArithAVX2()
	t[AVX512].useArithAVX512()
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
