package simd

import (
	"maps"
	"strings"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"

	"github.com/amgen/amgen/backends/simd/internal/dense"
)

// alternatives says for each op of GoMLX that the engine lacks what comes nearest to it.
var alternatives = map[backends.OpType]string{
	backends.OpTypeBroadcast:           "use BroadcastInDim",
	backends.OpTypeSelectAndScatterSum: "use SelectAndScatterMax or SelectAndScatterMin",
	backends.OpTypeAllReduce:           oneDevice,
	backends.OpTypeCollectiveBroadcast: oneDevice,
	backends.OpTypeAllGather:           oneDevice,
}

const oneDevice = "there is one device, so leave it out"

// alternativeTo says what to do instead of an op.
func alternativeTo(op backends.OpType) string {
	if a := alternatives[op]; a != "" {
		return a
	}
	return "use the backend xla"
}

// nearestDType names what to use in the place of a dtype that buffers cannot have.
func nearestDType(dtype dtypes.DType) string {
	switch name := dtype.String(); {
	case strings.HasPrefix(name, "F"):
		return "use BFloat16 or Float16"
	case strings.HasPrefix(name, "S"):
		return "use Int8"
	case strings.HasPrefix(name, "U"):
		return "use Uint8"
	}
	return "use one of " + dense.ListDTypes(maps.Keys(dense.Storages))
}
