//go:build !purego

package kernels

import "math"

// vecAssembly puts the assembly in place of the twins.
func vecAssembly(t *[levelCount]vecTable) { t[NEON] = vecNEON() }

func vecNEON() vecTable {
	return vecTable{
		add:       addNEON,
		sub:       subNEON,
		mul:       mulNEON,
		div:       divNEON,
		max:       maxNEON,
		min:       minNEON,
		addScalar: addScalarNEON,
		subScalar: subScalarNEON,
		mulScalar: mulScalarNEON,
		divScalar: divScalarNEON,
		maxScalar: maxScalarNEON,
		minScalar: minScalarNEON,
		scalarSub: scalarSubNEON,
		scalarDiv: scalarDivNEON,
		mulAdd:    mulAddNEON,
		neg:       negNEON,
		abs:       absNEON,
		sqrt:      sqrtNEON,
		rsqrt:     rsqrtNEON,
		recip:     recipNEON,
		sign:      signNEON,
		floor:     floorNEON,
		ceil:      ceilNEON,
		round:     roundNEON,
		fill:      fillNEON,
		sum:       sumNEON,
		reduceMax: reduceMaxNEON,
		reduceMin: reduceMinNEON,
		exp:       expNEON,
		expm1:     expm1NEON,
		log:       logNEON,
		log1p:     log1pNEON,
		tanh:      tanhNEON,
		logistic:  logisticNEON,
		erf:       erfNEON,
		sin:       patchFar(sinNEON, math.Sin),
		cos:       patchFar(cosNEON, math.Cos),

		equal:              compareGroups(equalNEON, equalGeneric),
		notEqual:           compareGroups(notEqualNEON, notEqualGeneric),
		less:               compareGroups(lessNEON, lessGeneric),
		lessEqual:          compareGroups(lessEqualNEON, lessEqualGeneric),
		greater:            compareGroups(greaterNEON, greaterGeneric),
		greaterEqual:       compareGroups(greaterEqualNEON, greaterEqualGeneric),
		equalScalar:        compareScalarGroups(equalScalarNEON, equalScalarGeneric),
		notEqualScalar:     compareScalarGroups(notEqualScalarNEON, notEqualScalarGeneric),
		lessScalar:         compareScalarGroups(lessScalarNEON, lessScalarGeneric),
		lessEqualScalar:    compareScalarGroups(lessEqualScalarNEON, lessEqualScalarGeneric),
		greaterScalar:      compareScalarGroups(greaterScalarNEON, greaterScalarGeneric),
		greaterEqualScalar: compareScalarGroups(greaterEqualScalarNEON, greaterEqualScalarGeneric),
		where:              whereGroups(whereNEON),

		uint8ToFloat32:    convertGroups(uint8ToFloat32NEON, uint8ToFloat32Generic),
		int32ToFloat32:    convertGroups(int32ToFloat32NEON, int32ToFloat32Generic),
		uint32ToFloat32:   convertGroups(uint32ToFloat32NEON, uint32ToFloat32Generic),
		bfloat16ToFloat32: convertGroups(bfloat16ToFloat32NEON, bfloat16ToFloat32Generic),
		float16ToFloat32:  convertGroups(float16ToFloat32NEON, float16ToFloat32Generic),
		float32ToBFloat16: convertGroups(float32ToBFloat16NEON, float32ToBFloat16Generic),
		float32ToFloat16:  convertGroups(float32ToFloat16NEON, float32ToFloat16Generic),
		transpose:         transposeStrips,
		philoxBlocks:      philoxBlocksNEON,
	}
}
