package simd

import "github.com/gomlx/gomlx/backends"

// opCost is the time of an op on a cached tile, in units of an addition.
func opCost(op backends.OpType) int {
	switch op {
	case backends.OpTypeExp, backends.OpTypeExpm1, backends.OpTypeLog, backends.OpTypeLog1p, backends.OpTypeTanh,
		backends.OpTypeLogistic, backends.OpTypeErf, backends.OpTypeSin, backends.OpTypeCos, backends.OpTypePow,
		backends.OpTypeRem:
		return expensive
	case backends.OpTypeDiv, backends.OpTypeSqrt, backends.OpTypeRsqrt:
		return 3
	}
	return 1
}

// expensive marks ops that are never computed twice.
const expensive = 100

// opWeight is opCost with the true cost of expensive ops, for dividing work into chunks.
func opWeight(op backends.OpType) int {
	if cost := opCost(op); cost < expensive {
		return cost
	}
	return 8
}
