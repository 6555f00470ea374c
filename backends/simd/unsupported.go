package simd

import (
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
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
	return "use one of " + listDTypes(maps.Keys(storages))
}

// definedOn lists the dtypes for which an element-wise op has kernels.
func definedOn(op backends.OpType) string {
	return listDTypes(func(yield func(dtypes.DType) bool) {
		for key := range elementKernels {
			if key.op == op && !yield(key.dtype) {
				return
			}
		}
	})
}

// listDTypes writes dtypes in the order of their numbers.
func listDTypes(all iter.Seq[dtypes.DType]) string {
	var names []string
	for _, d := range slices.Sorted(all) {
		names = append(names, d.String())
	}
	return strings.Join(names, ", ")
}
