package element

import "github.com/gomlx/gomlx/backends"

// Cost is the time of an op on a cached tile, in units of an addition.
func Cost(op backends.OpType) int {
	switch op {
	case backends.OpTypeExp, backends.OpTypeExpm1, backends.OpTypeLog, backends.OpTypeLog1p, backends.OpTypeTanh,
		backends.OpTypeLogistic, backends.OpTypeErf, backends.OpTypeSin, backends.OpTypeCos, backends.OpTypePow,
		backends.OpTypeRem:
		return Expensive
	case backends.OpTypeDiv, backends.OpTypeSqrt, backends.OpTypeRsqrt:
		return 3
	}
	return 1
}

// Expensive marks ops that are never computed twice.
const Expensive = 100

// Weight is Cost with the true cost of expensive ops, for dividing work into chunks.
func Weight(op backends.OpType) int {
	if cost := Cost(op); cost < Expensive {
		return cost
	}
	return 8
}
