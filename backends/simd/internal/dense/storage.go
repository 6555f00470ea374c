package dense

import (
	"iter"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/dtypes/bfloat16"
	"github.com/x448/float16"
)

// Storage describes the Go type behind a dtype.
type Storage struct {
	ToFlat func(mem []byte) any          // []T over mem
	Bytes  func(flat any) ([]byte, bool) // the reverse; false if flat is not a []T
}

func storageOf[T Element]() Storage {
	return Storage{
		ToFlat: func(mem []byte) any {
			if len(mem) == 0 {
				return []T{}
			}
			return Cast[T](mem)
		},
		Bytes: func(flat any) ([]byte, bool) {
			s, ok := flat.([]T)
			return Bytes(s), ok
		},
	}
}

// Storages holds the Go types of the dtypes that arrays may have.
var Storages = map[dtypes.DType]Storage{
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

// ListDTypes writes dtypes in the order of their numbers.
func ListDTypes(all iter.Seq[dtypes.DType]) string {
	var names []string
	for _, d := range slices.Sorted(all) {
		names = append(names, d.String())
	}
	return strings.Join(names, ", ")
}
