package simd

import (
	"iter"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/dtypes/bfloat16"
	"github.com/x448/float16"
)

// storage describes the Go type behind a dtype.
type storage struct {
	toFlat func(mem []byte) any          // []T over mem
	bytes  func(flat any) ([]byte, bool) // the reverse; false if flat is not a []T
}

func storageOf[T element]() storage {
	return storage{
		toFlat: func(mem []byte) any {
			if len(mem) == 0 {
				return []T{}
			}
			return castSlice[T](mem)
		},
		bytes: func(flat any) ([]byte, bool) {
			s, ok := flat.([]T)
			return bytesOf(s), ok
		},
	}
}

// storages lists the dtypes that buffers may have.
var storages = map[dtypes.DType]storage{
	dtypes.Bool:       storageOf[bool](),
	dtypes.Int8:       storageOf[int8](),
	dtypes.Int16:      storageOf[int16](),
	dtypes.Int32:      storageOf[int32](),
	dtypes.Int64:      storageOf[int64](),
	dtypes.Uint8:      storageOf[uint8](),
	dtypes.Uint16:     storageOf[uint16](),
	dtypes.Uint32:     storageOf[uint32](),
	dtypes.Uint64:     storageOf[uint64](),
	dtypes.Float16:    storageOf[float16.Float16](),
	dtypes.BFloat16:   storageOf[bfloat16.BFloat16](),
	dtypes.Float32:    storageOf[float32](),
	dtypes.Float64:    storageOf[float64](),
	dtypes.Complex64:  storageOf[complex64](),
	dtypes.Complex128: storageOf[complex128](),
}

// listDTypes writes dtypes in the order of their numbers.
func listDTypes(all iter.Seq[dtypes.DType]) string {
	var names []string
	for _, d := range slices.Sorted(all) {
		names = append(names, d.String())
	}
	return strings.Join(names, ", ")
}
