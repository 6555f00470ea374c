package simd

import (
	"github.com/gomlx/gomlx/backends"

	"github.com/amgen/amgen/backends/simd/internal/dense"
	"github.com/amgen/amgen/backends/simd/internal/element"
	"github.com/amgen/amgen/backends/simd/internal/exec"
	"github.com/amgen/amgen/backends/simd/internal/graph"
)

// capabilities lists what the table holds.
func capabilities() backends.Capabilities {
	c := backends.Capabilities{}.Clone()
	for _, op := range []backends.OpType{backends.OpTypeParameter, backends.OpTypeConstant,
		backends.OpTypeConvertDType, backends.OpTypeBroadcastInDim} {
		c.Operations[op] = true
	}
	for op := range graph.Views {
		c.Operations[op] = true
	}
	for op := range element.Ops {
		c.Operations[op] = true
	}
	for op := range element.Combiners {
		c.Operations[op] = true
	}
	for _, op := range composites {
		c.Operations[op] = true
	}
	for op := range exec.Ops() {
		if op < backends.OpTypeLast {
			c.Operations[op] = true
		}
	}
	for dtype := range dense.Storages {
		c.DTypes[dtype] = true
	}
	return c
}
