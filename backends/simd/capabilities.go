package simd

import "github.com/gomlx/gomlx/backends"

// capabilities lists what the table holds.
func capabilities() backends.Capabilities {
	c := backends.Capabilities{}.Clone()
	for _, op := range []backends.OpType{backends.OpTypeParameter, backends.OpTypeConstant,
		backends.OpTypeConvertDType, backends.OpTypeBroadcastInDim} {
		c.Operations[op] = true
	}
	for op := range views {
		c.Operations[op] = true
	}
	for op := range isElementwise {
		c.Operations[op] = true
	}
	for op := range combiners {
		c.Operations[op] = true
	}
	for _, op := range composites {
		c.Operations[op] = true
	}
	for op := range operations() {
		if op < backends.OpTypeLast {
			c.Operations[op] = true
		}
	}
	for dtype := range storages {
		c.DTypes[dtype] = true
	}
	return c
}
